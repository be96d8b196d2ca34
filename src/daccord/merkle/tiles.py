"""Tiles and their paths: https://c2sp.org/tlog-tiles.

The tree is kept in rows of 256 hashes. Level 0 holds leaf hashes; a hash of level ``l + 1`` is
that of a *full* tile of level ``l``. Entry bundles have the same indices and widths as level 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from daccord.errors import NoteRejected
from daccord.merkle.spelling import MAXIMUM_NUMBER

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8
"""Levels of the tree that one tile spans: 2**8 is its width."""

ENTRIES: Final = -1
"""The level of an entry bundle: below the leaf hashes."""

MAXIMUM_LEVEL: Final = 63
MAXIMUM_INDEX: Final = MAXIMUM_NUMBER // TILE_WIDTH
"""Of a tile at level 0 in the largest tree."""

_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)"
    r"/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)
_LONGEST_PATH: Final = 64
"""``tile/entries/``, six path elements and ``.p/255`` are 48 characters."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: level from 0 (or `ENTRIES`), index from 0, width 1 to 256."""

    level: int
    index: int
    width: int = TILE_WIDTH


def tile_path(tile: Tile) -> str:
    """Write the path of a tile or bundle, without a slash before it: ``tile/0/x001/067.p/3``.

    Raises NoteRejected for a tile that cannot be.
    """
    level, index, width = tile.level, tile.index, tile.width
    if not (ENTRIES <= level <= MAXIMUM_LEVEL and 0 <= index <= MAXIMUM_INDEX):
        raise NoteRejected("a tile outside every tree")
    if not 1 <= width <= TILE_WIDTH:
        raise NoteRejected("a tile is 1 to 256 wide")
    elements = [f"{index % 1000:03}"]
    while index := index // 1000:
        elements.append(f"x{index % 1000:03}")
    name = "entries" if level == ENTRIES else str(level)
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{name}/{'/'.join(reversed(elements))}{partial}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Write the path of an entry bundle: ``tile/entries/x001/067.p/3``."""
    return tile_path(Tile(ENTRIES, index, width))


def parse_tile_path(path: str) -> Tile:
    """Read what `tile_path` or `entries_path` wrote; raises NoteRejected for anything else."""
    match = _PATH.fullmatch(path) if len(path) <= _LONGEST_PATH else None
    if match is None:
        raise NoteRejected("not the path of a tile")
    tile = Tile(
        level=ENTRIES if match["level"] == "entries" else int(match["level"]),
        index=int(match["index"].replace("x", "").replace("/", "")),
        width=int(match["width"] or TILE_WIDTH),
    )
    # a full tile with a suffix, or an index with empty elements before it, is a second spelling
    if tile_path(tile) != path:
        raise NoteRejected("not the path of a tile")
    return tile


def width_at(size: int, level: int, index: int) -> int:
    """How many hashes a tile has in a tree of ``size`` leaves: 0 (there is none) to 256."""
    hashes = size >> (TILE_HEIGHT * max(level, 0))
    return max(0, min(TILE_WIDTH, hashes - TILE_WIDTH * index))
