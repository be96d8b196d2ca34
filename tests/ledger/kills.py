"""Kill processes that live on one ledger, at any moment, and hold the ledger to what they said.

    python -m tests.ledger.kills --kills 1000

After each kill: a full verify without a finding, every acknowledged record there once, every
forgotten one gone, and the log grown from every checkpoint that was ever seen.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.verify import verify_ledger
from tests.ledger.log import SIGNER
from tests.ledger.samples import record
from tests.ledger.test_sqlite import run

if TYPE_CHECKING:
    import subprocess

KILLS_OF_ONE: Final = 40
"""Then a new ledger: each verify looks at all of it."""


@dataclass(slots=True)
class Said:
    """What processes said before they died."""

    kept: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def hear(self, lines: list[str]) -> None:
        for line in lines:
            sign, record_id = line[0], line[1:]
            if sign == "+":
                self.kept.add(record_id)
            elif sign == "?":
                self.kept.discard(record_id)
                self.unsure.add(record_id)
            else:
                self.gone.add(record_id)


def read_lines(child: subprocess.Popen[str], *, least: int | None) -> str:
    """Read so many lines, or all there are until the child is gone, past every buffer of ours.

    `Popen.communicate` would begin in the middle of a line after a buffered ``readline``.
    """
    assert child.stdout is not None
    raw = b""
    while least is None or raw.count(b"\n") < least:
        more = os.read(child.stdout.fileno(), 65_536)
        if not more:
            break
        raw += more
    return raw.decode()


def kill_once(path: Path, chance: random.Random, said: Said) -> None:
    """Let one to three processes live on the ledger for a moment, and kill them."""
    children = [
        run("child_lives", path, chance.choice([1, 4, 16]), chance.randrange(10**9))
        for _ in range(chance.choice([1, 1, 2, 3]))
    ]
    read = [read_lines(child, least=1) for child in children]
    read[0] += read_lines(children[0], least=chance.randrange(1, 150))
    time.sleep(chance.random() * 0.05)  # no synchronisation: any moment will do
    for child in children:
        child.kill()
    for child, text in zip(children, read, strict=True):
        text += read_lines(child, least=None)  # noqa: PLW2901 - the rest of it
        child.communicate()
        # The last line may be half of one; then it was not said.
        said.hear(text.split("\n")[:-1])


def check(path: Path, said: Said, checkpoints: dict[str, str]) -> int:
    """Hold the ledger to what was said; give the number of its leaves."""
    with closing(sqlite3.connect(path)) as connection:
        found = [row[0] for row in connection.execute("SELECT id FROM record WHERE id IS NOT NULL")]
    assert len(found) == len(set(found)), "a record is there twice"
    lost = said.kept - set(found)
    assert not lost, f"{len(lost)} acknowledged records are lost"
    back = said.gone & set(found)
    assert not back, f"{len(back)} forgotten records are there"
    report = verify_ledger(path, keys=[SIGNER.verifier], earlier=checkpoints)
    assert not report.findings, [str(finding) for finding in report.findings]
    seen = path.with_name("ledger.checkpoint")
    if seen.exists():
        checkpoints[f"seen at {report.counts.size}"] = seen.read_text()
    return report.counts.size


def kill_many(folder: Path, kills: int, seed: int) -> tuple[int, int]:
    """Give the numbers of acknowledged records and of leaves that were verified at the end."""
    chance = random.Random(seed)  # noqa: S311 - moments, no secret
    acknowledged = leaves = 0
    for first in range(0, kills, KILLS_OF_ONE):
        path = folder / str(first) / "ledger.sqlite"
        said = Said()
        checkpoints: dict[str, str] = {}
        for _ in range(min(KILLS_OF_ONE, kills - first)):
            kill_once(path, chance, said)
            check(path, said, checkpoints)
        store = SqliteStore(path, signer=SIGNER)
        store.open()
        value = record()
        store.append(value).result()
        assert store.receipt(value.id) is not None
        store.close()
        leaves += check(path, said, checkpoints)
        acknowledged += len(said.kept) + len(said.gone)
    return acknowledged, leaves


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        begin = time.monotonic()
        print(f"seed {asked.seed}", file=sys.stderr)  # noqa: T201 - a command
        acknowledged, leaves = kill_many(Path(folder).resolve(), asked.kills, asked.seed)
        seconds = time.monotonic() - begin
    print(  # noqa: T201 - a command
        f"{asked.kills} kills in {seconds:.0f} s: {acknowledged} acknowledged records, "
        f"{leaves} leaves, nothing lost, twice, forked or back"
    )


if __name__ == "__main__":
    main()
