"""Up from every version: nothing lost, the same schema as a new ledger, and whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daccord.consent.encoding import encode_record_text
from daccord.errors import LedgerError
from daccord.ledger import schema
from daccord.ledger.dialects import load_migrations
from daccord.ledger.sqlite import SqliteStore
from tests.consent.test_encoding import records
from tests.ledger.log import SIGNER, check_log, check_proved
from tests.ledger.samples import TODAY, VERSION, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from daccord.consent.record import ConsentRecord

VERSIONS = range(1, len(load_migrations("sqlite")) + 1)


def make_ledger(path: Path, version: int, values: Sequence[ConsentRecord]) -> None:
    """Make a ledger as the daccord of that version left it, open and unclosed files included."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.create_function("fresh_salt", 0, lambda: bytes(32))
        connection.execute("PRAGMA journal_mode = WAL")
        for migration in load_migrations("sqlite")[:version]:
            for statement in migration.statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
        if version == 1:
            connection.executemany(
                "INSERT INTO record (id, body) VALUES (?, ?)",
                [(value.id, encode_record_text(value)) for value in values],
            )
        connection.execute("INSERT INTO refusal_count VALUES (?, ?, 3)", (TODAY, VERSION))


def schema_of(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
        return sorted(tuple(map(str, row)) for row in tables)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migrated_ledger_has_the_schema_of_a_new_one(tmp_path: Path, version: int) -> None:
    make_ledger(tmp_path / "old", version, [record()])
    for name in ("old", "new"):
        store = SqliteStore(tmp_path / name)
        store.open()
        store.close()
    assert schema_of(tmp_path / "old") == schema_of(tmp_path / "new")


@given(st.lists(records(), max_size=30, unique_by=lambda value: value.id))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_records_of_version_1_are_the_first_leaves_to_the_byte(
    tmp_path: Path, values: list[ConsentRecord]
) -> None:
    path = tmp_path / "ledger.sqlite"
    path.with_name("ledger.checkpoint").unlink(missing_ok=True)
    make_ledger(path, 1, values)
    store = SqliteStore(path, signer=SIGNER)
    store.open()
    assert list(store.records()) == values
    assert [count.count for count in store.refusals()] == [3]
    later = record()
    store.append(later).result()
    for value in values:
        store.append(value).result()  # known, as before
    store.merge()
    assert check_log(store) == [*values, later]
    for value in values[:2]:
        check_proved(store, value)
    with closing(store.tables()) as tables:
        salts = [row.salt for _, row in tables.rows(0, len(values) + 1)]
    assert len(set(salts)) == len(salts)
    store.close()


def test_a_ledger_with_gaps_in_its_numbers_moves_over(tmp_path: Path) -> None:
    values = [record(language="fr" if n % 3 else "en") for n in range(1_500)]
    path = tmp_path / "ledger.sqlite"
    make_ledger(path, 1, values)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE record SET seq = seq * 3 + 7 WHERE seq > 700")
        connection.execute("UPDATE record SET seq = -5 WHERE seq = 1")
    store = SqliteStore(path, signer=SIGNER)
    store.open()
    assert list(store.records()) == values
    store.merge()
    assert check_log(store) == values
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM act").fetchone() == (2,)
    store.close()


class Interrupted:
    """A connection that fails at one statement, and is then gone: nothing is rolled back by us."""

    def __init__(self, connection: sqlite3.Connection, left: list[int]) -> None:
        self._connection = connection
        self._left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._left[0] -= 1
        if self._left[0] == 0:
            raise sqlite3.OperationalError("disk I/O error")
        return self._connection.execute(sql, *values)


def test_an_interrupted_migration_is_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [record() for _ in range(10)]
    path = tmp_path / "ledger.sqlite"
    connect = schema._connect
    fails, at = True, 0
    while fails:
        at += 1
        make_ledger(path, 1, values)
        left = [at]
        with monkeypatch.context() as patch:
            patch.setattr(
                schema,
                "_connect",
                lambda path, left=left: cast(
                    "sqlite3.Connection", Interrupted(connect(path), left)
                ),
            )
            try:
                SqliteStore(path).open()
                fails = left[0] <= 0
            except LedgerError as error:
                assert "disk I/O error" in str(error)  # noqa: PT017 - not every round fails
        with closing(sqlite3.connect(path)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        assert version in VERSIONS
        assert ("record_1" in tables, "head" in tables) == (False, version > 1)
        store = SqliteStore(path, signer=SIGNER)
        store.open()
        assert list(store.records()) == values
        store.close()
        path.with_name("ledger.checkpoint").unlink()
    assert at > 20


def test_processes_of_both_versions_do_not_meet(tmp_path: Path) -> None:
    """An older daccord that still has the file open finds no table to write to, and says so."""
    path = tmp_path / "ledger.sqlite"
    make_ledger(path, 1, [record()])
    with closing(sqlite3.connect(path, isolation_level=None)) as older:
        older.execute("SELECT id, body FROM record").fetchall()
        store = SqliteStore(path)
        store.open()
        with pytest.raises(sqlite3.OperationalError, match="no column named body"):
            older.execute("INSERT INTO record (id, body) VALUES ('x', 'y')")
        store.close()
