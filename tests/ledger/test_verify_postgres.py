"""The same verification of a ledger on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daccord.errors import LedgerError
from daccord.ledger.postgres import PostgresStore
from daccord.ledger.reading import name_of
from daccord.ledger.verify import verify_ledger
from tests.ledger.built import fill
from tests.ledger.test_verify import ids_and_places

if TYPE_CHECKING:
    from tests.ledger.built import Filled
    from tests.ledger.postgres import Database

pytest_plugins = ["tests.ledger.postgres"]


@pytest.fixture
def filled(database: Database) -> Filled:
    def make(**options: object) -> PostgresStore:
        return PostgresStore(database.dsn, **options)  # type: ignore[arg-type]  # a signer

    return fill(make)


@pytest.mark.promise("B3")
@pytest.mark.law("REC-3")
def test_what_is_changed_on_postgresql_is_told(database: Database, filled: Filled) -> None:
    keys = [filled.signer.verifier]
    report = verify_ledger(database.dsn, keys=keys)
    assert report.ok, report.findings
    assert report.remarks == ()
    assert report.counts.size == filled.size
    assert (report.counts.records, report.counts.forgotten) == (filled.size - 22, 20)
    for sql, undo, expected in [
        (
            "UPDATE record SET time = time + 1 WHERE leaf = 300",
            "UPDATE record SET time = time - 1 WHERE leaf = 300",
            ("row-commitment", "record, leaf 300"),
        ),
        (
            "UPDATE record SET leaf = 12 WHERE leaf = 301",
            "UPDATE record SET leaf = 301 WHERE leaf = 12",
            ("row-commitment", "record, leaf 12"),
        ),
        (
            "UPDATE act SET body = replace(body, 'fr', 'en') WHERE number = 1",
            "UPDATE act SET body = replace(body, 'en', 'fr') WHERE number = 1",
            ("store", "the store"),
        ),
        (
            "INSERT INTO tile VALUES (0, 77, sha256(''))",
            "DELETE FROM tile WHERE number = 77",
            ("tile-extra", "tile 0/77"),
        ),
        (
            "INSERT INTO record VALUES (7777, repeat('A', 22), 1, 0, NULL, sha256(''))",
            "DELETE FROM record WHERE leaf = 7777",
            ("row-leaf", "record, leaf 7777"),
        ),
        (
            "INSERT INTO incoming SELECT 1, id, act, 1, previous, salt FROM record WHERE leaf = 40",
            "DELETE FROM incoming",
            ("row-twice", "waiting row 1"),
        ),
        (
            "UPDATE head SET root = sha256('')",
            None,
            ("root", "head"),
        ),
    ]:
        database.execute(sql)
        assert expected in ids_and_places(verify_ledger(database.dsn, keys=keys)), sql
        if undo is not None:
            database.execute(undo)


def test_where_there_is_none(database: Database) -> None:
    with pytest.raises(LedgerError, match="there is no ledger in this schema"):
        verify_ledger(database.dsn)
    with pytest.raises(LedgerError, match=r"127\.0\.0\.1:1/x"):
        verify_ledger("postgresql://reader:not-to-be-told@127.0.0.1:1/x")


def test_a_password_is_never_shown() -> None:
    assert name_of("postgresql://a:secret@h:5/d?password=secret") == "postgresql://a@h:5/d"
    assert name_of("postgresql://a:se:cr@et@h/d") == "postgresql://a@h/d"
    assert name_of("postgresql://[") == "postgresql://…"
