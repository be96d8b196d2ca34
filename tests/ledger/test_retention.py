"""Forgetting by age: how much of it a day may bring."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from daccord.ledger.retention import DAILY_MIN, daily_limit, forget_older
from daccord.ledger.sqlite import SqliteStore
from tests.ledger.samples import record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.law("REC-4")
def test_the_oldest_go_first_and_no_more_than_the_limit(tmp_path: Path) -> None:
    values = [record(time_ms=1_000 + n) for n in range(1_203)]
    with closing(SqliteStore(tmp_path / "ledger.sqlite")) as store:
        for future in [store.append(value) for value in values]:
            future.result()
        store.merge()
        with closing(store.tables()) as tables:
            assert forget_older(tables, store.forget, before_ms=2_100, limit=1_001) == 1_001
            assert list(store.records()) == values[1_001:]
            assert forget_older(tables, store.forget, before_ms=2_100, limit=0) == 0
            assert forget_older(tables, store.forget, before_ms=2_100) == 99
        assert list(store.records()) == values[1_100:]


def test_a_day_takes_a_twentieth_of_a_large_log_and_all_of_a_small_one() -> None:
    assert daily_limit(0) == daily_limit(200_000) == DAILY_MIN
    assert daily_limit(10**7) == 500_000
