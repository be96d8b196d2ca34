"""What a witness must not forget: the latest checkpoint it cosigned of each log, and evidence.

One SQLite file beside the key. A witness that lost it would cosign a log that went back, so:

1. `create` makes the file together with the key, for that key alone; `open_memory` never makes one.
2. Compare, keep, answer: `Memory.settle` reads the latest checkpoint and writes the next one in
   one transaction that takes SQLite's write lock first, and gives the reply after the commit.
   Several processes on one file stay consistent for that reason.
3. WAL with synchronous=FULL: a commit has been fsynced. A kill at any instant leaves at least what
   was answered.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from daccord.errors import LedgerError, SettingsFault
from daccord.merkle.notes import format_note
from daccord.merkle.spelling import encode_base64
from daccord.witness.judge import Guilt, Latest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daccord.witness.judge import Evidence, Verdict

APPLICATION_ID: Final = 0x64617769
VERSION: Final = 1
BUSY_SECONDS: Final = 5.0
EVIDENCE_MAX: Final = 100
"""Limit, for each log and kind: who holds a log's key can sign any number of checkpoints."""

# Here and not in a .sql file: seven statements, one dialect, and this part imports no other store.
_SCHEMA: Final = (
    "CREATE TABLE witness (one INTEGER PRIMARY KEY CHECK (one = 1), vkey TEXT NOT NULL) STRICT",
    """CREATE TABLE latest (
        origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
        time INTEGER NOT NULL, note TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE evidence (
        number INTEGER PRIMARY KEY AUTOINCREMENT, guilt TEXT NOT NULL, origin TEXT NOT NULL,
        time INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
        latest TEXT, proof TEXT NOT NULL,
        UNIQUE (origin, guilt, size, root)
    ) STRICT""",
)
_LATEST = "SELECT size, root, time, note FROM latest WHERE origin = ?"
_KEEP = """
    INSERT INTO latest (origin, size, root, time, note) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root,
        time = excluded.time, note = excluded.note
"""
_CLEAR = "DELETE FROM evidence WHERE guilt = ? AND origin = ? AND size = ? AND root = ?"
_ACCUSE = """
    INSERT INTO evidence (guilt, origin, time, size, root, note, latest, proof)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, (SELECT note FROM latest WHERE origin = ?2), ?7
    WHERE (SELECT count(*) FROM evidence WHERE guilt = ?1 AND origin = ?2) < ?8
    ON CONFLICT DO NOTHING
"""

_log = logging.getLogger("daccord.witness")


class Kept(NamedTuple):
    """A row of evidence. ``latest`` is what was cosigned before it, ``proof`` lines of base64."""

    number: int
    guilt: Guilt
    origin: str
    time_s: int
    size: int
    note: str
    latest: str | None
    proof: str


class Memory:
    """The open file. Its methods may be called from any thread; one at a time gets in."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._lock = threading.Lock()

    @property
    def vkey(self) -> str:
        """The verifier key of the witness that the file belongs to."""
        with self._entered():
            return str(self._one("SELECT vkey FROM witness")[0])

    def settle(self, origin: str, weigh: Callable[[Latest | None], Verdict]) -> Verdict:
        """Have ``weigh`` judge against the latest checkpoint of ``origin``, and keep its verdict.

        Durable on return. Raises `LedgerError` when it could not be written; nothing that
        ``weigh`` gave may then be sent.
        """
        with self._entered():
            self._connection.execute("BEGIN IMMEDIATE")
            verdict = weigh(self._latest(origin))
            is_news = False
            if verdict.latest is not None:
                self._keep(origin, verdict.latest)
            if verdict.evidence is not None:
                is_news = self._accuse(verdict.evidence)
            self._connection.execute("COMMIT")
        if verdict.evidence is not None and is_news:
            _shout(verdict.evidence)
        return verdict

    def latest(self, origin: str) -> Latest | None:
        """The checkpoint of ``origin`` that was cosigned last."""
        with self._entered():
            return self._latest(origin)

    def logs(self) -> dict[str, Latest]:
        """The same of every log, by origin."""
        with self._entered():
            rows = self._connection.execute("SELECT origin FROM latest ORDER BY origin").fetchall()
            found = {origin: self._latest(origin) for (origin,) in rows}
        return {origin: each for origin, each in found.items() if each is not None}

    def evidence(self) -> tuple[Kept, ...]:
        """Everything that is held against logs, oldest first."""
        with self._entered():
            rows = self._connection.execute(
                "SELECT number, guilt, origin, time, size, note, latest, proof"
                " FROM evidence ORDER BY number"
            ).fetchall()
        return tuple(Kept(number, Guilt(guilt), *rest) for number, guilt, *rest in rows)

    def dismiss(self, number: int) -> bool:
        """Drop a row that proves nothing; ``False`` where there is none such. A fork stays."""
        with self._entered():
            dropped = self._connection.execute(
                "DELETE FROM evidence WHERE number = ? AND guilt = ?", (number, Guilt.UNPROVEN)
            )
            return dropped.rowcount == 1

    def close(self) -> None:
        """Let go of the file. May be called again."""
        with self._lock:
            self._connection.close()

    def _latest(self, origin: str) -> Latest | None:
        row = self._connection.execute(_LATEST, (origin,)).fetchone()
        if row is None:
            return None
        size, root, time_s, note = row
        return Latest(size=size, root=root, time_s=time_s, note=note)

    def _keep(self, origin: str, latest: Latest) -> None:
        row = (origin, latest.size, latest.root, latest.time_s, latest.note)
        self._connection.execute(_KEEP, row)
        self._connection.execute(_CLEAR, (Guilt.UNPROVEN, origin, latest.size, latest.root))

    def _accuse(self, evidence: Evidence) -> bool:
        asked = evidence.asked
        added = self._connection.execute(
            _ACCUSE,
            (
                *(evidence.guilt, asked.origin, evidence.time_s, asked.size, asked.root),
                *(format_note(asked.note), "\n".join(map(encode_base64, asked.proof))),
                EVIDENCE_MAX,
            ),
        )
        return added.rowcount == 1

    def _one(self, sql: str) -> tuple[object, ...]:
        row: tuple[object, ...] | None = self._connection.execute(sql).fetchone()
        if row is None:
            raise LedgerError(f"{self._path.name}: not the memory of a witness")
        return row

    @contextmanager
    def _entered(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise LedgerError(f"{self._path.name}: {error}") from error
            finally:
                self._roll_back()

    def _roll_back(self) -> None:
        """Leave no transaction open, whatever happened; after a commit there is none."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            _log.exception("the witness cannot take back what it could not write")


def create(path: Path, vkey: str) -> None:
    """Make the empty memory of the witness ``vkey`` in the new file ``path``.

    Raises `SettingsFault` when there is something at ``path`` already, or when it cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(_connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute("INSERT INTO witness (one, vkey) VALUES (1, ?)", (vkey,))
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        _sync_folder(path.parent)
    except FileExistsError:
        raise SettingsFault(f"there is something at '{path}' already") from None
    except OSError as error:
        raise SettingsFault(f"cannot make '{path}': {error.strerror}") from error
    except sqlite3.Error as error:
        raise SettingsFault(f"cannot make '{path}': {error}") from error


def open_memory(path: Path) -> Memory:
    """Open the file that `create` made. Raises `SettingsFault`."""
    if not path.is_file():
        raise SettingsFault(
            f"there is no memory of a witness at '{path}'\n"
            "  hint: `daccord witness keygen` makes it with the key. If it is lost, make a new key "
            "too: a witness that forgot would cosign a log that went back"
        )
    try:
        connection = _connect(path)
        try:
            _check(connection)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, LedgerError) as error:
        raise SettingsFault(f"cannot use '{path}': {error}") from error
    return Memory(path, connection)


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: SQLite creates nothing by itself. Autocommit: each BEGIN is written down.
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,  # `Memory` has a lock
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF").close()
        connection.execute("PRAGMA journal_mode = WAL").close()
        connection.execute("PRAGMA synchronous = FULL").close()
        connection.execute("PRAGMA fullfsync = ON").close()
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    found = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version")
    ]
    if found[0] != APPLICATION_ID:
        raise LedgerError("the file is not the memory of a witness")
    if found[1] != VERSION:
        raise LedgerError(f"the memory is of version {found[1]}, this daccord knows {VERSION}")


def _shout(evidence: Evidence) -> None:
    asked = evidence.asked
    if evidence.guilt is Guilt.FORK:
        _log.error(
            "FORK: the log '%s' signed two histories. Its checkpoint of size %d contradicts what "
            "was cosigned; both are kept, and show it to anybody: `daccord witness status`",
            *(asked.origin, asked.size),
        )
    else:
        _log.error(
            "the log '%s' signed a checkpoint of size %d that nobody has proved to continue what "
            "was cosigned at size %d; it is kept: `daccord witness status`",
            *(asked.origin, asked.size, asked.old),
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
