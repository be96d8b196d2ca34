"""Two connections to one ledger file: one that reads, and one that writes when it has to.

Both are opened when they are needed. Between two statements the file may have been exchanged for
another one. What is read then leads to nothing, because a merge compares the head; what is
written into a file that nobody will find again has failed, and is said to have.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from daccord.errors import LedgerError
from daccord.ledger.schema import open_reader, open_writer
from daccord.ledger.sqlite_access import (
    POLL_SECONDS,
    SQL,
    Identity,
    errors_of,
    look_at_files,
    when_free,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daccord.ledger.sqlite_access import Values


class Refused(LedgerError):
    """A constraint of the tables said no."""


class SqliteFile:
    """The ledger at ``path``. Statements go by their names; every method raises `LedgerError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._identity: Identity = ()

    def read(self, name: str, values: Values | None = None) -> tuple[Any, ...] | None:
        """The first row."""
        with (
            errors_of(self.path),
            closing(self._reading().execute(SQL[name], values or {})) as rows,
        ):
            return cast("tuple[Any, ...] | None", rows.fetchone())

    def read_all(self, name: str, **values: str | bytes | int) -> list[tuple[Any, ...]]:
        """All rows."""
        with errors_of(self.path), closing(self._reading().execute(SQL[name], values)) as rows:
            return rows.fetchall()

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """Let everything that is read inside be of one state of the ledger."""
        with errors_of(self.path):
            reader = self._reading()
            reader.execute("BEGIN").close()
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                reader.execute("ROLLBACK").close()

    def write(self, name: str, values: Values) -> int:
        """Execute one statement, durable on return; give the number of rows it changed.

        Raises `Refused`, and has written nothing, when a constraint says no.
        """
        with errors_of(self.path):
            writer = self._writing()
            try:
                with closing(when_free(writer, SQL[name], values)) as cursor:
                    count = cursor.rowcount
            except sqlite3.IntegrityError as error:
                raise Refused(f"{self.path.name}: {error}") from error
            if look_at_files(self.path) != self._identity:
                raise LedgerError("the ledger's file was moved or replaced while in use")
        return count

    def checkpoint(self, mode: str, seconds: float) -> tuple[bool, int]:
        """Bring the file of writes back into the database, trying for so long.

        Gives whether it is done, and how many pages the file of writes had.
        """
        deadline = time.monotonic() + seconds
        while True:
            with (
                errors_of(self.path),
                closing(self._writing().execute(f"PRAGMA wal_checkpoint({mode})")) as rows,
            ):
                busy, frames, _ = rows.fetchone()
            if not busy or time.monotonic() >= deadline:
                return not busy, frames
            time.sleep(POLL_SECONDS)

    def close(self) -> None:
        """Let go of both connections; they are opened anew when something is asked again."""
        connections, self._reader, self._writer = (self._writer, self._reader), None, None
        for connection in connections:
            if connection is not None:
                with errors_of(self.path):
                    connection.close()

    def _reading(self) -> sqlite3.Connection:
        if self._reader is None:
            self._reader = open_reader(self.path)
        return self._reader

    def _writing(self) -> sqlite3.Connection:
        if self._writer is None:
            writer = open_writer(self.path)
            try:
                writer.execute("PRAGMA busy_timeout = 0").close()  # see when_free
                writer.execute(SQL["merge_view"]).close()
                writer.execute(SQL["merge_trigger"]).close()
                self._identity = look_at_files(self.path)
            except BaseException:
                writer.close()
                raise
            self._writer = writer
        return self._writer
