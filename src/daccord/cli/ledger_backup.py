"""``daccord ledger backup``, ``restore`` and ``migrate``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daccord.cli.endings import FOUND, could_not_run
from daccord.cli.ledger_place import (
    as_json_option,
    errors,
    ledger_options,
    progress_bar,
    quiet_option,
    whereabouts,
)
from daccord.cli.ledger_verify import (
    checkpoints_option,
    keys_option,
    print_report,
    read_checkpoints,
    report_as_data,
)
from daccord.cli.trust import read_keys

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@ledger_options
@keys_option
@as_json_option
@quiet_option
def backup(  # noqa: PLR0913 - the options of a command
    *,
    target: Path,
    ledger: str | None,
    data: Path,
    keys: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Copy the ledger into the new file TARGET, and verify the copy.

    The site goes on meanwhile. The copy is a ledger in one SQLite file, whatever the store is.
    Ends with 1 when something is wrong with what was copied.
    """
    from daccord.ledger.backup import back_up  # noqa: PLC0415 - slow to load

    known = [key for each in keys for key in read_keys(each)]
    with errors(), progress_bar("copying", quiet=quiet) as copied:
        report = back_up(whereabouts(ledger, data).place, target, keys=known, progress=copied)
    if as_json:
        click.echo(json.dumps({"file": str(target), **report_as_data(report)}, indent=2))
    else:
        print_report(report, quiet=quiet)
        if not report.ok:
            click.echo(
                f"the copy is in {target}, as damaged as the ledger: keep the ones before it",
                err=True,
            )
    sys.exit(0 if report.ok else FOUND)


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@ledger_options
@keys_option
@checkpoints_option
@click.option(
    "--forgotten",
    metavar="FILE",
    help="What must not come back: the newest output of `daccord ledger forgotten`.",
)
@click.option(
    "--as-of-backup",
    is_flag=True,
    help="Bring it back though the log had come further, or nobody knows.",
)
@as_json_option
@quiet_option
def restore(  # noqa: PLR0913 - the options of a command
    *,
    source: Path,
    ledger: str | None,
    data: Path,
    keys: tuple[str, ...],
    checkpoints: tuple[str, ...],
    forgotten: str | None,
    as_of_backup: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Bring the backup SOURCE back where there is no ledger, and verify it.

    A signed log is held against the newest checkpoint that is known: the one this machine has
    seen, and those given with --checkpoint. When they are ahead of the backup, what lies between
    is lost, and the log cannot go on under its name: that has to be said with --as-of-backup.
    Ends with 1 when it is refused for that.
    """
    from daccord.ledger import backup as backups  # noqa: PLC0415 - slow to load

    where = whereabouts(ledger, data)
    known = [key for each in keys for key in read_keys(each)]
    with errors(), progress_bar("restoring", quiet=quiet) as progress:
        try:
            restored = backups.restore(
                source,
                where.place,
                high_water=where.high_water,
                keys=known,
                checkpoints=read_checkpoints(checkpoints),
                forgotten=_lines(forgotten),
                as_of_backup=as_of_backup,
                progress=progress,
            )
        except backups.RestoreRefused as refused:
            click.echo(f"daccord: {refused}", err=True)
            raise SystemExit(FOUND) from None
    if as_json:
        told = {"ahead": restored.ahead, **report_as_data(restored.report)}
        click.echo(json.dumps(told, indent=2))
    else:
        print_report(restored.report, quiet=quiet)
    if not quiet:
        _advise(restored.ahead, where.high_water, listed=forgotten is not None)


def _lines(file: str | None) -> Iterator[str]:
    if file is None:
        return
    try:
        with click.open_file(file, encoding="utf-8", errors="replace") as opened:
            yield from opened
    except OSError as error:
        could_not_run(f"daccord: cannot read {click.format_filename(file)}: {error.strerror}")


def _advise(ahead: int, high_water: Path, *, listed: bool) -> None:
    if ahead:
        click.echo(
            f"{ahead} entries that were signed are not in this backup: their readers' receipts "
            "show them, and this log does not\n"
            "it can be read, verified and exported; it does not go on under its name. To record "
            f"consents again, move the key and {high_water} away and make a key with another "
            "name: daccord ledger keygen --name NAME",
            err=True,
        )
    if not listed:
        click.echo(
            "records that were forgotten after the backup are back: forget them again, or restore "
            "with --forgotten",
            err=True,
        )


@click.command()
@ledger_options
@as_json_option
@quiet_option
def migrate(*, ledger: str | None, data: Path, as_json: bool, quiet: bool) -> None:
    """Bring the ledger's tables to this version. A starting site does it too.

    Copy the ledger before, with the site stopped: there is no way back to an older version, and
    `daccord ledger backup` reads only this one.
    """
    from daccord.ledger.reading import version_of  # noqa: PLC0415 - slow to load

    where = whereabouts(ledger, data)
    with where.store() as store, errors():
        before = version_of(where.place)
        store.open()
        after = version_of(where.place)
    if as_json:
        click.echo(json.dumps({"before": before, "after": after}))
    elif not quiet:
        told = "nothing to do" if before == after else f"migrated from {before}"
        click.echo(f"the ledger is of version {after}: {told}")
