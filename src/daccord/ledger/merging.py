"""The thread that merges: a second after something came, at once when asked, and at the end.

1. It has no part in making a record durable. Whatever happens to it, appends go on, and what it
   could not merge waits.
2. It survives every fault, says it once, and tries again a second later for as long as something
   may be waiting. A fork or a rollback (`Conflict`) is said as what it is.
3. Who asks for a merge gets one that began after the call, and its error.
4. It writes the public statements, each once the store took it, and has old records forgotten
   once a day.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from daccord.errors import Conflict, LedgerError, RecordRejected
from daccord.ledger.retention import daily_limit, forget_older
from daccord.ledger.sequencer import check_signer, merge_once
from daccord.ledger.tables import LogTables
from daccord.receipt.commitment import COMMITMENT_BYTES
from daccord.receipt.statements import decode_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from daccord.consent.choice import RecordId
    from daccord.ledger.high_water import HighWater
    from daccord.merkle.notes import Signer

MERGE_SECONDS: Final = 1.0
"""How long an entry may wait for others to be merged with it."""
RETRY_SECONDS: Final = 1.0
DAY_SECONDS: Final = 86_400.0

_log = logging.getLogger("daccord.ledger")


class MergeTables(LogTables, Protocol):
    """What the merger asks of a store, next to what everybody may ask."""

    def publish(self, statement: str, texts: Mapping[bytes, bytes]) -> None:
        """Write a statement, unless it is there, and the texts that are not. Durable on return."""
        ...

    def rest(self) -> None:
        """Tidy up, and let go of what need not be held: nothing is to be done for a while.

        Every method works afterwards. Raises `LedgerError`.
        """
        ...


class Merger:
    """The thread. It starts with the first call that needs it, and ends with `close`.

    ``polls``: other nodes append to the same log, so look every second. ``keep_days``: forget
    records when they are older. Every method may be called from any thread.
    """

    def __init__(  # noqa: PLR0913 - what a store hands in, once
        self,
        open_tables: Callable[[], MergeTables],
        *,
        signer: Signer | None,
        high_water: HighWater,
        forget: Callable[[Sequence[RecordId]], int],
        keep_days: int | None = None,
        polls: bool = False,
    ) -> None:
        self._open_tables = open_tables
        self._signer = signer
        self._high_water = high_water
        self._forget = forget
        self._keep_days = keep_days
        self._polls = polls
        self._changed = threading.Condition(threading.Lock())
        self._statements: dict[str, dict[bytes, bytes]] = {}
        self._due: float | None = None
        self._due_old: float | None = None
        self._asked: list[_Asked] = []
        self._closing = False
        self._thread: threading.Thread | None = None
        self._tables: MergeTables | None = None
        self._fault: str | None = None

    def begin(self) -> None:
        """Start the thread for a store that was opened: there is retention, or there are others.

        Raises `LedgerError` when no thread can be had.
        """
        with self._changed:
            if self._closing or (self._keep_days is None and not self._polls):
                return
            self._start()

    def soon(self) -> None:
        """Say that something waits. Never raises; nothing once closed."""
        if self._due is not None:
            return  # without the lock: whoever clears it reads the store afterwards
        with self._changed:
            if self._closing or self._due is not None:
                return
            self._due = time.monotonic() + MERGE_SECONDS
            try:
                self._start()
            except LedgerError:
                self._due = None
                return
            self._changed.notify()

    def publish(self, statement: str, texts: Mapping[bytes, bytes]) -> None:
        """Have a statement written before the next merge. Never raises."""
        try:
            entry = statement.encode()
            decode_entry(entry)
        except (RecordRejected, UnicodeEncodeError):
            entry = b""
        if len(entry) <= COMMITMENT_BYTES:
            _log.error("what was to be published is no statement of a log, and is left out")
            return
        with self._changed:
            self._statements.setdefault(statement, {}).update(texts)
            self._due = 0.0  # at once: a version should stand before what readers say to it
            if not self._closing:
                with suppress(LedgerError):
                    self._start()
            self._changed.notify()

    def now(self) -> None:
        """Merge everything that is durable when this is called. Waits.

        Raises `LedgerError`, `Conflict` and `Damaged` among them.
        """
        if threading.current_thread() is self._thread:
            raise LedgerError("the merging thread would wait for itself")
        asked = _Asked()
        with self._changed:
            if self._closing:
                raise LedgerError("the ledger is closed")
            self._start()
            self._asked.append(asked)
            self._changed.notify()
        asked.wait()

    def close(self) -> None:
        """Merge what is left, then end the thread. May be called again. Waits."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        if self._thread is not None:
            return
        # A daemon: what it has not merged when a process ends waits for the next one.
        thread = threading.Thread(target=self._run, name="daccord-merge", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise LedgerError("the ledger's merging thread cannot start") from error
        self._thread = thread
        if self._keep_days is not None:
            self._due_old = time.monotonic()
            self._changed.notify()

    def _run(self) -> None:
        asked: list[_Asked] = []
        try:
            end = False
            while not end:
                asked, merges, forgets, end = self._next()
                error = self._work(merges=merges, forgets=forgets, always=bool(asked) or end)
                for each in asked:
                    each.settle(error)
        except BaseException:  # noqa: BLE001 - no Exception: those are a pass's own
            _log.exception("the merging thread dies: nothing further comes into the tree")
        finally:
            self._end(asked)

    def _next(self) -> tuple[list[_Asked], bool, bool, bool]:
        """Wait for work: who asked, whether to merge, whether to forget, whether to end."""
        with self._changed:
            while True:
                now = time.monotonic()
                forgets = self._due_old is not None and self._due_old <= now
                left = bool(self._statements) or self._due is not None
                merges = bool(self._asked) or (self._due is not None and self._due <= now)
                if merges or forgets or self._closing:
                    asked, self._asked = self._asked, []
                    merges = merges or (self._closing and left)
                    if merges:
                        self._due = None
                    if forgets:
                        self._due_old = now + DAY_SECONDS
                    return asked, merges, forgets and not self._closing, self._closing
                if self._polls and self._due is None:
                    self._due = now + MERGE_SECONDS
                dues = [due for due in (self._due, self._due_old) if due is not None]
                self._changed.wait(max(0.0, min(dues) - now) if dues else None)

    def _work(self, *, merges: bool, forgets: bool, always: bool) -> LedgerError | None:
        """One pass. Gives the error that kept it from merging."""
        error = self._try(lambda: self._do(merges=merges, forgets=forgets, always=always))
        if error is not None and forgets:
            self._due_old = time.monotonic() + RETRY_SECONDS
        # What is merged is merged, whatever happens to the rest.
        other = None if error is not None else self._try(self._finish)
        if error is not None or other is not None:
            self._again()
        elif self._fault is not None:
            self._fault = None
            _log.warning("the ledger merges again")
        return error

    def _try(self, work: Callable[[], None]) -> LedgerError | None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next pass begins anew
            self._note_fault(error)
            self._drop_tables()
            if isinstance(error, LedgerError):
                return error
            return LedgerError(f"{type(error).__name__}: {error}")
        return None

    def _do(self, *, merges: bool, forgets: bool, always: bool) -> None:
        if not merges and not forgets:
            return
        if self._tables is None:
            self._tables = self._open_tables()
        if merges:
            self._merge(self._tables, always=always)
        if forgets:
            self._forget_old(self._tables)

    def _merge(self, tables: MergeTables, *, always: bool) -> None:
        if self._statements:
            check_signer(self._signer, tables.head(), tables)  # its own may be among them
            self._write_statements(tables)
        if always or tables.elect():
            while merge_once(tables, self._signer, self._high_water).more:
                pass

    def _finish(self) -> None:
        self._high_water.save()
        if self._tables is not None:
            self._tables.rest()

    def _write_statements(self, tables: MergeTables) -> None:
        with self._changed:
            waiting = {statement: dict(texts) for statement, texts in self._statements.items()}
        for statement, texts in waiting.items():
            tables.publish(statement, texts)
            with self._changed:
                if self._statements.get(statement) == texts:
                    del self._statements[statement]

    def _forget_old(self, tables: MergeTables) -> None:
        if self._keep_days is None:
            return
        before_ms = int((time.time() - self._keep_days * DAY_SECONDS) * 1_000)
        limit = daily_limit(tables.head().size)
        count = forget_older(tables, self._forget, before_ms=before_ms, limit=limit)
        if count:
            _log.info("forgot %d records older than %d days", count, self._keep_days)
        if count >= limit:
            _log.warning(
                "%d records are as many as one day may forget, and there may be more\n"
                "  hint: is the clock right? `daccord ledger retain --yes` forgets the rest",
                count,
            )

    def _again(self) -> None:
        with self._changed:
            if self._due is None:
                self._due = time.monotonic() + RETRY_SECONDS

    def _note_fault(self, error: Exception) -> None:
        """Say it once, not for every second of a night without a disk."""
        said = str(error) if isinstance(error, LedgerError) else f"{type(error).__name__}: {error}"
        if said == self._fault:
            return
        self._fault = said
        if isinstance(error, Conflict):
            _log.critical(
                "the log is not continued, and nothing more is signed: %s\n"
                "  records are durable all the same, and wait for the tree",
                said,
            )
        else:
            _log.error("the ledger cannot merge, and tries again: %s", said)

    def _drop_tables(self) -> None:
        tables, self._tables = self._tables, None
        if tables is not None:
            try:
                tables.close()
            except LedgerError:
                _log.debug("a faulty connection did not close")

    def _end(self, asked: Sequence[_Asked]) -> None:
        with self._changed:
            self._closing = True
            asked = [*asked, *self._asked]
            self._asked.clear()
        for each in asked:
            each.settle(LedgerError("the ledger is closed"))
        self._drop_tables()


class _Asked:
    """Somebody who waits for a merge. Settled once; later calls change nothing."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._error: LedgerError | None = None

    def settle(self, error: LedgerError | None) -> None:
        if not self._done.is_set():
            self._error = error
            self._done.set()

    def wait(self) -> None:
        self._done.wait()
        if self._error is not None:
            # One of its own for each who waits: a shared one gathers everybody's tracebacks.
            raise type(self._error)(*_arguments(self._error)) from self._error


def _arguments(error: LedgerError) -> tuple[str, ...]:
    where, what = getattr(error, "where", None), getattr(error, "what", None)
    return (str(error),) if where is None or what is None else (where, what)
