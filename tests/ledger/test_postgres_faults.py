"""Bad days of a cluster: nothing acknowledged is lost, nothing is there twice, no fork.

Each ends with a store that works again, and with a verification of everything from outside.
`DACCORD_KILLS` is how often a node is killed; a few times unless told otherwise.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from concurrent.futures import Future
from contextlib import closing, suppress
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg
import pytest

from daccord.declaration.model import Language
from daccord.errors import Conflict, LedgerError
from daccord.ledger.acts import parts_of
from daccord.ledger.batches import Entry
from daccord.ledger.counts import Counts
from daccord.ledger.high_water import HighWater
from daccord.ledger.postgres import PostgresStore
from daccord.ledger.postgres_connection import MERGING, Server
from daccord.ledger.postgres_log import PostgresLog
from daccord.ledger.postgres_writer import PostgresWriter
from daccord.ledger.sequencer import merge_once
from daccord.receipt.statements import VersionStatement, encode_statement
from tests.ledger.log import SIGNER
from tests.ledger.nodes import read_text, start_node
from tests.ledger.postgres_check import check_log
from tests.ledger.proxy import Cut, Proxy
from tests.ledger.samples import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daccord.consent.record import ConsentRecord
    from daccord.ledger.tables import Merge
    from tests.ledger.postgres import Database

pytest_plugins = ["tests.ledger.postgres"]

KILLS = int(os.environ.get("DACCORD_KILLS", "8"))


@pytest.fixture
def proxy(database: Database) -> Iterator[Proxy]:
    with closing(Proxy(database.server.socket)) as proxy:
        yield proxy


@pytest.fixture
def store(database: Database) -> Iterator[PostgresStore]:
    """A node beside the one that has the bad day."""
    store = PostgresStore(database.dsn, signer=SIGNER)
    store.open()
    yield store
    store.close()


def far(database: Database, proxy: Proxy) -> str:
    return database.server.through(proxy.port, database.name)


def appended(store: PostgresStore, count: int = 3) -> list[ConsentRecord]:
    values = [record() for _ in range(count)]
    for future in [store.append(value) for value in values]:
        future.result()
    return values


def merge_until(end: threading.Event, database: Database, merges: list[str] | None = None) -> None:
    """Merge without asking to be elected; note who won and lost the race to the head."""
    noted: list[str] = [] if merges is None else merges

    class Noted(PostgresLog):
        def commit(self, merge: Merge) -> None:
            try:
                super().commit(merge)
            except Conflict:
                noted.append("lost")
                raise
            noted.append("won")

    with closing(Noted(Server(database.dsn), MERGING)) as tables:
        seen = HighWater(None)
        while not end.is_set():
            with suppress(LedgerError):
                merge_once(tables, SIGNER, seen)


class Appender:
    """A node that appends and never merges."""

    def __init__(self, server: Server) -> None:
        self.writer = PostgresWriter(server, Counts(), may_create=True)
        self.close = self.writer.release

    def append(self, count: int) -> list[str]:
        """Append so many records; give their ids."""
        values = [record() for _ in range(count)]
        done: Future[None] = Future()
        batch = [Entry(parts_of(value), done) for value in values]
        assert self.writer.write(batch) == {}
        return [value.id for value in values]


def insistent(store: PostgresStore, value: ConsentRecord) -> int:
    """Append until it succeeds, as a reader who tries again; give how often it did not."""
    for failures in range(10_000):
        with suppress(LedgerError):
            store.append(value).result()
            return failures
        time.sleep(0.002)  # as long as it takes to press a button again, at the least
    raise AssertionError("the store does not recover")


# The connection goes


@pytest.mark.parametrize("how", Cut)
def test_an_append_cut_off_at_any_statement_is_there_once(
    database: Database, proxy: Proxy, how: Cut
) -> None:
    """Every statement of a first append and of a later one, the commit among them."""
    wanted: list[str] = []
    failures = 0
    for begin in (0, 1):  # a new session, and one that was open
        piece = 0
        proxy.was_cut = True
        while proxy.was_cut:
            piece += 1
            with closing(PostgresStore(far(database, proxy), signer=SIGNER)) as node:
                if begin:
                    wanted += [value.id for value in appended(node, 1)]
                value = record(language=f"de-{piece:02}")  # another act, to be learned
                proxy.cut(piece, how)
                failed = insistent(node, value)
                assert begin + failed < 2  # who was open tries again by itself
                failures += failed
                wanted.append(value.id)
                proxy.spare()
        assert piece > 2
    assert failures > 0
    assert sorted(check_log(database.dsn)) == sorted(wanted)


@pytest.mark.parametrize("how", Cut)
def test_a_merge_cut_off_at_any_statement_is_whole_or_not_at_all(
    database: Database, proxy: Proxy, how: Cut
) -> None:
    """Every write of the sequencer fails, before and after it persisted, the commit included."""
    here, there = Server(database.dsn), Server(far(database, proxy))
    wanted: list[str] = []
    sizes = set()
    piece, proxy.was_cut = 0, True
    with closing(Appender(here)) as near, closing(PostgresLog(here, MERGING)) as other:
        while proxy.was_cut:
            piece += 1
            wanted += near.append(2)
            seen = HighWater(None)
            with closing(PostgresLog(there, MERGING)) as node:
                node.publish(*version(piece))
                proxy.cut(piece, how)
                with suppress(LedgerError):
                    merge_once(node, SIGNER, seen)
                proxy.spare()
                sizes.add(node.head().size - 3 * (piece - 1))
            assert check_log(database.dsn) == wanted
            merge_once(other, SIGNER, seen)  # what was read or signed is consistent with this
            assert other.head().size == 3 * piece
    assert piece > 12
    assert sizes == {0, 3}
    assert check_log(database.dsn) == wanted


def test_a_server_that_hangs_fails_grants_before_a_reader_gives_up(
    database: Database, proxy: Proxy
) -> None:
    with closing(PostgresStore(far(database, proxy), signer=SIGNER)) as node:
        kept = appended(node, 1)
        proxy.silence()
        for expected in ("the server did not answer in time", "the server did not answer in time"):
            began = time.monotonic()
            error = node.append(record()).exception()
            assert str(error) == f"127.0.0.1:{proxy.port}/{database.name}: {expected}"
            assert time.monotonic() - began < 5
        proxy.speak()
        kept += appended(node, 1)
    assert check_log(database.dsn) == [value.id for value in kept]


def test_a_lock_that_is_held_for_long_fails_grants_before_a_reader_gives_up(
    database: Database, store: PostgresStore
) -> None:
    appended(store, 1)
    with psycopg.connect(database.dsn) as other:
        other.execute("LOCK TABLE incoming IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        error = store.append(record()).exception()
        assert "(LockNotAvailable, SQLSTATE 55P03)" in str(error)
        assert time.monotonic() - began < 5
    appended(store, 1)


# The server goes


def test_a_server_that_crashes_under_load_loses_nothing_it_confirmed(
    database: Database, store: PostgresStore
) -> None:
    acknowledged: list[str] = []
    failures: list[int] = []
    end = threading.Event()

    def append() -> None:
        while not end.is_set():
            value = record()
            failures.append(insistent(store, value))
            acknowledged.append(value.id)

    threads = [threading.Thread(target=append) for _ in range(4)]
    threads.append(threading.Thread(target=merge_until, args=(end, database)))
    for thread in threads:
        thread.start()
    for _ in range(3):
        seen = len(acknowledged)
        while len(acknowledged) < seen + 200:
            time.sleep(0.001)
        database.server.crash_and_restart()
    end.set()
    for thread in threads:
        thread.join()
    assert any(failures)
    store.merge()
    assert sorted(check_log(database.dsn)) == sorted(acknowledged)


# A node goes


def test_nodes_killed_at_any_moment_lose_nothing_they_acknowledged(database: Database) -> None:
    """Each appends from several threads and merges without end, elected or not."""
    with closing(PostgresStore(database.dsn, signer=SIGNER)) as store:
        store.open()
        chance = random.Random()  # noqa: S311 - moments, no secret
        acknowledged: list[str] = []
        nodes = [start_node(database.dsn, 4, 1), start_node(database.dsn, 1, 2)]
        for _ in range(KILLS):
            at = chance.randrange(2)
            read = read_text(nodes[at], lines=chance.randrange(2, 120))
            nodes[at].kill()
            acknowledged += lines_of(read + read_text(nodes[at], lines=None))
            nodes[at].communicate()
            nodes[at] = start_node(database.dsn, *chance.choice([(4, 1), (1, 1), (8, 2)]))
            # The others go on meanwhile: what is verified is a log that is being written.
            assert set(acknowledged) <= set(check_log(database.dsn))
        for each in nodes:
            each.kill()
            acknowledged += lines_of(read_text(each, lines=None))
            each.communicate()
        store.merge()
        found = check_log(database.dsn)
        assert set(acknowledged) <= set(found)
        assert len(acknowledged) > KILLS
        assert database.execute("SELECT count(*) FROM incoming") == [(0,)]
        assert {value.id for value in store.records()} == set(found)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_another_node_merges_when_the_sequencer_is_gone(
    database: Database, how: signal.Signals, record_property: Callable[[str, object], None]
) -> None:
    """Stopped: the process holds its lock, and its kernel goes on answering for it."""
    elected = start_node(database.dsn, 0, 0)
    try:
        read_text(elected, lines=1)
        until_elected(database)
        with closing(PostgresStore(database.dsn, signer=SIGNER)) as store:
            store.open()
            [value] = appended(store, 1)
            until_merged(database, value)
            os.kill(elected.pid, how)
            [value] = appended(store, 1)
            seconds = until_merged(database, value)
        record_property("failover_seconds", round(seconds, 2))
        print(f"fail-over after {how.name}: {seconds:.2f} s")  # noqa: T201 - reported, with -s
        assert seconds < 10
    finally:
        elected.kill()
        elected.communicate()
    assert len(check_log(database.dsn)) == 2


def test_a_sequencer_that_is_cut_off_is_replaced(
    database: Database, proxy: Proxy, record_property: Callable[[str, object], None]
) -> None:
    """Nothing says that it is gone: its words are swallowed, and its connection stays open."""
    with closing(PostgresStore(database.dsn, signer=SIGNER)) as store:
        store.open()
        with closing(
            PostgresLog(Server(far(database, proxy)), MERGING._replace(idle=1.0))
        ) as elected:
            while not elected.elect():  # the store may have been faster
                database.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                )
            proxy.silence()
            [value] = appended(store, 1)
            seconds = until_merged(database, value)
    record_property("failover_seconds", round(seconds, 2))
    print(f"fail-over after a cable was cut: {seconds:.2f} s")  # noqa: T201 - reported, with -s
    assert seconds < 10
    assert check_log(database.dsn) == [value.id]


# Two sequencers


def test_two_that_both_believe_to_be_elected_make_one_log(
    database: Database, store: PostgresStore
) -> None:
    """Four, without asking to be elected, while four threads append."""
    end = threading.Event()
    merges: list[str] = []
    values: list[list[ConsentRecord]] = [[] for _ in range(4)]

    def append(mine: list[ConsentRecord]) -> None:
        for _ in range(150):
            mine.append(record())
            store.append(mine[-1]).result()
            if len(mine) % 3 == 0:
                store.append(mine[-1]).result()  # again, in the middle of its merge or not

    mergers = [threading.Thread(target=merge_until, args=(end, database, merges)) for _ in range(4)]
    appenders = [threading.Thread(target=append, args=(mine,)) for mine in values]
    for thread in (*mergers, *appenders):
        thread.start()
    for thread in appenders:
        thread.join()
    end.set()
    for thread in mergers:
        thread.join()
    store.merge()
    assert merges.count("lost") > 0
    assert merges.count("won") > 1
    found = check_log(database.dsn)
    assert sorted(found) == sorted(value.id for mine in values for value in mine)
    for mine in values:  # each caller's in its order
        ids = {value.id for value in mine}
        assert [id_ for id_ in found if id_ in ids] == [value.id for value in mine]
    assert database.execute("SELECT count(*) FROM incoming") == [(0,)]


def lines_of(text: str) -> list[str]:
    # The last line may be half of one; then it was not acknowledged.
    return [line for line in text.split("\n")[:-1] if line != "ready"]


def until_elected(database: Database) -> None:
    while not database.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"):
        time.sleep(0.01)


def until_merged(database: Database, value: ConsentRecord) -> float:
    """Wait until ``value`` is in the tree; give how many seconds that took."""
    began = time.monotonic()
    while not database.execute(f"SELECT 1 FROM record WHERE id = '{value.id}'"):  # noqa: S608
        assert time.monotonic() - began < 60
        time.sleep(0.01)
    return time.monotonic() - began


def version(number: int) -> tuple[str, dict[bytes, bytes]]:
    """A statement of its own, and the one text that is all of its texts."""
    text = f"text {number}".encode()
    digest = sha256(text)
    statement = VersionStatement(
        declaration_version=digest.hexdigest(),
        code_hash=digest.hexdigest(),
        notices=((Language("fr"), digest.hexdigest()),),
    )
    return encode_statement(statement), {digest.digest(): text}
