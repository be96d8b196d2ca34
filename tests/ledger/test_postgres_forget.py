"""Forgetting on PostgreSQL: what is gone from where, and what is not in anybody's reach."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import psycopg
import pytest

from daccord.errors import LedgerError
from daccord.ledger import postgres_forget
from daccord.ledger.postgres import PostgresStore
from tests.ledger.contract import until
from tests.ledger.log import SIGNER
from tests.ledger.postgres_check import check_log
from tests.ledger.samples import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from daccord.consent.record import ConsentRecord
    from tests.ledger.postgres import Database

pytest_plugins = ["tests.ledger.postgres"]


@pytest.fixture
def store(database: Database) -> Iterator[PostgresStore]:
    store = PostgresStore(database.dsn, signer=SIGNER)
    store.open()
    yield store
    store.close()


def appended(store: PostgresStore, count: int) -> list[ConsentRecord]:
    values = [record() for _ in range(count)]
    for future in [store.append(value) for value in values]:
        future.result()
    return values


def canaries(database: Database, values: Sequence[ConsentRecord]) -> list[bytes]:
    """The salts and ids of these records, as they lie in files."""
    ids = [value.id for value in values]
    with psycopg.connect(database.dsn) as connection:
        rows = connection.execute(
            "SELECT salt FROM record WHERE id = ANY(%(ids)s) "
            "UNION ALL SELECT salt FROM incoming WHERE id = ANY(%(ids)s)",
            {"ids": ids},
        ).fetchall()
    assert len(rows) == len(ids)
    return [*(salt for (salt,) in rows), *(id_.encode() for id_ in ids)]


def left_in_files(database: Database, needles: Sequence[bytes]) -> int:
    """How many of ``needles`` are in any file of the database, once all of it is on the disk."""
    database.execute("CHECKPOINT")
    [(oid,)] = database.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
    found: set[bytes] = set()
    for file in (database.server.data / "base" / str(oid)).iterdir():
        with suppress(FileNotFoundError):  # just rewritten: another one has its rows
            raw = file.read_bytes()
            found |= {needle for needle in needles if needle in raw}
    return len(found)


@pytest.mark.promise("B3")
@pytest.mark.law("REC-4")
@pytest.mark.parametrize(
    ("count", "gone"),
    [(1, slice(None)), (40, slice(39, 40)), (300, slice(3, 300, 70)), (300, slice(100, 250))],
    ids=["all", "last", "some", "many in a row"],
)
def test_no_byte_of_the_forgotten_is_left_in_the_files(
    database: Database, store: PostgresStore, count: int, gone: slice
) -> None:
    values = appended(store, count)
    store.merge()
    waiting = appended(store, 2)
    doomed = [*values[gone], waiting[1]]
    needles = canaries(database, doomed)
    assert left_in_files(database, needles) == len(needles)
    assert store.forget([value.id for value in doomed]) == len(doomed)
    assert left_in_files(database, needles) == 0
    kept = [value.id for value in (*values, *waiting) if value not in doomed]
    assert check_log(database.dsn) == kept
    assert left_in_files(database, [id_.encode() for id_ in kept]) == len(kept)


@pytest.mark.law("REC-4")
def test_no_byte_of_what_was_kept_long_enough_is_left_in_the_files(
    database: Database, store: PostgresStore
) -> None:
    old = [record(time_ms=n) for n in range(700)]  # more than are deleted at once
    for future in [store.append(value) for value in old]:
        future.result()
    new = record(time_ms=time.time_ns() // 1_000_000)
    store.append(new).result()
    store.merge()
    needles = canaries(database, old)
    with closing(PostgresStore(database.dsn, signer=SIGNER, keep_days=30)) as keeper:
        keeper.open()
        until(lambda: left_in_files(database, needles) == 0)
    assert list(store.records()) == [new]
    assert check_log(database.dsn) == [new.id]


def test_in_a_table_that_is_too_large_to_rewrite_bytes_stay_out_of_reach(
    database: Database, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit that the module names, shown: what VACUUM alone leaves."""
    monkeypatch.setattr(postgres_forget, "REWRITE_BYTES_MAX", 0)
    values = appended(store, 40)
    store.merge()
    needles = canaries(database, values[-1:])
    store.forget([values[-1].id])
    assert store.find(values[-1].id) is None
    assert left_in_files(database, needles) == len(needles)
    database.execute("VACUUM FULL record")
    database.execute("VACUUM FULL incoming")
    assert left_in_files(database, needles) == 0
    assert check_log(database.dsn) == [value.id for value in values[:-1]]


def test_the_write_ahead_log_still_holds_what_was_written(
    database: Database, store: PostgresStore
) -> None:
    """So does its archive. Their age is for whoever runs the server to limit."""
    [value] = appended(store, 1)
    store.merge()
    salt, _ = canaries(database, [value])
    store.forget([value.id])
    segments = (database.server.data / "pg_wal").iterdir()
    assert any(salt in each.read_bytes() for each in segments if each.is_file())


def test_a_session_that_holds_the_table_delays_forgetting_and_is_named(
    database: Database, store: PostgresStore
) -> None:
    """A dump, for example. The rows are deleted; asked again, the bytes go as well."""
    values = appended(store, 2)
    store.merge()
    needles = canaries(database, values[:1])
    with psycopg.connect(database.dsn) as dump:
        dump.execute("SELECT count(*) FROM record")
        with pytest.raises(LedgerError, match="another session held a lock for too long"):
            store.forget([values[0].id])
        assert store.find(values[0].id) is None
        assert left_in_files(database, needles) > 0
        appended(store, 1)
    assert store.forget([values[0].id]) == 0
    assert left_in_files(database, needles) == 0


def test_a_user_that_may_not_vacuum_is_told_so(database: Database, store: PostgresStore) -> None:
    [value] = appended(store, 1)
    store.merge()
    database.execute("""
        DROP ROLE IF EXISTS guest;
        CREATE ROLE guest LOGIN;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO guest""")
    try:
        with closing(PostgresStore(database.dsn.replace("postgres@", "guest@"))) as guest:
            appended(guest, 1)
            with pytest.raises(LedgerError, match="the server would not vacuum"):
                guest.forget([value.id])
    finally:
        database.execute("DROP OWNED BY guest; DROP ROLE guest")
    assert store.find(value.id) is None


def test_appends_and_merges_go_on_meanwhile(database: Database, store: PostgresStore) -> None:
    values = appended(store, 400)
    store.merge()
    end = threading.Event()
    errors: list[BaseException] = []
    kept: list[str] = []

    def append() -> None:
        while not end.is_set():
            value = record()
            error = store.append(value).exception()
            if error is not None:
                errors.append(error)
            kept.append(value.id)

    threads = [threading.Thread(target=append) for _ in range(3)]
    for thread in threads:
        thread.start()
    for start in range(0, 200, 20):
        assert store.forget([value.id for value in values[start : start + 20]]) == 20
    end.set()
    for thread in threads:
        thread.join()
    store.merge()
    assert errors == []
    assert sorted(check_log(database.dsn)) == sorted([*(v.id for v in values[200:]), *kept])


def test_no_crowd_that_is_forgotten_holds_up_consents(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may accept and have it forgotten, again and again; appends wait at each rewriting."""
    rewritten: list[object] = []
    monkeypatch.setattr(postgres_forget, "sweep", rewritten.append)
    values = appended(store, 20)
    store.merge()
    for value in values:
        assert store.forget([value.id]) == 1
        assert store.find(value.id) is None
    assert len(rewritten) == 1
    store.close()
    assert len(rewritten) == 2, "what was forgotten since then is not left behind"


def test_what_was_forgotten_since_the_last_rewriting_goes_with_the_next(
    database: Database, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to ask again for it."""
    monkeypatch.setattr(postgres_forget, "SWEEP_SECONDS", 1.0)
    first, second, third = appended(store, 3)
    store.merge()
    needles = canaries(database, [first, second])
    store.forget([first.id])
    store.forget([second.id])
    until(lambda: left_in_files(database, needles) == 0)
    assert check_log(database.dsn) == [third.id]
