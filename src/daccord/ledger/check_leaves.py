"""Verifying a stretch of leaves: rows against entries, entries against leaf hashes.

This runs once for every consent there ever was, so it works by blocks of 4,096 leaves: hashes are
made in one comprehension and compared in one step, and only a block that differs is looked at
leaf by leaf, to name what is wrong.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from daccord.errors import Damaged, NoteRejected, RecordRejected
from daccord.ledger.findings import Finding, Findings
from daccord.ledger.reading import open_reading
from daccord.ledger.rejoined import (
    TIMES_END,
    Template,
    are_record_ids,
    fault_of_row,
    record_of,
    template_of,
)
from daccord.merkle.bundles import decode_entries
from daccord.merkle.hashing import HASH_BYTES, hash_leaf
from daccord.merkle.tiles import TILE_WIDTH, width_at
from daccord.merkle.tree import TILE_BYTES, hash_tile
from daccord.receipt.commitment import COMMITMENT_BYTES, SALT_BYTES
from daccord.receipt.statements import Commitment, decode_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from daccord.ledger.reading import Line, Place, Reading

BLOCK_TILES: Final = 16
_STRIDE: Final = 2 + COMMITMENT_BYTES
_ACTS_MAX: Final = 50_000
"""Limit: templates held at once, some 1 kB each. Beyond it they are read again."""


class Doubt(NamedTuple):
    """A tile whose leaf hashes and whose entries differ: which of them is right, is seen above.

    ``by_tile`` and ``by_bundle`` are what either comes to, a whole tile's hash or the content of
    a partial one. ``leaves`` are those that differ.
    """

    by_tile: bytes
    by_bundle: bytes
    leaves: tuple[int, ...]


@dataclass(slots=True)
class Stretch:
    """What a stretch of leaves came to; all of it small, to be sent from one process to another.

    ``hashes`` are those of its full tiles, in order, each by its entries where they can be read;
    ``edge`` is the content of the partial tile at its end, if that belongs to it.
    """

    first: int
    hashes: list[bytes] = field(default_factory=list)
    edge: bytes = b""
    doubts: dict[int, Doubt] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    records: int = 0
    forgotten: int = 0
    acts: Counter[object] = field(default_factory=Counter)


def check_stretch(place: Place, first: int, end: int, size: int) -> Stretch:
    """Verify the tiles from number ``first`` up to ``end`` (not included) in a log of ``size``.

    Opens the ledger for itself, so that it can run in a process of its own.
    """
    reading = open_reading(place)
    try:
        return _Walk(reading, Stretch(first), size).run(end)
    finally:
        reading.close()


class _Walk:
    def __init__(self, reading: Reading, stretch: Stretch, size: int) -> None:
        self._reading = reading
        self._stretch = stretch
        self._size = size
        self._findings = Findings()
        self._templates: dict[object, Template] = {}

    def run(self, end: int) -> Stretch:
        stretch = self._stretch
        for first in range(stretch.first, end, BLOCK_TILES):
            self._check_block(first, min(first + BLOCK_TILES, end))
        stretch.findings, stretch.found = self._findings.kept, self._findings.count
        return stretch

    def _check_block(self, first: int, end: int) -> None:
        tiles = self._fetch("tiles", "tile", first, end, level=0)
        bundles = self._fetch("bundles", "bundle", first, end)
        start = first * TILE_WIDTH
        entries: list[bytes | None] = []
        for number in range(first, end):
            width = width_at(self._size, 0, number)
            found = self._entries_of(number, width, bundles)
            hashes = self._tile_of(number, width, tiles)
            self._check_tile(number, width, found, hashes)
            entries += [None] * width if found is None else found
        self._check_rows(start, entries)

    def _entries_of(
        self, number: int, width: int, bundles: dict[object, object]
    ) -> list[bytes] | None:
        """The first ``width`` entries of a bundle. A log that goes on may have longer ones."""
        where = f"bundle {number}"
        if number not in bundles:
            self._findings.add("bundle-missing", where, "it is not there")
            return None
        raw = bundles[number]
        if not isinstance(raw, bytes):
            if raw is not _UNREADABLE:
                self._findings.add("bundle-form", where, "it is not bytes")
            return None
        if len(raw) == _STRIDE * width and raw[::_STRIDE].count(0) == width == raw[
            1::_STRIDE
        ].count(COMMITMENT_BYTES):
            return [raw[at : at + COMMITMENT_BYTES] for at in range(2, len(raw), _STRIDE)]
        try:
            entries = decode_entries(raw)
        except NoteRejected as error:
            self._findings.add("bundle-form", where, str(error))
            return None
        if len(entries) < width:
            what = f"it holds {len(entries)} entries, expected {width}"
            self._findings.add("bundle-form", where, what)
            return None
        return list(entries[:width])

    def _tile_of(self, number: int, width: int, tiles: dict[object, object]) -> bytes | None:
        where = f"tile 0/{number}"
        if number not in tiles:
            self._findings.add("tile-missing", where, "it is not there")
            return None
        raw = tiles[number]
        if not isinstance(raw, bytes):
            if raw is not _UNREADABLE:
                self._findings.add("tile-form", where, "it is not bytes")
            return None
        if not width * HASH_BYTES <= len(raw) <= TILE_BYTES or len(raw) % HASH_BYTES:
            what = f"it is {len(raw)} bytes long, expected {width * HASH_BYTES}"
            self._findings.add("tile-form", where, what)
            return None
        return raw[: width * HASH_BYTES]

    def _check_tile(
        self, number: int, width: int, entries: list[bytes] | None, hashes: bytes | None
    ) -> None:
        stretch = self._stretch
        made = None
        if entries is not None:
            made = b"".join([sha256(b"\x00" + entry).digest() for entry in entries])
        if made is not None and hashes is not None and made != hashes:
            differing = [
                number * TILE_WIDTH + at // HASH_BYTES
                for at in range(0, len(made), HASH_BYTES)
                if made[at : at + HASH_BYTES] != hashes[at : at + HASH_BYTES]
            ]
            stretch.doubts[number] = Doubt(
                by_tile=_sum_up(hashes), by_bundle=_sum_up(made), leaves=tuple(differing)
            )
        content = made or hashes or b""
        if width < TILE_WIDTH:
            stretch.edge = content
        else:
            stretch.hashes.append(hash_tile(content) if content else b"")

    def _check_rows(self, start: int, entries: Sequence[bytes | None]) -> None:
        end = start + len(entries)
        stretch = self._stretch
        lines = list(self._rows(start, end))
        statements = dict(self._statements(start, end))
        self._load_templates({line[2] for line in lines})
        stretch.acts.update(map(itemgetter(2), lines))
        stretch.records += len(lines)
        if self._all_right(start, entries, lines):
            taken = {line[0] for line in lines} if len(lines) < len(entries) else None
        else:
            for line in lines:
                self._check_row(line, entries[line[0] - start])
            taken = {line[0] for line in lines}
        if taken is None and not statements:
            return
        for leaf, entry in enumerate(entries, start):
            if entry is None:
                continue
            if len(entry) != COMMITMENT_BYTES:
                self._check_statement(leaf, entry, statements.pop(leaf, None))
            elif taken is not None and leaf not in taken:
                stretch.forgotten += 1
        for leaf in statements:
            if entries[leaf - start] is not None:
                what = "the log has the commitment of a record at this leaf"
                self._findings.add("statement-leaf", f"statement, leaf {leaf}", what)

    def _all_right(
        self, start: int, entries: Sequence[bytes | None], lines: Sequence[Line]
    ) -> bool:
        """Whether every row of the block is that of its entry, in the fewest steps there are."""
        if not lines:
            return True
        templates = self._templates
        leaves, ids, _, times, before, salts = zip(*lines, strict=True)
        try:
            made = [
                sha256(
                    salt
                    + (
                        f"{first}{id_}{second}null{third}{time}{last}"
                        if previous is None
                        else f'{first}{id_}{second}"{previous}"{third}{time}{last}'
                    ).encode()
                ).digest()
                for _, id_, act, time, previous, salt in lines
                for first, second, third, last in [templates[act]]
            ]
            return (
                made == [entries[leaf - start] for leaf in leaves]
                and set(map(len, salts)) == {SALT_BYTES}
                and are_record_ids([*ids, *filter(None, before)])
                and set(map(type, times)) == {int}
                and min(times) >= 0
                and max(times) < TIMES_END
            )
        except (TypeError, ValueError, KeyError):
            return False

    def _check_row(self, line: Line, entry: bytes | None) -> None:
        leaf, id_, act, time, previous, salt = line
        where = f"record, leaf {leaf}"
        fault = fault_of_row(id_, time, previous, salt)
        if fault is not None:
            self._findings.add("row-form", where, fault)
            return
        template = self._templates.get(act)
        if template is None:
            what = "the act it names is not there, or is none"
            self._findings.add("row-act", where, what)
            return
        if entry is None:
            return  # its bundle is a finding already
        if len(entry) != COMMITMENT_BYTES:
            self._findings.add("row-leaf", where, "the log has a statement at this leaf")
            return
        made = sha256(salt + record_of(template, id_, time, previous)).digest()
        if made == entry:
            return
        doubt = self._stretch.doubts.get(leaf // TILE_WIDTH)
        if doubt is not None and leaf in doubt.leaves and self._tile_says(leaf, made):
            return  # row and tile agree: it is the bundle that was changed, and that is told
        what = "it is not the record that the log commits to"
        self._findings.add("row-commitment", where, what)

    def _tile_says(self, leaf: int, commitment: bytes) -> bool:
        number, at = divmod(leaf, TILE_WIDTH)
        lines = self._reading.lines("tiles", level=0, first=number, end=number + 1)
        hashes = lines[0][1] if lines else b""
        return bytes(hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]) == hash_leaf(commitment)

    def _check_statement(self, leaf: int, entry: bytes, body: object) -> None:
        try:
            decoded = decode_entry(entry)
        except RecordRejected as error:
            self._findings.add(
                "bundle-entry", f"bundle {leaf // TILE_WIDTH}, leaf {leaf}", str(error)
            )
            return
        if isinstance(decoded, Commitment):
            return
        where = f"statement, leaf {leaf}"
        if body is None:
            what = "it is in the log, and not in the table"
            self._findings.add("statement-missing", where, what)
        elif not isinstance(body, str) or body.encode() != entry:
            self._findings.add("statement-body", where, "it is not what the log has at this leaf")

    def _load_templates(self, numbers: set[object]) -> None:
        missing = numbers - self._templates.keys()
        if len(self._templates) + len(missing) > _ACTS_MAX:
            self._templates.clear()
            missing = numbers
        for number in missing:
            # A missing or broken act is told for each row of it; its own fault elsewhere, once.
            with suppress(Damaged, RecordRejected):
                lines = self._reading.lines("act", number=number) if type(number) is int else ()
                if lines:
                    self._templates[number] = template_of(lines[0][0])

    def _fetch(
        self, name: str, what: str, first: int, end: int, **values: object
    ) -> dict[object, object]:
        """Read one block of tiles or bundles by number; what cannot be read is told and marked."""
        level = f"{values['level']}/" if "level" in values else ""
        found: dict[object, object] = {}
        for low, high, lines in self._salvage(name, first, end, **values):
            if lines is None:
                found.update(dict.fromkeys(range(low, high), _UNREADABLE))
                self._findings.add("unreadable", f"{what} {level}{low}", "it cannot be read")
            else:
                found.update(lines)
        return found

    def _rows(self, start: int, end: int) -> Iterator[Line]:
        for low, _, lines in self._salvage("rows", start, end):
            if lines is None:
                self._findings.add("unreadable", f"record, leaf {low}", "it cannot be read")
                continue
            for line in lines:
                if type(line[0]) is int and start <= line[0] < end:
                    yield line

    def _statements(self, start: int, end: int) -> Iterator[tuple[int, object]]:
        for low, _, lines in self._salvage("statements", start, end):
            if lines is None:
                self._findings.add("unreadable", f"statement, leaf {low}", "it cannot be read")
                continue
            yield from lines

    def _salvage(
        self, name: str, first: int, end: int, **values: object
    ) -> Iterator[tuple[int, int, Sequence[Line] | None]]:
        """Read a range; where that fails, its halves, down to the one row that cannot be read."""
        try:
            yield first, end, self._reading.lines(name, first=first, end=end, **values)
        except Damaged:
            if end - first == 1:
                yield first, end, None
                return
            middle = (first + end) // 2
            yield from self._salvage(name, first, middle, **values)
            yield from self._salvage(name, middle, end, **values)


_UNREADABLE: Final = object()


def _sum_up(hashes: bytes) -> bytes:
    return hash_tile(hashes) if len(hashes) == TILE_BYTES else hashes
