"""What everything that speaks to the SQLite file shares: its statements, its errors, its lock."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from daccord.errors import Damaged, LedgerError
from daccord.ledger import schema
from daccord.ledger.dialects import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    Values = Mapping[str, str | bytes | int | None]

Identity = tuple[tuple[int, int], ...]
SQL: Final = load_statements("sqlite")
HALF_ID: Final = 11
"""Characters of an id that the index knows (migration 0002)."""
POLL_SECONDS: Final = 0.0005
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise about the file at ``path`` into `LedgerError`."""
    try:
        yield
    except sqlite3.Error as error:
        if _code(error) in _DAMAGED or str(error).startswith("Could not decode to UTF-8"):
            raise Damaged(path.name, str(error).partition(" column")[0]) from None
        raise LedgerError(f"{path.name}: {error}") from error
    except OSError as error:
        raise LedgerError(f"{path.name}: {error.strerror or type(error).__name__}") from error


def when_free(
    connection: sqlite3.Connection, sql: str, values: Values | None = None
) -> sqlite3.Cursor:
    """Execute what takes the write lock, once nobody else holds it.

    SQLite's own wait backs off to 100 ms at a time and lets the other process win over and over:
    with two that are busy, one append in a hundred took 85 to 113 ms.
    """
    deadline = time.monotonic() + schema.BUSY_SECONDS
    while True:
        try:
            return connection.execute(sql, values or {})
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(POLL_SECONDS)


def look_at_files(path: Path) -> Identity:
    """Say which files the names of the database and of its file of writes lead to.

    Raises OSError, FileNotFoundError among them.
    """
    files = path.stat(), path.with_name(f"{path.name}-wal").stat()
    return tuple((file.st_dev, file.st_ino) for file in files)


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
