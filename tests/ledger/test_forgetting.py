"""Who is forgotten is gone from the files, to the byte, whatever SQLite did with its pages."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daccord.errors import LedgerError
from daccord.ledger import schema
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.sqlite_log import BLANK_MARGIN
from tests.ledger.log import SIGNER, check_log, check_proved
from tests.ledger.samples import new_id, record
from tests.ledger.test_sqlite import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from daccord.consent.choice import RecordId
    from daccord.consent.record import ConsentRecord


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, signer=SIGNER)
    store.open()
    yield store
    store.close()


def append(store: SqliteStore, values: Iterable[ConsentRecord]) -> None:
    waiting = list(values)
    while waiting:
        for future in [store.append(value) for value in waiting[:2_000]]:
            future.result()
        del waiting[:2_000]


def salts_of(path: Path) -> dict[RecordId, bytes]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT id, salt FROM record WHERE id IS NOT NULL"))


def left_in_files(path: Path, ids: Iterable[RecordId], salts: dict[RecordId, bytes]) -> list[str]:
    """Which of the forgotten ids and salts are in any file of the ledger's folder."""
    raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
    return [id_ for id_ in ids if id_.encode() in raw or salts[id_] in raw]


@pytest.mark.promise("B3")
@pytest.mark.law("REC-4")
def test_no_byte_of_who_is_forgotten_is_in_any_file(store: SqliteStore, path: Path) -> None:
    values = [record(previous=new_id()) for _ in range(3_000)]
    append(store, values)
    salts = salts_of(path)
    assert sorted(left_in_files(path, salts, salts)) == sorted(salts)
    gone = [*values[7:2_000:31], *values[1_200:1_900]]
    ids = list(dict.fromkeys(value.id for value in gone))
    assert store.forget(value.id for value in gone) == len(ids)
    assert left_in_files(path, ids, salts) == []
    raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert not any(value.previous is not None and value.previous.encode() in raw for value in gone)
    store.close()
    assert left_in_files(path, ids, salts) == []


def test_a_record_that_is_forgotten_at_once_was_never_there(store: SqliteStore, path: Path) -> None:
    value = record()
    append(store, [value])
    salts = salts_of(path)
    assert store.forget([value.id]) == 1
    assert left_in_files(path, [value.id], salts) == []


def test_another_process_that_has_the_ledger_open_keeps_nothing_back(
    store: SqliteStore, path: Path
) -> None:
    child = run("child_holds", path)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    values = [record() for _ in range(300)]
    append(store, values)
    salts = salts_of(path)
    gone = [value.id for value in values[::3]]
    store.forget(gone)
    assert left_in_files(path, gone, salts) == []
    child.communicate("\n")
    assert child.returncode == 0
    assert left_in_files(path, gone, salts) == []


def test_somebody_in_the_middle_of_reading_holds_it_up_and_that_is_said(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.05)
    values = [record() for _ in range(3)]
    append(store, values)
    salts = salts_of(path)
    gone = [values[1].id]
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM record").fetchall()
        with pytest.raises(LedgerError, match="somebody is reading it, so that what was forgotten"):
            store.forget(gone)
        assert store.find(values[1].id) is None
        append(store, [record()])  # nobody else is held up
        reader.execute("COMMIT")
    assert store.forget(gone) == 0
    assert left_in_files(path, gone, salts) == []


@given(st.integers(min_value=0, max_value=2**32))
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_forgotten_in_whatever_order_nothing_of_it_stays(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    path = Path(tempfile.mkdtemp(dir=tmp_path)) / "ledger.sqlite"
    store = SqliteStore(path, signer=SIGNER)
    here: list[ConsentRecord] = []
    gone: list[RecordId] = []
    salts: dict[RecordId, bytes] = {}
    for _ in range(12):
        more = [record() for _ in range(chance.choice([1, 60, 700]))]
        append(store, more)
        here += more
        salts |= salts_of(path)
        gone += forget_some(store, here, chance)
        some = chance.sample(gone, min(len(gone), 150))  # each is looked for in all of the files
        assert left_in_files(path, some, salts) == []
    store.merge()
    assert [value for value in check_log(store) if value is not None] == here
    for value in here[:3]:
        check_proved(store, value)
    store.close()


@pytest.mark.parametrize("keep", [3, 20])
def test_rows_that_a_page_would_have_passed_on_leave_no_copy(
    store: SqliteStore, path: Path, keep: int
) -> None:
    """First so many are forgotten that pages would be joined, then those that were moved."""
    values = [record() for _ in range(4_000)]
    append(store, values)
    salts = salts_of(path)
    stay = {value.id for n, value in enumerate(values) if n % 60 < keep}
    store.forget(value.id for value in values if value.id not in stay)
    store.forget(stay)
    assert left_in_files(path, list(stay)[:200], salts) == []


def forget_some(
    store: SqliteStore, here: list[ConsentRecord], chance: random.Random
) -> Sequence[RecordId]:
    """Forget scattered ones or neighbours, and take them out of ``here``."""
    count = chance.randrange(len(here) + 1)
    if chance.random() < 0.5:
        at = chance.randrange(len(here) - count + 1)
        positions = set(range(at, at + count))
    else:
        positions = set(chance.sample(range(len(here)), count // 4))
    ids = [here[n].id for n in positions]
    here[:] = [value for n, value in enumerate(here) if n not in positions]
    assert store.forget(ids) == len(ids)
    return ids


def test_what_was_kept_for_the_forgotten_is_given_back(store: SqliteStore, path: Path) -> None:
    values = [record() for _ in range(6_000)]
    append(store, values)
    store.merge()

    def rows_and_free_pages() -> tuple[int, int]:
        with closing(sqlite3.connect(path)) as connection:
            return (
                connection.execute("SELECT count(*) FROM record").fetchone()[0],
                connection.execute("PRAGMA freelist_count").fetchone()[0],
            )

    before = rows_and_free_pages()
    store.forget(value.id for value in values[500:5_500:2])
    assert rows_and_free_pages()[0] == before[0]  # each among neighbours that stay
    store.forget(value.id for value in values[501:5_500:2])
    rows, free = rows_and_free_pages()
    assert rows == 1_000 + 2 * BLANK_MARGIN
    assert free > before[1] + 50
    left = [*values[:500], *values[5_500:]]
    assert [value for value in check_log(store) if value is not None] == left
    append(store, [values[700]])
    assert list(store.records()) == [*left, values[700]]
