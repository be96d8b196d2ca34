"""The choice cookie: the reader's choice as one short, readable, authenticated value.

``1.DAY.GRANTED.REFUSED.RECORD.MAC``, or ``1w.…`` once something granted was withdrawn.

1. DAY is decimal, days since 1970-01-01 UTC, no leading zero.
2. GRANTED and REFUSED are the questions' 4-character tags, sorted, run together.
3. RECORD is 22 base64url characters when GRANTED is not empty, else empty (law 6, REC-5).
4. MAC is 16 base64url characters: 96 bits of HMAC-SHA256 over all that stands before its dot.

Readable on purpose: a cache in front of the site may key on GRANTED with a pattern and no code of
ours. One spelling per value: what decodes encodes to the same bytes. Anything else is
`CookieRejected`, which callers take as *not asked* (law 9, CK-5).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from daccord.consent.choice import Choice, RecordId
from daccord.declaration.model import Tag
from daccord.errors import CookieRejected

if TYPE_CHECKING:
    from daccord.consent.keys import Keyring

USE: Final = b"choice-cookie"
"""What a `Keyring` for this codec is derived for."""

SECURE_NAME: Final = "__Host-daccord"
PLAIN_NAME: Final = "daccord"

MAXIMUM_VALUE_BYTES: Final = 4096 - len(SECURE_NAME) - 1
"""Name and value together: CK-3. A value longer than that was never ours."""

_MAC_BYTES: Final = 12

_VALUE: Final = re.compile(
    r"(?P<head>1w?)\.(?P<day>[1-9][0-9]{0,5})"
    r"\.(?P<granted>(?:[A-Za-z0-9_-]{4})*)\.(?P<refused>(?:[A-Za-z0-9_-]{4})*)"
    r"\.(?P<record>(?:[A-Za-z0-9_-]{22})?)\.(?P<mac>[A-Za-z0-9_-]{16})",
    re.ASCII,
)


def cookie_name(scheme: str) -> str:
    """The cookie's name: with the ``__Host-`` prefix where the browser would take it (CK-1)."""
    return SECURE_NAME if scheme == "https" else PLAIN_NAME


def encode_choice(choice: Choice, keys: Keyring) -> str:
    """Write ``choice`` as a cookie value, ASCII, at most 200 bytes for 30 questions."""
    text = ".".join(
        (
            "1w" if choice.withdrawn else "1",
            str(choice.day),
            "".join(sorted(choice.granted)),
            "".join(sorted(choice.refused)),
            choice.record or "",
        )
    )
    mac = urlsafe_b64encode(keys.sign(text.encode())[:_MAC_BYTES])
    return f"{text}.{mac.decode()}"


def decode_choice(value: bytes, keys: Keyring, *, today: int, choice_days: int) -> Choice:
    """Read a cookie value that `encode_choice` wrote.

    ``today`` counts days since 1970-01-01 UTC. Raises CookieRejected for anything that this
    codec did not write with one of ``keys``, for a choice older than ``choice_days`` (CNIL-12)
    and for one from the future (a day of clock skew is forgiven).
    """
    if len(value) > MAXIMUM_VALUE_BYTES:
        raise CookieRejected("too long")
    match = _VALUE.fullmatch(value.decode("latin-1"))
    if match is None:
        raise CookieRejected("not in the form of a choice")
    signed, _, mac = value.rpartition(b".")
    if not keys.verifies(signed, urlsafe_b64decode(mac)):
        raise CookieRejected("not signed by a known key")
    day = int(match["day"])
    if today - day >= choice_days:
        raise CookieRejected("expired")
    if day > today + 1:
        raise CookieRejected("from the future")
    granted = _tags(match["granted"])
    refused = _tags(match["refused"])
    record = match["record"]
    if not granted.isdisjoint(refused) or bool(granted) is not bool(record):
        raise CookieRejected("contradicts itself")
    if not (granted or refused):
        raise CookieRejected("answers nothing")
    return Choice(
        granted=granted,
        refused=refused,
        day=day,
        record=RecordId(record) if record else None,
        withdrawn=match["head"] == "1w",
    )


def _tags(text: str) -> frozenset[Tag]:
    tags = [text[start : start + 4] for start in range(0, len(text), 4)]
    # Sorted and without repeats, or it is a second spelling of the same choice.
    if any(left >= right for left, right in pairwise(tags)):
        raise CookieRejected("tags out of order")
    return frozenset(map(Tag, tags))


def find_choice(field: bytes, name: bytes) -> bytes | None:
    """Give the value of the choice cookie called ``name`` in a ``Cookie`` field, or ``None``.

    Two that differ give an empty value, which no choice has: a browser keeps one per name, path
    and domain, so two came from somebody who planted one (CK-5).
    """
    if name not in field:
        return None
    if b";" not in field:  # on most sites it is the only one: half the work
        key, equals, value = field.partition(b"=")
        return value.strip(b" \t") if equals and key.strip(b" \t") == name else None
    found = set()
    for part in field.split(b";"):
        key, equals, value = part.partition(b"=")
        if equals and key.strip(b" \t") == name:
            found.add(value.strip(b" \t"))
    if len(found) > 1:
        return b""
    return found.pop() if found else None


def set_cookie_line(choice: Choice, keys: Keyring, *, scheme: str, choice_days: int) -> str:
    """Give the Set-Cookie value for ``choice``; refusal and grant last alike (CNIL-12).

    HttpOnly because no script needs it (CK-1); Lax so that the choice also holds on a page
    reached from elsewhere.
    """
    attributes = f"Path=/; Max-Age={choice_days * 86_400}; HttpOnly; SameSite=Lax"
    secure = "; Secure" if scheme == "https" else ""
    return f"{cookie_name(scheme)}={encode_choice(choice, keys)}; {attributes}{secure}"
