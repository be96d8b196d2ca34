"""A whole ledger read from outside, whatever store it is in: for verifying, copying and exporting.

Asks the tables themselves and shares no code with the store that wrote them, so that the verifier
does not believe what the writer believes.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote, urlsplit

from daccord.errors import Damaged, LedgerError
from daccord.ledger.dialects import for_psycopg, load_migrations, load_reading
from daccord.ledger.schema import open_reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

Place = str | os.PathLike[str]
"""Where a ledger is: the path of an SQLite file, or a ``postgresql://`` address."""

Line = tuple[Any, ...]
"""One row as the store gives it. Nothing about its types is known: it may be damaged."""

_URL: Final = re.compile(r"postgres(?:ql)?://", re.IGNORECASE)


class Reading(Protocol):
    """One connection that only reads. Used by one thread at a time."""

    def lines(self, name: str, /, **values: object) -> Sequence[Line]:
        """All that the statement ``name`` of ``reading.sql`` gives.

        Raises `Damaged` when what is stored cannot be read, `LedgerError` when the store does
        not answer.
        """
        ...

    def one_moment(self) -> AbstractContextManager[None]:
        """See one state of the ledger inside, whatever is written meanwhile. To be kept short."""
        ...

    def check_itself(self) -> Iterator[str]:
        """Say what the store itself finds wrong with its files, indices and tables."""
        ...

    def close(self) -> None:
        """Let go of the connection. May be called again."""
        ...


def is_url(place: Place) -> bool:
    """Whether ``place`` is the address of a PostgreSQL database rather than a path."""
    return isinstance(place, str) and _URL.match(place) is not None


def name_of(place: Place) -> str:
    """Give ``place`` as it may be shown: without a password."""
    if not is_url(place):
        return os.fspath(place)
    try:
        parts = urlsplit(str(place))
    except ValueError:
        return "postgresql://…"
    user, at, host = parts.netloc.rpartition("@")
    shown = parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}", query="", fragment="")
    return shown.geturl()


def open_reading(place: Place) -> Reading:
    """Open the ledger at ``place``. Raises `LedgerError` where there is none that can be read."""
    return PostgresReading(str(place)) if is_url(place) else SqliteReading(Path(place))


class SqliteReading:
    """Reads the file at ``path``. A running ledger goes on meanwhile."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            what = "a folder, not a ledger" if path.is_dir() else "no ledger"
            raise LedgerError(f"there is {what} at '{path}'")
        try:
            self.connection = open_reader(path)
            self.connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}").close()
        except _FAULTS as error:
            raise LedgerError(f"cannot read '{path}': {_words(error)}") from error
        except LedgerError as error:
            raise LedgerError(f"'{path}': {error}") from error
        self._path = path

    def lines(self, name: str, /, **values: object) -> Sequence[Line]:
        try:
            return self.connection.execute(_sqlite()[name], values).fetchall()
        except sqlite3.OperationalError as error:
            # The module has no class of its own for text that is no UTF-8.
            if getattr(error, "sqlite_errorcode", None) is None:
                raise Damaged(self._path.name, "text that is not UTF-8") from error
            if error.sqlite_errorcode & 0xFF in _UNREADABLE:
                raise Damaged(self._path.name, str(error)) from error
            raise LedgerError(f"{self._path.name}: {error}") from error
        except _FAULTS as error:
            raise Damaged(self._path.name, _words(error)) from error

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        self.connection.execute("BEGIN").close()
        try:
            yield
        finally:
            self.connection.rollback()

    def check_itself(self) -> Iterator[str]:
        try:
            found = self.connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
            if (here := _own_schema(found)) != _fresh_schema():
                names = sorted({name for _, name, _ in here ^ _fresh_schema()})
                yield f"tables or indices are not as daccord makes them: {', '.join(names)}"
            for (line,) in self.connection.execute(f"PRAGMA integrity_check({_FAULTS_MAX})"):
                if line != "ok":
                    yield " ".join(str(line).split())
        except _FAULTS as error:
            yield _words(error)

    def close(self) -> None:
        self.connection.close()


# What reading can raise: SQLite's words about a damaged schema may quote what is no text.
_FAULTS: Final = (sqlite3.Error, UnicodeDecodeError)
_FAULTS_MAX: Final = 100
_CACHE_KIB: Final = 32_768
"""SQLite's own check of an index looks up every row: without room it reads each page many times."""
_UNREADABLE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR}


class PostgresReading:
    """Reads the database at ``url``. A running ledger goes on meanwhile."""

    def __init__(self, url: str) -> None:
        try:
            from daccord.ledger import postgres_connection, postgres_schema  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise LedgerError(
                "a ledger on PostgreSQL needs its driver\n  hint: pip install 'daccord[postgres]'"
            ) from error
        self._server = postgres_connection.Server(url)
        self._session = self._server.connect(postgres_connection.READING)
        try:
            with self._server.errors():
                postgres_schema.check_schema(self._session)
        except BaseException:
            self.close()
            raise

    def lines(self, name: str, /, **values: object) -> Sequence[Line]:
        with self._server.errors():
            return self._session.execute(_postgres()[name], values, binary=True).fetchall()

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        with self._server.errors(), self._session.transaction():
            self._session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield

    def check_itself(self) -> Iterator[str]:
        try:
            for table, number in self.lines("digests_wrong", page=_FAULTS_MAX):
                yield f"{table} {number} has another digest than its text"
        except Damaged as error:
            yield error.what

    def close(self) -> None:
        with self._server.errors():
            self._session.close()


def _words(error: sqlite3.Error | UnicodeDecodeError) -> str:
    return "text that is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


_SqliteSchema = frozenset[tuple[str, str, str | None]]


def _own_schema(found: Sequence[tuple[str, str, str | None]]) -> _SqliteSchema:
    """What is SQLite's own (automatic indices, statistics) may differ."""
    return frozenset(each for each in found if not str(each[1]).startswith("sqlite_"))


@cache
def _fresh_schema() -> _SqliteSchema:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        memory.create_function("fresh_salt", 0, lambda: b"")
        for migration in load_migrations("sqlite"):
            for statement in migration.statements:
                memory.execute(statement)
        found = memory.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    return _own_schema(found)


@cache
def _sqlite() -> dict[str, str]:
    return load_reading("sqlite")


@cache
def _postgres() -> dict[str, bytes]:
    return {name: for_psycopg(sql) for name, sql in load_reading("postgres").items()}


def pages(
    reading: Reading, name: str, /, *, start: object = -1, page: int = 1_000
) -> Iterator[Line]:
    """Yield what a statement with ``:after`` and ``:page`` gives, as far as it goes.

    The first column is what the next page begins after.
    """
    after = start
    while lines := reading.lines(name, after=after, page=page):
        yield from lines
        after = lines[-1][0]


def read_head(reading: Reading) -> tuple[int, bytes, str | None]:
    """Give size, root and checkpoint. Raises `Damaged` for a head that is none."""
    lines = reading.lines("head")
    if len(lines) == 1:
        size, root, checkpoint = lines[0]
        is_text = checkpoint is None or isinstance(checkpoint, str)
        if type(size) is int and size >= 0 and isinstance(root, bytes) and is_text:
            return size, root, checkpoint
    raise Damaged("head", "it is missing, or none")


def version_of(place: Place) -> int:
    """Give the version of the tables at ``place``, older ones too; 0 for none. `LedgerError`."""
    if is_url(place):
        return _postgres_version(str(place))
    try:
        # ro: nothing is made, migrated or switched by looking.
        address = f"file:{quote(str(Path(place).absolute()))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return int(connection.execute(_sqlite()["version"]).fetchone()[0])
    except _FAULTS as error:
        raise LedgerError(f"cannot read '{name_of(place)}': {_words(error)}") from error


def _postgres_version(url: str) -> int:
    from daccord.ledger import postgres_connection  # noqa: PLC0415 - an extra

    server = postgres_connection.Server(url)
    with closing(server.connect(postgres_connection.READING)) as session, server.errors():
        if not session.run("has_schema_version").fetchall()[0][0]:
            return 0
        return int(session.run("schema_version").fetchall()[0][0])
