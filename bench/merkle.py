"""The tree: growing, proving and checking, from a thousand leaves to ten million.

    python -m bench.merkle [--quick] [--svg FILE]

Tiles lie in an SQLite file, one row each, as in the ledger. A proof *from the file* opens the file
anew each time: nothing of the tree is in this process before it (what the kernel has cached of the
file stays). The reference is pymerkle doing the same with the same entries in the same run: its
SQLite tree with an empty cache, and its tree of nodes in memory. It is measured on small trees
only, since its time and its memory grow with the number of leaves.

Leaf hashes are random bytes where the tree alone is measured: to hash entries is a row of its own.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import sys
import time
import tracemalloc
from contextlib import closing
from dataclasses import dataclass, field
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING

import pymerkle  # type: ignore[import-untyped]

from bench.table import Aim, Bound, Row, figure, plain
from bench.timing import median, spread, take_turns
from daccord.merkle.hashing import EMPTY_ROOT, hash_leaf
from daccord.merkle.proofs import (
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
)
from daccord.merkle.tiles import TILE_WIDTH
from daccord.merkle.tree import grow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from daccord.merkle.proofs import ReadTile

PART = "Merkle tree"
FOLDER = Path(__file__).parents[1] / ".run" / "bench-merkle"
MERGE = 1_024  # as many leaves as the ledger merges in one transaction
HASHES = 32
INCLUSION, CONSISTENCY = "inclusion proof", "consistency proof"


@dataclass(slots=True, kw_only=True)
class TileFile:
    """A tree that grows in an SQLite file, and what is known of it outside the file."""

    path: Path
    size: int = 0
    root: bytes = EMPTY_ROOT
    edge: Mapping[int, bytes] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)

    def create(self) -> None:
        with closing(self._connect()) as connection:
            connection.execute(
                "CREATE TABLE tile(level INTEGER, number INTEGER, hashes BLOB,"
                " PRIMARY KEY(level, number)) WITHOUT ROWID"
            )

    def grow_to(self, size: int, step: int = 2**16) -> None:
        with closing(self._connect()) as connection:
            connection.execute("BEGIN")
            while self.size < size:
                growth = grow(self.size, self.edge, leaf_hashes(min(step, size - self.size)))
                connection.executemany(
                    "INSERT OR REPLACE INTO tile VALUES (?, ?, ?)",
                    [(*place, content) for place, content in growth.tiles.items()],
                )
                self.size, self.edge, self.root = growth.size, growth.edge, growth.root
            connection.execute("COMMIT")
        self.roots[size] = self.root

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None)

    def seconds(self, prove: Callable[[ReadTile], object]) -> float:
        """Time from no connection at all to the proof."""
        begin = time.perf_counter()
        connection = self._connect()
        prove(reader(connection))
        seconds = time.perf_counter() - begin
        connection.close()
        return seconds


def reader(connection: sqlite3.Connection) -> ReadTile:
    def read_tile(level: int, index: int, width: int) -> bytes:
        [hashes] = connection.execute(
            "SELECT hashes FROM tile WHERE level = ? AND number = ?", (level, index)
        ).fetchone()
        wanted: bytes = hashes[: HASHES * width]
        return wanted

    return read_tile


def leaf_hashes(count: int) -> list[bytes]:
    raw = os.urandom(HASHES * count)
    return [raw[start : start + HASHES] for start in range(0, len(raw), HASHES)]


def growth_rows(leaves: int, rounds: int) -> list[Row]:
    """Leaves a second in steps of one merge, beside pymerkle appending the same entries."""
    entries = leaf_hashes(leaves)

    def tree_alone() -> float:
        return grown(entries, lambda batch: batch)

    def with_entries() -> float:
        return grown(entries, lambda batch: [hash_leaf(entry) for entry in batch])

    def theirs() -> float:
        tree = pymerkle.InmemoryTree()
        begin = time.process_time()
        for start in range(0, leaves, MERGE):
            tree.append_entries(entries[start : start + MERGE])
            tree.get_root()
        return leaves / (time.process_time() - begin)

    found = take_turns(
        {"alone": tree_alone, "entries": with_entries, "theirs": theirs}, rounds=rounds
    )
    return [
        Row(
            part=PART,
            name=f"grow, {MERGE:,} leaf hashes at a time",
            unit="leaves/s",
            value=median(found["alone"]),
            spread=spread(found["alone"]),
            aim=Aim(limit=700_000, bound=Bound.AT_LEAST),
            note=f"CPU time of {leaves:,} leaves, root and tiles each time",
        ),
        Row(
            part=PART,
            name=f"grow, {MERGE:,} entries of 32 bytes at a time",
            unit="leaves/s",
            value=median(found["entries"]),
            spread=spread(found["entries"]),
            against="pymerkle in memory",
            reference=median(found["theirs"]),
        ),
    ]


def grown(entries: Sequence[bytes], hashed: Callable[[Sequence[bytes]], Sequence[bytes]]) -> float:
    size = 0
    edge: Mapping[int, bytes] = {}
    begin = time.process_time()
    for start in range(0, len(entries), MERGE):
        growth = grow(size, edge, hashed(entries[start : start + MERGE]))
        size, edge = growth.size, growth.edge
    return len(entries) / (time.process_time() - begin)


@dataclass(slots=True, kw_only=True)
class Proofs:
    """What was measured of one kind of proof at one size, in milliseconds."""

    kind: str
    size: int
    ours: list[float]
    checks: list[float]
    length: int
    theirs: list[float] | None


def measure(tiles: TileFile, size: int, rounds: int, peer: Path | None) -> list[Proofs]:
    """Make and check both kinds of proof in a tree of ``size``, at places taken by chance."""
    rng = random.Random(size)  # noqa: S311 - places in a tree, the same in every run
    tree = pymerkle.SqliteTree(str(peer)) if peer else None
    found = []
    for kind in (INCLUSION, CONSISTENCY):
        proofs = Proofs(kind=kind, size=size, ours=[], checks=[], length=0, theirs=None)
        theirs: list[float] = []
        for at in range(rounds):
            place = rng.randrange(1, size)
            proofs.ours.append(1_000 * tiles.seconds(prover(kind, place, size)))
            with closing(sqlite3.connect(tiles.path)) as connection:
                seconds, length = check(kind, place, tiles, reader(connection))
            proofs.checks.append(1_000 * seconds)
            proofs.length = max(proofs.length, length)
            if tree is not None and at < 15:
                theirs.append(1_000 * peer_seconds(tree, kind, place, size))
        proofs.theirs = theirs or None
        found.append(proofs)
    return found


def prover(kind: str, place: int, size: int) -> Callable[[ReadTile], tuple[bytes, ...]]:
    prove = prove_inclusion if kind == INCLUSION else prove_consistency
    return lambda read_tile: prove(place, size, read_tile)


def check(kind: str, place: int, tiles: TileFile, read_tile: ReadTile) -> tuple[float, int]:
    """Seconds that a check takes, and how many hashes it checked."""
    proof = prover(kind, place, tiles.size)(read_tile)
    if kind == INCLUSION:
        tile = read_tile(0, place // TILE_WIDTH, place % TILE_WIDTH + 1)
        leaf = tile[-HASHES:]
        begin = time.perf_counter()
        check_inclusion(leaf, place, tiles.size, proof, tiles.root)
        return time.perf_counter() - begin, len(proof)
    old_root = old_root_of(place, tiles, read_tile)
    begin = time.perf_counter()
    check_consistency(place, old_root, tiles.size, tiles.root, proof)
    return time.perf_counter() - begin, len(proof)


def old_root_of(size: int, tiles: TileFile, read_tile: ReadTile) -> bytes:
    """The root of an earlier tree: from its edge, which the tiles of the later one contain."""
    edge, level = {}, 0
    while rest := size >> (8 * level):
        if width := rest % TILE_WIDTH:
            edge[level] = read_tile(level, rest // TILE_WIDTH, width)
        level += 1
    assert size <= tiles.size
    return grow(size, edge, []).root


def peer_seconds(tree: pymerkle.SqliteTree, kind: str, place: int, size: int) -> float:
    tree.cache_clear()
    begin = time.perf_counter()
    if kind == INCLUSION:
        tree.prove_inclusion(place + 1, size)
    else:
        tree.prove_consistency(place, size)
    return time.perf_counter() - begin


def proof_rows(measured: list[Proofs], aim_at: int) -> list[Row]:
    """A line each, with a bar: the bars are the plot."""
    longest = max(median(proofs.ours) for proofs in measured)
    rows = []
    for kind in (INCLUSION, CONSISTENCY):
        for proofs in (each for each in measured if each.kind == kind):
            value = median(proofs.ours)
            rows.append(
                Row(
                    part=PART,
                    name=f"{kind} from the file, {proofs.size:,} leaves",
                    unit="ms",
                    value=value,
                    spread=spread(proofs.ours),
                    against="pymerkle, SQLite" if proofs.theirs else "",
                    reference=median(proofs.theirs) if proofs.theirs else None,
                    aim=Aim(limit=1.0) if proofs.size == aim_at and kind == INCLUSION else None,
                    note="#" * round(30 * value / longest)
                    + f" {proofs.length} hashes, checked in {1_000 * median(proofs.checks):.0f} µs",
                )
            )
        rows.append(growth_of(kind, [each for each in measured if each.kind == kind]))
    return rows


def growth_of(kind: str, measured: list[Proofs]) -> Row:
    first, last = measured[0], measured[-1]
    return Row(
        part=PART,
        name=f"{kind}: {last.size:,} over {first.size:,}",
        unit="",
        value=median(last.ours) / median(first.ours),
        against="log n over log n",
        reference=log10(last.size) / log10(first.size),
        note=f"the trees: {last.size // first.size:,} times as many leaves",
    )


def memory_rows(tiles: TileFile, peer_leaves: int) -> list[Row]:
    """What a writer holds between two merges, and at most during one."""
    leaves = leaf_hashes(MERGE)
    tracemalloc.start()
    grow(tiles.size, tiles.edge, leaves)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    entries = leaf_hashes(peer_leaves)
    tracemalloc.start()
    tree = pymerkle.InmemoryTree()
    tree.append_entries(entries)
    theirs, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [
        Row(
            part=PART,
            name=f"memory of the tree's writer at {tiles.size:,} leaves",
            unit="kB",
            value=sum(map(len, tiles.edge.values())) / 1_000,
            against=f"pymerkle in memory, {peer_leaves:,} leaves",
            reference=theirs / 1_000,
            note=f"between merges; {figure(peak / 1_000)} kB at most during one of {MERGE:,}",
        ),
        Row(
            part=PART,
            name=f"tiles in the file at {tiles.size:,} leaves",
            unit="bytes a leaf",
            value=tiles.path.stat().st_size / tiles.size,
        ),
    ]


def measure_all(*, quick: bool) -> tuple[list[Row], list[Proofs]]:
    """All rows and what the plot is drawn from. Writes some 350 MB to ``.run``, for a while."""
    sizes = [10**power for power in range(3, 6 if quick else 8)]
    compared = 10**4 if quick else 10**5
    rounds = 30 if quick else 200
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    rows = growth_rows(50 * MERGE if quick else 200 * MERGE, 3 if quick else 7)
    tiles = TileFile(path=FOLDER / "tiles.sqlite")
    tiles.create()
    measured: list[Proofs] = []
    for size in sizes:
        tiles.grow_to(size)
        peer = None
        if size <= compared:
            peer = FOLDER / f"peer-{size}.sqlite"
            pymerkle.SqliteTree(str(peer)).append_entries(leaf_hashes(size))
        measured += measure(tiles, size, rounds, peer)
    rows += proof_rows(measured, aim_at=10**7)
    rows += memory_rows(tiles, compared)
    shutil.rmtree(FOLDER)
    return rows, measured


def rows(*, quick: bool) -> list[Row]:
    """The lines for `python -m bench`."""
    return measure_all(quick=quick)[0]


def draw(measured: list[Proofs]) -> str:
    """Draw time against the logarithm of the size: a straight line is growth as log n."""
    width, height, left, right, top = 640, 360, 60, 40, 30
    highest = 1.2 * max(median(each.ours) for each in measured)
    low, high = (log10(f(each.size for each in measured)) for f in (min, max))

    def place(size: int, value: float) -> tuple[float, float]:
        x = left + (width - left - right) * (log10(size) - low) / (high - low)
        return x, top + (height - 2 * top) * (1 - value / highest)

    marks = []
    for size in sorted({each.size for each in measured}):
        x, y = place(size, 0)
        marks.append(f'<text x="{x:.0f}" y="{y + 18:.0f}" text-anchor="middle">{size:,}</text>')
    for step in range(5):
        value = highest * step / 4
        x, y = place(measured[0].size, value)
        marks.append(f'<path d="M{x:.0f} {y:.1f}H{width - right}" stroke="#ccc"/>')
        marks.append(f'<text x="{x - 6:.0f}" y="{y + 4:.1f}" text-anchor="end">{value:.2f}</text>')
    for kind, style in ((INCLUSION, "#064"), (CONSISTENCY, "#a40")):
        points = [
            (*place(each.size, median(each.ours)), each) for each in measured if each.kind == kind
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
        marks.append(f'<polyline points="{line}" fill="none" stroke="{style}" stroke-width="2"/>')
        marks += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{style}">'
            f"<title>{kind}, {each.size:,} leaves: {median(each.ours):.3f} ms</title></circle>"
            for x, y, each in points
        ]
        x = width - right - (0 if kind == CONSISTENCY else 130)
        marks.append(f'<text x="{x}" y="16" text-anchor="end" fill="{style}">{kind}</text>')
    body = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        ' font-family="sans-serif" font-size="12">\n'
        "<title>Time of a proof in milliseconds against the number of leaves</title>\n"
        f'<text x="{left}" y="16">ms from a closed file to the proof, by leaves</text>\n'
        f"{body}\n</svg>\n"
    )


def main() -> int:
    """Measure, print, and draw if asked to."""
    parser = argparse.ArgumentParser(prog="bench.merkle", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 100,000 leaves")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the times of proofs")
    asked = parser.parse_args()
    found, measured = measure_all(quick=asked.quick)
    print(plain(found))
    if asked.svg:
        asked.svg.write_text(draw(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
