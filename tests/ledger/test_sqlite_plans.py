"""How SQLite goes about looking for one record: by an index, never by reading all of them."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.sqlite_access import SQL

if TYPE_CHECKING:
    from pathlib import Path

LOOK_UPS = (
    *("record_of", "following", "owner_of_half_id", "is_waiting", "leaves_of", "forget_records"),
    *("rows_between", "records_after", "waiting_rows", "append_records", "tile", "bundle"),
)


@pytest.mark.parametrize("name", LOOK_UPS)
def test_no_look_up_reads_every_record(name: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    SqliteStore(path).open()
    sql = SQL[name]
    values = dict.fromkeys(re.findall(r":([a-z_]+)", sql), "x")
    with closing(sqlite3.connect(path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    read = [step[3] for step in plan if re.match(r"SCAN (record|tile|bundle)\b", step[3])]
    assert plan
    assert not read
