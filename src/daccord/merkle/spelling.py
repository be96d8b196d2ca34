"""Base64 and decimal numbers, each value in one spelling only.

Signed text is compared, hashed and deduplicated as bytes. Were a second spelling accepted, two
texts would mean the same thing without being the same.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Final

from daccord.errors import NoteRejected

MAXIMUM_NUMBER: Final = 2**63 - 1
"""As far as a size or index goes: what SQL's bigint and Go's int64 hold."""

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def encode_base64(raw: bytes) -> str:
    """Write ``raw`` as RFC 4648 section 4 has it, padded."""
    return b64encode(raw).decode()


def decode_base64(text: str, *, length: int | None = None) -> bytes:
    """Read what `encode_base64` wrote, of ``length`` bytes if given; else raise NoteRejected."""
    try:
        raw = b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one, and text beyond ASCII raises another
        raise NoteRejected("not base64") from None
    if encode_base64(raw) != text:
        raise NoteRejected("base64 with stray bits or another padding")
    if length is not None and len(raw) != length:
        raise NoteRejected(f"base64 of {len(raw)} bytes, expected {length}")
    return raw


def parse_decimal(text: str) -> int:
    """Read a decimal from 0 to `MAXIMUM_NUMBER` without leading zeros; else raise NoteRejected."""
    if _DECIMAL.fullmatch(text) is None:
        raise NoteRejected("not a decimal number without leading zeros")
    number = int(text)
    if number > MAXIMUM_NUMBER:
        raise NoteRejected("a number beyond 63 bits")
    return number


def encode_utf8(text: str) -> bytes:
    """Encode ``text``; raises NoteRejected for a lone surrogate, which UTF-8 has no bytes for."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NoteRejected("not valid UTF-8") from None
