"""How the tree grows: RFC 6962 section 2.1, kept as tiles.

Python's share of the time is per hash, so everything here goes level by level over long byte
strings: a hash's two children are 64 bytes that already stand side by side. Tiles are 2**8 wide,
so that many full ones in a row are hashed together, eight times, as if they were one.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from daccord.errors import ProofRejected
from daccord.merkle.hashing import EMPTY_ROOT, HASH_BYTES, hash_children
from daccord.merkle.spelling import MAXIMUM_NUMBER
from daccord.merkle.tiles import TILE_HEIGHT, TILE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree after it has grown.

    ``tiles`` maps (level, index) to the whole content of every tile that changed, the partial
    ones among them; ``edge`` maps a level to its rightmost partial tile, where there is one.
    """

    size: int
    root: bytes
    tiles: Mapping[tuple[int, int], bytes]
    edge: Mapping[int, bytes]


def grow(size: int, edge: Mapping[int, bytes], leaves: Sequence[bytes]) -> Growth:
    """Append leaf hashes (32 bytes each) to a tree of ``size`` leaves with this ``edge``.

    Raises ProofRejected when size, edge and leaves do not fit together.
    """
    check_edge(size, edge)
    grown = size + len(leaves)
    if grown > MAXIMUM_NUMBER:
        raise ProofRejected("a tree of more than 2**63 - 1 leaves")
    added = b"".join(leaves)
    if len(added) != HASH_BYTES * len(leaves) or set(map(len, leaves)) - {HASH_BYTES}:
        raise ProofRejected("a leaf hash that is not 32 bytes long")
    tiles: dict[tuple[int, int], bytes] = {}
    after = dict(edge)
    level = 0
    while added:
        content = after.pop(level, b"") + added
        first = size >> (TILE_HEIGHT * (level + 1))
        full = len(content) // TILE_BYTES * TILE_BYTES
        for index, start in enumerate(range(0, full, TILE_BYTES), first):
            tiles[level, index] = content[start : start + TILE_BYTES]
        if full < len(content):
            after[level] = content[full:]
            tiles[level, first + full // TILE_BYTES] = after[level]
        added = merge_hashes(content[:full], TILE_HEIGHT)
        level += 1
    return Growth(size=grown, root=_fold(after), tiles=tiles, edge=after)


def root_of(size: int, edge: Mapping[int, bytes]) -> bytes:
    """Compute the root of a tree from its partial tiles alone.

    Every full tile has its hash in the level above, at the end in a partial one. Raises
    ProofRejected when size and edge do not fit together.
    """
    check_edge(size, edge)
    return _fold(edge)


def check_edge(size: int, edge: Mapping[int, bytes]) -> None:
    """Raise ProofRejected unless ``edge`` has just the widths that a tree of ``size`` has."""
    if not 0 <= size <= MAXIMUM_NUMBER:
        raise ProofRejected("a size that no tree has")
    widths, level = {}, 0
    while rest := size >> (TILE_HEIGHT * level):
        if width := rest % TILE_WIDTH:
            widths[level] = HASH_BYTES * width
        level += 1
    if {level: len(hashes) for level, hashes in edge.items()} != widths:
        raise ProofRejected("the partial tiles do not fit the size")


def merge_hashes(hashes: bytes, height: int) -> bytes:
    """Hash neighbours pairwise, ``height`` times: each 2**height hashes become one."""
    digest = sha256
    for _ in range(height):
        hashes = b"".join(
            [
                digest(b"\x01" + hashes[start : start + 64]).digest()
                for start in range(0, len(hashes), 64)
            ]
        )
    return hashes


def hash_tile(content: bytes) -> bytes:
    """Compute the hash of a full tile (8,192 bytes), which is one hash of the level above."""
    if len(content) != TILE_BYTES:
        raise ProofRejected("not a full tile")
    return merge_hashes(content, TILE_HEIGHT)


def _fold(edge: Mapping[int, bytes]) -> bytes:
    """Hash the subtrees of 2**n leaves that make up a tree, from the right: section 2.1."""
    root = b""
    for level in sorted(edge):
        hashes = edge[level]
        for height in range(TILE_HEIGHT):
            if len(hashes) // HASH_BYTES >> height & 1:
                start = len(hashes) - (HASH_BYTES << height)
                subtree = merge_hashes(hashes[start:], height)
                hashes = hashes[:start]
                root = hash_children(subtree, root) if root else subtree
    return root or EMPTY_ROOT
