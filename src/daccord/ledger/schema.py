"""Opening the ledger's file: made for its owner alone, of our kind, and at our version.

Order at the first start: folders (0700), then the empty file (0600; SQLite gives its companions
``-wal`` and ``-shm`` the same rights), then the folder is fsynced, so that no power loss takes the
name away; then WAL; then the migrations, in one transaction. A crash between any two leaves what
the next start takes up.

What is deleted is overwritten with zeros from the first write on (secure_delete): a reader who is
forgotten must be gone from the file, not only from the answers.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from daccord.errors import LedgerError
from daccord.ledger.dialects import load_migrations
from daccord.ledger.folders import create_folder, sync_folder
from daccord.receipt.commitment import SALT_BYTES

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID: Final = 0x64616363
BUSY_SECONDS: Final = 2.0
"""Limit: how long another process may hold the write lock. A reader is waiting for an answer."""
WAL_PAGES_MAX: Final = 32_000
"""Limit: 128 MB of writes; then an append brings them back itself. The merger does it long before
(`daccord.ledger.sqlite_log`), outside every append: 1,000 pages take some 5 ms."""

_MIGRATIONS = load_migrations("sqlite")
_log = logging.getLogger("daccord.ledger")


def create_file(path: Path) -> None:
    """Create the empty file at ``path``, and its folders, unless it is there. Raises `OSError`."""
    create_folder(path.parent)
    try:
        # Never opened when it exists: closing it again would drop this process's own locks on it.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    sync_folder(path.parent)
    _log.info("created an empty ledger: %s", path)


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the existing file at ``path`` for durable writing, migrated to this version.

    Raises `LedgerError` for a file that is not ours or of a later version, `sqlite3.Error` for
    what SQLite says.
    """
    connection = _connect(path)
    try:
        _refuse_foreign(connection)
        _use_wal(connection)
        # FULL: the WAL is fsynced at every commit. fullfsync: the same on macOS, where fsync
        # alone leaves it in the drive's cache.
        connection.execute("PRAGMA synchronous = FULL").close()
        connection.execute("PRAGMA fullfsync = ON").close()
        connection.execute("PRAGMA secure_delete = ON").close()
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES_MAX}").close()
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the existing file at ``path`` for reading, at this version exactly. Raises likewise."""
    connection = _connect(path)
    try:
        connection.execute("PRAGMA query_only = ON").close()
        _refuse_foreign(connection)
        _refuse_older(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: SQLite creates nothing by itself. Autocommit: each BEGIN is written down.
    # One thread at a time, but not always the same one: a pool's threads take turns.
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA trusted_schema = OFF").close()
    connection.execute("PRAGMA temp_store = MEMORY").close()  # nothing of a reader in /tmp
    connection.execute("PRAGMA cell_size_check = ON").close()
    return connection


def _refuse_foreign(connection: sqlite3.Connection) -> None:
    # Of one moment: another process may be making the tables.
    connection.execute("BEGIN")
    application_id = _pragma(connection, "application_id")
    version = _version(connection)
    is_empty = _is_empty(connection)
    connection.execute("COMMIT")
    if (application_id, version) == (0, 0) and is_empty:
        return
    if application_id != APPLICATION_ID:
        raise LedgerError("the file is an SQLite database, but not a ledger of daccord")
    if version > len(_MIGRATIONS):
        raise LedgerError(
            f"the ledger is of version {version}, from a later daccord; "
            f"this one knows up to {len(_MIGRATIONS)}"
        )


def _refuse_older(connection: sqlite3.Connection) -> None:
    if (version := _version(connection)) < len(_MIGRATIONS):
        raise LedgerError(told_older(version, len(_MIGRATIONS)))


def told_older(version: int, known: int) -> str:
    """Say that tables are of a version before the ``known`` one, and what brings them there."""
    told = f"the ledger is of version {version} and was never opened for writing"
    if not version:
        return told
    return (
        f"{told} by this daccord, which reads version {known}\n"
        "  hint: copy it, then `daccord ledger migrate`; a starting site migrates it too"
    )


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. Needs the file alone for a moment, and does not wait for that by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with closing(connection.execute("PRAGMA journal_mode = WAL")) as rows:
                mode = rows.fetchone()[0]
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
            continue
        if mode != "wal":
            raise LedgerError(f"the file system allows no write-ahead log (journal mode {mode!r})")
        return


def _migrate(connection: sqlite3.Connection) -> None:
    if _version(connection) == len(_MIGRATIONS):
        return
    connection.create_function("fresh_salt", 0, lambda: os.urandom(SALT_BYTES))
    connection.execute("BEGIN IMMEDIATE")
    # Read again: under the lock, another process may have been here first.
    for migration in _MIGRATIONS[_version(connection) :]:
        for statement in migration.statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {migration.number}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return _pragma(connection, "user_version")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    with closing(connection.execute(f"PRAGMA {name}")) as rows:
        return int(rows.fetchone()[0])


def _is_empty(connection: sqlite3.Connection) -> bool:
    with closing(connection.execute("SELECT count(*) FROM sqlite_master")) as rows:
        return bool(rows.fetchone()[0] == 0)
