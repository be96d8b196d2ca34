"""Bad days: nothing acknowledged is lost, nothing is there twice, and the caller is told.

Each of them ends with a store that works again, and is then read from outside.
"""

from __future__ import annotations

import random
import resource
import shutil
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from daccord.errors import Damaged, LedgerError
from daccord.ledger import merging, schema, sqlite_writer
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.sqlite_log import SqliteTables
from daccord.ledger.store import RefusalCount
from daccord.ledger.verify import verify_ledger
from tests.ledger.kills import kill_many
from tests.ledger.log import KEY_STATEMENT, SIGNER, check_log
from tests.ledger.samples import TODAY, VERSION, record
from tests.ledger.test_sqlite import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daccord.consent.record import ConsentRecord

KILLS = 30
"""``python -m tests.ledger.kills`` does a thousand."""
REFUSED = (RefusalCount(day=TODAY, declaration_version=VERSION, count=1),)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    store.open()
    yield store
    store.close()


def fails(store: SqliteStore, match: str) -> ConsentRecord:
    """Append a record that the store has to refuse; refusing stays possible."""
    value = record()
    with pytest.raises(LedgerError, match=match):
        store.append(value).result()
    store.count_refusal(TODAY, VERSION)
    return value


def appended(store: SqliteStore, count: int = 5) -> list[ConsentRecord]:
    values = [record() for _ in range(count)]
    for future in [store.append(value) for value in values]:
        future.result()
    return values


def ids(path: Path) -> list[str]:
    """Read the ids from outside, with nothing of daccord's."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in connection.execute("SELECT id FROM record ORDER BY leaf")]


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let every write beyond ``size`` bytes of any file fail, for this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_takes_no_more_fails_grants_until_it_does(
    store: SqliteStore, path: Path
) -> None:
    kept = appended(store)
    with file_size_limit(path.with_name("ledger.sqlite-wal").stat().st_size):
        fails(store, "disk")
        fails(store, "disk")
    kept += appended(store)
    store.close()
    assert ids(path) == [value.id for value in kept]
    assert [c.count for c in store.refusals()] == [2]


def test_a_full_disk_fails_grants_until_there_is_room(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_small(path: Path) -> sqlite3.Connection:
        connection = schema.open_writer(path)
        connection.execute("PRAGMA max_page_count = 12")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_writer, "open_writer", open_small)
        store = SqliteStore(path)
        kept = []
        for _ in range(200):
            value = record()
            if store.append(value).exception() is None:
                kept.append(value)
        assert 0 < len(kept) < 200
        fails(store, "ledger.sqlite: database or disk is full")
    kept += appended(store, 50)
    store.close()
    assert ids(path) == [value.id for value in kept]


def test_a_real_file_system_full_and_read_only(tmp_path: Path) -> None:
    child = run("child_mounts", tmp_path)
    out, _ = child.communicate()
    if child.returncode == 77:
        pytest.skip("this machine lets nobody mount")
    assert (child.returncode, out) == (0, "ok\n")


def test_a_folder_that_goes_away_is_a_fault_and_no_new_ledger(
    store: SqliteStore, path: Path
) -> None:
    kept = appended(store)
    away = path.parent.rename(path.parent.with_name("away"))
    unsure = fails(store, "ledger.sqlite: No such file or directory")
    fails(store, "ledger.sqlite: unable to open database file")
    assert not path.exists()
    path.parent.mkdir()
    fails(store, "ledger.sqlite: unable to open database file")
    assert list(path.parent.iterdir()) == []
    path.parent.rmdir()
    away.rename(path.parent)
    kept += appended(store)
    store.close()
    # The first failed one went into the file that was away: it may be there, as promised.
    assert [id_ for id_ in ids(path) if id_ != unsure.id] == [value.id for value in kept]


def test_a_ledger_that_is_removed_is_a_fault_and_no_new_ledger(
    store: SqliteStore, path: Path
) -> None:
    appended(store)
    shutil.rmtree(path.parent)
    fails(store, "No such file")
    fails(store, "unable to open")
    assert not path.parent.exists()


def test_another_file_in_its_place_gets_nothing_that_was_for_the_first(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    appended(store)
    backup = tmp_path / "backup.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (str(backup),))
    saved = ids(backup)
    backup.replace(path)
    for companion in ("-wal", "-shm"):  # left there, SQLite would apply them to the other file
        path.with_name(path.name + companion).unlink()
    value = fails(store, "ledger.sqlite: No such file")
    store.append(value).result()
    store.close()
    assert ids(path) == [*saved, value.id]


def test_a_log_removed_behind_its_back_is_noticed_before_anybody_is_told(
    store: SqliteStore, path: Path
) -> None:
    kept = appended(store)
    path.with_name("ledger.sqlite-wal").unlink()
    value = fails(store, "No such file or directory")
    store.append(value).result()
    kept += [value, *appended(store)]
    store.close()
    assert ids(path) == [value.id for value in kept]


def test_another_process_that_holds_the_lock_for_long_fails_grants_until_it_lets_go(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        fails(store, "ledger.sqlite: database is locked")
        fails(store, "ledger.sqlite: database is locked")
        assert list(store.records()) == []  # reading needs no lock
        other.execute("ROLLBACK")
    kept = appended(store)
    store.close()
    assert ids(path) == [value.id for value in kept]


def test_a_damaged_page_is_named_and_never_skipped(store: SqliteStore, path: Path) -> None:
    values = appended(store, 300)
    store.close()
    raw = bytearray(path.read_bytes())
    chance = random.Random(7)  # noqa: S311 - pages, no secret
    for _ in range(12):
        damaged = bytearray(raw)
        page = chance.randrange(1, len(raw) // 4096)
        damaged[page * 4096 : (page + 1) * 4096] = chance.randbytes(4096)
        path.write_bytes(damaged)
        again = SqliteStore(path)
        found = []
        try:
            found = list(again.records())
        except LedgerError:
            found = []
        assert found in ([], values)  # an index page, or an error
        again.append(record()).exception()
        again.close()


def test_a_record_that_was_tampered_with_is_named(store: SqliteStore, path: Path) -> None:
    values = appended(store, 3)
    store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE record SET previous = 'x' WHERE leaf = 1")
    reading = store.records()
    assert next(reading) == values[0]
    with pytest.raises(Damaged, match="record of leaf 1: the bytes are not a record's"):
        next(reading)
    with pytest.raises(Damaged, match="record of leaf 1: the bytes are not a record's"):
        store.find(values[1].id)


def test_a_record_that_was_made_another_is_named_once_the_log_has_it(
    store: SqliteStore, path: Path
) -> None:
    values = appended(store, 300)
    store.merge()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE record SET time = time + 1 WHERE leaf = 280")
    reading = store.records()
    assert [next(reading) for _ in range(280)] == values[:280]
    match = "record of leaf 280: the row is not what the log holds"
    with pytest.raises(Damaged, match=match):
        next(reading)
    with pytest.raises(Damaged, match=match):
        store.find(values[280].id)


def test_a_file_cut_short_fails_everything_and_is_not_made_anew(path: Path) -> None:
    store = SqliteStore(path)
    appended(store, 50)
    store.close()
    path.write_bytes(path.read_bytes()[:5_000])
    again = SqliteStore(path)
    fails(again, "malformed")
    with pytest.raises(LedgerError, match="malformed"):
        list(again.records())
    again.close()
    assert path.stat().st_size < 20_000


class Faulty:
    """A connection whose next batch fails, before it is written or after it is durable."""

    def __init__(self, connection: sqlite3.Connection, when: list[str]) -> None:
        self._connection = connection
        self._when = when

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        if not sql.startswith("INSERT INTO record") and "INSERT INTO record " not in sql:
            return self._connection.execute(sql, *arguments)
        when = self._when.pop(0) if self._when else ""
        if when == "before":
            raise sqlite3.OperationalError("disk I/O error")
        cursor = self._connection.execute(sql, *arguments)
        if when == "after":
            raise sqlite3.OperationalError("disk I/O error")
        return cursor


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_that_fails_once_can_be_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    plan = ["", when]
    monkeypatch.setattr(
        sqlite_writer, "open_writer", lambda path: Faulty(schema.open_writer(path), plan)
    )
    store = SqliteStore(path)
    first = appended(store, 1)
    value = fails(store, "ledger.sqlite: disk I/O error")
    for _ in range(2):
        store.append(value).result()
    store.close()
    assert ids(path) == [first[0].id, value.id]


def test_counts_that_cannot_be_written_are_kept_until_they_can(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daccord.ledger.sqlite.FLUSH_SECONDS", 0.01)
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.01)
    store = SqliteStore(path)
    store.open()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store.count_refusal(TODAY, VERSION)
        for _ in range(5):
            with pytest.raises(LedgerError):
                store.append(record()).result()
        assert store.refusals() == ()
        other.execute("ROLLBACK")
    store.close()
    assert store.refusals() == REFUSED


def test_processes_killed_at_any_moment_lose_nothing_they_acknowledged(tmp_path: Path) -> None:
    acknowledged, leaves = kill_many(tmp_path, KILLS, seed=random.randrange(2**32))  # noqa: S311
    assert KILLS < acknowledged <= leaves


def test_files_copied_at_any_instant_are_a_ledger(
    store: SqliteStore, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged before the first byte was copied is in the copy of file and WAL.

    SQLite writes to the file itself only while it brings the WAL back, so that is held off: a copy
    of a file that is being written is no instant.
    """
    monkeypatch.setattr(merging, "MERGE_SECONDS", 0.01)
    monkeypatch.setattr(SqliteTables, "rest", SqliteTables.close)
    acknowledged: list[str] = []
    ended = threading.Event()

    def append() -> None:
        while not ended.is_set():
            acknowledged.extend(value.id for value in appended(store, 3))

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(12):
        copy = tmp_path / str(number) / path.name
        copy.parent.mkdir()
        before = len(acknowledged) + 10
        while len(acknowledged) < before:
            threads[0].join(0.001)
        known = set(acknowledged)
        for name in ("ledger.sqlite", "ledger.sqlite-wal"):
            shutil.copyfile(path.with_name(name), copy.with_name(name))
        again = SqliteStore(copy, signer=SIGNER)
        again.open()
        assert known <= {value.id for value in again.records()}
        again.merge()
        again.close()
        report = verify_ledger(copy, keys=[SIGNER.verifier])
        assert report.findings == ()
        assert report.counts.records >= len(known)
    ended.set()
    for thread in threads:
        thread.join()


def test_a_power_cut_takes_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    child = run("child_power", tmp_path)
    out, _ = child.communicate()
    if child.returncode == 77:
        pytest.skip("this machine lets nobody mount")
    assert (child.returncode, out) == (0, "ok\n")


def test_a_clock_that_goes_back_changes_no_order_and_forgets_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 86_400.0
    now = time.time()
    store = SqliteStore(path, signer=SIGNER, keep_days=30)
    values = [record(time_ms=int((now - n * day) * 1_000)) for n in range(25)]
    monkeypatch.setattr(time, "time", lambda: now - 1_000 * day)
    store.open()
    for value in values:
        store.append(value).result()
    store.merge()
    store.close()
    monkeypatch.setattr(time, "time", lambda: now)
    store = SqliteStore(path, signer=SIGNER, keep_days=30)
    store.open()
    assert list(store.records()) == values == check_log(store)
    store.close()


PAGE = 4_096


def test_every_page_that_is_damaged_is_named_or_harmless(path: Path) -> None:
    """Each page in turn: a clear error, or every answer as it was. Never another answer."""
    store = SqliteStore(path, signer=SIGNER)
    store.publish(KEY_STATEMENT, {})
    values = appended(store, 300)
    store.merge()
    receipt = store.receipt(values[5].id)
    store.close()
    raw = path.read_bytes()
    chance = random.Random(7)  # noqa: S311 - bytes, no secret
    named = 0
    for page in range(len(raw) // PAGE):
        for damage in ("noise", "bits"):
            damaged = bytearray(raw)
            spoil(damaged, page, damage, chance)
            path.write_bytes(damaged)
            again = SqliteStore(path, signer=SIGNER)
            for ask, answer in (
                (lambda again=again: list(again.records()), values),
                (lambda again=again: again.find(values[5].id), values[5]),
                (lambda again=again: again.receipt(values[5].id), receipt),
            ):
                try:
                    assert ask() in (answer, None)
                except LedgerError as error:
                    named += 1
                    assert str(error).isprintable() or "hint" in str(error)  # noqa: PT017
            again.append(record()).exception()
            again.close()
    assert named > 30


def spoil(raw: bytearray, page: int, damage: str, chance: random.Random) -> None:
    start = page * PAGE
    if damage == "noise":
        raw[start : start + PAGE] = chance.randbytes(PAGE)
    else:
        for _ in range(8):
            raw[start + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)
