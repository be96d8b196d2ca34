"""``python -m bench``: measure, and print one table. Writes nothing unless told to."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import logging
import os
import platform
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.table import Row, markdown, plain, skipped

if TYPE_CHECKING:
    from types import ModuleType

PARTS = ("middleware", "gate", "choices", "ledger", "postgres", "merkle", "bytes", "browser")
LEDGERS = {
    "ledger": "Ledger: durable appends, without a server",
    "postgres": "Ledger on PostgreSQL: durable appends, with the server on the same machine",
}
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> int:
    """Measure what was asked for; 0 whether aims were met or not: speed is no test."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be repeated")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: minutes become one")
    parser.add_argument("--json", action="store_true", help="the rows as JSON on stdout")
    parser.add_argument("--markdown", action="store_true", help=f"write {PAGE.name} in docs/")
    asked = parser.parse_args()
    logging.getLogger("daccord").setLevel(logging.ERROR)  # new keys are no news here
    began = os.getloadavg()[0]
    rows: list[Row] = []
    for part in asked.only or PARTS:
        print(f"bench: {part} …", file=sys.stderr, flush=True)
        rows += measured(part, quick=asked.quick)
    facts = machine(began)
    if asked.json:
        lines = [
            {**dataclasses.asdict(row), "ratio": row.ratio, "verdict": row.verdict} for row in rows
        ]
        print(json.dumps({"machine": facts, "rows": lines}, default=lambda each: each.value))
    elif asked.markdown:
        PAGE.write_text(page(rows, facts, quick=asked.quick))
        print(PAGE)
    else:
        print(" · ".join(facts))
        print(plain(rows))
    return 0


def measured(part: str, *, quick: bool) -> list[Row]:
    """The rows of one part; a part that fails is a line that says so, and the rest goes on."""
    try:
        module = importlib.import_module(f"bench.{part}")
        if part in LEDGERS:
            return ledger_rows(module, LEDGERS[part], 2 if quick else 5)
        rows: list[Row] = module.rows(quick=quick)
    except Exception as error:  # noqa: BLE001 - one part must not cost the others
        return [skipped(part, f"failed: {type(error).__name__}: {error}".splitlines()[0])]
    return rows


def ledger_rows(module: ModuleType, heading: str, repeats: int) -> list[Row]:
    """The own table of one of the stores, in the columns of this one."""
    found = module.rows(repeats)
    values = {row.name: row.value for row in found}
    return [
        Row(
            part=heading,
            name=row.name,
            unit=row.unit,
            value=row.value,
            against=row.against or "",
            reference=values.get(row.against or ""),
            note=f"p99 {row.p99_ms:.2f} ms" if row.p99_ms else "",
        )
        for row in found
    ]


def machine(began: float) -> list[str]:
    """What the figures were measured on, and what else it was doing."""
    chromium = os.environ.get("DACCORD_CHROMIUM", "chromium")
    try:
        said = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        browser = said.stdout.strip()
    except OSError:
        browser = "no Chromium"
    return [
        time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        f"{_processor()}, {os.cpu_count()} cores",
        f"load average {began:.1f} before, {os.getloadavg()[0]:.1f} after",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        browser,
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def page(rows: list[Row], facts: list[str], *, quick: bool) -> str:
    """`docs/benchmarks.md`."""
    return f"""# Benchmarks

Made by `./run bench --markdown`{" with `--quick`" if quick else ""}; do not edit.
`./run bench` prints the same table; `--only NAME`, `--quick` and `--json` do as they say.

{chr(10).join(f"- {fact}" for fact in facts)}

Each figure is a median; *spread* is the middle half.
The two sides of a ratio take turns within one run, since the machine is shared and never quiet:
compare within a line, not between days.
Where an aim is about CPU it is CPU time that is measured, elsewhere the clock on the wall.
How each figure is come by stands at the head of its module in `bench/`.
{markdown(rows)}
"""


if __name__ == "__main__":
    sys.exit(main())
