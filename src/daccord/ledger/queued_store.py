"""What every store does before its own tables are asked: queue, counts, merging thread, forks.

Nothing is opened before it is needed, so that each worker process opens its own. A process that
was forked off an opened store begins anew; what it inherited is left alone, unclosed, and kept so
that no collector closes it either.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from abc import ABC, abstractmethod
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, Protocol

from daccord.ledger.acts import parts_of
from daccord.ledger.batches import Entry, GroupCommit, Writer
from daccord.ledger.store import RefusalCount, ReportCount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daccord.consent.record import ConsentRecord
    from daccord.ledger.counts import Counts
    from daccord.ledger.merging import Merger

FLUSH_SECONDS: Final = 1.0


class CreatingWriter(Writer, Protocol):
    """A writer that makes the store where there is none, until ``may_create`` is taken back."""

    may_create: bool


class QueuedStore(ABC):
    """The part of `daccord.ledger.store.Store` that is the same whatever keeps the records."""

    _counts: Counts
    _writer: CreatingWriter
    _commits: GroupCommit
    _merger: Merger

    def __init__(self) -> None:
        self._begin(may_create=True)
        _stores.add(self)

    @abstractmethod
    def _begin(self, *, may_create: bool) -> None:
        """Make counts, writer, commits and merger; nothing is opened by it."""

    @abstractmethod
    def _count_rows(self, name: str) -> Sequence[tuple[Any, ...]]:
        """Read all rows of the named statement, ``refusals`` or ``reports``."""

    def append(self, record: ConsentRecord) -> Future[None]:
        done: Future[None] = Future()
        self._commits.put(Entry(parts_of(record), done))
        return done

    async def append_async(self, record: ConsentRecord) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._commits.put(Entry(parts_of(record), done))
        await done

    def count_refusal(self, day: int, declaration_version: str) -> None:
        self._counts.add_refusal(day, declaration_version)
        self._commits.flush_soon()

    def count_report(self, directive: str, host: str, day: int) -> None:
        self._counts.add_report(directive, host, day)
        self._commits.flush_soon()

    def publish(self, statement: str, texts: Mapping[bytes, bytes]) -> None:
        self._merger.publish(statement, texts)

    def merge(self) -> None:
        self._merger.now()

    def refusals(self) -> tuple[RefusalCount, ...]:
        return tuple(
            RefusalCount(day=day, declaration_version=version, count=count)
            for day, version, count in self._count_rows("refusals")
        )

    def reports(self) -> tuple[ReportCount, ...]:
        return tuple(
            ReportCount(directive=directive, host=host, day=day, count=count)
            for directive, host, day, count in self._count_rows("reports")
        )

    def close(self) -> None:
        self._commits.close()
        self._merger.close()

    def _begin_after_fork(self) -> None:
        _inherited.append((self._writer, self._commits, self._merger))
        self._begin(may_create=self._writer.may_create)


def _begin_all_after_fork() -> None:
    for store in _stores:
        store._begin_after_fork()  # noqa: SLF001 - the same module


_stores: weakref.WeakSet[QueuedStore] = weakref.WeakSet()
_inherited: list[object] = []
"""What a forked process must neither use nor close."""

os.register_at_fork(after_in_child=_begin_all_after_fork)
