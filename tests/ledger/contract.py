"""What every store has to do: `daccord.ledger.store.Store`, promise by promise.

A store's own test module subclasses `StoreContract` and overrides the fixture ``place``.
"""

from __future__ import annotations

import asyncio
import random
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daccord.errors import LedgerError, RecordRejected
from daccord.ledger.store import EVERYTHING_ELSE, RefusalCount, ReportCount, Store
from tests.ledger.samples import TODAY, VERSION, new_id, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.consent.record import ConsentRecord


class Place(ABC):
    """A place where a store can be opened, several times at once and one after another."""

    def __init__(self) -> None:
        self._opened: list[Store] = []

    @abstractmethod
    def make(self) -> Store: ...

    def open(self) -> Store:
        store = self.make()
        store.open()
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


class StoreContract:
    @pytest.fixture
    def place(self) -> Iterator[Place]:
        raise NotImplementedError

    @pytest.fixture
    def store(self, place: Place) -> Store:
        return place.open()

    def test_a_new_store_is_empty(self, store: Store) -> None:
        assert list(store.records()) == []
        assert store.find(new_id()) is None
        assert store.refusals() == ()
        assert store.reports() == ()

    def test_an_appended_record_is_seen_by_everybody_at_once(self, place: Place) -> None:
        store, other = place.open(), place.open()
        value = record()
        store.append(value).result()
        for reader in (store, other):
            assert list(reader.records()) == [value]
            assert reader.find(value.id) == value
            assert reader.find(new_id()) is None

    def test_records_are_kept_in_the_order_of_appending_whatever_the_clock_says(
        self, place: Place
    ) -> None:
        store = place.open()
        values = [record(time_ms=10**12 - n) for n in range(2_500)]
        wait([store.append(value) for value in values])
        store.close()
        assert list(place.open().records()) == values

    def test_the_same_record_again_changes_nothing_and_succeeds(self, place: Place) -> None:
        store, other = place.open(), place.open()
        value = record()
        futures = [store.append(value), store.append(value), other.append(value)]
        assert [future.result() for future in futures] == [None, None, None]
        other.append(value).result()
        assert list(store.records()) == [value]

    def test_another_record_under_a_known_id_fails_alone(self, store: Store) -> None:
        first = record(language="fr")
        second = record(id_=first.id, language="en")
        before, after = record(), record()
        futures = [store.append(value) for value in (before, first, second, after)]
        assert [type(future.exception()) for future in futures] == [
            type(None),
            type(None),
            LedgerError,
            type(None),
        ]
        assert str(futures[2].exception()) == "another record has this id"
        assert list(store.records()) == [before, first, after]
        with pytest.raises(LedgerError, match="another record has this id"):
            store.append(second).result()

    def test_what_is_no_record_is_refused_at_once(self, store: Store) -> None:
        with pytest.raises(RecordRejected):
            store.append(record(site="203.0.113.7"))
        assert list(store.records()) == []

    def test_many_threads_lose_nothing(self, store: Store) -> None:
        values = [[record() for _ in range(40)] for _ in range(16)]

        def append_all(mine: list[ConsentRecord]) -> None:
            for value in mine:
                store.append(value).result()

        threads = [threading.Thread(target=append_all, args=(mine,)) for mine in values]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = list(store.records())
        assert len(found) == 16 * 40
        for mine in values:
            assert [value for value in found if value in mine] == mine

    async def test_coroutines_wait_without_threads(self, store: Store) -> None:
        values = [record() for _ in range(300)]
        before = threading.active_count()
        await asyncio.gather(*(store.append_async(value) for value in values))
        assert threading.active_count() <= before + 2  # one writes, one merges
        assert list(store.records()) == values

    async def test_a_coroutine_gets_the_error(self, store: Store) -> None:
        value = record()
        await store.append_async(value)
        with pytest.raises(LedgerError, match="another record has this id"):
            await store.append_async(record(id_=value.id, language="en"))
        with pytest.raises(RecordRejected):
            await store.append_async(record(language="Mozilla/5.0"))

    async def test_who_stops_waiting_takes_nothing_back(self, store: Store) -> None:
        values = [record() for _ in range(50)]
        tasks = [asyncio.create_task(store.append_async(value)) for value in values]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.append_async(record())
        assert list(store.records())[:-1] == values

    def test_a_cancelled_future_takes_nothing_back(self, store: Store) -> None:
        values = [record() for _ in range(50)]
        futures = [store.append(value) for value in values]
        for future in futures:
            future.cancel()
        store.append(record()).result()
        assert list(store.records())[:-1] == values

    def test_who_waits_in_a_loop_that_has_ended_bothers_nobody(self, store: Store) -> None:
        async def leave() -> None:
            task = asyncio.create_task(store.append_async(record()))
            await asyncio.sleep(0)
            task.cancel()

        for _ in range(20):
            asyncio.run(leave())
        value = record()
        store.append(value).result()
        assert list(store.records())[-1] == value

    def test_close_writes_what_is_waiting(self, place: Place) -> None:
        store = place.open()
        values = [record() for _ in range(1_500)]
        futures = [store.append(value) for value in values]
        store.count_refusal(TODAY, VERSION)
        store.count_report("img-src", "ads.example", TODAY)
        store.close()
        assert all(future.done() and future.exception() is None for future in futures)
        again = place.open()
        assert list(again.records()) == values
        assert again.refusals() == (RefusalCount(day=TODAY, declaration_version=VERSION, count=1),)
        assert len(again.reports()) == 1

    def test_a_closed_store_refuses_at_once_and_still_lets_readers_refuse(
        self, store: Store
    ) -> None:
        store.close()
        store.close()
        with pytest.raises(LedgerError, match="the ledger is closed"):
            store.append(record())
        store.count_refusal(TODAY, VERSION)
        store.count_report("img-src", "ads.example", TODAY)
        store.close()

    def test_closing_in_the_middle_of_appending_leaves_nobody_waiting(self, place: Place) -> None:
        store = place.open()
        kept: list[tuple[ConsentRecord, Future[None]]] = []

        def append_until_closed() -> None:
            while True:
                value = record()
                try:
                    kept.append((value, store.append(value)))
                except LedgerError:
                    return

        threads = [threading.Thread(target=append_until_closed) for _ in range(4)]
        for thread in threads:
            thread.start()
        while len(kept) < 200:
            threads[0].join(0.001)
        store.close()
        for thread in threads:
            thread.join()
        acknowledged = {
            value.id for value, future in kept if future.done() and future.exception() is None
        }
        assert len(acknowledged) == len(kept)
        assert {value.id for value in place.open().records()} == acknowledged

    @pytest.mark.law("REC-5")
    def test_refusals_are_counted_by_day_and_declaration(self, place: Place) -> None:
        for _ in range(2):
            store, other = place.open(), place.open()
            for _ in range(30):
                store.count_refusal(TODAY, VERSION)
                other.count_refusal(TODAY + 1, VERSION)
            store.count_refusal(TODAY, "f" * 64)
            store.close()
            other.close()
        store = place.open()
        assert [(c.day, c.declaration_version, c.count) for c in store.refusals()] == [
            (TODAY, VERSION, 60),
            (TODAY, "f" * 64, 2),
            (TODAY + 1, VERSION, 60),
        ]
        assert list(store.records()) == []

    def test_reports_are_counted_by_directive_and_host(self, place: Place) -> None:
        store = place.open()
        for _ in range(3):
            store.count_report("img-src", "ads.example:8443", TODAY)
        store.count_report("script-src", "ads.example:8443", TODAY)
        store.count_report("img-src", "[2001:db8::7]", TODAY)
        store.close()
        assert place.open().reports() == (
            ReportCount(directive="img-src", host="[2001:db8::7]", day=TODAY, count=1),
            ReportCount(directive="img-src", host="ads.example:8443", day=TODAY, count=3),
            ReportCount(directive="script-src", host="ads.example:8443", day=TODAY, count=1),
        )

    @pytest.mark.parametrize(
        ("directive", "host"),
        [
            ("img-src", "https://ads.example/p?reader=7"),
            ("img-src", "ads.example/p"),
            ("img-src", "Mozilla/5.0"),
            ("img-src", "x" * 400),
            ("img src", "ads.example"),
            ("", ""),
            ("\ud800", "\x00"),
        ],
    )
    def test_a_report_of_anything_but_a_host_is_counted_without_its_words(
        self, place: Place, directive: str, host: str
    ) -> None:
        store = place.open()
        store.count_report(directive, host, TODAY)
        store.close()
        assert place.open().reports() == (
            ReportCount(directive=EVERYTHING_ELSE, host=EVERYTHING_ELSE, day=TODAY, count=1),
        )

    def test_a_flood_of_hosts_is_counted_in_bounded_room(self, place: Place) -> None:
        for flood in range(3):
            store = place.open()
            for n in range(1_500):
                store.count_report("img-src", f"h{n}.f{flood}.example", TODAY)
            store.close()
        reports = place.open().reports()
        assert len(reports) == 1_001
        assert sum(report.count for report in reports) == 4_500
        assert reports[0].host == EVERYTHING_ELSE
        assert reports[0].count == 3_500

    def test_reports_of_more_than_a_month_ago_are_dropped(self, place: Place) -> None:
        store = place.open()
        for day in range(TODAY - 40, TODAY + 1):
            store.count_report("img-src", "ads.example", day)
        store.close()
        assert [report.day for report in place.open().reports()] == list(
            range(TODAY - 30, TODAY + 1)
        )

    @pytest.mark.parametrize("day", [-1, 10**9, 2**63, 2**70])
    def test_a_day_that_is_none_is_let_go(self, place: Place, day: int) -> None:
        store = place.open()
        store.count_refusal(day, VERSION)
        store.count_report("img-src", "ads.example", day)
        store.count_refusal(TODAY, "no version")
        store.close()
        again = place.open()
        assert again.refusals() == ()
        assert again.reports() == ()

    @given(st.integers(min_value=0, max_value=2**32))
    @settings(
        max_examples=8,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_whatever_the_order_of_calls_each_record_is_there_once(
        self, place: Place, seed: int
    ) -> None:
        chance = random.Random(seed)  # noqa: S311 - an order of steps, no secret
        stores = [place.open(), place.open()]
        known = list(stores[0].records())
        appended: list[ConsentRecord] = []
        for _ in range(chance.randrange(1, 60)):
            step = chance.randrange(10)
            if step == 0:
                at = chance.randrange(2)
                stores[at].close()
                stores[at] = place.open()
            elif step < 3 and appended:
                chance.choice(stores).append(chance.choice(appended)).result()
            else:
                appended.append(record(time_ms=chance.randrange(10**12)))
                chance.choice(stores).append(appended[-1]).result()
        for store in stores:
            assert list(store.records()) == known + appended
            store.close()
