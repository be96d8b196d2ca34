"""Which store keeps the consents: a file of SQLite, or a database of PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from daccord.errors import LedgerError, SettingsFault
from daccord.ledger.high_water import file_beside
from daccord.ledger.reading import is_url
from daccord.server.folder import HIGH_WATER_FILE

if TYPE_CHECKING:
    from daccord.ledger.store import Store
    from daccord.merkle.notes import Signer


def high_water_at(ledger: str, *, data: Path) -> Path:
    """Give the file of the newest checkpoint that this node has seen of ``ledger``."""
    return data / HIGH_WATER_FILE if is_url(ledger) else file_beside(Path(ledger))


def ledger_at(
    ledger: str, *, data: Path, signer: Signer | None = None, keep_days: int | None = None
) -> Store:
    """Make the store at ``ledger``: an address of PostgreSQL, or a path. Nothing is opened yet.

    ``data`` is the folder of the node's own files; ``keep_days`` as `SqliteStore` has it. Raises
    SettingsFault for an address that is none, and without the driver; neither shows the address,
    which may hold a password.
    """
    high_water = high_water_at(ledger, data=data)
    if not is_url(ledger):
        # Imported when needed: it brings asyncio, half of what the command line takes to start.
        from daccord.ledger.sqlite import SqliteStore  # noqa: PLC0415

        return SqliteStore(Path(ledger), signer=signer, high_water=high_water, keep_days=keep_days)
    try:
        from daccord.ledger.postgres import PostgresStore  # noqa: PLC0415 - the driver is an extra
    except ImportError as error:
        raise SettingsFault(
            "DACCORD_LEDGER names a PostgreSQL database, and its driver is not installed\n"
            "  hint: pip install 'daccord[postgres]'"
        ) from error
    try:
        return PostgresStore(ledger, signer=signer, high_water=high_water, keep_days=keep_days)
    except LedgerError as error:
        raise SettingsFault(
            "DACCORD_LEDGER is no address of a PostgreSQL database\n"
            "  hint: postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from error
