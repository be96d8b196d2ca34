"""A row and its act put together again, for whoever does not believe what the store says of them.

Shares no code with `daccord.ledger.acts`, by which they were taken apart.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from daccord.consent.encoding import decode_record
from daccord.errors import RecordRejected
from daccord.receipt.commitment import SALT_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMES_END: Final = 10**15
"""The grammar of a record has 15 digits for a time."""
_ID_LENGTH: Final = 22
_ID_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Template(NamedTuple):
    """A record's canonical text around its id, its previous id and its time."""

    before_id: str
    before_previous: str
    before_time: str
    end: str


def template_of(body: object) -> Template:
    """Cut an act for its records. Raises `RecordRejected` for what is no act in canonical form."""
    try:
        fields = json.loads(body) if isinstance(body, str) else None
        parts = [
            _write({name: fields[name] for name in names})[1:-1]  # type: ignore[index]
            for names in _PARTS
        ]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise RecordRejected("an act that is not of any record") from None
    if body != f"{{{','.join(parts)}}}":
        raise RecordRejected("an act that is not in canonical form")
    template = Template(
        before_id=f'{{{parts[0]},"id":"',
        before_previous=f'",{parts[1]},"previous":',
        before_time=f',{parts[2]},"time":',
        end=f",{parts[3]}}}",
    )
    decode_record(record_of(template, "A" * _ID_LENGTH, 0, None))
    return template


_PARTS: Final = (
    ("code", "declaration", "format", "granted"),
    ("language", "notice"),
    ("refused", "site"),
    ("way",),
)
_write = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def fault_of_row(id_: object, time: object, previous: object, salt: object) -> str | None:
    """Say what is wrong with the columns of a row by themselves, if anything is."""
    if not is_record_id(id_):
        return "its id is none"
    if type(time) is not int or not 0 <= time < TIMES_END:
        return "its time is none"
    if previous is not None and not is_record_id(previous):
        return "its previous id is none"
    if not isinstance(salt, bytes) or len(salt) != SALT_BYTES:
        return "its salt is not 32 bytes"
    return None


def is_record_id(value: object) -> bool:
    """Whether ``value`` is an id as they are written: 16 bytes in base64url, no padding."""
    return isinstance(value, str) and are_record_ids([value])


def are_record_ids(values: Sequence[str]) -> bool:
    """Whether all of them are, at a tenth of the price. Raises TypeError for what is no text."""
    joined = "".join(values).encode("ascii", "replace")  # "?" is in no id
    return (
        set(map(len, values)) <= {_ID_LENGTH}
        and not joined.translate(None, _ID_LETTERS)
        and not joined[_ID_LENGTH - 1 :: _ID_LENGTH].translate(None, b"AQgw")
    )


def record_of(template: Template, id_: object, time: object, previous: object) -> bytes:
    """Give the bytes that an act and a row make up: a record's, if the row is well-formed."""
    quoted = "null" if previous is None else f'"{previous}"'
    return (
        f"{template.before_id}{id_}{template.before_previous}{quoted}"
        f"{template.before_time}{time}{template.end}"
    ).encode()
