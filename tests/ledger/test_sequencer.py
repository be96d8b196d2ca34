"""The merge on bad days: writes that fail before or after they persisted, forks, damage."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, cast

import pytest

from daccord.errors import Conflict, Damaged, LedgerError
from daccord.ledger import merging, schema
from daccord.ledger.high_water import HighWater
from daccord.ledger.prove import tiles_of
from daccord.ledger.sequencer import MERGE_MAX, merge_once
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.sqlite_access import SQL
from daccord.ledger.sqlite_log import SqliteTables
from daccord.merkle.checkpoints import open_checkpoint
from daccord.merkle.proofs import check_consistency, prove_consistency
from tests.ledger.log import KEY_STATEMENT, SIGNER, check_log, check_proved
from tests.ledger.samples import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daccord.consent.record import ConsentRecord
    from daccord.ledger.tables import Head, Merge

WRITES = {
    **{
        SQL[name]: name
        for name in (
            "append_records",
            "add_acts",
            "add_statement",
            "add_text",
            "merge",
            "forget_records",
            "drop_blank_records",
        )
    },
    "PRAGMA wal_checkpoint(PASSIVE)": "passive",
    "PRAGMA wal_checkpoint(TRUNCATE)": "truncate",
    "COMMIT": "migration",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, signer=SIGNER)
    store.open()
    yield store
    store.close()


@pytest.fixture(autouse=True)
def _no_merge_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MERGE_SECONDS", 3_600.0)


def appended(store: SqliteStore, count: int = 3) -> list[ConsentRecord]:
    values = [record() for _ in range(count)]
    for future in [store.append(value) for value in values]:
        future.result()
    return values


class Plan:
    """Which occurrence of which write is to fail, over all connections, and when."""

    def __init__(self, name: str = "", at: int = 0, when: str = "") -> None:
        self.name = name
        self.at = at
        self.when = when
        self.counts: Counter[str] = Counter()
        self.failed = ""

    def run(self, sql: str, execute: Callable[[], Any]) -> Any:
        name = WRITES.get(sql, "")
        fails = name == self.name and self.counts[name] == self.at and self.when
        self.counts[name] += 1
        if fails:
            self.failed = f"{self.when} {name}"
            if self.when == "before":
                raise sqlite3.OperationalError("disk I/O error")
        result = execute()
        if fails:
            result.close()
            raise sqlite3.OperationalError("disk I/O error")
        return result


class Faulty:
    """A connection whose statements go by a plan."""

    def __init__(self, connection: sqlite3.Connection, plan: Plan) -> None:
        self._connection = connection
        self._plan = plan

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return cast(
            "sqlite3.Cursor",
            self._plan.run(sql, lambda: self._connection.execute(sql, *values)),
        )


def live(path: Path, heads: list[Head]) -> tuple[list[ConsentRecord], list[ConsentRecord]]:
    """A day of a ledger. Gives what was acknowledged, and what was asked to be forgotten."""
    kept: list[ConsentRecord] = []
    gone: list[ConsentRecord] = []
    store = SqliteStore(path, signer=SIGNER)
    with suppress(LedgerError):
        store.open()
    store.publish(KEY_STATEMENT, {b"\x00" * 32: b"text"})
    for _ in range(2):
        for _ in range(2):
            values = [record() for _ in range(2)]
            kept += [value for value in values if store.append(value).exception() is None]
        with suppress(LedgerError):
            store.merge()
        with suppress(LedgerError), closing(store.tables()) as tables:
            heads.append(tables.head())
        if kept:
            gone.append(kept.pop(0))
            with suppress(LedgerError):
                store.forget([gone[-1].id])
    store.close()
    return kept, gone


def check_after(path: Path, heads: list[Head], kept: list[ConsentRecord]) -> list[object]:
    """A new day without faults: nothing lost, nothing twice, and the log goes on from each head."""
    store = SqliteStore(path, signer=SIGNER)
    store.merge()
    found = check_log(store)
    for value in kept:
        assert found.count(value) == 1
        check_proved(store, value)
    assert found.count(KEY_STATEMENT) <= 1
    with closing(store.tables()) as tables:
        new = tables.head()
        for old in heads:
            proof = prove_consistency(old.size, new.size, tiles_of(tables))
            check_consistency(old.size, old.root, new.size, new.root, proof)
            if old.checkpoint is not None:
                assert open_checkpoint(old.checkpoint, [SIGNER.verifier]).root == old.root
    assert [value for value in store.records() if value in kept] == kept
    store.close()
    return list(found)


def plan_all(monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    connect = schema._connect
    monkeypatch.setattr(schema, "_connect", lambda path: Faulty(connect(path), plan))


def test_whichever_write_fails_before_or_after_it_persisted_nothing_is_lost_twice_or_forked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Plan()
    with monkeypatch.context() as patch:
        plan_all(patch, whole)
        live(tmp_path / "whole.sqlite", [])
    failed = set()
    for name in WRITES.values():
        for at in range(whole.counts[name]):
            for when in ("before", "after"):
                path = tmp_path / f"{name}-{at}-{when}.sqlite"
                heads: list[Head] = []
                plan = Plan(name, at, when)
                with monkeypatch.context() as patch:
                    plan_all(patch, plan)
                    kept, _ = live(path, heads)
                failed.add(plan.failed)
                check_after(path, heads, kept)
    assert failed >= {f"{when} {name}" for when in ("before", "after") for name in WRITES.values()}


def test_a_commit_that_persisted_and_then_failed_is_found_and_not_done_twice(
    store: SqliteStore, path: Path
) -> None:
    values = appended(store)

    class Dies(SqliteTables):
        def commit(self, merge: Merge) -> None:
            super().commit(merge)
            raise LedgerError("the connection was cut in the middle of the commit")

    with closing(Dies(path)) as tables:
        with pytest.raises(LedgerError, match="was cut"):
            merge_once(tables, SIGNER, HighWater(None))
        merged = merge_once(tables, SIGNER, HighWater(None))
    assert (merged.head.size, merged.entries, merged.more) == (3, 0, False)
    assert check_log(store) == values


def test_two_that_both_believe_to_be_elected_make_one_log(store: SqliteStore, path: Path) -> None:
    values = appended(store)

    class Slow(SqliteTables):
        """Computes a merge, and another one comes in between; each time until it gives up."""

        def commit(self, merge: Merge) -> None:
            if len(more) < races:
                with closing(SqliteTables(path)) as other:
                    merge_once(other, SIGNER, HighWater(None))
                more.extend(appended(store, 1))
            super().commit(merge)

    more: list[ConsentRecord] = []
    races = 3
    with closing(Slow(path)) as tables:
        merged = merge_once(tables, SIGNER, HighWater(None))
        assert (merged.head.size, merged.entries) == (6, 1)
    assert check_log(store) == values + more
    races = 1_000
    appended(store, 1)
    with closing(Slow(path)) as tables, pytest.raises(LedgerError, match="20 times in a row"):
        merge_once(tables, SIGNER, HighWater(None))
    store.merge()
    check_log(store)


def test_a_merge_takes_so_many_at_a_time_until_nothing_comes(
    store: SqliteStore, path: Path
) -> None:
    values = appended(store, MERGE_MAX + 10)
    with closing(SqliteTables(path)) as tables:
        water = HighWater(None)
        first = merge_once(tables, SIGNER, water)
        second = merge_once(tables, SIGNER, water)
        third = merge_once(tables, SIGNER, water)
    assert [(m.entries, m.more) for m in (first, second, third)] == [
        (MERGE_MAX, True),
        (10, True),
        (0, False),
    ]
    assert second.head == third.head
    assert check_log(store) == values


def refuses(store: SqliteStore, error: type[LedgerError], match: str) -> None:
    """Nothing is merged or signed, each time anew; appends go on."""
    before = store.tables().head()
    value = appended(store, 1)[0]
    for _ in range(2):
        with pytest.raises(error, match=match):
            store.merge()
    assert store.find(value.id) == value
    assert store.tables().head() == before


def test_an_old_copy_in_its_place_is_not_continued(
    store: SqliteStore, path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    appended(store, 300)
    store.merge()
    old = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (str(old),))
    appended(store, 30)
    store.close()
    old.replace(path)
    again = SqliteStore(path, signer=SIGNER)
    refuses(again, Conflict, r"the log ends at 300, but was seen with 330 entries\n  hint: '")
    again.close()
    assert [line.levelname for line in caplog.records].count("CRITICAL") == 1


def test_a_longer_log_that_went_another_way_is_not_continued(
    store: SqliteStore, path: Path
) -> None:
    appended(store, 300)
    store.close()
    seen = path.with_name("ledger.checkpoint").read_bytes()
    path.unlink()
    other = SqliteStore(path, signer=SIGNER, high_water=path.with_name("other.checkpoint"))
    appended(other, 400)
    other.close()
    assert path.with_name("ledger.checkpoint").read_bytes() == seen
    again = SqliteStore(path, signer=SIGNER)
    refuses(again, Conflict, "the log of 400 entries is not the one that was seen with 300")
    again.close()


def test_an_equal_size_with_another_root_is_not_continued(path: Path) -> None:
    for name in ("a", "b"):
        store = SqliteStore(path.with_name(name), signer=SIGNER)
        appended(store, 3)
        store.close()
    path.with_name("b").replace(path.with_name("a"))
    again = SqliteStore(path.with_name("a"), signer=SIGNER)
    refuses(again, Conflict, "the log of 3 entries is not the one that was seen with 3")
    again.close()


def test_without_a_key_a_running_node_notices_too(path: Path) -> None:
    store = SqliteStore(path)
    appended(store, 3)
    store.merge()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE head SET size = 0, root = (SELECT root FROM head)")
    refuses(store, LedgerError, "head: the tiles do not hash to the root")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE head SET root = "
            "x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"
        )
    refuses(store, Conflict, "the log ends at 0, but was seen with 3 entries$")
    store.close()


def test_a_checkpoint_file_that_is_none_stops_the_merge(store: SqliteStore, path: Path) -> None:
    appended(store)
    store.merge()
    for raw in (b"", b"\xff", b"nonsense\n"):
        path.with_name("ledger.checkpoint").write_bytes(raw)
        refuses(store, Damaged, "ledger.checkpoint: the file is no checkpoint")
    path.with_name("ledger.checkpoint").unlink()
    path.with_name("ledger.checkpoint").mkdir()
    refuses(store, LedgerError, "the newest checkpoint seen: Is a directory")
    path.with_name("ledger.checkpoint").rmdir()
    store.merge()
    check_log(store)


@pytest.mark.parametrize(
    ("script", "match"),
    [
        ("UPDATE head SET root = zeroblob(32)", "head: the tiles do not hash to the root"),
        ("UPDATE head SET root = x'00'", "head: it was never written so"),
        ("UPDATE head SET size = 299", "head: the tiles do not hash to the root"),
        ("UPDATE head SET size = 301", "head: the partial tiles do not fit the size"),
        ("UPDATE head SET size = -1", "head: it was never written so"),
        ("DELETE FROM head", "head: it is missing"),
        ("UPDATE head SET checkpoint = 'x'", "head: the checkpoint: "),
        (
            "UPDATE head SET checkpoint = replace(checkpoint, '300', '290')",
            "head: the checkpoint is one of another tree",
        ),
        (
            "UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE level = 0 AND number = 1",
            "head: the tiles do not hash to the root",
        ),
        ("DELETE FROM tile WHERE level = 1", "head: the partial tiles do not fit the size"),
        (
            "UPDATE bundle SET entries = zeroblob(length(entries)) WHERE number = 1",
            "bundle 1: more than 256 entries in a bundle",
        ),
        (
            "UPDATE bundle SET entries = CAST(x'0020' || substr(entries, 37) AS BLOB)",
            "bundle 1: ",
        ),
        ("DELETE FROM bundle", "bundle 1: the entries are not the tree's leaves"),
        ("UPDATE bundle SET entries = x'00'", "bundle 1: a bundle that ends within an entry"),
        ("DELETE FROM record WHERE leaf = 301", "record: one is missing among the waiting ones"),
        ("UPDATE record SET salt = x'00' WHERE leaf = 301", "its salt is not 32 bytes long"),
        ("UPDATE record SET id = NULL WHERE leaf = 301", "record of leaf 301: its row was never"),
        ("UPDATE record SET previous = 'é' WHERE leaf = 301", "what a record has no room for"),
        (
            "UPDATE record SET previous = CAST(x'ff' AS TEXT) WHERE leaf = 301",
            "ledger.sqlite: Could not decode to UTF-8$",
        ),
        ("UPDATE record SET act = 77 WHERE leaf = 301", "act 77: it is missing"),
        ("UPDATE act SET body = '{}'", "an act that is not of any record"),
    ],
)
def test_nothing_is_built_on_what_contradicts_itself(
    store: SqliteStore, path: Path, script: str, match: str
) -> None:
    appended(store, 300)
    store.merge()
    appended(store, 5)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(script)
        after = connection.execute("SELECT size, root FROM head").fetchall()
        grown = connection.execute("SELECT count(*), sum(length(hashes)) FROM tile").fetchall()
    for _ in range(2):
        with pytest.raises(Damaged, match=match):
            store.merge()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT size, root FROM head").fetchall() == after
        assert (
            connection.execute("SELECT count(*), sum(length(hashes)) FROM tile").fetchall() == grown
        )


def test_a_merge_into_a_file_that_nobody_will_find_again_has_failed(
    store: SqliteStore, path: Path
) -> None:
    values = appended(store)
    with closing(SqliteTables(path)) as tables:
        tables.keep_checkpoint(1, "a first write")
        path.rename(path.with_name("away"))
        with pytest.raises(LedgerError, match="No such file or directory"):
            merge_once(tables, SIGNER, HighWater(None))
        path.with_name("away").rename(path)
        merged = merge_once(tables, SIGNER, HighWater(None))
    assert merged.head.size == 3
    assert check_log(store) == values
