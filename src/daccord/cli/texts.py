"""The public texts of a ledger, for commands that show what a record names by its hashes."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from daccord.cli.endings import could_not_run
from daccord.errors import LedgerError, SettingsFault
from daccord.server.folder import DEFAULT_FOLDER, LEDGER_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daccord.ledger.tables import LogTables

_P = ParamSpec("_P")
_R = TypeVar("_R")


def ledger_options(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Add ``--ledger`` and ``--data``, which name a ledger as the site's settings do."""
    data = click.option(
        "--data",
        type=click.Path(path_type=Path),
        envvar="DACCORD_DATA",
        default=DEFAULT_FOLDER,
        show_default=True,
        help="The site's folder of data.",
    )
    ledger = click.option(
        "--ledger",
        envvar="DACCORD_LEDGER",
        help=f"The ledger: a file, or postgresql://…; {LEDGER_FILE} in the folder otherwise.",
    )
    return ledger(data(command))


@contextmanager
def open_tables(ledger: str | None, data: Path) -> Iterator[LogTables]:
    """Open a ledger for reading; end the command when that cannot be, or when it is damaged."""
    # Imported when needed: stores bring asyncio, half of what the command line takes to start.
    from daccord.server.ledgers import is_database, ledger_at  # noqa: PLC0415

    place = ledger or str(data / LEDGER_FILE)
    if not is_database(place) and not Path(place).is_file():
        could_not_run(
            f"daccord: there is no ledger at '{place}'\n"
            "  hint: name it with --ledger, or the site's folder of data with --data"
        )
    try:
        store = ledger_at(place, data=data)
        with closing(store), closing(store.tables()) as tables:
            yield tables
    except (LedgerError, SettingsFault) as error:
        could_not_run(f"daccord: {error}")
