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
import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from daccord.errors import LedgerError
from daccord.ledger import schema
from daccord.ledger.counts import KEYS_MAX, Counts
from daccord.ledger.schema import create_file, open_writer
from daccord.ledger.statements import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from daccord.ledger.batches import Entry

SQL: Final = load_statements("sqlite")
REPORT_DAYS: Final = 31
_POLL_SECONDS: Final = 0.0005

_write_json = json.JSONEncoder(separators=(",", ":")).encode


class SqliteWriter:
    """A `daccord.ledger.batches.Writer`. Its methods belong to one thread at a time."""

    def __init__(self, path: Path, counts: Counts, *, may_create: bool) -> None:
        self.may_create = may_create
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._counts = counts
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[tuple[int, int], ...] = ()

    def open(self) -> sqlite3.Connection:
        """Give the connection, opened if need be. Raises `LedgerError`."""
        if self._connection is None:
            with errors_of(self._path):
                if self.may_create:
                    create_file(self._path)
                self._connection = open_writer(self._path)
                self._connection.execute("PRAGMA busy_timeout = 0").close()  # see _when_free
                self._identity = self._look()
            self.may_create = False
        return self._connection

    def write(self, batch: Sequence[Entry]) -> Mapping[int, str]:
        with self._dropping_on_fault():
            connection = self.open()
            rows = _write_json([(entry.id, entry.text) for entry in batch])
            inserted = _when_free(connection, SQL["append_records"], {"batch": rows}).rowcount
            refused = {} if inserted == len(batch) else _conflicts(connection, batch)
            self._check_identity()
        return refused

    def flush(self) -> None:
        """Write the counts in a transaction of their own: they must never fail a record."""
        refusals, reports = self._counts.take()
        if not refusals and not reports:
            return
        try:
            with self._dropping_on_fault():
                connection = self.open()
                _when_free(connection, SQL["begin"])
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
        if connection is not None:
            connection.close()

    @contextmanager
    def _dropping_on_fault(self) -> Iterator[None]:
        try:
            with errors_of(self._path):
                yield
        except BaseException:
            self.release()
            raise

    def _check_identity(self) -> None:
        if self._look() != self._identity:
            raise LedgerError("the ledger's file was moved or replaced while in use")

    def _look(self) -> tuple[tuple[int, int], ...]:
        """Say which files the names lead to: the database, and its WAL."""
        database, wal = self._path.stat(), self._wal.stat()
        return (database.st_dev, database.st_ino), (wal.st_dev, wal.st_ino)


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise about the file at ``path`` into `LedgerError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(f"{path.name}: {error}") from error
    except OSError as error:
        raise LedgerError(f"{path.name}: {error.strerror or type(error).__name__}") from error


def _when_free(
    connection: sqlite3.Connection, sql: str, values: Mapping[str, str] | None = None
) -> sqlite3.Cursor:
    """Execute what takes the write lock, once no other process holds it.

    SQLite's own wait backs off to 100 ms at a time and lets the other process win over and over:
    with two that are busy, one append in a hundred took 85 to 113 ms.
    """
    deadline = time.monotonic() + schema.BUSY_SECONDS
    while True:
        try:
            return connection.execute(sql, values or {})
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
            if code & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(_POLL_SECONDS)


def _conflicts(connection: sqlite3.Connection, batch: Sequence[Entry]) -> dict[int, str]:
    """Find the entries of a written batch whose id belongs to another record."""
    refused = {}
    for position, entry in enumerate(batch):
        with closing(connection.execute(SQL["record_of"], {"id": entry.id})) as rows:
            row = rows.fetchone()
        if row is None or row[1] != entry.text:
            refused[position] = "another record has this id"
    return refused
