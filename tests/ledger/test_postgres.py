"""The PostgreSQL store keeps the contract, and what a server owes its nodes."""

from __future__ import annotations

import threading
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg
import pytest

from daccord.declaration.model import Language
from daccord.errors import Conflict, Damaged, LedgerError
from daccord.ledger import postgres_schema, sequencer
from daccord.ledger.acts import parts_of
from daccord.ledger.batches import Entry
from daccord.ledger.counts import Counts
from daccord.ledger.dialects import load_migrations
from daccord.ledger.high_water import HighWater
from daccord.ledger.postgres import PostgresStore
from daccord.ledger.postgres_connection import APPENDING, MERGING, READING, Server
from daccord.ledger.postgres_log import PostgresLog
from daccord.ledger.postgres_writer import PostgresWriter
from daccord.ledger.sequencer import merge_once
from daccord.receipt.statements import VersionStatement, encode_statement
from tests.ledger.contract import Place, StoreContract
from tests.ledger.log import SIGNER
from tests.ledger.nodes import run
from tests.ledger.postgres_check import check_log
from tests.ledger.samples import TODAY, VERSION, new_id, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.consent.record import ConsentRecord
    from daccord.ledger.store import Store
    from tests.ledger.postgres import Database, Schema

pytest_plugins = ["tests.ledger.postgres"]


class Served(Place):
    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self.dsn = schema.dsn

    def make(self) -> Store:
        return PostgresStore(self.dsn, signer=self.signer, keep_days=self.keep_days)


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def place(self, schema: Schema) -> Iterator[Place]:
        place = Served(schema)
        yield place
        place.close()


@pytest.fixture
def store(database: Database) -> Iterator[PostgresStore]:
    store = PostgresStore(database.dsn, signer=SIGNER)
    store.open()
    yield store
    store.close()


@pytest.fixture
def tables(database: Database, store: PostgresStore) -> Iterator[PostgresLog]:
    assert store.refusals() == ()  # it is there
    with closing(PostgresLog(Server(database.dsn), MERGING)) as tables:
        yield tables


def appended(store: PostgresStore, count: int = 3) -> list[ConsentRecord]:
    values = [record() for _ in range(count)]
    for future in [store.append(value) for value in values]:
        future.result()
    return values


def make_ledger(database: Database) -> None:
    with closing(PostgresStore(database.dsn)) as store:
        store.open()


def merge(tables: PostgresLog) -> None:
    merge_once(tables, SIGNER, HighWater(None))


# The schema


def test_nothing_is_touched_before_it_is_needed(database: Database) -> None:
    store = PostgresStore(database.dsn)
    store.close()
    assert database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_reading_makes_no_ledger(database: Database) -> None:
    store = PostgresStore(database.dsn)
    for read in (
        lambda: list(store.records()),
        store.refusals,
        store.reports,
        store.tables,
        lambda: store.find(new_id()),
        lambda: store.receipt(new_id()),
        lambda: store.forget([new_id()]),
    ):
        with pytest.raises(LedgerError, match="there is no ledger in this schema"):
            read()
    store.close()
    assert database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_nodes_that_start_together_make_one_ledger(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "daccord.ledger")
    stores = [PostgresStore(database.dsn) for _ in range(6)]
    barrier = threading.Barrier(len(stores))
    errors: list[Exception] = []

    def start(store: PostgresStore) -> None:
        barrier.wait()
        try:
            store.open()
            store.append(record()).result()
        except LedgerError as error:
            errors.append(error)

    threads = [threading.Thread(target=start, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert errors == []
    assert database.execute("SELECT number, name FROM schema_version") == [
        (migration.number, migration.name) for migration in load_migrations("postgres")
    ]
    assert [m for m in caplog.messages if m.startswith("created")] == [
        f"created the tables of an empty ledger: {stores[0]._server.place}"
    ]
    assert len(list(stores[0].records())) == 6


def test_a_ledger_of_a_later_version_is_refused_and_left_alone(database: Database) -> None:
    make_ledger(database)
    database.execute("INSERT INTO schema_version (number, name) VALUES (99, 'later')")
    store = PostgresStore(database.dsn)
    for attempt in (store.open, store.append(record()).result, store.refusals):
        with pytest.raises(LedgerError) as caught:
            attempt()
        known = len(load_migrations("postgres"))
        assert str(caught.value) == (
            f"the ledger is of version 99, from a later daccord; this one knows up to {known}"
        )
    store.close()
    assert database.execute("SELECT count(*) FROM incoming") == [(0,)]


def test_a_schema_that_is_somebody_elses_is_refused_and_left_alone(database: Database) -> None:
    database.execute("CREATE TABLE record (title text)")
    store = PostgresStore(database.dsn)
    with pytest.raises(LedgerError, match=r"the server refused \(DuplicateTable"):
        store.open()
    store.close()
    assert database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [
        ("record",)
    ]


def test_a_migration_is_applied_whole_or_not_at_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PostgresStore(database.dsn)
    appended(store)
    store.close()
    migrations = load_migrations("postgres")
    number = len(migrations) + 1
    broken = migrations[0]._replace(
        number=number, statements=("CREATE TABLE t (a int);", "CREATE TABLE record (a int);")
    )
    whole = broken._replace(statements=("CREATE TABLE t (a int);",))
    monkeypatch.setattr(postgres_schema, "_MIGRATIONS", (*migrations, broken))
    store = PostgresStore(database.dsn)
    with pytest.raises(LedgerError, match="DuplicateTable"):
        store.open()
    with pytest.raises(LedgerError, match=r"was never opened for writing .*\n.*ledger migrate"):
        store.refusals()
    monkeypatch.setattr(postgres_schema, "_MIGRATIONS", (*migrations, whole))
    store.open()
    store.close()
    assert len(list(store.records())) == 3
    assert database.execute("SELECT max(number) FROM schema_version") == [(number,)]


def test_a_ledger_that_vanishes_while_in_use_is_a_fault_and_no_new_ledger(
    database: Database, store: PostgresStore
) -> None:
    appended(store)
    database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    for _ in range(2):
        with pytest.raises(LedgerError, match="there is no ledger in this schema"):
            store.append(record()).result()
    assert database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_two_ledgers_of_one_database_each_have_a_sequencer(database: Database) -> None:
    logs = []
    for schema in ("one", "two"):
        database.execute(f"CREATE SCHEMA {schema}")
        dsn = f"{database.dsn}&options=-csearch_path%3D{schema}"
        store = PostgresStore(dsn)
        store.open()
        appended(store)
        store.close()
        logs += [PostgresLog(Server(dsn), MERGING), PostgresLog(Server(dsn), MERGING)]
    assert [log.elect() for log in logs] == [True, False, True, False]
    assert [log.elect() for log in logs] == [True, False, True, False]
    logs[0].close()
    assert logs[3].elect() is False
    for log in logs:
        log.close()


# Durable, and in order


def test_a_commit_waits_for_the_disk_whatever_the_server_thinks_of_others(
    database: Database, store: PostgresStore
) -> None:
    """Asked at the commit itself: by a trigger that is deferred to it."""
    database.execute(f"ALTER DATABASE {database.name} SET synchronous_commit = off")
    database.execute("""
        CREATE TABLE seen (synchronous_commit text);
        CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER look AFTER INSERT ON incoming
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look();
        CREATE CONSTRAINT TRIGGER look AFTER INSERT ON record
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look()""")
    assert database.execute("SHOW synchronous_commit") == [("off",)]
    appended(store, 1)
    session = store._writer.open()
    session.execute("SET synchronous_commit = off")  # as a pooler may have it
    appended(store, 1)
    session.execute("SET synchronous_commit = remote_apply")
    appended(store, 1)
    store.merge()
    assert [value for (value,) in database.execute("SELECT * FROM seen")] == [
        *("on", "on", "remote_apply"),
        *("on", "on", "on"),
    ]


def test_a_row_that_becomes_visible_late_is_merged_all_the_same(
    database: Database, store: PostgresStore, tables: PostgresLog
) -> None:
    """Its number is lower than that of what was merged before: a gap is no end."""
    first = appended(store, 1)
    with psycopg.connect(database.dsn) as other:
        late = new_id()
        other.execute(
            "INSERT INTO incoming (id, act, time, salt) SELECT %s, act, time, salt FROM incoming",
            [late],
        )
        with psycopg.connect(database.dsn) as given_up:
            given_up.execute(
                "INSERT INTO incoming (id, act, time, salt) SELECT %s, act, time, salt "
                "FROM incoming",
                [new_id()],
            )
            given_up.rollback()
        second = appended(store, 1)
        merge(tables)
        assert check_log(database.dsn) == [first[0].id, second[0].id]
        other.commit()
    assert check_log(database.dsn) == [first[0].id, second[0].id, late]
    merge(tables)
    assert check_log(database.dsn) == [first[0].id, second[0].id, late]
    assert database.execute("SELECT count(*) FROM incoming") == [(0,)]
    assert [value.id for value in store.records()] == [first[0].id, second[0].id, late]


def test_a_retry_in_the_middle_of_the_merge_is_there_once(
    database: Database, store: PostgresStore, tables: PostgresLog
) -> None:
    """The retry has looked into `record` before the merge commits, and inserts after it."""
    [value] = appended(store, 1)
    writer = PostgresWriter(Server(database.dsn), Counts(), may_create=False)
    entry = Entry(parts_of(value), None)  # type: ignore[arg-type]
    writer.write([entry])
    with psycopg.connect(database.dsn) as merger:
        # What a merge does to this row, stopped before its commit.
        merger.execute(
            "WITH gone AS (DELETE FROM incoming RETURNING *) "
            "INSERT INTO record (leaf, id, act, time, previous, salt) "
            "SELECT 0, id, act, time, previous, salt FROM gone"
        )
        retry = threading.Thread(target=writer.write, args=([entry],))
        retry.start()
        while not database.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock'"
        ):
            retry.join(0.001)
            assert retry.is_alive()
        merger.rollback()
        retry.join()
    assert database.execute("SELECT count(*) FROM incoming") == [(1,)]
    # The same with a commit: the row is in both tables, and counts as one everywhere.
    waiting = tables.waiting(10)
    session = Server(database.dsn).connect(MERGING)
    merge(tables)
    database.execute(
        "INSERT INTO incoming (id, act, time, previous, salt) "
        "SELECT id, act, time, previous, salt FROM record"
    )
    session.close()
    assert waiting.known == frozenset()
    assert tables.waiting(10).known == {value.id}
    assert list(store.records()) == [value]
    assert store.find(value.id) == value
    merge(tables)
    assert check_log(database.dsn) == [value.id]
    assert database.execute("SELECT count(*) FROM incoming") == [(0,)]
    writer.release()


def test_every_statement_goes_by_an_index(store: PostgresStore) -> None:
    """A plan made while the tables were empty must not scan them when they are not."""
    appended(store, 1)
    store.merge()
    plan = "\n".join(
        row[0]
        for row in store._writer.open().execute(
            "EXPLAIN INSERT INTO incoming (id, act, time, salt) SELECT new.id, 1, 1, ''::bytea "
            "FROM unnest(ARRAY['a']) AS new (id) "
            "WHERE (SELECT record.leaf FROM record WHERE record.id = new.id) IS NULL"
        )
    )
    assert "Index Scan using record_id_key on record" in plan
    assert "Seq Scan" not in plan


# The log's tables


def test_a_merge_from_an_older_head_is_refused_and_writes_nothing(
    database: Database, store: PostgresStore, tables: PostgresLog
) -> None:
    class Held(PostgresLog):
        """Hands out what was read before the other one merged."""

        def waiting(self, limit: int) -> object:  # type: ignore[override]
            return held if self.first else super().waiting(limit)

        first = True

        def commit(self, merge: object) -> None:
            try:
                super().commit(merge)  # type: ignore[arg-type]
            except Conflict as conflict:
                refused.append(str(conflict))
                Held.first = False
                before.append(database.execute("SELECT * FROM head"))
                raise

    values = appended(store, 3)
    held = tables.waiting(10)
    refused: list[str] = []
    before: list[object] = []
    merge(tables)
    head = database.execute("SELECT * FROM head")
    values += appended(store, 2)
    with closing(Held(Server(database.dsn), MERGING)) as other:
        merge(other)
    assert refused == ["the log has 3 entries by now, and the merge was computed from 0"]
    assert before == [head]
    assert check_log(database.dsn) == [value.id for value in values]


def test_a_row_that_was_taken_away_meanwhile_is_not_merged(
    database: Database, store: PostgresStore, tables: PostgresLog
) -> None:
    appended(store, 2)
    waiting = tables.waiting(10)
    database.execute("DELETE FROM incoming WHERE seq = (SELECT min(seq) FROM incoming)")
    computed = sequencer._build(tables, waiting, SIGNER)
    assert computed is not None
    with pytest.raises(Conflict, match="of 2 entries only 1 were still waiting"):
        tables.commit(computed)
    assert tables.head().size == 0
    merge(tables)
    assert len(check_log(database.dsn)) == 1


def test_statements_and_texts_of_any_length_are_kept_once(
    database: Database, store: PostgresStore, tables: PostgresLog
) -> None:
    """An index of PostgreSQL takes no more than 2,704 bytes of what it finds a row by."""
    texts = {sha256(text).digest(): text for text in (b"code", b"a text" * 9_999, b"")}
    code, *notices = (digest.hex() for digest in texts)
    languages = [Language(f"fr-{n:02}") for n in range(60)]
    first, second = (
        encode_statement(
            VersionStatement(
                declaration_version=code,
                code_hash=code,
                notices=tuple((language, notice) for language in languages),
            )
        )
        for notice in notices
    )
    for _ in range(2):
        tables.publish(second, texts)
    tables.publish(first, {})
    assert tables.waiting(10).statements == [second, first]
    assert tables.waiting(1).statements == [second]
    assert {digest: tables.text(digest) for digest in texts} == texts
    assert tables.text(bytes(32)) is None
    appended(store, 1)
    merge(tables)
    assert list(tables.statements()) == [(0, second), (1, first)]
    tables.publish(second, {})
    assert tables.waiting(10).statements == []
    assert len(check_log(database.dsn)) == 1


def test_checkpoints_and_timestamps_are_kept(tables: PostgresLog) -> None:
    tables.keep_checkpoint(7, "first")
    tables.keep_checkpoint(5, "earlier")
    tables.keep_checkpoint(7, "second")
    assert tables.checkpoints() == [(5, "earlier"), (7, "second")]
    for token in (b"b" * 5_000, b"a" * 5_000, b"b" * 5_000):
        tables.keep_timestamp(7, token)
    tables.keep_timestamp(5, b"c")
    assert tables.timestamps() == [(5, b"c"), (7, b"b" * 5_000), (7, b"a" * 5_000)]
    tables.keep_checkpoint(9, "third")
    for size in (9, 7, 1):
        tables.drop_checkpoint(size)
    assert tables.checkpoints() == [(5, "earlier"), (7, "second")]


def test_what_is_not_there_is_none_or_damage(
    database: Database, store: PostgresStore, tables: PostgresLog
) -> None:
    [value] = appended(store, 1)
    assert tables.leaf_of(value.id) is None
    merge(tables)
    found = tables.leaf_of(value.id)
    assert found is not None
    assert found[0] == 0
    assert tables.rows(0, 10) == [found]
    assert tables.rows(1, 10) == []
    assert tables.older_than(value.time_ms, 10) == []
    assert tables.older_than(value.time_ms + 1, 10) == [value.id]
    assert tables.tile(0, 1) is None
    assert tables.bundle(1) is None
    with pytest.raises(Damaged, match="act 77: it is missing"):
        tables.act(77)
    database.execute("DELETE FROM head")
    with pytest.raises(Damaged, match="head: the one row of it is missing"):
        tables.head()
    with pytest.raises(LedgerError, match="head: the one row of it is missing"):
        store.merge()


def test_a_record_that_was_tampered_with_is_named(database: Database, store: PostgresStore) -> None:
    values = appended(store, 3)
    store.merge()
    database.execute("UPDATE record SET previous = 'x' WHERE leaf = 1")
    reading = store.records()
    assert next(reading) == values[0]
    with pytest.raises(LedgerError, match="record of leaf 1 is damaged"):
        next(reading)
    with pytest.raises(LedgerError, match="a record is damaged"):
        store.find(values[1].id)
    database.execute("DELETE FROM act")
    with pytest.raises(LedgerError, match="record of leaf 0 is damaged: its act is missing"):
        list(store.records())


def test_records_are_read_while_they_are_being_merged(
    store: PostgresStore, tables: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daccord.ledger.postgres._PAGE", 5)
    values = appended(store, 7)
    merge(tables)
    values += appended(store, 13)
    reading = store.records()
    found = [next(reading) for _ in range(9)]
    merge(tables)
    found += reading
    assert found == values


# A node and its server


def test_a_forked_process_begins_anew(database: Database) -> None:
    child = run("child_forks_postgres", database.dsn)
    out, _ = child.communicate()
    assert (child.returncode, out) == (0, "ok\n")
    store = PostgresStore(database.dsn)
    assert [value.language for value in store.records()] == ["fr", "de", "en"]
    assert [(c.day, c.declaration_version, c.count) for c in store.refusals()] == [
        (TODAY, VERSION, 2)
    ]


def test_a_server_that_does_not_wait_for_its_disk_is_named(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(database.dsn)
    session = server.connect(READING)
    postgres_schema.warn_of_loss(session, server)
    assert caplog.messages == []
    try:
        database.execute("ALTER SYSTEM SET fsync = off")
        database.execute("SELECT pg_reload_conf()")
        while session.execute("SHOW fsync").fetchone() == ("on",):
            pass
        postgres_schema.warn_of_loss(session, server)
    finally:
        database.execute("ALTER SYSTEM RESET fsync")
        database.execute("SELECT pg_reload_conf()")
    [message] = caplog.messages
    assert message == (
        f"the server of {server.place} does not wait for its disk (fsync = off): "
        "consents may be lost with its power"
    )
    session.close()


SECRET = "s3cret-pass"


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        (f"postgresql://u:{SECRET}@[::1", "the ledger's address is none that PostgreSQL reads"),
        (f"hostt=x password={SECRET}", "the ledger's address is none that PostgreSQL reads"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/d", "127.0.0.1:1/d: nothing listens there"),
        (f"host=/nowhere password={SECRET}", "/nowhere: nothing listens there"),
    ],
)
def test_an_address_that_is_wrong_is_told_without_its_password(dsn: str, message: str) -> None:
    with pytest.raises(LedgerError) as caught:
        Server(dsn).connect(APPENDING)
    assert str(caught.value) == message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_user_that_may_not_is_told_so(database: Database) -> None:
    dsn = database.dsn.replace("postgres@", f"nobody:{SECRET}@")
    with pytest.raises(LedgerError, match="the database or the user does not exist") as caught:
        PostgresStore(dsn).open()
    assert SECRET not in str(caught.value)
    database.execute("DROP ROLE IF EXISTS somebody; CREATE ROLE somebody LOGIN")
    make_ledger(database)
    dsn = database.dsn.replace("postgres@", f"somebody:{SECRET}@")
    store = PostgresStore(dsn)
    with pytest.raises(LedgerError) as caught:
        store.append(record()).result()
    assert str(caught.value) == (
        f"{store._server.place}: the user may not do that (InsufficientPrivilege, SQLSTATE 42501)"
    )
    store.close()
    database.execute("DROP ROLE somebody")


@pytest.mark.law("REC-2")
def test_what_the_server_says_of_a_row_is_never_passed_on(
    database: Database, store: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Servers quote rows in message, detail and context; none of it is in error or log."""
    caplog.set_level("DEBUG")
    database.execute("""
        CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION 'row %', NEW USING DETAIL = NEW::text, HINT = NEW.id;
        END $$;
        CREATE TRIGGER say BEFORE INSERT ON incoming FOR EACH ROW EXECUTE FUNCTION say()""")
    value = record()
    error = store.append(value).exception()
    assert str(error) == (
        f"{store._server.place}: the server refused (RaiseException, SQLSTATE P0001)"
    )
    database.execute(
        "DROP TRIGGER say ON incoming; "
        "ALTER TABLE incoming ADD CONSTRAINT no CHECK (length(id) < 3)"
    )
    error = store.append(value).exception()
    assert str(error) == (
        f"{store._server.place}: the server refused (CheckViolation, SQLSTATE 23514)"
    )
    assert value.id not in caplog.text
    database.execute("ALTER TABLE incoming DROP CONSTRAINT no")
    store.append(value).result()
