"""Character references in attribute values, as browsers read them there (HTML 13.2.5.72 on).

Not `html.unescape`: in an attribute, ``&copy=1`` and ``&copyright`` are left alone, which keeps
``?a=1&copy=2`` a query; and that drops control characters and fails on a very long number.
"""

from __future__ import annotations

import re
import sys
from html.entities import html5
from typing import Final

_REFERENCE: Final = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*;?)")
_MOST_DIGITS: Final = 7
"""Of a character that there is; `int` refuses thousands of digits besides."""
_LONGEST_BARE: Final = max(len(name) for name in html5 if not name.endswith(";"))

_UNDECODED: Final = "\ue000"
"""Stands for the ``&`` of a reference left as it is; no text read as latin-1 has it."""


def decode_value(raw: str) -> str:
    """The value that an attribute written as ``raw`` has, with references decoded."""
    if "\0" in raw:
        raw = raw.replace("\0", "\ufffd")
    if "&" not in raw:
        return raw
    return _REFERENCE.sub(lambda found: _decode(found, raw), raw)


def decode_to_ascii(raw: str) -> str:
    """Decode the references to ASCII characters only; `encode_value` gives the others back.

    A page's bytes are carried as latin-1 here, so a reference to a character beyond ASCII must
    stay a reference: as a character it would be written back as a byte of another meaning.
    """

    def ascii_only(found: re.Match[str]) -> str:
        decoded = _decode(found, raw)
        return decoded if decoded.isascii() and decoded != found[0] else _kept(found[0], decoded)

    return _REFERENCE.sub(ascii_only, raw)


def encode_value(text: str) -> str:
    """Write ``text``, from `decode_to_ascii`, as the content of a double-quoted attribute."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace(_UNDECODED, "&")


def _kept(written: str, decoded: str) -> str:
    return written if written == decoded else _UNDECODED + written[1:]


def _decode(found: re.Match[str], raw: str) -> str:
    written = found[0]
    if written[1] == "#":
        return _decode_number(written[2:].removesuffix(";"))
    name = written[1:]
    if name in html5 and name.endswith(";"):
        return html5[name]
    return _decode_bare(name, written, raw[found.end() : found.end() + 1])


def _decode_number(number: str) -> str:
    """The character of a numeric reference (HTML 13.2.5.80)."""
    base = 16 if number[0] in "xX" else 10
    digits = number.lstrip("xX").lstrip("0") or "0"
    code = int(digits, base) if len(digits) <= _MOST_DIGITS else 0
    if code == 0 or code > sys.maxunicode or 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("windows-1252", "ignore") or chr(code)
    return chr(code)


def _decode_bare(name: str, written: str, after: str) -> str:
    """Decode a name without its semicolon, unless a letter, digit or ``=`` follows it."""
    bare = name.removesuffix(";")
    for length in range(min(len(bare), _LONGEST_BARE), 1, -1):
        if (decoded := html5.get(bare[:length])) is not None:
            following = (name + after)[length : length + 1]
            if following == "=" or (following.isascii() and following.isalnum()):
                return written
            return decoded + name[length:]
    return written
