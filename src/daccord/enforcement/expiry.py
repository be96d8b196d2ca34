"""``Set-Cookie`` lines that take refused cookies off the reader's device (WD-1, CNIL-18).

1. The server sees a cookie's name and nothing else of it, so each name is expired under every
   domain and path that it may plausibly have, the likeliest first.
2. Lines are bounded in number and bytes. What does not fit now is seen again in the next request,
   is still withheld from the app, and goes then.
3. A prefix binds: ``__Host-`` names exist for one domain and path only, and ``__Secure-`` and
   ``__Host-`` ones are only touched by a line with ``Secure`` (RFC 6265bis section 4.1.3).
4. ``Clear-Site-Data`` is not used: it takes the whole registrable domain, the login and the
   refusal itself included (CSD-1).
"""

from __future__ import annotations

import re
from itertools import islice, product, zip_longest
from typing import TYPE_CHECKING, Final

from daccord.enforcement.cookies import CookieTable, Verdict, cookie_names, declared_cookies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from daccord.declaration.model import Cookie, Declaration

MAXIMUM_LINES: Final = 40
MAXIMUM_BYTES: Final = 2_560
"""All lines together. nginx gives the whole header of an answer 4 kB by default (proxy_buffer_size
on many machines), and fails the answer that is longer."""

MAXIMUM_NAMES: Final = 20

_NAME: Final = re.compile(rb"[!-:<>-~\x80-\xff][ -:<>-~\x80-\xff]*")
_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
_PATH: Final = re.compile(r"/[!-:<-~]*")
_ADDRESS: Final = re.compile(r"[0-9.]+")


def refused_names(table: CookieTable, fields: Iterable[bytes]) -> tuple[bytes, ...]:
    """The names in the values of ``Cookie`` fields that are declared, and refused."""
    return tuple(name for name in cookie_names(fields) if table.verdict(name) is Verdict.REFUSED)


def hidden_names(declaration: Declaration, table: CookieTable) -> tuple[bytes, ...]:
    """The refused names, declared in full, that live below another path than ``/``.

    The browser does not send those to the address that a choice is posted to, so they are to be
    expired unseen when something is withdrawn.
    """
    names = (
        cookie.name.encode()
        for service in declaration.services
        for cookie in service.cookies
        if cookie.first_party and cookie.path != "/" and "*" not in cookie.name
    )
    return tuple(dict.fromkeys(name for name in names if table.verdict(name) is Verdict.REFUSED))


def expiries(
    declaration: Declaration, names: Iterable[bytes], *, scheme: str, host: str, path: str
) -> tuple[bytes, ...]:
    """Give values of ``Set-Cookie`` fields that expire the cookies called ``names``.

    ``host`` (without port) and ``path`` are those of the page the reader is on. They and the
    names may come from a request: what could break a header field is passed over. At most
    `MAXIMUM_LINES` values, `MAXIMUM_BYTES` together.
    """
    sane = [name for name in dict.fromkeys(names) if _NAME.fullmatch(name)]
    variants = [
        _lines(name, declared_cookies(declaration, name), scheme, host.lower(), path)
        for name in sane[:MAXIMUM_NAMES]
    ]
    lines: list[bytes] = []
    room = MAXIMUM_BYTES
    for line in (line for rank in zip_longest(*variants) for line in rank if line is not None):
        if len(line) <= room and len(lines) < MAXIMUM_LINES:
            lines.append(line)
            room -= len(line)
    return tuple(lines)


def _lines(
    name: bytes, declared: Sequence[Cookie], scheme: str, host: str, path: str
) -> Iterator[bytes]:
    """Every expiry of one name, the likeliest first, no two alike."""
    secure = b"; Secure" if scheme == "https" or name.lower().startswith(b"__") else b""
    if name.lower().startswith(b"__host-"):
        yield _line(name, None, "/") + secure
        return
    places = product(_paths(declared, path), _domains(declared, host))
    yield from (_line(name, domain, at) + secure for at, domain in islice(places, MAXIMUM_LINES))
    if scheme == "https":
        yield _line(name, None, "/") + b"; Secure; Partitioned"


def _line(name: bytes, domain: str | None, path: str) -> bytes:
    scope = f"; Domain={domain}" if domain is not None else ""
    return name + f"=; Max-Age=0; Path={path}{scope}".encode("ascii")


def _domains(declared: Sequence[Cookie], host: str) -> list[str | None]:
    """The declared domain, none at all, and the host with its parents of two labels or more."""
    if not _HOST.fullmatch(host) or _ADDRESS.fullmatch(host):
        return [None]
    labels = host.split(".")
    parents = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    said = [cookie.domain.lstrip(".").lower() for cookie in declared if cookie.domain is not None]
    return list(dict.fromkeys([*(each for each in said if each in parents), None, *parents]))


def _paths(declared: Sequence[Cookie], path: str) -> list[str]:
    """The declared paths, ``/``, and the page's own path with its parents, shortest first."""
    said = [cookie.path for cookie in declared if _PATH.fullmatch(cookie.path)]
    plain = path.partition("?")[0].partition("#")[0]
    parts = plain.strip("/").split("/") if _PATH.fullmatch(plain) else []
    parents = ["/" + "/".join(parts[: end + 1]) for end in range(len(parts)) if parts[end]]
    return list(dict.fromkeys([*said, "/", *parents]))
