"""The store on one SQLite file: WAL, synchronous=FULL, group commit, and a thread that merges.

SQLite's connections must not cross a fork (https://www.sqlite.org/howtocorrupt.html, 2.6): see
`daccord.ledger.queued_store` for what becomes of them.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from daccord.consent.encoding import decode_record
from daccord.errors import Damaged, RecordRejected
from daccord.ledger.acts import join_act
from daccord.ledger.batches import GroupCommit
from daccord.ledger.counts import Counts
from daccord.ledger.high_water import HighWater, file_beside
from daccord.ledger.merging import Merger
from daccord.ledger.prove import receipt_of
from daccord.ledger.queued_store import FLUSH_SECONDS, QueuedStore
from daccord.ledger.schema import create_file, open_reader, open_writer
from daccord.ledger.sqlite_access import SQL, errors_of
from daccord.ledger.sqlite_log import SqliteTables
from daccord.ledger.sqlite_writer import SqliteWriter
from daccord.receipt.commitment import commit

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from daccord.consent.choice import RecordId
    from daccord.consent.record import ConsentRecord
    from daccord.ledger.tables import Row
    from daccord.merkle.notes import Signer

_PAGE: Final = 1_000
_FORGET_BATCH: Final = 500
"""Limit: each batch holds the write lock, and a reader may be waiting for it."""


class SqliteStore(QueuedStore):
    """Keeps the promises of `daccord.ledger.store.Store` on the file at ``path``.

    Several processes may open one file; each waits for the other's batch, two seconds at most.
    Not for a network file system: SQLite's locks and WAL need one machine's.

    ``signer`` signs every tree; without one the log grows unsigned and gives no receipts.
    ``high_water`` is the file of the newest checkpoint seen, beside the ledger unless named.
    ``keep_days``: records are forgotten when they are older (REC-4); ``None`` keeps them.
    """

    _writer: SqliteWriter

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        signer: Signer | None = None,
        high_water: str | os.PathLike[str] | None = None,
        keep_days: int | None = None,
    ) -> None:
        self._path = Path(path).absolute()
        self._signer = signer
        self._seen = file_beside(self._path) if high_water is None else Path(high_water)
        self._keep_days = keep_days
        super().__init__()

    def open(self) -> None:
        self._make_ready()
        with closing(SqliteTables(self._path)) as tables:
            if tables.is_anything_waiting():
                self._merger.soon()
        self._merger.begin()

    def records(self) -> Iterator[ConsentRecord]:
        leaf = -1
        with closing(SqliteTables(self._path)) as tables:
            size = tables.head().size
            while page := tables.page_after(leaf, _PAGE):
                for leaf, row in page:
                    yield _decode(tables, leaf, row, size)
                size = tables.head().size

    def find(self, record_id: RecordId) -> ConsentRecord | None:
        with closing(SqliteTables(self._path)) as tables:
            size = tables.head().size
            found = tables.find(record_id)
            return None if found is None else _decode(tables, *found, size)

    def forget(self, record_ids: Iterable[RecordId]) -> int:
        ids = list(dict.fromkeys(record_ids))
        count = 0
        with closing(SqliteTables(self._path)) as tables:
            for start in range(0, len(ids), _FORGET_BATCH):
                batch = ids[start : start + _FORGET_BATCH]
                if tables.is_waiting(batch):
                    self.merge()
                count += tables.forget(batch)
            if ids:
                tables.empty_wal()
        return count

    def receipt(self, record_id: RecordId) -> bytes | None:
        with closing(SqliteTables(self._path)) as tables:
            if tables.is_waiting([record_id]):
                self.merge()
            return receipt_of(tables, record_id)

    def tables(self) -> SqliteTables:
        return SqliteTables(self._path)

    def _count_rows(self, name: str) -> Sequence[tuple[Any, ...]]:
        with errors_of(self._path), closing(open_reader(self._path)) as reader:
            return reader.execute(SQL[name]).fetchall()

    def _make_ready(self) -> None:
        with errors_of(self._path):
            if self._writer.may_create:
                create_file(self._path)
                self._writer.may_create = False
            open_writer(self._path).close()

    def _open_for_merging(self) -> SqliteTables:
        self._make_ready()  # a statement may be published before anything is appended
        return self.tables()

    def _begin(self, *, may_create: bool) -> None:
        self._counts = Counts()
        self._merger = Merger(
            self._open_for_merging,
            signer=self._signer,
            high_water=HighWater(self._seen),
            forget=self.forget,
            keep_days=self._keep_days,
        )
        self._writer = SqliteWriter(
            self._path, self._counts, may_create=may_create, on_written=self._merger.soon
        )
        self._commits = GroupCommit(self._writer, flush_seconds=FLUSH_SECONDS)


def _decode(tables: SqliteTables, leaf: int, row: Row, size: int) -> ConsentRecord:
    """Read a row, and hold it against the log where that has it already: below ``size``.

    SQLite has no checksums. A flipped bit may leave a record, and another one than was given.
    """
    try:
        raw = join_act(tables.act(row.act), row)
        record = decode_record(raw)
        if leaf >= size or tables.entry(leaf) == commit(row.salt, raw):
            return record
    except (RecordRejected, ValueError) as error:
        raise Damaged(f"record of leaf {leaf}", str(error)) from error
    raise Damaged(f"record of leaf {leaf}", "the row is not what the log holds")
