"""The ledger's tables in a PostgreSQL schema: made once, at our version, by one node at a time.

The schema is the session's own (``search_path``; usually ``public``). A ledger wants a database or
a schema to itself: ``…?options=-csearch_path%3Ddaccord``.

Order: an advisory lock, then all that is missing in one transaction, its record in schema_version
included. Nodes that start together wait for the first and find nothing left to do. Where advisory
locks do nothing (CockroachDB), let one node start first.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from daccord.errors import LedgerError
from daccord.ledger.dialects import load_migrations
from daccord.ledger.postgres_connection import SQL
from daccord.ledger.schema import told_older

if TYPE_CHECKING:
    from daccord.ledger.postgres_connection import Server, Session

_MIGRATIONS = load_migrations("postgres")
_log = logging.getLogger("daccord.ledger")


def check_schema(session: Session) -> None:
    """Refuse a schema that is not at this version exactly. Raises `LedgerError`."""
    if (version := _version(session)) < len(_MIGRATIONS):
        raise LedgerError(
            "there is no ledger in this schema"
            if version == 0
            else told_older(version, len(_MIGRATIONS))
        )


def migrate(session: Session, server: Server) -> None:
    """Make the tables, or bring them to this version. Raises `LedgerError`, driver's errors."""
    if _version(session) == len(_MIGRATIONS):
        return
    with session.transaction():
        session.execute(SQL["lock_schema"])
        # Read again: under the lock, another node may have been here first.
        before = _version(session)
        for migration in _MIGRATIONS[before:]:
            for statement in migration.statements:
                session.execute(statement)
            session.execute(
                SQL["add_schema_version"], {"number": migration.number, "name": migration.name}
            )
    if before == 0:
        _log.info("created the tables of an empty ledger: %s", server.place)


def warn_of_loss(session: Session, server: Server) -> None:
    """Say so where the server itself would lose what it confirmed."""
    _, _, fsync, _ = session.run("server").fetchone() or ("", "", "", False)
    if fsync != "on":
        _log.warning(
            "the server of %s does not wait for its disk (fsync = %s): "
            "consents may be lost with its power",
            server.place,
            fsync,
        )


def _version(session: Session) -> int:
    row = session.run("has_schema_version").fetchone()
    if row is None or not row[0]:
        return 0
    row = session.run("schema_version").fetchone()
    version = 0 if row is None else int(row[0])
    if version > len(_MIGRATIONS):
        raise LedgerError(
            f"the ledger is of version {version}, from a later daccord; "
            f"this one knows up to {len(_MIGRATIONS)}"
        )
    return version
