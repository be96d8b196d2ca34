"""``daccord receipt``: check a receipt, read it, and give it in the formats of others."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from daccord.cli.endings import FOUND, could_not_run
from daccord.cli.files import harmless, read_file
from daccord.cli.ledger_place import as_json_option, ledger_options, whereabouts
from daccord.cli.trust import read_keys, read_policy
from daccord.errors import ProofRejected, ReceiptRejected, SettingsFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from daccord.receipt.check import Step, Verdict
    from daccord.receipt.receipt import Receipt

TOKEN_BYTES_MAX: Final = 131_072

_MARKS: Final = {"passed": "✓", "failed": "✗", "not-checked": "-"}
_COLOURS: Final = {"passed": "green", "failed": "red", "not-checked": "yellow"}


@click.group()
def receipt() -> None:
    """Check, read and convert the receipt of a consent."""


@receipt.command()
@click.argument("file")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="PUBKEY",
    help="A public key of the log, name+id+key, or a file with one a line. Old keys count too.",
)
@click.option("--policy", metavar="FILE", help="Logs and witnesses to believe (C2SP tlog-policy).")
@click.option("--timestamp", metavar="FILE", help="A time-stamp of the checkpoint (RFC 3161).")
@click.option("--tsa-root", metavar="FILE", help="Certificates to believe it by, in PEM.")
@as_json_option
def verify(  # noqa: PLR0913 - the options of a command
    file: str,
    *,
    keys: tuple[str, ...],
    policy: str | None,
    timestamp: str | None,
    tsa_root: str | None,
    as_json: bool,
) -> None:
    """Check what a receipt proves, step by step. Works offline, and without the ledger.

    FILE is the receipt; - is standard input. Ends with 0 when every check passed, 1 when one
    failed, 2 on wrong use and 3 when a file cannot be read.
    """
    from daccord.receipt.check import check_receipt  # noqa: PLC0415 - slow to load
    from daccord.receipt.receipt import RECEIPT_BYTES_MAX  # noqa: PLC0415

    known = [key for each in keys for key in read_keys(each)]
    believed = None if policy is None else read_policy(policy)
    if not known and not (believed and believed.logs):
        raise click.UsageError("name at least one public key of the log with --key")
    if timestamp is None and tsa_root is not None:
        raise click.UsageError("--tsa-root goes with --timestamp")
    verdict = check_receipt(
        read_file(file, RECEIPT_BYTES_MAX),
        known,
        policy=believed,
        now_s=int(time.time()),
        check_timestamp=None if timestamp is None else _timestamp_check(timestamp, tsa_root),
    )
    if as_json:
        click.echo(_dump(_verdict_as_data(verdict)))
    else:
        _print_verdict(verdict)
    sys.exit(0 if verdict.passed else FOUND)


@receipt.command()
@click.argument("file")
@as_json_option
def show(file: str, *, as_json: bool) -> None:
    """Print what the record in a receipt says. Checks nothing: see `daccord receipt verify`."""
    from daccord.receipt.plain import tell_record  # noqa: PLC0415 - slow to load

    found = _read_receipt(file)
    told = tell_record(found.record)
    if as_json:
        click.echo(_dump(dict(told)))
    else:
        for label, value in told:
            click.echo(f"{label:<12} {value}")
    click.echo("nothing was checked: `daccord receipt verify` does that", err=True)


@receipt.command()
@click.argument("file")
@click.option(
    "--format",
    "form",
    type=click.Choice(["iso27560", "kantara"]),
    required=True,
    help="ISO/IEC TS 27560:2023, or the Kantara Consent Receipt 1.1.",
)
@click.option(
    "--declaration",
    metavar="FILE",
    help="The declaration that the record names; taken from the ledger otherwise.",
)
@ledger_options
def export(
    file: str, *, form: str, declaration: str | None, ledger: str | None, data: Path
) -> None:
    """Print a receipt as JSON in another format. Checks no proof.

    Controller, purposes and recipients come from the declaration whose hash is in the record:
    from a file, a daccord.toml or its canonical form, or from the ledger.
    """
    from daccord.ledger.publishing import read_text  # noqa: PLC0415 - slow to load
    from daccord.receipt.export.declared import read_declared  # noqa: PLC0415
    from daccord.receipt.export.iso27560 import export_iso27560  # noqa: PLC0415
    from daccord.receipt.export.kantara import export_kantara  # noqa: PLC0415

    found = _read_receipt(file)
    version = found.record.declaration_version
    if declaration is not None:
        text: bytes | None = _read_declaration(declaration, version)
    else:
        with whereabouts(ledger, data).tables() as tables:
            text = read_text(tables, version)
    if text is None:
        could_not_run(
            f"daccord: this ledger has no declaration {version}\n"
            "  hint: name the file that the site ran with, with --declaration"
        )
    try:
        declared = read_declared(found.record, text)
    except ReceiptRejected as error:
        _is_none(file, error)
    export = export_kantara if form == "kantara" else export_iso27560
    click.echo(_dump(export(found, declared)))


def _read_receipt(file: str) -> Receipt:
    from daccord.receipt.receipt import RECEIPT_BYTES_MAX, parse_receipt  # noqa: PLC0415

    try:
        return parse_receipt(read_file(file, RECEIPT_BYTES_MAX))
    except ReceiptRejected as error:
        _is_none(file, error)


def _is_none(file: str, error: ReceiptRejected) -> NoReturn:
    name = "<stdin>" if file == "-" else click.format_filename(file)
    click.echo(f"daccord: {name}: {error.reason}", err=True)
    raise SystemExit(FOUND)


def _timestamp_check(file: str, root: str | None) -> Callable[[str], int]:
    """Give what checks the text of a checkpoint against a time-stamp: a response or its token."""
    from daccord.ledger.timestamps import read_roots, verify_timestamp  # noqa: PLC0415
    from daccord.ledger.tokens import split_response  # noqa: PLC0415

    raw = read_file(file, TOKEN_BYTES_MAX)
    try:
        roots = read_roots(None if root is None else Path(root))
    except SettingsFault as fault:
        could_not_run(f"daccord: {fault}")
    try:
        token = split_response(raw)[1] or raw
    except ProofRejected:
        token = raw  # a token by itself, as `daccord ledger timestamp` keeps it

    def check(text: str) -> int:
        try:
            return int(verify_timestamp(token, text, roots).timestamp())
        except SettingsFault as fault:
            could_not_run(f"daccord: {fault}")

    return check


def _read_declaration(file: str, version: str) -> bytes:
    """Read a declaration, as a publisher writes it or in its canonical form."""
    from hashlib import sha256  # noqa: PLC0415

    from daccord.declaration.canonical import canonical_form  # noqa: PLC0415
    from daccord.declaration.parse import LONGEST_BYTES, parse_declaration  # noqa: PLC0415
    from daccord.errors import DeclarationFaults  # noqa: PLC0415

    raw = read_file(file, LONGEST_BYTES)
    if sha256(raw).hexdigest() == version:
        return raw
    try:
        declaration = parse_declaration(raw, name=file)
    except DeclarationFaults as faults:
        could_not_run(f"daccord: {faults}")
    if declaration.version != version:
        could_not_run(
            f"daccord: '{file}' is version {declaration.version},\n"
            f"  and the record names {version}\n"
            "  hint: a changed word is another version; the ledger keeps all that were live"
        )
    return canonical_form(declaration)


def _verdict_as_data(verdict: Verdict) -> dict[str, Any]:
    return {
        "ok": verdict.passed,
        "steps": [
            {
                "id": step.id,
                "outcome": step.outcome.value,
                "words": step.words,
                "seen": [{"what": what, "value": value} for what, value in step.seen],
            }
            for step in verdict.steps
        ],
        "not_shown": list(verdict.not_shown),
    }


def _print_verdict(verdict: Verdict) -> None:
    for step in verdict.steps:
        _print_step(step)
    _print_list("No receipt shows:", verdict.not_shown)
    if verdict.passed:
        _say("\nEvery check passed: the log holds this record.", "passed")
    else:
        failed = [step.id for step in verdict.steps if step.outcome.value == "failed"]
        _say(f"\nThis receipt proves nothing: {', '.join(failed)} failed.", "failed")


def _print_step(step: Step) -> None:
    outcome = step.outcome.value
    _say(f"{_mark(outcome)} {outcome:<11} {step.id}", outcome)
    click.echo(f"    {harmless(step.words)}")
    for what, value in step.seen:
        click.echo(f"      {what:<12} {harmless(value)}")


def _print_list(title: str, lines: Iterable[str]) -> None:
    click.echo(f"\n{title}")
    for line in lines:
        click.echo(f"  - {line}")


def _mark(outcome: str) -> str:
    """The sign of an outcome, where the terminal has it; the word stands beside it anyway."""
    mark = _MARKS[outcome]
    try:
        mark.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "*"
    return mark


def _say(line: str, outcome: str) -> None:
    plain = bool(os.environ.get("NO_COLOR"))  # https://no-color.org
    click.echo(line if plain else click.style(line, fg=_COLOURS[outcome]))


def _dump(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)
