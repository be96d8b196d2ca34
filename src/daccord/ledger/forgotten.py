"""Which leaves of a log were forgotten, as a list that can be kept beside its backups.

A backup from before a reader was forgotten still holds their record. What must not come back is
named by leaf and commitment, one a line: both are public, and say nothing of anybody. A list is
of one log: each line is held against the entry at its leaf.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from daccord.errors import Damaged, LedgerError, NoteRejected
from daccord.ledger.reading import read_head
from daccord.merkle.bundles import decode_entries
from daccord.merkle.tiles import TILE_WIDTH
from daccord.receipt.commitment import COMMITMENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daccord.ledger.reading import Reading

_PAGE_TILES: Final = 16
_LINE: Final = re.compile(r"(0|[1-9][0-9]{0,17}) ([0-9a-f]{64})", re.ASCII)


class Forgotten(NamedTuple):
    """Leaves of the tree, and commitments of entries beyond it."""

    leaves: frozenset[int]
    commitments: frozenset[bytes]


NOTHING: Final = Forgotten(frozenset(), frozenset())


def list_forgotten(reading: Reading) -> Iterator[str]:
    """Yield a line for each leaf of a record whose row is gone. Raises `LedgerError`."""
    size = read_head(reading)[0]
    for first in range(0, -(-size // TILE_WIDTH), _PAGE_TILES):
        start, end = first * TILE_WIDTH, min((first + _PAGE_TILES) * TILE_WIDTH, size)
        # Bundles first: a row that goes in between is then forgotten, and never the other way.
        bundles = reading.lines("bundles", first=first, end=first + _PAGE_TILES)
        there = {line[0] for line in reading.lines("rows", first=start, end=end)}
        for number, raw in bundles:
            for leaf, entry in enumerate(_entries(number, raw), number * TILE_WIDTH):
                if leaf < end and leaf not in there and len(entry) == COMMITMENT_BYTES:
                    yield f"{leaf} {entry.hex()}"


def read_forgotten(lines: Iterable[str], reading: Reading) -> Forgotten:
    """Read a list for the ledger that is about to be copied.

    Raises `LedgerError` for a line that is none, and for a list of another log.
    """
    size = read_head(reading)[0]
    leaves: dict[int, bytes] = {}
    beyond = set()
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line.rstrip("\r\n"))
        if found is None:
            raise LedgerError(f"line {number} of the list is none: expected a leaf and a hash")
        leaf, commitment = int(found[1]), bytes.fromhex(found[2])
        if leaf < size:
            leaves[leaf] = commitment
        else:
            beyond.add(commitment)
    for number in sorted({leaf // TILE_WIDTH for leaf in leaves}):
        for at, raw in reading.lines("bundles", first=number, end=number + 1):
            for leaf, entry in enumerate(_entries(at, raw), at * TILE_WIDTH):
                if leaves.get(leaf, entry) != entry:
                    raise LedgerError(f"the list of what was forgotten is not of this log: {leaf}")
    return Forgotten(frozenset(leaves), frozenset(beyond))


def _entries(number: int, raw: object) -> tuple[bytes, ...]:
    try:
        return decode_entries(raw if isinstance(raw, bytes) else b"\0")
    except NoteRejected as error:
        raise Damaged(f"bundle {number}", error.reason) from None
