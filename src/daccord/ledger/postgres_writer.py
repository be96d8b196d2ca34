"""What the writing thread of the PostgreSQL store does: batches, counts, and its one session.

1. A batch is one statement and one commit, on the server's disk before anybody is told.
2. After any fault the session is given up and the next batch opens another one. A session that had
   gone while it lay idle (a server restarted, a firewall that forgets) costs nobody a consent: a
   batch is written once more, at once, since writing it twice is the same as once.
3. The tables are made before the ledger was ever used, never after: a database that has lost them
   is a fault, not a reason to begin another ledger.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from daccord.errors import Damaged
from daccord.ledger.counts import KEYS_MAX, REPORT_DAYS, Counts
from daccord.ledger.postgres_connection import APPENDING, SQL, Lost, Server, Session
from daccord.ledger.postgres_log import columns, digest_of
from daccord.ledger.postgres_schema import check_schema, migrate, warn_of_loss
from daccord.ledger.tables import Row
from daccord.receipt.commitment import SALT_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from daccord.ledger.batches import Entry

ACTS_MAX: Final = 1_024
"""Limit: acts whose number is remembered. A site has some dozens; each takes some 400 bytes."""


class PostgresWriter:
    """A `daccord.ledger.batches.Writer`. Its methods belong to one thread at a time."""

    def __init__(
        self,
        server: Server,
        counts: Counts,
        *,
        may_create: bool,
        on_written: Callable[[], None] = lambda: None,
    ) -> None:
        self.may_create = may_create
        self._on_written = on_written
        self._server = server
        self._counts = counts
        self._session: Session | None = None
        self._acts: dict[str, int] = {}

    def open(self) -> Session:
        """Give the session, opened if need be. Raises `LedgerError`."""
        if self._session is None:
            with self._server.errors():
                session = self._server.connect(APPENDING)
                try:
                    if self.may_create:
                        migrate(session, self._server)
                        warn_of_loss(session, self._server)
                    check_schema(session)
                except BaseException:
                    session.close()
                    raise
            self._session = session
            self.may_create = False
        return self._session

    def write(self, batch: Sequence[Entry]) -> Mapping[int, str]:
        had_been_open = self._session is not None
        try:
            refused = self._append(batch)
        except Lost:
            if not had_been_open:
                raise
            refused = self._append(batch)
        self._on_written()
        return refused

    def flush(self) -> None:
        """Write the counts in a transaction of their own: they must never fail a record."""
        refusals, reports = self._counts.take()
        if not refusals and not reports:
            return
        try:
            with self._dropping_on_fault() as session, session.transaction():
                session.run("lock_counts")
                session.run(
                    "add_refusals",
                    {
                        "days": [key.day for key in refusals],
                        "versions": [key.declaration_version for key in refusals],
                        "counts": list(refusals.values()),
                    },
                )
                session.cursor().executemany(
                    SQL["add_reports"],
                    [
                        {**key._asdict(), "count": count, "pairs_max": KEYS_MAX}
                        for key, count in reports.items()
                    ],
                )
                session.run("drop_old_reports", {"days": REPORT_DAYS})
        except BaseException:
            self._counts.put_back(refusals, reports)
            raise

    def release(self) -> None:
        session, self._session = self._session, None
        # Another session may be with another server, promoted or restored: numbers are asked anew.
        self._acts.clear()
        if session is not None:
            session.close()

    def _append(self, batch: Sequence[Entry]) -> Mapping[int, str]:
        with self._dropping_on_fault() as session:
            rows = self._rows(session, batch)
            inserted = session.run("append_records", columns(rows)).rowcount
            return {} if inserted == len(batch) else _conflicts(session, rows)

    def _rows(self, session: Session, batch: Sequence[Entry]) -> list[Row]:
        parts = [entry.parts for entry in batch]
        acts = {part.act for part in parts}
        if not acts <= self._acts.keys():
            self._learn(session, acts)
        salts = os.urandom(SALT_BYTES * len(batch))
        return [
            Row(
                part.id,
                self._acts[part.act],
                part.time_ms,
                part.previous,
                salts[SALT_BYTES * at : SALT_BYTES * (at + 1)],
            )
            for at, part in enumerate(parts)
        ]

    def _learn(self, session: Session, acts: Collection[str]) -> None:
        """Have ``acts`` in the store and their numbers here. Durable before a row names one."""
        if len(self._acts) + len(acts) > ACTS_MAX:
            self._acts.clear()
        digests = {digest_of(body): body for body in acts}
        session.run("add_acts", {"digests": list(digests), "bodies": list(digests.values())})
        for number, digest, body in session.run("numbers_of_acts", {"digests": list(digests)}):
            if digests[digest] != body:
                raise Damaged(f"act {number}", "the text is not that of its digest")
            self._acts[body] = number

    @contextmanager
    def _dropping_on_fault(self) -> Iterator[Session]:
        try:
            with self._server.errors():
                yield self.open()
        except BaseException:
            self.release()
            raise


def _conflicts(session: Session, rows: Sequence[Row]) -> dict[int, str]:
    """Find the rows of a written batch whose id belongs to another record."""
    found: dict[str, tuple[object, ...]] = {}
    for id_, *rest in session.run("rows_of", {"ids": [row.id for row in rows]}):
        found.setdefault(id_, tuple(rest))
    return {
        position: "another record has this id"
        for position, row in enumerate(rows)
        if found.get(row.id) != (row.act, row.time_ms, row.previous)
    }
