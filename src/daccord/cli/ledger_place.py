"""Which ledger a command is about, the files that go with it, and how a command tells progress."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from daccord.cli.endings import could_not_run
from daccord.errors import LedgerError, SettingsFault
from daccord.server.folder import DEFAULT_FOLDER, LEDGER_FILE, LEDGER_KEY_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daccord.ledger.store import Store
    from daccord.ledger.tables import LogTables
    from daccord.merkle.notes import Signer

_P = ParamSpec("_P")
_R = TypeVar("_R")

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
quiet_option = click.option("--quiet", is_flag=True, help="No progress and no advice.")
passphrase_option = click.option(
    "--passphrase-file",
    "passphrase",
    type=click.Path(path_type=Path),
    envvar="DACCORD_LEDGER_PASSPHRASE_FILE",
    help="The file with the passphrase of the key, on one line.",
)


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


def key_options(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Add ``--key-file`` and ``--passphrase-file``: what the site signs with."""
    file = click.option(
        "--key-file",
        type=click.Path(path_type=Path),
        envvar="DACCORD_LEDGER_KEY",
        help=f"The file of the log's key; {LEDGER_KEY_FILE} in the folder otherwise.",
    )
    return file(passphrase_option(command))


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A ledger as the options name it: ``place`` is a path or an address of PostgreSQL."""

    place: str
    data: Path

    @property
    def is_file(self) -> bool:
        """Whether it is an SQLite file."""
        from daccord.ledger.reading import is_url  # noqa: PLC0415 - slow to load

        return not is_url(self.place)

    @property
    def high_water(self) -> Path:
        """Where this node keeps the newest checkpoint that it has seen."""
        from daccord.server.ledgers import high_water_at  # noqa: PLC0415 - slow to load

        return high_water_at(self.place, data=self.data)

    @contextmanager
    def store(self, signer: Signer | None = None) -> Iterator[Store]:
        """Open the store; it must be there."""
        from daccord.server.ledgers import ledger_at  # noqa: PLC0415 - slow to load

        if self.is_file and not Path(self.place).is_file():
            could_not_run(
                f"daccord: there is no ledger at '{self.place}'\n"
                "  hint: name it with --ledger, or the site's folder of data with --data"
            )
        with errors(), closing(ledger_at(self.place, data=self.data, signer=signer)) as store:
            yield store

    @contextmanager
    def tables(self) -> Iterator[LogTables]:
        """Open a view of its tables; it must be there."""
        with self.store() as store, closing(store.tables()) as tables:
            yield tables


def whereabouts(ledger: str | None, data: Path) -> Whereabouts:
    """Read the options of `ledger_options`."""
    return Whereabouts(ledger or str(data / LEDGER_FILE), data)


def read_signer(key_file: Path | None, data: Path, passphrase: Path | None) -> Signer | None:
    """Read the key that the site signs with; ``None`` where there is none, unless it was named."""
    from daccord.ledger.signing import load_signer, read_passphrase  # noqa: PLC0415

    path = key_file or data / LEDGER_KEY_FILE
    if key_file is None and not path.exists():
        return None
    with errors():
        return load_signer(path, passphrase=read_passphrase(passphrase) if passphrase else None)


@contextmanager
def errors() -> Iterator[None]:
    """End the command with what stands in its way."""
    try:
        yield
    except (LedgerError, SettingsFault) as error:
        could_not_run(f"daccord: {error}")


@contextmanager
def progress_bar(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Draw a bar on stderr, for somebody who looks: on a terminal and nowhere else."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def tell(done: int, size: int) -> None:
            bar.length = max(size, 1)
            bar.update(done - bar.pos)

        yield tell
