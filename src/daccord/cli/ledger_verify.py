"""``daccord ledger verify``: everything that is kept, against everything else."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daccord.cli.endings import FOUND, could_not_run
from daccord.cli.files import harmless, read_file
from daccord.cli.ledger_place import (
    as_json_option,
    errors,
    ledger_options,
    progress_bar,
    quiet_option,
    whereabouts,
)
from daccord.cli.trust import read_keys, read_policy
from daccord.errors import ReceiptRejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.ledger.findings import Finding, Report

keys_option = click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="PUBKEY",
    help="A public key of the log, name+id+key, or a file with one a line.",
)
checkpoints_option = click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="FILE",
    help="A checkpoint of the log that somebody kept, or a receipt, which has one.",
)
processes_option = click.option(
    "--processes",
    type=click.IntRange(1, 64),
    help="How many at once; as there are processors, four at most, otherwise.",
)


@click.command()
@ledger_options
@keys_option
@click.option("--policy", metavar="FILE", help="Witnesses that must have cosigned (tlog-policy).")
@click.option("--tsa-root", metavar="FILE", help="Certificates to believe time-stamps by, in PEM.")
@checkpoints_option
@processes_option
@as_json_option
@quiet_option
def verify(  # noqa: PLR0913 - the options of a command
    *,
    ledger: str | None,
    data: Path,
    keys: tuple[str, ...],
    policy: str | None,
    tsa_root: str | None,
    checkpoints: tuple[str, ...],
    processes: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Verify the whole ledger: every record, entry, tile, text, key and signature.

    The log must also have grown from the newest checkpoint that this machine has seen. Ends with
    0 when nothing is wrong, 1 when something is, 2 on wrong use and 3 when it cannot be read.
    """
    from daccord.ledger.timestamps import read_roots  # noqa: PLC0415 - slow to load
    from daccord.ledger.verify import verify_ledger  # noqa: PLC0415

    where = whereabouts(ledger, data)
    earlier = read_checkpoints(checkpoints)
    if where.high_water.is_file():
        earlier |= read_checkpoints((str(where.high_water),))
    with errors(), progress_bar("verifying", quiet=quiet) as progress:
        report = verify_ledger(
            where.place,
            keys=[key for each in keys for key in read_keys(each)],
            policy=None if policy is None else read_policy(policy),
            tsa_roots=None if tsa_root is None else read_roots(Path(tsa_root)),
            earlier=earlier,
            progress=progress,
            processes=how_many(processes),
        )
    if as_json:
        click.echo(json.dumps(report_as_data(report), indent=2))
    else:
        print_report(report, quiet=quiet)
    sys.exit(0 if report.ok else FOUND)


def read_checkpoints(files: Iterable[str]) -> dict[str, str]:
    """Read files with one checkpoint each, or a receipt, by the name that they are told by.

    Ends the command for a file that begins as a receipt and is none. What else a file may hold is
    for the verification to say.
    """
    return {f"checkpoint in {file}": _read_checkpoint(file) for file in files}


def _read_checkpoint(file: str) -> str:
    from daccord.receipt.receipt import (  # noqa: PLC0415 - slow to load
        FIRST_LINE,
        RECEIPT_BYTES_MAX,
        parse_receipt,
    )

    raw = read_file(file, RECEIPT_BYTES_MAX)
    if not raw.startswith(f"{FIRST_LINE}\n".encode()):
        return raw.decode("utf-8", "replace")
    try:
        return parse_receipt(raw).proof.checkpoint
    except ReceiptRejected as error:
        could_not_run(f"daccord: {click.format_filename(file)}: {error.reason}")


def how_many(processes: int | None) -> int:
    """Give the number of processes to verify with."""
    return processes or min(4, len(os.sched_getaffinity(0)))


def print_report(report: Report, *, quiet: bool = False) -> None:
    """Print what was found, one line each, and what was looked at."""
    for each in report.findings:
        click.echo(harmless(str(each)))
    if report.found > len(report.findings):
        click.echo(f"and {report.found - len(report.findings)} more")
    if not quiet:
        for each in report.remarks:
            click.echo(f"note: {each.what}", err=True)
    counts = report.counts
    told = ", ".join(
        f"{count} {word}"
        for count, word in (
            (counts.size, "entries"),
            (counts.records, "records"),
            (counts.forgotten, "forgotten"),
            (counts.statements, "statements"),
            (counts.waiting, "waiting"),
        )
        if count or word == "entries"
    )
    if report.ok:
        click.echo(f"nothing is wrong: {told}")
    else:
        click.echo(f"{report.found} found in {told}")


def report_as_data(report: Report) -> dict[str, object]:
    """Give a report for ``--json``."""
    return {
        "ok": report.ok,
        "found": report.found,
        "findings": [_as_data(each) for each in report.findings],
        "remarks": [_as_data(each) for each in report.remarks],
        "root": report.root.hex(),
        "counts": {name: getattr(report.counts, name) for name in report.counts.__slots__},
    }


def _as_data(finding: Finding) -> dict[str, str]:
    return {"id": finding.id, "where": finding.where, "what": finding.what}
