"""The store on PostgreSQL: many nodes, each with a writing thread, and one sequencer among them.

A node keeps nothing but what it is doing: any number of them may come and go. Each appends to
``incoming`` (one statement and one commit for a batch), each asks every second whether it is to
merge, and the one that holds the advisory lock does (`daccord.ledger.postgres_log`).

Closing a session that was inherited by a fork would end the parent's: see
`daccord.ledger.queued_store` for what becomes of it.

Relatives of PostgreSQL (Citus, YugabyteDB, CockroachDB): what each statement needs of them stands
in ``sql/postgres/statements.sql``.
"""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from daccord.consent.encoding import decode_record
from daccord.errors import LedgerError, RecordRejected
from daccord.ledger.acts import join_act
from daccord.ledger.batches import GroupCommit
from daccord.ledger.counts import Counts
from daccord.ledger.high_water import HighWater
from daccord.ledger.merging import Merger
from daccord.ledger.postgres_connection import APPENDING, MERGING, READING, Server, Session
from daccord.ledger.postgres_forget import Sweeps, delete
from daccord.ledger.postgres_log import PostgresLog
from daccord.ledger.postgres_schema import check_schema, migrate, warn_of_loss
from daccord.ledger.postgres_writer import PostgresWriter
from daccord.ledger.prove import receipt_of
from daccord.ledger.queued_store import FLUSH_SECONDS, QueuedStore
from daccord.ledger.tables import Row

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from daccord.consent.choice import RecordId
    from daccord.consent.record import ConsentRecord
    from daccord.ledger.tables import LogTables
    from daccord.merkle.notes import Signer

_log = logging.getLogger("daccord.ledger")

_PAGE: Final = 1_000


class PostgresStore(QueuedStore):
    """Keeps the promises of `daccord.ledger.store.Store` on the database at ``dsn``.

    ``signer`` signs every tree, and is the same for all nodes; without one the log grows unsigned
    and gives no receipts. ``high_water`` is the file of the newest checkpoint that this node has
    seen; without one it is remembered until the process ends. ``keep_days``: records are forgotten
    when they are older (REC-4); ``None`` keeps them. Raises `LedgerError` for what is no address.
    """

    _writer: PostgresWriter

    def __init__(
        self,
        dsn: str,
        *,
        signer: Signer | None = None,
        high_water: str | os.PathLike[str] | None = None,
        keep_days: int | None = None,
    ) -> None:
        self._server = Server(dsn)
        self._signer = signer
        self._seen = None if high_water is None else Path(high_water)
        self._keep_days = keep_days
        super().__init__()

    def open(self) -> None:
        with self._server.errors():
            session = self._server.connect(APPENDING)
            try:
                if self._writer.may_create:
                    migrate(session, self._server)
                    warn_of_loss(session, self._server)
                    self._writer.may_create = False
                check_schema(session)
            finally:
                session.close()
        self._merger.begin()

    def records(self) -> Iterator[ConsentRecord]:
        """Yield those of the tree, then those on their way, a page at a time.

        Each page is of one moment. A row that was given while it waited is passed over when it
        turns up in the tree.
        """
        given: set[str] = set()
        leaf, seq, full = -1, 0, True
        with self._reading() as session:
            acts = _Acts(session)
            while full:
                session.run("begin_reading")
                merged = session.run("records_after", {"leaf": leaf, "page": _PAGE}).fetchall()
                full = len(merged) == _PAGE
                waiting: list[Any] = []
                if not full:
                    waiting = session.run("incoming_after", {"seq": seq, "page": _PAGE}).fetchall()
                    full = len(waiting) == _PAGE
                acts.learn([act for _, _, act, *_ in (*merged, *waiting)])
                session.run("commit")
                for leaf, *row in merged:
                    if row[0] not in given:
                        yield acts.record(row, f"record of leaf {leaf}")
                for seq, *row in waiting:
                    given.add(row[0])
                    yield acts.record(row, f"incoming record {seq}")

    def find(self, record_id: RecordId) -> ConsentRecord | None:
        with self._reading() as session:
            rows = session.run("rows_of", {"ids": [record_id]}).fetchall()
            if not rows:
                return None
            acts = _Acts(session)
            acts.learn([rows[0][1]])
            return acts.record(rows[0], "a record")

    def forget(self, record_ids: Iterable[RecordId]) -> int:
        ids = list(record_ids)
        with closing(PostgresLog(self._server)) as tables:
            if tables.is_waiting(ids):
                self._merger.now()
        count = delete(self._server, ids)
        self._sweeps.want()
        self._sweeps.run()
        return count

    def receipt(self, record_id: RecordId) -> bytes | None:
        with closing(PostgresLog(self._server)) as tables:
            if tables.is_waiting([record_id]):
                self._merger.now()
            return receipt_of(tables, record_id)

    def tables(self) -> LogTables:
        tables = PostgresLog(self._server)
        tables.head()  # says now what would be said at the first question
        return tables

    def _count_rows(self, name: str) -> Sequence[tuple[Any, ...]]:
        with self._reading() as session:
            return session.run(name).fetchall()

    def close(self) -> None:
        super().close()
        try:
            self._sweeps.run(at_once=True)
        except LedgerError as error:
            _log.error("bytes of forgotten records may be left in the database's files: %s", error)

    def _forget_old(self, record_ids: Sequence[RecordId]) -> int:
        """Forget records of the tree, by the merging thread; their bytes, once it rests."""
        count = delete(self._server, record_ids)
        self._sweeps.want()
        return count

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        """Give a session of its own, for one question or a walk through the records."""
        with self._server.errors():
            session = self._server.connect(READING)
            try:
                check_schema(session)
                yield session
            finally:
                session.close()

    def _begin(self, *, may_create: bool) -> None:
        self._counts = Counts()
        self._sweeps = Sweeps(self._server)
        self._merger = Merger(
            lambda: _MergeTables(self._server, self._sweeps),
            signer=self._signer,
            high_water=HighWater(self._seen),
            forget=self._forget_old,
            keep_days=self._keep_days,
            polls=True,
        )
        self._writer = PostgresWriter(
            self._server, self._counts, may_create=may_create, on_written=self._merger.soon
        )
        self._commits = GroupCommit(self._writer, flush_seconds=FLUSH_SECONDS)


class _MergeTables(PostgresLog):
    """The sequencer's tables, swept once after any number of records was forgotten."""

    def __init__(self, server: Server, sweeps: Sweeps) -> None:
        super().__init__(server, MERGING)
        self._sweeps = sweeps

    def rest(self) -> None:
        self._sweeps.run()


class _Acts:
    """The texts of acts by number, as far as they were met, and records made of them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._bodies: dict[int, str] = {}

    def learn(self, numbers: Iterable[int]) -> None:
        missing = {number for number in numbers if number not in self._bodies}
        if missing:
            self._bodies.update(self._session.run("acts", {"numbers": list(missing)}).fetchall())

    def record(self, row: Sequence[Any], where: str) -> ConsentRecord:
        id_, act, time_ms, previous = row
        try:
            raw = join_act(self._bodies[act], Row(id_, act, time_ms, previous, b""))
            return decode_record(raw)
        except KeyError:
            raise LedgerError(f"{where} is damaged: its act is missing") from None
        except RecordRejected as error:
            raise LedgerError(f"{where} is damaged: {error}") from None
