"""Erasing records from PostgreSQL, and what that can and cannot promise.

1. DELETE takes a row from every answer, and leaves its bytes in the table's file.
2. VACUUM gives their room free, and what moves into it overwrites them. It does not overwrite by
   itself: measured here, a salt was still in the file whenever its row had been the last of its
   page, and so were most ids in the index. (tests/ledger/test_postgres_forget.py shows it.)
3. VACUUM FULL writes table and indexes anew and drops the old files. Nothing is then left of a row
   in the files of the table. It locks the table, 0.5 s for 200,000 records here, while appends
   wait. So that is done up to `REWRITE_BYTES_MAX`, and plain VACUUM beyond: there the bytes stay,
   out of reach of SQL, until new records come to lie there, or until somebody has
   ``VACUUM FULL record`` run at a quiet hour. And it is done once a minute at most (`Sweeps`), for
   all that was forgotten since.
4. Neither reaches what a session sees that began before (a dump, a standby with
   hot_standby_feedback, a prepared transaction): such rows survive until the next VACUUM.
5. Not in anybody's reach from here: the write-ahead log (``pg_wal``, until its segments are used
   anew), its archive, base backups, standbys (they follow), and blocks of a disk that a file
   system gave free. How long these are kept is how long "forgotten" takes to be true of them.

Order: head first, as a merge does, so that no merge is in the middle of what is erased; then
``incoming``, so that no retry is on its way. Vacuuming comes after the commit: no transaction may
hold it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from math import inf
from threading import Lock
from typing import TYPE_CHECKING, Final

from daccord.errors import LedgerError
from daccord.ledger.postgres_connection import MAINTAINING, Server, Session
from daccord.ledger.postgres_schema import check_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg.errors import Diagnostic

BATCH: Final = 500
"""Limit: records of one transaction, for which appends wait."""
REWRITE_BYTES_MAX: Final = 32 * 1024 * 1024
"""Limit: some 180,000 consents, for which appends wait about half a second."""
SWEEP_SECONDS: Final = 60.0
"""From one rewriting to the next: appends wait for less than a hundredth of the time."""


class Sweeps:
    """Sweeps asked for by many, which hold up every append: one at a time, and seldom.

    Any reader may have a record of their own forgotten, and again another one. So the first sweep
    is at once and waited for, and those that are asked for within `SWEEP_SECONDS` of it are one.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = Lock()
        self._is_wanted = False
        self._next = -inf

    def want(self) -> None:
        """Say that there are deleted rows, once they are."""
        self._is_wanted = True

    def run(self, *, at_once: bool = False) -> None:
        """Sweep if it is wanted, and time. Raises `LedgerError`; it is still wanted then."""
        with self._lock:
            if not self._is_wanted or (time.monotonic() < self._next and not at_once):
                return
            self._is_wanted = False
            try:
                sweep(self._server)
            except BaseException:
                self._is_wanted = True
                raise
            self._next = time.monotonic() + SWEEP_SECONDS


def delete(server: Server, record_ids: Sequence[str]) -> int:
    """Take records of the tree from all answers, and give how many there were.

    Their bytes are gone after a sweep that begins later. Raises `LedgerError`.
    """
    with _maintaining(server) as session:
        return _delete(session, record_ids)


def sweep(server: Server) -> None:
    """Take the bytes of deleted rows from the files. Raises `LedgerError`."""
    with _maintaining(server) as session:
        _sweep(session, server)


@contextmanager
def _maintaining(server: Server) -> Iterator[Session]:
    with server.errors():
        session = server.connect(MAINTAINING)
        try:
            check_schema(session)
            yield session
        finally:
            session.close()


def _delete(session: Session, record_ids: Sequence[str]) -> int:
    count = 0
    for start in range(0, len(record_ids), BATCH):
        ids = {"ids": list(record_ids[start : start + BATCH])}
        with session.transaction():
            session.run("lock_head")
            session.run("lock_incoming")
            count += session.run("forget_records", ids).rowcount
            session.run("forget_incoming", ids)
    return count


def _sweep(session: Session, server: Server) -> None:
    refused: list[Diagnostic] = []
    session.add_notice_handler(refused.append)
    sizes = session.run("sizes").fetchone() or (0, 0)
    for table, size in zip(("record", "incoming"), sizes, strict=True):
        session.run(f"{'rewrite' if size <= REWRITE_BYTES_MAX else 'vacuum'}_{table}")
    if refused:  # VACUUM warns, and passes over, what is not its caller's own
        raise LedgerError(
            f"{server.place}: the records are deleted, but the server would not vacuum\n"
            "  hint: let the ledger's user own the tables, or grant it MAINTAIN on them"
        )
