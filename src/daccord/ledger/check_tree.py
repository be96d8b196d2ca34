"""Verifying the tree above the leaves: every higher tile, the root, and the root at any size.

Goes from the leaves up. Where a tile and what is below it differ, what stands above the two tells
which was changed; at the very top that is the head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from daccord.errors import Damaged, NoteRejected, ProofRejected
from daccord.merkle.bundles import decode_entries
from daccord.merkle.hashing import HASH_BYTES, hash_leaf
from daccord.merkle.tiles import TILE_HEIGHT, TILE_WIDTH, width_at
from daccord.merkle.tree import TILE_BYTES, hash_tile, root_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daccord.ledger.check_leaves import Doubt, Stretch
    from daccord.ledger.findings import Findings
    from daccord.ledger.reading import Reading

_PAGE: Final = 256
_UNKNOWN: Final = b""
_LEAVES_TOLD: Final = 8


class Tree:
    """The tree as its leaves make it, and what is wrong with the tiles that are kept.

    ``root`` is the root over all leaves, empty where it cannot be known.
    """

    def __init__(
        self,
        reading: Reading,
        stretches: Sequence[Stretch],
        size: int,
        root: bytes,
        findings: Findings,
    ) -> None:
        """Verify a log of ``size`` leaves; ``root`` is what its head says, to settle doubts by."""
        self.size = size
        self._reading = reading
        self._findings = findings
        self._doubts = {number: each for part in stretches for number, each in part.doubts.items()}
        self._levels = [[each for part in stretches for each in part.hashes]]
        """By level, the hashes of its full tiles: the content of the level above."""
        self._edges: dict[int, bytes] = {}
        self._wrong: set[int] = set()
        """Tiles of level 0 that are known to be the wrong one of tile and bundle."""
        if size % TILE_WIDTH:
            self._edges[0] = stretches[-1].edge
        self._check_levels()
        self.root = self._settle(root)
        self._check_counts()

    def root_at(self, size: int) -> bytes:
        """Compute the root that the log had at ``size``; empty where it cannot be known."""
        if size == self.size:
            return self.root
        edge = {}
        for level in range(len(self._levels) + 1):
            width = (size >> (TILE_HEIGHT * level)) % TILE_WIDTH
            number = size >> (TILE_HEIGHT * (level + 1))
            if width:
                edge[level] = self._content(level, number)[: width * HASH_BYTES]
        try:
            return root_of(size, edge)
        except ProofRejected:
            return _UNKNOWN

    def _content(self, level: int, number: int) -> bytes:
        if level:
            hashes = self._levels[level - 1][number * TILE_WIDTH : (number + 1) * TILE_WIDTH]
            return _UNKNOWN if _UNKNOWN in hashes else b"".join(hashes)
        if number == self.size // TILE_WIDTH:
            return self._edges.get(0, _UNKNOWN)
        if number not in self._wrong:
            return next((hashes for hashes, _ in self._lines(0, number)), _UNKNOWN)
        try:
            [(_, raw)] = self._reading.lines("bundles", first=number, end=number + 1)
            return b"".join(map(hash_leaf, decode_entries(raw)))
        except (Damaged, NoteRejected, ValueError, TypeError):
            return _UNKNOWN

    def _check_levels(self) -> None:
        level = 1
        while below := self._levels[-1]:
            above: list[bytes] = []
            for first in range(0, len(below), _PAGE * TILE_WIDTH):
                page = below[first : first + _PAGE * TILE_WIDTH]
                above += self._check_page(level, first // TILE_WIDTH, page)
                below[first : first + _PAGE * TILE_WIDTH] = page
            if rest := len(below) % TILE_WIDTH:
                hashes = below[-rest:]
                self._edges[level] = _UNKNOWN if _UNKNOWN in hashes else b"".join(hashes)
            self._levels.append(above)
            level += 1

    def _check_page(self, level: int, first: int, below: list[bytes]) -> list[bytes]:
        """Compare the tiles from number ``first`` with the hashes ``below`` them, settled in place.

        Gives the hashes of those that are full.
        """
        above = []
        stored = self._stored(level, first, first + -(-len(below) // TILE_WIDTH))
        for at in range(0, len(below), TILE_WIDTH):
            number = first + at // TILE_WIDTH
            part = below[at : at + TILE_WIDTH]
            kept = self._tile_of(level, number, len(part), stored)
            doubtful = level == 1 and bool(self._doubts)
            if kept is not None and (doubtful or kept != b"".join(part)):
                self._settle_tile(level, number, part, kept)
                below[at : at + TILE_WIDTH] = part
            if len(part) == TILE_WIDTH:
                above.append(_UNKNOWN if _UNKNOWN in part else hash_tile(b"".join(part)))
        return above

    def _settle_tile(self, level: int, number: int, part: list[bytes], kept: bytes) -> None:
        for at, made in enumerate(part):
            says = kept[at * HASH_BYTES : (at + 1) * HASH_BYTES]
            child = number * TILE_WIDTH + at
            doubt = self._doubts.pop(child, None) if level == 1 else None
            if made == says and doubt is None:
                continue
            if made == _UNKNOWN:
                part[at] = says  # what is missing is told; the rest of the tree can go on
            elif doubt is not None and says in (doubt.by_tile, doubt.by_bundle):
                self._tell(child, doubt, bundle=says == doubt.by_tile)
                part[at] = says
            else:
                if doubt is not None:
                    self._tell(child, doubt, bundle=None)
                what = f"hash {at} is not that of tile {level - 1}/{child}"
                self._findings.add("tile-hash", f"tile {level}/{number}", what)

    def _stored(self, level: int, first: int, end: int) -> dict[object, object]:
        try:
            lines = self._reading.lines("tiles", level=level, first=first, end=end)
        except Damaged:
            if end - first > 1:
                middle = (first + end) // 2
                return self._stored(level, first, middle) | self._stored(level, middle, end)
            self._findings.add("unreadable", f"tile {level}/{first}", "it cannot be read")
            return {first: None}
        return {line[0]: line[1] for line in lines}

    def _tile_of(
        self, level: int, number: int, width: int, stored: dict[object, object]
    ) -> bytes | None:
        where = f"tile {level}/{number}"
        if number not in stored:
            self._findings.add("tile-missing", where, "it is not there")
            return None
        raw = stored[number]
        if raw is None:
            return None
        if (
            not isinstance(raw, bytes)
            or not width * HASH_BYTES <= len(raw) <= TILE_BYTES
            or len(raw) % HASH_BYTES
        ):
            what = f"it is not the {width} hashes that it must be"
            self._findings.add("tile-form", where, what)
            return None
        return raw[: width * HASH_BYTES]

    def _settle(self, root: bytes) -> bytes:
        """Work out the root. What is left in doubt is tiles without another one above them."""
        made = self._fold()
        edge = self.size // TILE_WIDTH
        doubt = self._doubts.pop(edge, None)
        if doubt is not None:
            self._edges[0] = doubt.by_tile
            by_tile = self._fold()
            if by_tile == root:
                made = by_tile
            else:
                self._edges[0] = doubt.by_bundle
            known = root in (by_tile, made)
            self._tell(edge, doubt, bundle=by_tile == root if known else None)
        for number, each in self._doubts.items():
            self._tell(number, each, bundle=None)
        return made

    def _fold(self) -> bytes:
        try:
            return root_of(self.size, self._edges)
        except ProofRejected:
            return _UNKNOWN

    def _tell(self, number: int, doubt: Doubt, *, bundle: bool | None) -> None:
        """Tell leaves at which bundle and tile differ; ``bundle``: whether the bundle is wrong."""
        names = {True: f"bundle {number}", False: f"tile 0/{number}"}
        where = names[bundle] if bundle is not None else f"{names[True]} and {names[False]}"
        other = names[not bundle]
        what = "they differ" if bundle is None else f"it does not fit {other}, which fits the root"
        if bundle is False:
            self._wrong.add(number)
        for leaf in doubt.leaves[:_LEAVES_TOLD]:
            self._findings.add("leaf-hash", f"{where}, leaf {leaf}", what)
        if more := len(doubt.leaves[_LEAVES_TOLD:]):
            self._findings.add("leaf-hash", where, f"{what}, at {more} more leaves")

    def _check_counts(self) -> None:
        """Look for tiles and bundles that belong to no leaf, and for edges that are too long."""
        for level, count, lowest, highest, size in self._numbers("tile_counts"):
            expected = -(-(size >> (TILE_HEIGHT * level)) // TILE_WIDTH) if level >= 0 else 0
            self._check_count(f"tile {level}/", count, lowest, highest, expected)
        for count, lowest, highest, size in self._numbers("bundle_counts"):
            expected = -(-size // TILE_WIDTH)
            self._check_count("bundle ", count, lowest, highest, expected)
        for level in self._edges:
            number = self.size >> (TILE_HEIGHT * (level + 1))
            for hashes, size in self._lines(level, number):
                if len(hashes) != width_at(size, level, number) * HASH_BYTES:
                    what = "it is longer than the log"
                    self._findings.add("tile-extra", f"tile {level}/{number}", what)
        number = self.size // TILE_WIDTH
        for entries, size in self._edge_bundle(number) if 0 in self._edges else ():
            if _count_entries(entries) > width_at(size, 0, number):
                what = "it is longer than the log"
                self._findings.add("bundle-extra", f"bundle {number}", what)

    def _check_count(self, name: str, count: int, lowest: int, highest: int, expected: int) -> None:
        kind = name.partition(" ")[0]
        if count > 0 and (lowest < 0 or highest >= expected):
            at = lowest if lowest < 0 else highest
            what = "it belongs to no leaf of the log"
            self._findings.add(f"{kind}-extra", f"{name}{at}", what)
        elif count > expected:
            what = f"there are {count}, expected {expected}"
            self._findings.add(f"{kind}-extra", f"{name}*", what)

    def _numbers(self, name: str) -> Sequence[tuple[int, ...]]:
        try:
            lines = self._reading.lines(name)
        except Damaged as error:
            self._findings.add("unreadable", name.partition("_")[0], error.what)
            return ()
        return [line for line in lines if {*map(type, line)} == {int}]

    def _lines(self, level: int, number: int) -> Sequence[tuple[bytes, int]]:
        """A tile, and the log's size at the same moment."""
        try:
            lines = self._reading.lines("edge_tile", level=level, number=number)
        except Damaged:
            return ()  # told when the tile was read
        return [(line[0], line[1]) for line in lines if isinstance(line[0], bytes)]

    def _edge_bundle(self, number: int) -> Sequence[tuple[bytes, int]]:
        try:
            lines = self._reading.lines("edge_bundle", number=number)
        except Damaged:
            return ()
        return [(line[0], line[1]) for line in lines if isinstance(line[0], bytes)]


def _count_entries(bundle: bytes) -> int:
    try:
        return len(decode_entries(bundle))
    except NoteRejected:
        return 0
