"""What every store has to do: `daccord.ledger.store.Store`, promise by promise.

A store's own test module subclasses `StoreContract` and overrides the fixture ``place``. Its
`Place.make` hands ``signer`` and ``keep_days`` of the place to the store.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from abc import ABC, abstractmethod
from concurrent.futures import Future, wait
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daccord.errors import Conflict, LedgerError, RecordRejected
from daccord.ledger.prove import tiles_of
from daccord.ledger.sequencer import MERGE_MAX
from daccord.ledger.store import EVERYTHING_ELSE, RefusalCount, ReportCount, Store
from daccord.merkle.notes import format_vkey, new_signer
from daccord.merkle.proofs import check_consistency, prove_consistency
from daccord.receipt.receipt import parse_receipt
from daccord.receipt.statements import KeyStatement, VersionStatement, encode_statement
from tests.ledger.log import KEY_STATEMENT, ORIGIN, SIGNER, check_log, check_proved
from tests.ledger.samples import TODAY, VERSION, new_id, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daccord.consent.record import ConsentRecord
    from daccord.declaration.model import Language
    from daccord.ledger.tables import Head
    from daccord.merkle.notes import Signer


class Place(ABC):
    """A place where a store can be opened, several times at once and one after another."""

    def __init__(self) -> None:
        self.signer: Signer | None = SIGNER
        self.keep_days: int | None = None
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
        # differing_executors: one test in two classes, one for each store; an example is its seed
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
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

    # The log

    def test_the_log_of_a_new_store_is_empty(self, store: Store) -> None:
        store.merge()
        assert check_log(store) == []
        assert store.receipt(new_id()) is None

    def test_what_is_durable_comes_into_the_tree_by_itself(self, store: Store) -> None:
        values = [record() for _ in range(5)]
        wait([store.append(value) for value in values])
        with closing(store.tables()) as tables:
            until(lambda: tables.head().size == len(values))
        assert check_log(store) == values

    @pytest.mark.promise("B3")
    @pytest.mark.law("REC-3")
    def test_every_record_is_in_the_tree_once_and_can_be_proved(self, store: Store) -> None:
        count = MERGE_MAX + 300
        values = [record(time_ms=10**12 + n) for n in range(count)]
        for future in [store.append(value) for value in values]:
            future.result()
        store.merge()
        assert check_log(store) == values
        with closing(store.tables()) as tables:
            assert tables.head().size == count
        for value in values[:: count // 20]:
            check_proved(store, value)

    def test_merging_takes_nothing_from_the_answers(self, place: Place) -> None:
        store, other = place.open(), place.open()
        values = [record(), record(), record()]
        for n, value in enumerate(values):
            store.append(value).result()
            if n < 2:
                other.merge()
        assert list(other.records()) == values
        for value in values:
            assert other.find(value.id) == value
            store.append(value).result()
            with pytest.raises(LedgerError, match="another record has this id"):
                other.append(record(id_=value.id, language="en")).result()
        store.merge()
        assert check_log(store) == values

    def test_a_receipt_is_to_be_had_at_once(self, store: Store) -> None:
        value = record(previous=new_id())
        store.append(value).result()
        check_proved(store, value)

    def test_close_leaves_nothing_out_of_the_tree(self, place: Place) -> None:
        store = place.open()
        values = [record() for _ in range(MERGE_MAX + 1)]
        for value in values:
            store.append(value)
        store.close()
        with closing(place.open().tables()) as tables:
            assert tables.head().size == len(values)

    def test_a_closed_store_merges_no_more_and_says_so(self, store: Store) -> None:
        store.append(record()).result()
        store.close()
        with pytest.raises(LedgerError, match="the ledger is closed"):
            store.merge()
        store.publish(KEY_STATEMENT, {})
        store.close()

    @pytest.mark.law("CNIL-21")
    def test_a_statement_is_in_the_log_once_with_its_texts(self, place: Place) -> None:
        texts = {sha256(text).digest(): text for text in (b"a declaration", b"Bonjour", b"code")}
        version = encode_statement(
            VersionStatement(
                declaration_version=sha256(b"a declaration").hexdigest(),
                code_hash=sha256(b"code").hexdigest(),
                notices=((_language("fr"), sha256(b"Bonjour").hexdigest()),),
            )
        )
        store = place.open()
        store.publish(KEY_STATEMENT, {})
        store.merge()
        store.publish(version, texts)
        store.publish(KEY_STATEMENT, {})
        store.close()
        store = place.open()
        store.publish(version, texts)
        value = record()
        store.append(value).result()
        store.merge()
        assert check_log(store) == [KEY_STATEMENT, version, value]
        with closing(store.tables()) as tables:
            assert list(tables.statements()) == [(0, KEY_STATEMENT), (1, version)]
            assert {digest: tables.text(digest) for digest in texts} == texts
            assert tables.text(bytes(32)) is None

    def test_what_is_no_statement_is_left_out_and_said(
        self, store: Store, caplog: pytest.LogCaptureFixture
    ) -> None:
        for wrong in ("", "{}", "x" * 32, KEY_STATEMENT + " ", "\ud800"):
            store.publish(wrong, {})
        store.merge()
        assert check_log(store) == []
        assert (
            caplog.messages
            == ["what was to be published is no statement of a log, and is left out"] * 5
        )

    @pytest.mark.promise("B3")
    @pytest.mark.law("REC-4")
    def test_who_is_forgotten_is_gone_and_everybody_else_is_proved_still(
        self, place: Place
    ) -> None:
        store, other = place.open(), place.open()
        values = [record() for _ in range(40)]
        for value in values:
            store.append(value).result()
        store.merge()
        gone, waits = values[3:30:9], record()
        store.append(waits).result()
        receipts = {value.id: store.receipt(value.id) for value in values}
        count = other.forget([value.id for value in (*gone, waits, gone[0])])
        assert count == len(gone) + 1
        for value in (*gone, waits):
            assert store.find(value.id) is None
            assert store.receipt(value.id) is None
        left = [value for value in values if value not in gone]
        assert list(store.records()) == left
        assert [each for each in check_log(store) if each is not None] == left
        for value in left:
            receipt = receipts[value.id]
            assert receipt is not None
            assert parse_receipt(receipt).record == value
            check_proved(store, value)
        assert store.forget([gone[0].id, new_id()]) == 0
        assert store.forget([]) == 0
        store.append(gone[0]).result()  # nobody knows it any more
        assert store.find(gone[0].id) == gone[0]
        store.close()

    def test_a_log_without_a_key_grows_and_gives_receipts_once_there_is_one(
        self, place: Place
    ) -> None:
        place.signer = None
        store = place.open()
        value = record()
        store.append(value).result()
        assert store.receipt(value.id) is None
        with closing(store.tables()) as tables:
            assert tables.head().size == 1
            assert tables.head().checkpoint is None
        store.close()
        place.signer = SIGNER
        store = place.open()
        store.merge()
        check_proved(store, value)

    def test_a_new_key_of_the_same_log_goes_on(self, place: Place) -> None:
        store = place.open()
        store.publish(KEY_STATEMENT, {})
        store.merge()
        first = record()
        store.append(first).result()
        old = store.receipt(first.id)
        new = new_signer(ORIGIN, bytes(range(32)))
        statement = encode_statement(KeyStatement(vkey=format_vkey(new.verifier)))
        store.publish(statement, {})
        store.merge()
        store.close()
        place.signer = new
        store = place.open()
        second = record()
        store.append(second).result()
        store.merge()
        assert check_log(store, place.signer) == [KEY_STATEMENT, first, statement, second]
        check_proved(store, first, place.signer)
        assert old is not None
        check_proved(store, first, SIGNER, receipt=old)

    def test_the_key_of_another_log_signs_nothing(
        self, place: Place, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = place.open()
        store.append(record()).result()
        store.close()
        place.signer = new_signer("other", bytes(32))
        store = place.open()
        value = record()
        store.append(value).result()
        for _ in range(2):
            with pytest.raises(Conflict, match="the key is that of the log 'other'"):
                store.merge()
        assert store.find(value.id) == value
        with closing(store.tables()) as tables:
            assert tables.head().size == 1
        assert [line.levelname for line in caplog.records].count("CRITICAL") == 1

    @pytest.mark.law("REC-4")
    def test_what_is_older_than_it_is_kept_is_forgotten(self, place: Place) -> None:
        now_ms = time.time_ns() // 1_000_000
        day_ms = 86_400_000
        old = [record(time_ms=now_ms - 31 * day_ms - n) for n in range(1_200)]
        new = [record(time_ms=now_ms - 29 * day_ms), record(time_ms=now_ms + day_ms)]
        store = place.open()
        for future in [store.append(value) for value in (old[0], new[0], *old[1:], new[1])]:
            future.result()
        store.close()
        place.keep_days = 30
        store = place.open()
        until(lambda: len(list(store.records())) == 2)
        assert [each for each in check_log(store) if each is not None] == new
        for value in new:
            check_proved(store, value)

    def test_many_that_merge_at_once_make_one_log(self, place: Place) -> None:
        stores = [place.open() for _ in range(3)]
        values = [[record() for _ in range(60)] for _ in stores]
        errors: list[LedgerError] = []

        def work(store: Store, mine: list[ConsentRecord]) -> None:
            try:
                for value in mine:
                    store.append(value).result()
                    store.merge()
            except LedgerError as error:
                errors.append(error)

        threads = [
            threading.Thread(target=work, args=pair) for pair in zip(stores, values, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        found = check_log(stores[0])
        assert len(found) == 180
        for mine in values:
            assert [value for value in found if value in mine] == mine

    @given(st.integers(min_value=0, max_value=2**32))
    @settings(
        max_examples=6,
        deadline=None,
        # differing_executors: one test in two classes, one for each store; an example is its seed
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    def test_whatever_the_order_of_calls_the_log_only_grows(self, place: Place, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - an order of steps, no secret
        stores = [place.open(), place.open()]
        heads = [head_of(stores[0])]
        here: list[ConsentRecord] = []
        for _ in range(chance.randrange(1, 40)):
            step = chance.randrange(10)
            if step == 0:
                at = chance.randrange(2)
                stores[at].close()
                stores[at] = place.open()
            elif step < 3:
                chance.choice(stores).merge()
                heads.append(head_of(stores[0]))
            elif step == 3 and here:
                gone = chance.sample(here, chance.randrange(1, len(here) + 1))
                here = [value for value in here if value not in gone]
                assert chance.choice(stores).forget([v.id for v in gone]) == len(gone)
            else:
                more = [record() for _ in range(chance.choice([1, 1, 7, 300]))]
                wait([chance.choice(stores).append(value) for value in more])
                here += more
        stores[0].merge()
        found = [value for value in check_log(stores[0]) if value is not None]
        assert {value.id for value in here} <= {
            value.id for value in found if not isinstance(value, str)
        }
        with closing(stores[1].tables()) as tables:
            new = tables.head()
            for old in heads:
                proof = prove_consistency(old.size, new.size, tiles_of(tables))
                check_consistency(old.size, old.root, new.size, new.root, proof)
        for store in stores:
            store.close()

    def test_tables_tell_what_there_is_and_what_not(self, store: Store) -> None:
        values = [record() for _ in range(300)]
        for future in [store.append(value) for value in values]:
            future.result()
        with closing(store.tables()) as tables:
            assert tables.leaf_of(values[7].id) is None or tables.head().size > 0
            store.merge()
            assert [len(tables.tile(0, n) or b"") for n in (0, 1, 2)] == [256 * 32, 44 * 32, 0]
            assert len(tables.tile(1, 0) or b"") == 32
            assert (tables.tile(0, 2), tables.tile(2, 0), tables.bundle(2)) == (None, None, None)
            found = tables.leaf_of(values[7].id)
            assert found is not None
            assert found[0] == 7
            assert tables.leaf_of(new_id()) is None
            assert [leaf for leaf, _ in tables.rows(290, 400)] == list(range(290, 300))
            assert [row.id for _, row in tables.rows(0, 2)] == [v.id for v in values[:2]]
            assert tables.older_than(values[0].time_ms, 10) == []
            assert tables.older_than(values[0].time_ms + 1, 10) == [v.id for v in values[:10]]
            waiting = tables.waiting(10)
            assert (waiting.head, list(waiting.arrived)) == (tables.head(), [])
            tables.close()

    def test_tables_tell_what_follows_a_record_in_the_tree_or_waiting(self, store: Store) -> None:
        first, other = record(), record()
        second, third = record(previous=first.id), record(previous=first.id)
        with closing(store.tables()) as tables:
            for value in (first, other, second):
                store.append(value).result()
            store.merge()
            store.append(third).result()
            assert sorted(tables.following(first.id)) == sorted([second.id, third.id])
            assert tables.following(other.id) == tables.following(new_id()) == []
        store.forget([second.id])
        with closing(store.tables()) as tables:
            assert tables.following(first.id) == [third.id]

    def test_checkpoints_and_time_stamps_are_kept(self, store: Store) -> None:
        with closing(store.tables()) as tables:
            tables.keep_checkpoint(7, "seven")
            tables.keep_checkpoint(5, "five")
            tables.keep_checkpoint(7, "seven, cosigned")
            tables.keep_timestamp(7, b"one")
            tables.keep_timestamp(5, b"two")
        with closing(store.tables()) as tables:
            assert list(tables.checkpoints()) == [(5, "five"), (7, "seven, cosigned")]
            assert list(tables.timestamps()) == [(5, b"two"), (7, b"one")]


def head_of(store: Store) -> Head:
    with closing(store.tables()) as tables:
        return tables.head()


def until(is_so: Callable[[], bool]) -> None:
    """Look again and again; a minute is no speed, it is the end of hope."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _language(tag: str) -> Language:
    return cast("Language", tag)
