"""``daccord ledger forget``, ``retain`` and ``forgotten``: records that must not stay."""

from __future__ import annotations

import hmac
import json
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from daccord.cli.endings import FOUND, could_not_run
from daccord.cli.files import read_file
from daccord.cli.ledger_place import (
    as_json_option,
    errors,
    key_options,
    ledger_options,
    progress_bar,
    quiet_option,
    read_signer,
    whereabouts,
)

if TYPE_CHECKING:
    from daccord.consent.choice import RecordId
    from daccord.ledger.store import Store

DAY_MS: Final = 86_400_000
_yes = click.option("--yes", is_flag=True, help="Do it without asking.")


class _TakesIds(click.Command):
    """A command whose arguments may be ids, of which one in 64 begins with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from daccord.ledger.rejoined import is_record_id  # noqa: PLC0415 - slow to load

        ids = [each for each in args if each.startswith("-") and is_record_id(each)]
        if ids and "--" not in args:
            args = [*(each for each in args if each not in ids), "--", *ids]
        return super().parse_args(ctx, args)


@click.command(cls=_TakesIds)
@click.argument("records", nargs=-1, required=True, metavar="ID|RECEIPT...")
@ledger_options
@key_options
@_yes
@as_json_option
@quiet_option
def forget(  # noqa: PLR0913 - the options of a command
    *,
    records: tuple[str, ...],
    ledger: str | None,
    data: Path,
    key_file: Path | None,
    passphrase: Path | None,
    yes: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Erase records, and those that they follow on the same device, with their salts.

    Each is the id of a record or the file of its receipt, which must have the salt that the
    ledger has. Every other proof stays as it is. Ends with 1 when one is not in the ledger.
    Backups and exports are not touched.
    """
    wanted = [_wanted(each) for each in records]
    signer = read_signer(key_file, data, passphrase)
    with whereabouts(ledger, data).store(signer) as store:
        found: dict[RecordId, None] = {}
        missing = 0
        for given, record_id, salt in wanted:
            if salt is not None:
                _check_salt(store, record_id, salt, of=given)
            chain = _chain(store, record_id)
            found.update(dict.fromkeys(chain))
            missing += not chain
        if found and not yes:
            click.confirm(f"forget {len(found)} records for good?", abort=True, err=True)
        count = store.forget(found)
    if as_json:
        click.echo(json.dumps({"forgotten": count, "not_found": missing}))
    elif not quiet:
        click.echo(f"{count} forgotten" + (f", {missing} not found" if missing else ""))
    sys.exit(FOUND if missing else 0)


def _wanted(given: str) -> tuple[str, RecordId, bytes | None]:
    """Read an id, or the receipt in a file: then with its salt."""
    from daccord.consent.choice import RecordId  # noqa: PLC0415 - slow to load
    from daccord.errors import ReceiptRejected  # noqa: PLC0415
    from daccord.ledger.rejoined import is_record_id  # noqa: PLC0415
    from daccord.receipt.receipt import RECEIPT_BYTES_MAX, parse_receipt  # noqa: PLC0415

    if is_record_id(given) and not Path(given).exists():
        return given, RecordId(given), None
    try:
        receipt = parse_receipt(read_file(given, RECEIPT_BYTES_MAX))
    except ReceiptRejected as error:
        could_not_run(f"daccord: {click.format_filename(given)}: {error.reason}")
    return given, receipt.record.id, receipt.salt


def _check_salt(store: Store, record_id: RecordId, salt: bytes, *, of: str) -> None:
    """Refuse a file that somebody wrote with the id of another reader's record in it.

    Who has the salt was given the receipt. An id alone is also in the record that followed.
    """
    with closing(store.tables()) as tables:
        found = tables.leaf_of(record_id)
    if found is not None and not hmac.compare_digest(found[1].salt, salt):
        could_not_run(
            f"daccord: {click.format_filename(of)}: the record of that id has another salt: this "
            "is not its receipt\n  hint: nothing was forgotten; `daccord receipt verify` says more"
        )


def _chain(store: Store, record_id: RecordId) -> list[RecordId]:
    """Give the record and those before it on the same device, as far as they are there."""
    chain: list[RecordId] = []
    record = store.find(record_id)
    while record is not None and record.id not in chain:
        chain.append(record.id)
        record = None if record.previous is None else store.find(record.previous)
    return chain


@click.command()
@ledger_options
@key_options
@click.option("--older-than", metavar="DURATION", help="As in a declaration: '5 years'.")
@click.option(
    "--declaration",
    metavar="FILE",
    default="daccord.toml",
    show_default=True,
    help="Otherwise, the declaration whose record_duration counts.",
)
@_yes
@as_json_option
@quiet_option
def retain(  # noqa: PLR0913 - the options of a command
    *,
    ledger: str | None,
    data: Path,
    key_file: Path | None,
    passphrase: Path | None,
    older_than: str | None,
    declaration: str,
    yes: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Forget records that are older than they are kept. Without --yes, only count them.

    A running site does this by itself once a day, as its declaration says.
    """
    from daccord.ledger.reading import open_reading  # noqa: PLC0415 - slow to load
    from daccord.ledger.retention import forget_older  # noqa: PLC0415

    days = _days(older_than, declaration)
    before_ms = int(time.time() * 1_000) - days * DAY_MS
    where = whereabouts(ledger, data)
    with errors(), closing(open_reading(where.place)) as reading:
        [(count,)] = reading.lines("older_count", time=before_ms)
    if yes and count:
        signer = read_signer(key_file, data, passphrase)
        with (
            where.store(signer) as store,
            closing(store.tables()) as tables,
            progress_bar("forgetting", quiet=quiet) as tell,
        ):
            expected = count
            count = forget_older(
                tables,
                store.forget,
                before_ms=before_ms,
                progress=None if tell is None else lambda done: tell(done, expected),
            )
    if as_json:
        click.echo(json.dumps({"days": days, "records": count, "forgotten": yes}))
    elif not quiet:
        done = "forgotten" if yes else "would be forgotten: --yes does it"
        click.echo(f"{count} records of more than {days} days ago {done}")


def _days(older_than: str | None, declaration: str) -> int:
    from daccord.declaration.durations import parse_days  # noqa: PLC0415 - slow to load

    if older_than is None:
        return record_days(declaration)
    days = parse_days(older_than)
    if not days:
        raise click.BadParameter(
            f"'{older_than}' is no duration: expected one such as '5 years'",
            param_hint="--older-than",
        )
    return days


def record_days(declaration: str) -> int:
    """Read for how many days the declaration in that file keeps records, or end the command."""
    from daccord.errors import DeclarationFaults, SettingsFault  # noqa: PLC0415 - slow to load
    from daccord.server.settings import read_declaration  # noqa: PLC0415

    try:
        return read_declaration(declaration).site.record_days
    except (SettingsFault, DeclarationFaults) as fault:
        could_not_run(f"daccord: {fault}")


@click.command()
@ledger_options
def forgotten(*, ledger: str | None, data: Path) -> None:
    """List what was forgotten, by leaf and commitment: nothing personal.

    Keep it beside your backups, and newer than they are: `daccord ledger restore --forgotten`
    then keeps those records from coming back.
    """
    from daccord.ledger.forgotten import list_forgotten  # noqa: PLC0415 - slow to load
    from daccord.ledger.reading import open_reading  # noqa: PLC0415

    place = whereabouts(ledger, data).place
    with errors(), closing(open_reading(place)) as reading:
        try:
            for line in list_forgotten(reading):
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read has seen enough. What is left in the buffer would fail at the end again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            could_not_run(f"daccord: the list is not whole, cannot write: {error.strerror}")
