"""An export is the records, in every format the same, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.consent.choice import RecordId
from daccord.errors import Damaged, LedgerError
from daccord.ledger.export import (
    COLUMNS,
    Csv,
    JsonLines,
    Parquet,
    as_line,
    export_records,
    time_text,
)
from daccord.ledger.postgres import PostgresStore
from tests.ledger.built import Built, build, copies, fill
from tests.ledger.samples import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daccord.ledger.export import Sink
    from tests.ledger.postgres import Database

pytest_plugins = ["tests.ledger.postgres"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("built") / "ledger.sqlite", records=300)


def export(place: Path | str, make: Callable[[Any], Sink], **limits: Any) -> bytes:
    file = io.BytesIO()
    export_records(place, make(file), **limits)
    return file.getvalue()


def expected(built: Built) -> list[dict[str, Any]]:
    """Every record that is left, with the leaf that the order of appending gives it."""
    leaves = [*range(2, 12), *range(32, 302)]
    return [as_line(leaf, each) for leaf, each in zip(leaves, built.filled.kept, strict=True)]


def test_json_lines_are_the_records(built: Built) -> None:
    lines = [json.loads(line) for line in export(built.path, JsonLines).splitlines()]
    assert lines == expected(built)
    assert set(lines[0]) == set(COLUMNS)


def test_csv_says_the_same(built: Built) -> None:
    text = export(built.path, Csv).decode()
    lines = [*csv.DictReader(io.StringIO(text, newline=""))]
    assert [tuple(line) for line in lines] == [COLUMNS] * len(lines)
    plain = [
        {name: value.removeprefix("'") if name in {"id", "previous"} else value
         for name, value in line.items()}
        for line in lines
    ]  # fmt: skip
    assert plain == [
        {
            name: " ".join(value)
            if isinstance(value, list)
            else ""
            if value is None
            else str(value)
            for name, value in line.items()
        }
        for line in expected(built)
    ]


def test_parquet_says_the_same(built: Built) -> None:
    table = pq.read_table(io.BytesIO(export(built.path, Parquet)))
    lines = table.to_pylist()
    assert [
        {**line, "time": time_text(int(line["time"].timestamp() * 1_000))} for line in lines
    ] == expected(built)


def test_a_stretch_of_time(built: Built) -> None:
    times = [each.time_ms for each in built.filled.kept]
    since, until = times[20], times[40]
    lines = export(built.path, JsonLines, since_ms=since, until_ms=until).splitlines()
    assert [json.loads(line)["id"] for line in lines] == [
        each.id for each in built.filled.kept if since <= each.time_ms < until
    ]
    assert export(built.path, JsonLines, since_ms=10**14) == b""


@pytest.mark.law("REC-4")
def test_nothing_of_who_was_forgotten(built: Built) -> None:
    raw = export(built.path, JsonLines)
    assert not [each for each in built.filled.forgotten if each.id.encode() in raw]


@given(
    st.text("ABCabc019-_", min_size=21, max_size=21).map(lambda text: RecordId(f"{text}A")),
    st.sampled_from([None, RecordId("-" * 21 + "A"), RecordId("A" * 22)]),
)
def test_no_cell_begins_a_formula(id_: RecordId, previous: RecordId | None) -> None:
    file = io.BytesIO()
    Csv(file).write([as_line(7, record(id_=id_, previous=previous, granted=(), refused=()))])
    for cells in csv.reader(io.StringIO(file.getvalue().decode(), newline="")):
        assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - made aware
def test_times_are_read_back(naive: datetime) -> None:
    time = naive.replace(tzinfo=UTC, microsecond=naive.microsecond // 1_000 * 1_000)
    elapsed_ms = (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert datetime.fromisoformat(time_text(elapsed_ms)) == time


def test_a_time_beyond_every_calendar(built: Built) -> None:
    assert built.size
    assert time_text(10**15 - 1) == "9999-12-31T23:59:59.999Z"


def test_a_damaged_record_ends_it(built: Built, tmp_path: Path) -> None:
    path = next(copies(built, tmp_path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE record SET id = 'x' WHERE leaf = 100")
        connection.commit()
    with pytest.raises(Damaged, match="record, leaf 100"):
        export(path, JsonLines)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE record SET act = 99 WHERE leaf = 50")
        connection.commit()
    with pytest.raises(Damaged, match="record, leaf 50: the act it names is not there"):
        export(path, JsonLines)


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(LedgerError, match=r"pip install 'daccord\[parquet\]'"):
        Parquet(io.BytesIO())


def test_from_postgresql(database: Database, tmp_path: Path) -> None:
    def make(**options: Any) -> PostgresStore:
        return PostgresStore(database.dsn, high_water=tmp_path / "seen", **options)

    filled = fill(make, records=300)
    ids = [json.loads(line)["id"] for line in export(database.dsn, JsonLines).splitlines()]
    assert ids == [each.id for each in filled.kept]
