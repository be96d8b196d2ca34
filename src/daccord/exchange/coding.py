"""Content codings that daccord can undo, for a site that compresses inside of it.

daccord belongs inside compression: then nothing here runs. Where an app compresses its pages by
itself, ``gzip`` and ``deflate`` are undone and the page goes out plain; other codings are left
alone, and the page is guarded by its policy, without notice or placeholders.
"""

from __future__ import annotations

import zlib
from typing import Final

_WINDOW_BITS: Final = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}
"""For `zlib`: 31 reads gzip, 15 the zlib format (RFC 9110 section 8.4.1)."""


def can_decode(coding: bytes) -> bool:
    """Whether a ``Content-Encoding`` is none, or one that `Decoder` undoes."""
    return coding in {b"", b"identity"} or coding in _WINDOW_BITS


class Decoder:
    """Undoes one coding, part by part. Raises ValueError for bytes that are not in it."""

    __slots__ = ("_bits", "_zlib")

    def __init__(self, coding: bytes) -> None:
        self._bits = _WINDOW_BITS.get(coding)
        self._zlib = None if self._bits is None else zlib.decompressobj(self._bits)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to undo."""
        return self._bits is None

    def decode(self, data: bytes) -> bytes:
        """Undo the next part."""
        if self._zlib is None or self._bits is None:
            return data
        out = []
        try:
            while data:
                out.append(self._zlib.decompress(data))
                # A gzip body may be several members, one after the other (RFC 1952 section 2.2).
                data = self._zlib.unused_data
                if data:
                    self._zlib = zlib.decompressobj(self._bits)
        except zlib.error as error:
            raise ValueError("the body is not in the coding that its fields name") from error
        return b"".join(out)
