"""Entry bundles: up to 256 log entries, each behind its length: https://c2sp.org/tlog-tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from daccord.errors import NoteRejected
from daccord.merkle.tiles import TILE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

MAXIMUM_ENTRY_BYTES: Final = 2**16 - 1


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """Write entries one after the other, each behind its length in 2 bytes, big-endian.

    Raises NoteRejected for more than 256 of them, or one longer than 65,535 bytes.
    """
    if len(entries) > TILE_WIDTH:
        raise NoteRejected("more than 256 entries in a bundle")
    if any(len(entry) > MAXIMUM_ENTRY_BYTES for entry in entries):
        raise NoteRejected("an entry longer than 65,535 bytes")
    return b"".join([len(entry).to_bytes(2) + entry for entry in entries])


def decode_entries(bundle: bytes) -> tuple[bytes, ...]:
    """Read what `encode_entries` wrote; raises NoteRejected for anything else."""
    entries, at, end = [], 0, len(bundle)
    while at < end:
        begin = at + 2
        at = begin + int.from_bytes(bundle[at:begin])
        if at > end:  # within a length, too: `at` is never before `begin`
            raise NoteRejected("a bundle that ends within an entry")
        entries.append(bundle[begin:at])
        if len(entries) > TILE_WIDTH:
            raise NoteRejected("more than 256 entries in a bundle")
    return tuple(entries)
