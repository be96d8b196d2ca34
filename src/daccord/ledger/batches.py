"""Group commit: one thread writes whatever is waiting, all of it at once, then tells everybody.

1. A caller waits for its batch, not for its own fsync. No timer: while one batch is written, the
   next one gathers. An idle store writes a lone record at once.
2. What waits is bounded. A full queue refuses at once; nobody waits for a place.
3. Whatever goes wrong in a write fails that batch and no other; the thread lives on. Should it die
   all the same, everything that waits fails and every later call is refused.
4. An event loop is woken once for a batch: waking it costs a system call, and doing so for each
   record halves what a server can take (bench/ledger.py).

Knows neither SQL nor files: a store hands in how a batch is written.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from daccord.errors import LedgerError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from asyncio import Future as LoopFuture
    from collections.abc import Mapping, Sequence

    from daccord.ledger.acts import Parts

WAITING_MAX: Final = 4_096
"""Limit: at 20,000 records/s a fifth of a second of waiting, and some 4 MB at 1 kB each."""
BATCH_MAX: Final = 512
"""Limit: beyond some 256 a batch gains nothing and keeps its first record waiting."""

_log = logging.getLogger("daccord.ledger")


class Entry(NamedTuple):
    """A record on its way, in the parts that stores keep, and who waits for it."""

    parts: Parts
    done: Future[None] | LoopFuture[None]


class Writer(Protocol):
    """How a store writes. All three are called by the one thread and by no other."""

    def write(self, batch: Sequence[Entry]) -> Mapping[int, str]:
        """Make ``batch`` durable; give the positions of those refused, each with its reason.

        Raises when the batch cannot be said to be durable; all of it has then failed.
        """
        ...

    def flush(self) -> None:
        """Write what `GroupCommit.flush_soon` was called for; called again if it raises."""
        ...

    def release(self) -> None:
        """Let go of files and connections. The last call."""
        ...


class GroupCommit:
    """The queue and its thread. The thread starts with the first call that needs it."""

    def __init__(self, writer: Writer, *, flush_seconds: float) -> None:
        self._writer = writer
        self._flush_seconds = flush_seconds
        self._changed = threading.Condition(threading.Lock())
        self._waiting: list[Entry] = []
        self._flush_at: float | None = None
        self._thread: threading.Thread | None = None
        self._closed: str | None = None
        self._failing = False

    def put(self, entry: Entry) -> None:
        """Let ``entry`` wait for the next batch. Raises `LedgerError` when it cannot."""
        with self._changed:
            if self._closed is not None:
                raise LedgerError(self._closed)
            if len(self._waiting) >= WAITING_MAX:
                raise LedgerError(f"the ledger is behind: {WAITING_MAX} records are waiting")
            self._start()
            self._waiting.append(entry)
            if len(self._waiting) == 1:
                self._changed.notify()

    def flush_soon(self) -> None:
        """Have the writer's ``flush`` called before long. Never raises; nothing once closed."""
        with self._changed:
            if self._closed is not None or self._flush_at is not None:
                return
            try:
                self._start()
            except LedgerError:
                return
            self._flush_at = time.monotonic() + self._flush_seconds
            self._changed.notify()

    def close(self) -> None:
        """Write everything that waits, then end the thread. May be called again."""
        with self._changed:
            if self._closed is None:
                self._closed = "the ledger is closed"
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        if self._thread is not None:
            return
        # A daemon: an application that forgets to close must still be able to end. What it then
        # loses was never acknowledged.
        thread = threading.Thread(target=self._run, name="daccord-ledger", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise LedgerError("the ledger's thread cannot start") from error
        self._thread = thread

    def _run(self) -> None:
        batch: list[Entry] = []
        try:
            end = False
            while not end:
                batch, flush, end = self._next()
                if batch:
                    self._write(batch)
                if flush:
                    self._flush()
        except BaseException:  # noqa: BLE001 - no Exception: those are a batch's own
            _log.exception("the ledger's thread dies: no further consent can be recorded")
        finally:
            self._end(batch)

    def _next(self) -> tuple[list[Entry], bool, bool]:
        """Wait for work: a batch, whether to flush, whether that was the last."""
        with self._changed:
            while True:
                closing = self._closed is not None
                flush = self._flush_at is not None and (
                    closing or self._flush_at <= time.monotonic()
                )
                if self._waiting or flush or closing:
                    batch = self._waiting[:BATCH_MAX]
                    del self._waiting[:BATCH_MAX]
                    if flush:
                        self._flush_at = None
                    return batch, flush, closing and not self._waiting
                self._changed.wait(
                    None if self._flush_at is None else max(0.0, self._flush_at - time.monotonic())
                )

    def _write(self, batch: list[Entry]) -> None:
        try:
            refused = self._writer.write(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the batch's alone
            self._note_failure(error)
            _settle(batch, dict.fromkeys(range(len(batch)), _reason(error)))
            return
        if self._failing:
            self._failing = False
            _log.warning("the ledger writes again")
        _settle(batch, refused)

    def _flush(self) -> None:
        try:
            self._writer.flush()
        except Exception as error:  # noqa: BLE001 - a count is never worth the thread
            self._note_failure(error)
            self.flush_soon()

    def _note_failure(self, error: Exception) -> None:
        """Say it once, not for every batch of a night without a disk."""
        if not self._failing:
            self._failing = True
            _log.error("the ledger cannot write: %s", _reason(error))

    def _end(self, batch: list[Entry]) -> None:
        with self._changed:
            if self._closed is None:
                self._closed = "the ledger's thread has died"
            batch = [*batch, *self._waiting]
            self._waiting.clear()
            reason = self._closed
        _settle(batch, dict.fromkeys(range(len(batch)), reason))
        self._writer.release()


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, LedgerError) else f"{type(error).__name__}: {error}"


def _settle(batch: Sequence[Entry], refused: Mapping[int, str]) -> None:
    """Tell everybody in ``batch``; those already told or no longer waiting are left alone."""
    by_loop: defaultdict[AbstractEventLoop, list[tuple[LoopFuture[None], str | None]]]
    by_loop = defaultdict(list)
    for position, entry in enumerate(batch):
        done, reason = entry.done, refused.get(position)
        if isinstance(done, Future):
            _settle_thread(done, reason)
        else:
            by_loop[done.get_loop()].append((done, reason))
    for loop, waiting in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_loop, waiting)
        except RuntimeError:
            continue  # the loop is closed: nobody is left to be told


def _settle_thread(done: Future[None], reason: str | None) -> None:
    if done.done() or not done.set_running_or_notify_cancel():
        return
    if reason is None:
        done.set_result(None)
    else:
        done.set_exception(LedgerError(reason))


def _settle_loop(waiting: Sequence[tuple[LoopFuture[None], str | None]]) -> None:
    for done, reason in waiting:
        if done.done():
            continue
        if reason is None:
            done.set_result(None)
        else:
            done.set_exception(LedgerError(reason))
