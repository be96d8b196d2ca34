"""Which store keeps the consents: a file of SQLite, or a database of PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from daccord.errors import LedgerError, SettingsFault
from daccord.ledger.sqlite import SqliteStore
from daccord.server.folder import HIGH_WATER_FILE

if TYPE_CHECKING:
    from daccord.ledger.store import Store
    from daccord.merkle.notes import Signer

_SCHEMES: Final = ("postgresql://", "postgres://")


def is_database(ledger: str) -> bool:
    """Whether ``DACCORD_LEDGER`` names a database, and not a file."""
    return ledger.startswith(_SCHEMES)


def ledger_at(
    ledger: str, *, data: Path, signer: Signer | None = None, keep_days: int | None = None
) -> Store:
    """Make the store at ``ledger``: an address of PostgreSQL, or a path. Nothing is opened yet.

    ``data`` is the folder of the node's own files; ``keep_days`` as `SqliteStore` has it. Raises
    SettingsFault for an address that is none, and without the driver; neither shows the address,
    which may hold a password.
    """
    if not is_database(ledger):
        return SqliteStore(Path(ledger), signer=signer, keep_days=keep_days)
    try:
        from daccord.ledger.postgres import PostgresStore  # noqa: PLC0415 - the driver is an extra
    except ImportError as error:
        raise SettingsFault(
            "DACCORD_LEDGER names a PostgreSQL database, and its driver is not installed\n"
            "  hint: pip install 'daccord[postgres]'"
        ) from error
    try:
        return PostgresStore(
            ledger, signer=signer, high_water=data / HIGH_WATER_FILE, keep_days=keep_days
        )
    except LedgerError as error:
        raise SettingsFault(
            "DACCORD_LEDGER is no address of a PostgreSQL database\n"
            "  hint: postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from error
