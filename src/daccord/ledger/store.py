"""What a store of consents promises: the one interface through which a grant is made durable.

SQLite keeps the promises for one machine (`daccord.ledger.sqlite`), PostgreSQL for many nodes
(`daccord.ledger.postgres`); `tests/ledger/contract.py` is the suite that both have to pass.

A record is first durable and then, about a second later, in the tree: an append pays for the
first alone (`daccord.ledger.sequencer`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Future

    from daccord.consent.choice import RecordId
    from daccord.consent.record import ConsentRecord
    from daccord.ledger.tables import LogTables

EVERYTHING_ELSE: Final = "*"
"""Stands for every directive and host beyond those that are counted by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalCount:
    """How many readers refused under one declaration on one day (days since 1970-01-01 UTC)."""

    day: int
    declaration_version: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCount:
    """How often a page tried to load from an undeclared host on one day (observe mode).

    ``directive`` and ``host`` are both `EVERYTHING_ELSE` for the sum of what has no row of its own.
    """

    directive: str
    host: str
    day: int
    count: int


class Store(Protocol):
    """Consents, each kept as one record, and two daily counts. Only records prove anything.

    Every method may be called from any thread, and by several processes on one store at once.
    `LedgerError` is the only error a store raises, next to `RecordRejected` for a value that is no
    record. Its message holds nothing of a reader.
    """

    def open(self) -> None:
        """Make the store ready now rather than at the first append; create it if there is none.

        Optional, and may be called again. Raises `LedgerError` when the store cannot be used;
        it may be later on, and `append` will find out by itself.
        """
        ...

    def append(self, record: ConsentRecord) -> Future[None]:
        """Take ``record``; the future is done once it is durable, and not before.

        Durable: it outlives the death of the process and of the power. Atomic: all of the record
        or nothing. Records of one caller are kept in the order of the calls, whatever ``time_ms``
        says. Appending the same record again changes nothing and succeeds, so a caller who got an
        error may try again; another record under a known id is refused.

        Never waits: it returns, or raises, at once. Raises `RecordRejected` for a value that is
        no record, and `LedgerError` when the store is closed or too much is waiting already. The
        future fails with `LedgerError` when the record could not be made durable: it then must
        count as not recorded, though after a fault in the middle it may be there. A fault is that
        of one batch; the store goes on, and recovers when what it stands on does. Cancelling the
        future takes nothing back. Callbacks added to it run on the store's thread: keep them short.
        """
        ...

    async def append_async(self, record: ConsentRecord) -> None:
        """Do as `append` does and wait for it, in a coroutine.

        Costs the event loop one wake-up for a whole batch, where a wrapped future costs one for
        each record. Raises what `append` and its future raise.
        """
        ...

    def count_refusal(self, day: int, declaration_version: str) -> None:
        """Count one refusal: no record, no identifier, no time of day (law 6).

        Never waits and never raises, closed or not: a refusal needs nothing of the ledger. Written
        a second later, or when the store can write again; what was counted since then is lost
        with the process. No more than a statistic, therefore.
        """
        ...

    def count_report(self, directive: str, host: str, day: int) -> None:
        """Count one report of the browser about ``host`` under the CSP directive ``directive``.

        As `count_refusal`. Anybody can send reports, so a day has a bounded number of pairs (1,000
        here); further ones, and what is neither a directive nor a host, go to one row for
        `EVERYTHING_ELSE`. Days before the last 31 are dropped.
        """
        ...

    def records(self) -> Iterator[ConsentRecord]:
        """All records, in the order they were appended; those of the moment of the call at least.

        Holds no lock while the caller looks at one. Raises `LedgerError` at the first that
        cannot be read: none is skipped in silence.
        """
        ...

    def find(self, record_id: RecordId) -> ConsentRecord | None:
        """The record of that id, or ``None`` where there is none."""
        ...

    def publish(self, statement: str, texts: Mapping[bytes, bytes]) -> None:
        """Have a public statement in the log, once, and the texts that it names by SHA-256.

        Never waits and never raises: written with the next merge, tried again until it is. What
        is in the log already stays as it is.
        """
        ...

    def forget(self, record_ids: Iterable[RecordId]) -> int:
        """Erase these records and their salts, for good; give how many there were.

        What is not yet in the tree is merged first. The tree, and every other proof, stays as it
        is. Erased means gone from the store's files, not only from its answers. Backups are not
        touched. Raises `LedgerError`; the records may then be there, or gone.
        """
        ...

    def merge(self) -> None:
        """Bring everything that is durable into the tree now. Waits.

        Raises `LedgerError` when it cannot, `Conflict` where the log went another way or back.
        """
        ...

    def receipt(self, record_id: RecordId) -> bytes | None:
        """The receipt of a record, or ``None`` where there is none to be had.

        Merges first when the record is still waiting. ``None`` for a record that is unknown or
        forgotten, and in a log without a key. Raises `LedgerError`.
        """
        ...

    def tables(self) -> LogTables:
        """A reader's view of the log's tables, to be closed by the caller. Raises `LedgerError`."""
        ...

    def refusals(self) -> tuple[RefusalCount, ...]:
        """The refusals written so far, by day, then declaration."""
        ...

    def reports(self) -> tuple[ReportCount, ...]:
        """The reports written so far, by day, then directive, then host."""
        ...

    def close(self) -> None:
        """Write what is waiting, counts included, and let go of everything. May be called again.

        Waits for it. Every future is done afterwards, and every later `append` is refused.
        """
        ...
