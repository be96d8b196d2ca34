"""Daily counts on their way to the store: a bounded table in memory that never fails anybody."""

from __future__ import annotations

import re
import threading
from collections import Counter
from typing import Any, Final, NamedTuple

from daccord.ledger.store import EVERYTHING_ELSE

KEYS_MAX: Final = 1_000
"""Limit, for each kind: keys between two flushes, and pairs of a day in the store."""
REPORT_DAYS: Final = 31
"""Limit: older reports are dropped. A month shows what there is to declare."""

_DIRECTIVE = re.compile("[a-z][a-z-]{0,40}")
_HOST = re.compile(r"(?:[a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")
_VERSION = re.compile("[0-9a-f]{64}")
_DAY_MAX = 10_000_000


class Refusal(NamedTuple):
    """One row of the table of refusals."""

    day: int
    declaration_version: str


class Report(NamedTuple):
    """One row of the table of reports."""

    day: int
    directive: str
    host: str


class Counts:
    """What was counted since the last flush. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refusals: Counter[Refusal] = Counter()
        self._reports: Counter[Report] = Counter()

    def add_refusal(self, day: int, declaration_version: str) -> None:
        """Count a refusal. What is no day or version, and a key too many, is let go."""
        if not _is_day(day) or _VERSION.fullmatch(declaration_version) is None:
            return
        key = Refusal(day, declaration_version)
        with self._lock:
            if key in self._refusals or len(self._refusals) < KEYS_MAX:
                self._refusals[key] += 1

    def add_report(self, directive: str, host: str, day: int) -> None:
        """Count a report, under `EVERYTHING_ELSE` where it names nothing or is one too many."""
        if not _is_day(day):
            return
        key = Report(day, directive, host)
        if _DIRECTIVE.fullmatch(directive) is None or _HOST.fullmatch(host) is None:
            key = Report(day, EVERYTHING_ELSE, EVERYTHING_ELSE)
        with self._lock:
            if key not in self._reports and len(self._reports) >= KEYS_MAX:
                key = Report(day, EVERYTHING_ELSE, EVERYTHING_ELSE)
            if key in self._reports or len(self._reports) < 2 * KEYS_MAX:
                self._reports[key] += 1

    def take(self) -> tuple[Counter[Refusal], Counter[Report]]:
        """Give everything counted so far and begin anew."""
        with self._lock:
            taken = self._refusals, self._reports
            self._refusals, self._reports = Counter(), Counter()
            return taken

    def put_back(self, refusals: Counter[Refusal], reports: Counter[Report]) -> None:
        """Count again what could not be written; what no longer finds a place is let go."""
        with self._lock:
            _merge(self._refusals, refusals)
            _merge(self._reports, reports)


def _is_day(day: int) -> bool:
    return 0 <= day <= _DAY_MAX


def _merge(into: Counter[Any], counts: Counter[Any]) -> None:
    for key, count in counts.items():
        if key in into or len(into) < 2 * KEYS_MAX:
            into[key] += count
