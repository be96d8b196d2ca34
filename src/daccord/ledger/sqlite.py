"""The store on one SQLite file: WAL, synchronous=FULL, one writing thread, group commit.

Nothing is opened before it is needed, so that each worker process opens its own. A process that
was forked off an opened store begins anew, and what it inherited is left alone, unclosed: SQLite's
connections must not cross a fork (https://www.sqlite.org/howtocorrupt.html, 2.6).
"""

from __future__ import annotations

import asyncio
import os
import weakref
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from daccord.consent.encoding import decode_record, encode_record_text
from daccord.errors import LedgerError, RecordRejected
from daccord.ledger.batches import Entry, GroupCommit
from daccord.ledger.counts import Counts
from daccord.ledger.schema import create_file, open_reader, open_writer
from daccord.ledger.sqlite_writer import SQL, SqliteWriter, errors_of
from daccord.ledger.store import RefusalCount, ReportCount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.consent.choice import RecordId
    from daccord.consent.record import ConsentRecord

FLUSH_SECONDS: Final = 1.0
_PAGE: Final = 1_000


class SqliteStore:
    """Keeps the promises of `daccord.ledger.store.Store` on the file at ``path``.

    Several processes may open one file; each waits for the other's batch, two seconds at most.
    Not for a network file system: SQLite's locks and WAL need one machine's.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).absolute()
        self._begin(may_create=True)
        _stores.add(self)

    def open(self) -> None:
        with errors_of(self._path):
            if self._writer.may_create:
                create_file(self._path)
                self._writer.may_create = False
            open_writer(self._path).close()

    def append(self, record: ConsentRecord) -> Future[None]:
        done: Future[None] = Future()
        self._commits.put(Entry(record.id, encode_record_text(record), done))
        return done

    async def append_async(self, record: ConsentRecord) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._commits.put(Entry(record.id, encode_record_text(record), done))
        await done

    def count_refusal(self, day: int, declaration_version: str) -> None:
        self._counts.add_refusal(day, declaration_version)
        self._commits.flush_soon()

    def count_report(self, directive: str, host: str, day: int) -> None:
        self._counts.add_report(directive, host, day)
        self._commits.flush_soon()

    def records(self) -> Iterator[ConsentRecord]:
        with errors_of(self._path), closing(open_reader(self._path)) as reader:
            seq = 0
            while page := reader.execute(
                SQL["records_after"], {"seq": seq, "page": _PAGE}
            ).fetchall():
                for seq, body in page:
                    yield _decode(seq, body)

    def find(self, record_id: RecordId) -> ConsentRecord | None:
        with errors_of(self._path), closing(open_reader(self._path)) as reader:
            row = reader.execute(SQL["record_of"], {"id": record_id}).fetchone()
        return None if row is None else _decode(*row)

    def refusals(self) -> tuple[RefusalCount, ...]:
        with errors_of(self._path), closing(open_reader(self._path)) as reader:
            rows = reader.execute(SQL["refusals"]).fetchall()
        return tuple(
            RefusalCount(day=day, declaration_version=version, count=count)
            for day, version, count in rows
        )

    def reports(self) -> tuple[ReportCount, ...]:
        with errors_of(self._path), closing(open_reader(self._path)) as reader:
            rows = reader.execute(SQL["reports"]).fetchall()
        return tuple(
            ReportCount(directive=directive, host=host, day=day, count=count)
            for directive, host, day, count in rows
        )

    def close(self) -> None:
        self._commits.close()

    def _begin(self, *, may_create: bool) -> None:
        self._counts = Counts()
        self._writer = SqliteWriter(self._path, self._counts, may_create=may_create)
        self._commits = GroupCommit(self._writer, flush_seconds=FLUSH_SECONDS)

    def _begin_after_fork(self) -> None:
        _inherited.append((self._writer, self._commits))
        self._begin(may_create=self._writer.may_create)


def _decode(seq: int, body: str) -> ConsentRecord:
    try:
        return decode_record(body.encode())
    except RecordRejected as error:
        raise LedgerError(f"record {seq} of the ledger is damaged: {error}") from error


def _begin_all_after_fork() -> None:
    for store in _stores:
        store._begin_after_fork()  # noqa: SLF001 - the same module


_stores: weakref.WeakSet[SqliteStore] = weakref.WeakSet()
_inherited: list[object] = []
"""What a forked process must neither use nor close; kept so that no collector closes it."""

os.register_at_fork(after_in_child=_begin_all_after_fork)
