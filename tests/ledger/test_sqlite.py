"""The SQLite store keeps the contract, and what a file owes its owner."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daccord.errors import LedgerError
from daccord.ledger import schema
from daccord.ledger.dialects import load_migrations
from daccord.ledger.schema import APPLICATION_ID, open_writer
from daccord.ledger.sqlite import SqliteStore
from tests.ledger.contract import Place, StoreContract
from tests.ledger.samples import TODAY, VERSION, new_id, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.ledger.store import Store


class File(Place):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def make(self) -> Store:
        return SqliteStore(self.path, signer=self.signer, keep_days=self.keep_days)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site" / "data" / "ledger.sqlite"


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def place(self, path: Path) -> Iterator[Place]:
        place = File(path)
        yield place
        place.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_is_touched_before_it_is_needed(path: Path) -> None:
    store = SqliteStore(path)
    store.close()
    assert not path.parent.exists()


def test_the_first_append_makes_a_ledger_that_only_its_owner_reads(path: Path) -> None:
    store = SqliteStore(path)
    store.append(record()).result()
    assert mode(path.parent) == mode(path.parent.parent) == 0o700
    assert {file.name: mode(file) for file in path.parent.iterdir()} == {
        "ledger.sqlite": 0o600,
        "ledger.sqlite-wal": 0o600,
        "ledger.sqlite-shm": 0o600,
    }
    store.close()
    assert [file.name for file in path.parent.iterdir()] == ["ledger.sqlite"]


def test_making_a_ledger_is_said(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "daccord.ledger")
    for _ in range(2):
        store = SqliteStore(path)
        store.open()
        store.close()
    assert caplog.messages == [f"created an empty ledger: {path}"]


def test_reading_makes_no_ledger(path: Path) -> None:
    store = SqliteStore(path)
    for read in (
        lambda: list(store.records()),
        store.refusals,
        store.reports,
        lambda: store.find(new_id()),
    ):
        with pytest.raises(LedgerError, match="unable to open database file"):
            read()
    assert not path.parent.exists()


def test_a_commit_is_synced_to_the_disk(path: Path) -> None:
    SqliteStore(path).open()
    with closing(open_writer(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (
            len(load_migrations("sqlite")),
        )


def test_the_number_of_the_application_is_its_name() -> None:
    assert APPLICATION_ID.to_bytes(4, "big") == b"dacc"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "PRAGMA user_version = 9999",
            "the ledger is of version 9999, from a later daccord; this one knows up to 2",
        ),
        (
            "PRAGMA application_id = 7",
            "the file is an SQLite database, but not a ledger of daccord",
        ),
        (
            "PRAGMA application_id = 0",
            "the file is an SQLite database, but not a ledger of daccord",
        ),
    ],
)
def test_a_file_that_is_not_ours_or_not_yet_is_refused_and_left_alone(
    path: Path, script: str, message: str
) -> None:
    SqliteStore(path).open()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(script)
        connection.execute("PRAGMA journal_mode = DELETE")
    raw = path.read_bytes()
    store = SqliteStore(path)
    for attempt in (store.open, store.append(record()).result, store.refusals):
        with pytest.raises(LedgerError) as caught:
            attempt()
        assert str(caught.value) == message
    store.close()
    assert path.read_bytes() == raw


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir(parents=True)
    raw = b"This is not a ledger, it is somebody's novel.\n" * 100
    path.write_bytes(raw)
    store = SqliteStore(path)
    with pytest.raises(LedgerError, match="file is not a database"):
        store.append(record()).result()
    store.close()
    assert path.read_bytes() == raw


def test_an_interrupted_first_start_is_taken_up(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch(mode=0o600)
    store = SqliteStore(path)
    store.append(record()).result()
    assert len(list(store.records())) == 1
    store.close()


def test_a_migration_is_applied_whole_or_not_at_all(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(path)
    store.append(record()).result()
    store.close()
    now = load_migrations("sqlite")
    last = now[-1]
    broken = last._replace(
        number=len(now) + 1, statements=("CREATE TABLE t (a);", "CREATE TABLE record (a);")
    )
    whole = last._replace(
        number=len(now) + 1, statements=("CREATE TABLE t (a);", "ALTER TABLE t ADD COLUMN b;")
    )
    monkeypatch.setattr(schema, "_MIGRATIONS", (*now, broken))
    store = SqliteStore(path)
    with pytest.raises(LedgerError, match="table record already exists"):
        store.open()
    with pytest.raises(LedgerError, match="of version 2 and was never opened for writing"):
        store.refusals()
    monkeypatch.setattr(schema, "_MIGRATIONS", (*now, whole))
    store.open()
    store.open()
    assert len(list(store.records())) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    store.close()


def run(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", f"tests.ledger.{script}", *map(str, arguments)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_start_together_make_one_ledger_and_lose_nothing(path: Path) -> None:
    children = [run("child_appends", path, 8, 100) for _ in range(3)]
    acknowledged = [line for child in children for line in child.communicate()[0].split()]
    assert [child.returncode for child in children] == [0, 0, 0]
    found = [value.id for value in SqliteStore(path).records()]
    assert len(found) == len(set(found)) == 3 * 8 * 100
    assert set(found) == set(acknowledged)


def test_a_forked_process_begins_anew(path: Path) -> None:
    child = run("child_forks", path)
    out, _ = child.communicate()
    assert (child.returncode, out) == (0, "ok\n")
    store = SqliteStore(path)
    assert [value.language for value in store.records()] == ["fr", "de", "en"]
    with closing(store.tables()) as tables:
        assert tables.head().size == 3
        salts = [row.salt for _, row in tables.rows(0, 3)]
    assert len(set(salts)) == 3  # no two processes draw from one pool
    assert [(c.day, c.count) for c in store.refusals()] == [(TODAY, 2)]
    assert [c.declaration_version for c in store.refusals()] == [VERSION]


def test_no_byte_of_the_files_is_the_readers(path: Path) -> None:
    """What is kept is what the schema names: no text of a report's URL reaches the disk."""
    store = SqliteStore(path)
    store.append(record()).result()
    store.count_report("img-src", "https://ads.example/p?reader=canary-7", TODAY)
    store.close()
    assert b"canary" not in path.read_bytes()
