"""A whole log in memory, for tests: it grows, gives tiles, and can be laid out as a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daccord.merkle.bundles import encode_entries
from daccord.merkle.checkpoints import Checkpoint, sign_checkpoint
from daccord.merkle.hashing import EMPTY_ROOT, HASH_BYTES, hash_children, hash_leaf
from daccord.merkle.notes import new_signer
from daccord.merkle.tiles import TILE_WIDTH, Tile, entries_path, tile_path
from daccord.merkle.tree import grow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from daccord.merkle.notes import Signer

ORIGIN = "paper.example/log"
SIGNER = new_signer(ORIGIN, bytes(range(32)))


class GrownLog:
    """A log with all its entries and tiles."""

    def __init__(self, entries: Sequence[bytes] = ()) -> None:
        self.entries: list[bytes] = []
        self.root = EMPTY_ROOT
        self.edge: Mapping[int, bytes] = {}
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.append(entries)

    @property
    def size(self) -> int:
        return len(self.entries)

    def append(self, entries: Sequence[bytes]) -> None:
        growth = grow(self.size, self.edge, [hash_leaf(entry) for entry in entries])
        self.entries += entries
        self.root, self.edge = growth.root, growth.edge
        self.tiles |= growth.tiles

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.tiles[level, index][: HASH_BYTES * width]

    def checkpoint(self, signer: Signer = SIGNER) -> str:
        return sign_checkpoint(Checkpoint(signer.name, self.size, self.root), signer)

    def write(self, folder: Path, signer: Signer = SIGNER) -> Path:
        """Lay the log out as https://c2sp.org/tlog-tiles has it."""
        files = {"checkpoint": self.checkpoint(signer).encode()}
        for (level, index), tile in self.tiles.items():
            files[tile_path(Tile(level, index, len(tile) // HASH_BYTES))] = tile
        for start in range(0, self.size, TILE_WIDTH):
            bundle = self.entries[start : start + TILE_WIDTH]
            files[entries_path(start // TILE_WIDTH, len(bundle))] = encode_entries(bundle)
        for name, raw in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        return folder


def numbered(count: int, first: int = 0) -> list[bytes]:
    """That many entries, no two alike."""
    return [f"entry {number}".encode() for number in range(first, first + count)]


# What RFC 6962 section 2.1 says, word for word and without a thought for speed.


def naive_root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = _split(len(leaves))
    return hash_children(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_inclusion(m: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """PATH(m, D[n]), section 2.1.1."""
    if len(leaves) == 1:
        return ()
    k = _split(len(leaves))
    if m < k:
        return (*naive_inclusion(m, leaves[:k]), naive_root(leaves[k:]))
    return (*naive_inclusion(m - k, leaves[k:]), naive_root(leaves[:k]))


def naive_consistency(m: int, leaves: Sequence[bytes], *, known: bool = True) -> tuple[bytes, ...]:
    """SUBPROOF(m, D[n], b), section 2.1.2."""
    if m == len(leaves):
        return () if known else (naive_root(leaves),)
    k = _split(len(leaves))
    if m <= k:
        return (*naive_consistency(m, leaves[:k], known=known), naive_root(leaves[k:]))
    return (*naive_consistency(m - k, leaves[k:], known=False), naive_root(leaves[:k]))


def _split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k
