"""What the writing thread of the SQLite store does: batches, counts, and its one connection.

1. The file is created before it was ever opened, never after: a ledger that vanished while in use
   (a volume unmounted, a folder removed) is a fault, not a reason to begin another one.
2. After every batch, and before anybody is told, the names must still lead to the files that were
   written. Otherwise the batch stands in a file that nobody will find again: it has failed.
3. After any fault the connection is closed and the next batch opens a new one. Whatever state the
   old one was in, what counts is what is in the file.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from daccord.errors import LedgerError
from daccord.ledger.counts import KEYS_MAX, REPORT_DAYS, Counts
from daccord.ledger.schema import create_file, open_writer
from daccord.ledger.sqlite_access import HALF_ID, SQL, Identity, errors_of, look_at_files, when_free
from daccord.receipt.commitment import SALT_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from daccord.ledger.acts import Parts
    from daccord.ledger.batches import Entry

ACTS_MAX: Final = 10_000
"""Limit: acts whose numbers are kept in mind, some 500 bytes each."""
_SALTS_AT_ONCE: Final = 1_024
_ROUNDS: Final = 5

_write_json = json.JSONEncoder(separators=(",", ":")).encode


class SqliteWriter:
    """A `daccord.ledger.batches.Writer`. Its methods belong to one thread at a time."""

    def __init__(
        self,
        path: Path,
        counts: Counts,
        *,
        may_create: bool,
        on_written: Callable[[], None] = lambda: None,
    ) -> None:
        self.may_create = may_create
        self._on_written = on_written
        self._path = path
        self._counts = counts
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity = ()
        self._acts: dict[str, int] = {}
        # Asking the system for each batch would hand over the interpreter once more for each.
        # A forked process has a writer of its own, so no two draw from one pool.
        self._salts = b""

    def open(self) -> sqlite3.Connection:
        """Give the connection, opened if need be. Raises `LedgerError`."""
        if self._connection is None:
            with errors_of(self._path):
                if self.may_create:
                    create_file(self._path)
                self._connection = open_writer(self._path)
                self._connection.execute("PRAGMA busy_timeout = 0").close()  # see when_free
                self._identity = look_at_files(self._path)
            self.may_create = False
        return self._connection

    def write(self, batch: Sequence[Entry]) -> Mapping[int, str]:
        with self._dropping_on_fault():
            connection = self.open()
            records = [entry.parts for entry in batch]
            try:
                self._insert(connection, records)
                refused: dict[int, str] = {}
            except sqlite3.IntegrityError:
                refused = self._insert_unknown(connection, records)
            self._check_identity()
        self._on_written()
        return refused

    def flush(self) -> None:
        """Write the counts in a transaction of their own: they must never fail a record."""
        refusals, reports = self._counts.take()
        if not refusals and not reports:
            return
        try:
            with self._dropping_on_fault():
                connection = self.open()
                when_free(connection, SQL["begin"])
                connection.executemany(
                    SQL["add_refusals"],
                    [{**key._asdict(), "count": count} for key, count in refusals.items()],
                )
                connection.executemany(
                    SQL["add_reports"],
                    [
                        {**key._asdict(), "count": count, "pairs_max": KEYS_MAX}
                        for key, count in reports.items()
                    ],
                )
                connection.execute(SQL["drop_old_reports"], {"days": REPORT_DAYS})
                connection.execute(SQL["commit"])
                self._check_identity()
        except LedgerError:
            self._counts.put_back(refusals, reports)
            raise

    def release(self) -> None:
        connection, self._connection = self._connection, None
        self._acts.clear()  # the next file may number them otherwise
        if connection is not None:
            connection.close()

    def _insert(self, connection: sqlite3.Connection, records: Sequence[Parts]) -> None:
        """Make ``records`` durable, all or none; sqlite3.IntegrityError when an id is known."""
        numbers = self._acts
        if any(parts.act not in numbers for parts in records):
            self._number_acts(connection, {parts.act for parts in records})
        rows = [(parts.id, numbers[parts.act], parts.time_ms, parts.previous) for parts in records]
        salts = self._take_salts(len(rows))
        when_free(connection, SQL["append_records"], {"batch": _write_json(rows), "salts": salts})

    def _number_acts(self, connection: sqlite3.Connection, acts: set[str]) -> None:
        if len(self._acts) + len(acts) > ACTS_MAX:
            self._acts.clear()
        unknown = _write_json([act for act in acts if act not in self._acts])
        when_free(connection, SQL["add_acts"], {"acts": unknown})
        with closing(connection.execute(SQL["act_numbers"], {"acts": unknown})) as rows:
            self._acts.update(rows.fetchall())

    def _take_salts(self, count: int) -> bytes:
        size = count * SALT_BYTES
        if len(self._salts) < size:
            self._salts = os.urandom(max(size, _SALTS_AT_ONCE * SALT_BYTES))
        salts, self._salts = self._salts[:size], self._salts[size:]
        return salts

    def _insert_unknown(
        self, connection: sqlite3.Connection, records: Sequence[Parts]
    ) -> dict[int, str]:
        """Insert those whose id nobody has. Gives those whose id another record has.

        In rounds, because another process may insert one of them after it was looked for.
        """
        refused: dict[int, str] = {}
        for last in range(_ROUNDS):
            unknown: dict[str, Parts] = {}
            for position, parts in enumerate(records):
                owner = unknown.get(parts.id[:HALF_ID]) or self._owner(connection, parts)
                if owner is None:
                    unknown[parts.id[:HALF_ID]] = parts
                elif owner != parts:
                    refused[position] = "another record has this id"
            try:
                self._insert(connection, list(unknown.values()))
            except sqlite3.IntegrityError:
                if last == _ROUNDS - 1:
                    raise
            else:
                return refused
        raise AssertionError("unreachable")

    def _owner(self, connection: sqlite3.Connection, parts: Parts) -> Parts | None:
        with closing(connection.execute(SQL["owner_of_half_id"], {"id": parts.id})) as rows:
            row = rows.fetchone()
        if row is None:
            return None
        id_, act, time_ms, previous = row
        known = self._acts.get(parts.act) == act
        return parts._replace(
            act=parts.act if known else "", id=id_, time_ms=time_ms, previous=previous
        )

    @contextmanager
    def _dropping_on_fault(self) -> Iterator[None]:
        try:
            with errors_of(self._path):
                yield
        except BaseException:
            self.release()
            raise

    def _check_identity(self) -> None:
        if look_at_files(self._path) != self._identity:
            raise LedgerError("the ledger's file was moved or replaced while in use")
