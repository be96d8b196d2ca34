"""Where the counts are kept: in memory for a moment, then in a small SQLite file.

Losing a moment's counts in a crash is no harm, so a page view never waits for the disk.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from daccord.demo.paper.audience.measure import KEPT, Hit, Kind, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

MAX_REFERRERS: Final = 200
"""Hosts kept between two writes: an invented referrer per request must not fill the memory."""

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS counts (
  day   TEXT NOT NULL,     -- 2026-11-23, UTC
  kind  TEXT NOT NULL,     -- a value of Kind
  name  TEXT NOT NULL,     -- page id, host or town; empty where the kind says it all
  count INTEGER NOT NULL,  -- exact here, rounded wherever it is shown
  PRIMARY KEY (day, kind, name)
) STRICT, WITHOUT ROWID
"""
_ADD: Final = """
INSERT INTO counts (day, kind, name, count) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count
"""
_SUM: Final = "SELECT kind, name, SUM(count) FROM counts GROUP BY kind, name ORDER BY 3 DESC, 2"
_FORGET: Final = "DELETE FROM counts WHERE day < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the statistics; ``count`` is rounded to tens, 0 for fewer than ten."""

    name: str
    count: int


class AudienceBook:
    """The counts of the paper. Every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: Counter[tuple[date, Kind, str]] = Counter()
        self._lock = Lock()

    def count(self, hit: Hit) -> None:
        """Count one page view, in memory: it is on disk after the next `write`."""
        with self._lock:
            for kind, name in hit.tallies():
                key = (hit.day, kind, name)
                if kind is not Kind.REFERRER or key in self._pending or self._has_room():
                    self._pending[key] += 1

    def write(self, today: date) -> None:
        """Put the counts on disk, and forget those of more than 25 months ago (CNIL-25)."""
        with self._lock:
            pending, self._pending = self._pending, Counter()
        rows = [(f"{day}", kind.value, name, n) for (day, kind, name), n in pending.items()]
        with closing(self._connect()) as database, database:
            database.executemany(_ADD, rows)
            database.execute(_FORGET, (f"{today - KEPT}",))

    def statistics(self, today: date) -> dict[Kind, tuple[Line, ...]]:
        """Everything that is ever shown of the counts, rounded, the largest first."""
        self.write(today)
        with closing(self._connect()) as database:
            rows = database.execute(_SUM).fetchall()
        return {kind: tuple(_lines(rows, kind)) for kind in Kind}

    def _has_room(self) -> bool:
        return sum(kind is Kind.REFERRER for _, kind, _ in self._pending) < MAX_REFERRERS

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path)
        database.execute(_CREATE)
        return database


def _lines(rows: list[tuple[str, str, int]], kind: Kind) -> Iterator[Line]:
    return (Line(name=name, count=rounded(n)) for of, name, n in rows if of == kind.value)
