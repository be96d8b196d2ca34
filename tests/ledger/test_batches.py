"""The queue and its thread: bounded, and nobody is left waiting whatever happens to them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from daccord.consent.choice import RecordId
from daccord.errors import LedgerError
from daccord.ledger.acts import Parts
from daccord.ledger.batches import BATCH_MAX, WAITING_MAX, Entry, GroupCommit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Script:
    """A writer that does as told, and keeps what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.flushes = 0
        self.faults: list[BaseException] = []
        self.flush_faults: list[BaseException] = []
        self.released = threading.Event()
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def write(self, batch: Sequence[Entry]) -> Mapping[int, str]:
        self.entered.set()
        self.gate.wait()
        if self.faults:
            raise self.faults.pop(0)
        self.batches.append([entry.parts.id for entry in batch])
        return {n: "refused" for n, entry in enumerate(batch) if entry.parts.act == "refuse me"}

    def flush(self) -> None:
        self.flushes += 1
        if self.flush_faults:
            raise self.flush_faults.pop(0)

    def release(self) -> None:
        self.released.set()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def commits(script: Script) -> Iterator[GroupCommit]:
    commits = GroupCommit(script, flush_seconds=0.001)
    yield commits
    script.gate.set()
    commits.close()


def parts(name: str, act: str = "") -> Parts:
    return Parts(act, RecordId(name), 0, None)


def put(commits: GroupCommit, name: str, act: str = "") -> Future[None]:
    done: Future[None] = Future()
    commits.put(Entry(parts(name, act), done))
    return done


def hold(script: Script, commits: GroupCommit) -> Future[None]:
    """Let the thread stand in the middle of writing a first record."""
    script.gate.clear()
    first = put(commits, "first")
    script.entered.wait()
    return first


def test_what_gathers_during_a_write_is_the_next_batch(
    script: Script, commits: GroupCommit
) -> None:
    first = hold(script, commits)
    futures = [put(commits, str(n)) for n in range(100)]
    assert not first.done()
    script.gate.set()
    for future in [first, *futures]:
        future.result()
    assert script.batches == [["first"], [str(n) for n in range(100)]]


def test_a_full_queue_refuses_at_once_and_loses_nobody(
    script: Script, commits: GroupCommit
) -> None:
    hold(script, commits)
    futures = [put(commits, str(n)) for n in range(WAITING_MAX)]
    with pytest.raises(LedgerError, match=f"the ledger is behind: {WAITING_MAX} records"):
        put(commits, "one too many")
    script.gate.set()
    for future in futures:
        future.result()
    assert max(map(len, script.batches)) == BATCH_MAX
    put(commits, "there is room again").result()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (LedgerError("ledger.sqlite: database or disk is full"), "database or disk is full"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (MemoryError(), "MemoryError"),
        (ValueError("a bug"), "a bug"),
    ],
)
def test_a_fault_is_that_of_one_batch(
    script: Script, commits: GroupCommit, fault: Exception, message: str
) -> None:
    first = hold(script, commits)
    futures = [put(commits, str(n)) for n in range(3)]
    script.faults.append(fault)
    script.gate.set()
    with pytest.raises(LedgerError, match=message):
        first.result()
    assert [future.result() for future in futures] == [None, None, None]


def test_a_fault_and_its_end_are_said_once(
    script: Script, commits: GroupCommit, caplog: pytest.LogCaptureFixture
) -> None:
    script.faults += [LedgerError("disk full"), LedgerError("disk full"), LedgerError("disk full")]
    for n in range(3):
        assert isinstance(put(commits, str(n)).exception(), LedgerError)
    put(commits, "4").result()
    put(commits, "5").result()
    assert caplog.messages == ["the ledger cannot write: disk full", "the ledger writes again"]


def test_one_refused_record_is_refused_alone(script: Script, commits: GroupCommit) -> None:
    hold(script, commits)
    futures = [put(commits, "1"), put(commits, "2", "refuse me"), put(commits, "3")]
    script.gate.set()
    assert [str(future.exception()) for future in futures] == ["None", "refused", "None"]


def test_each_waiter_gets_an_error_of_its_own(script: Script, commits: GroupCommit) -> None:
    """A shared exception would gather the tracebacks of everybody who raises it."""
    hold(script, commits)
    futures = [put(commits, str(n), "refuse me") for n in range(10)]
    script.gate.set()
    assert len({id(future.exception()) for future in futures}) == 10


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_thread_dies_nobody_waits_for_it(script: Script, commits: GroupCommit) -> None:
    first = hold(script, commits)
    futures = [put(commits, str(n)) for n in range(10)]
    script.faults.append(SystemExit())
    script.gate.set()
    for future in [first, *futures]:
        assert str(future.exception()) == "the ledger's thread has died"
    script.released.wait()
    with pytest.raises(LedgerError, match="the ledger's thread has died"):
        put(commits, "later")
    commits.flush_soon()
    commits.close()


async def test_when_the_thread_dies_no_coroutine_waits_for_it(
    script: Script, commits: GroupCommit
) -> None:
    script.gate.clear()
    waiting = [asyncio.get_running_loop().create_future() for _ in range(10)]
    for n, done in enumerate(waiting):
        commits.put(Entry(parts(str(n)), done))
    script.faults.append(SystemExit())
    script.gate.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(result) for result in results] == ["the ledger's thread has died"] * 10


def test_a_thread_that_cannot_start_is_an_error_at_once(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = GroupCommit(script, flush_seconds=1)

    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(LedgerError, match="the ledger's thread cannot start"):
            put(commits, "1")
        commits.flush_soon()
    put(commits, "2").result()
    commits.close()
    assert script.batches == [["2"]]


def test_a_flush_comes_by_itself_and_again_after_a_fault(
    script: Script, commits: GroupCommit
) -> None:
    script.flush_faults += [LedgerError("disk full"), LedgerError("disk full")]
    commits.flush_soon()
    while script.flushes < 3:
        put(commits, "x").result()
    put(commits, "y").result()
    assert not script.flush_faults


def test_closing_flushes_without_waiting_for_its_time(script: Script) -> None:
    commits = GroupCommit(script, flush_seconds=3600)
    commits.flush_soon()
    commits.close()
    assert script.flushes == 1
    assert script.released.is_set()


def test_closing_with_a_flush_that_fails_ends_all_the_same(script: Script) -> None:
    script.flush_faults.append(LedgerError("disk full"))
    commits = GroupCommit(script, flush_seconds=3600)
    commits.flush_soon()
    commits.close()
    assert script.flushes == 1


def test_a_loop_is_woken_once_for_a_batch(script: Script, commits: GroupCommit) -> None:
    wakes: list[int] = []

    class Loop(asyncio.SelectorEventLoop):
        def call_soon_threadsafe(  # type: ignore[override] # only to look on
            self, callback: Any, *args: Any, context: Any = None
        ) -> asyncio.Handle:
            wakes.append(len(args[0]) if args else 0)
            return super().call_soon_threadsafe(callback, *args, context=context)

    async def wait_for_all() -> None:
        loop = asyncio.get_running_loop()
        waiting: list[asyncio.Future[None]] = [loop.create_future() for _ in range(100)]
        for n, done in enumerate(waiting):
            commits.put(Entry(parts(str(n)), done))
        script.gate.set()
        await asyncio.gather(*waiting)

    hold(script, commits)
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(wait_for_all())
    assert 100 in wakes
    assert len([wake for wake in wakes if wake]) == 1
