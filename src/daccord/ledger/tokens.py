"""Just enough DER to take an RFC 3161 response apart, and to put a token into the form of DER.

`rfc3161-client` 1.0 reads whole responses, and among CMS's certificates only a set in DER's order
(X.690, 11.6). OpenSSL, and with it many authorities, sends them as the chain has them. They are
not signed by the token, so their order means nothing, and is put right before the library looks.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from daccord.errors import ProofRejected

_INTEGER: Final = 0x02
_SEQUENCE: Final = 0x30
_CONTEXT_0: Final = 0xA0
_GRANTED: Final = bytes.fromhex("3003020100")
"""PKIStatusInfo: granted, and nothing else (RFC 3161, 2.4.2)."""


class _Element(NamedTuple):
    """One TLV: where it begins, where its content does, where it ends."""

    tag: int
    start: int
    content: int
    end: int


def split_response(raw: bytes) -> tuple[int, bytes | None]:
    """Give the status of a response (0: granted) and its token. Raises ProofRejected."""
    [response] = _elements(raw, 0, len(raw), least=1, most=1)
    status, *rest = _elements(raw, response.content, response.end, least=1, most=2)
    number, *_ = _elements(raw, status.content, status.end, least=1, most=3)
    if (response.tag, status.tag, number.tag) != (_SEQUENCE, _SEQUENCE, _INTEGER):
        raise ProofRejected("not a time-stamp")
    value = int.from_bytes(raw[number.content : number.end], signed=True)
    return value, raw[rest[0].start : rest[0].end] if rest else None


def join_response(token: bytes) -> bytes:
    """Write the response that grants ``token``."""
    content = _GRANTED + token
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    header = length if len(content) < 0x80 else bytes([0x80 | len(length)]) + length
    return bytes([_SEQUENCE]) + header + content


def order_certificates(token: bytes) -> bytes:
    """Put the certificates of a token (CMS SignedData) into DER's order. Raises ProofRejected."""
    [info] = _elements(token, 0, len(token), least=1, most=1)
    _, wrapper = _elements(token, info.content, info.end, least=2, most=2)
    [signed] = _elements(token, wrapper.content, wrapper.end, least=1, most=1)
    for part in _elements(token, signed.content, signed.end, least=4, most=6):
        if part.tag == _CONTEXT_0:
            found = _elements(token, part.content, part.end, least=1, most=32)
            ordered = sorted(token[each.start : each.end] for each in found)
            return token[: part.content] + b"".join(ordered) + token[part.end :]
    return token


def _elements(raw: bytes, start: int, end: int, *, least: int, most: int) -> list[_Element]:
    """Read the elements that fill ``raw[start:end]``."""
    found: list[_Element] = []
    at = start
    while at < end and len(found) <= most:
        found.append(_element(raw, at, end))
        at = found[-1].end
    if not least <= len(found) <= most:
        raise ProofRejected("not a time-stamp")
    return found


def _element(raw: bytes, start: int, end: int) -> _Element:
    if end - start < 2:
        raise ProofRejected("not a time-stamp")
    tag, length, content = raw[start], raw[start + 1], start + 2
    if length & 0x80:
        content += length & 0x7F
        length = int.from_bytes(raw[start + 2 : content])
        if not start + 2 < content <= min(end, start + 6):
            raise ProofRejected("not a time-stamp")
    if content + length > end:
        raise ProofRejected("not a time-stamp")
    return _Element(tag, start, content, content + length)
