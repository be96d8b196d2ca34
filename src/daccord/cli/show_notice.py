"""``daccord ledger show-notice``: the notice that the reader of a receipt saw, shown again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from daccord.cli.endings import FOUND, could_not_run
from daccord.cli.files import harmless, read_file
from daccord.cli.ledger_place import ledger_options, whereabouts
from daccord.errors import ReceiptRejected

if TYPE_CHECKING:
    from daccord.ledger.tables import LogTables
    from daccord.receipt.receipt import Receipt


@click.command("show-notice")
@click.argument("receipt")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page to this new file; to standard output otherwise.",
)
@ledger_options
def show_notice(receipt: str, *, out: Path | None, ledger: str | None, data: Path) -> None:
    """Write the page of the notice that a reader saw, and say what of it is proved.

    RECEIPT is the file; - is standard input. The page is one file that loads and sends nothing.
    Ends with 1 when the ledger does not bear out what the record says, with 3 when it lacks the
    notice.
    """
    from daccord.receipt.notice_page import render_notice_page  # noqa: PLC0415 - slow to load
    from daccord.receipt.receipt import RECEIPT_BYTES_MAX, parse_receipt  # noqa: PLC0415

    try:
        found = parse_receipt(read_file(receipt, RECEIPT_BYTES_MAX))
        with whereabouts(ledger, data).tables() as tables:
            notice, is_borne_out = _look_up(tables, found)
        page = render_notice_page(found.record, notice)
    except ReceiptRejected as error:
        click.echo(f"daccord: {click.format_filename(receipt)}: {error.reason}", err=True)
        raise SystemExit(FOUND) from None
    _write(page, out)
    raise SystemExit(0 if is_borne_out else FOUND)


def _look_up(tables: LogTables, receipt: Receipt) -> tuple[bytes, bool]:
    """Give the notice, and say on stderr what is there of all that the record names."""
    from daccord.ledger.publishing import find_publication, holds_receipt, read_text  # noqa: PLC0415

    record = receipt.record
    index = receipt.proof.index
    checks = [
        _tell(
            holds_receipt(tables, receipt),
            f"the record is entry {index} of this log",
            f"entry {index} of this log is not this record: a receipt of another log, or changed",
        )
    ]
    texts = {}
    for name, digest in (
        ("notice", record.notice_hash),
        ("code", record.code_hash),
        ("declaration", record.declaration_version),
    ):
        texts[name] = read_text(tables, digest)
        checks.append(
            _tell(
                texts[name] is not None,
                f"the {name} is kept, and has the hash in the record, {digest}",
                f"the ledger keeps no {name} with the hash in the record, {digest}",
            )
        )
    published = find_publication(tables, record)
    missing = "the log holds no statement that this version went live"
    when = "" if published is None else f"entry {published.leaf} of {published.size}"
    checks.append(
        _tell(
            published is not None and published.leaf < index,
            f"{when} says that this version went live, before the consent",
            f"{when} says that this version went live, after the consent" if when else missing,
        )
    )
    if texts["notice"] is None:
        could_not_run("daccord: there is no notice to show")
    return texts["notice"], all(checks)


def _tell(passed: bool, yes: str, no: str) -> bool:  # noqa: FBT001 - what it is about
    click.echo(harmless(f"{'passed' if passed else 'failed'}  {yes if passed else no}"), err=True)
    return passed


def _write(page: str, out: Path | None) -> None:
    if out is None:
        click.echo(page.encode(), nl=False)
        return
    try:
        with out.open("xb") as opened:
            opened.write(page.encode())
    except OSError as error:
        could_not_run(f"daccord: cannot write '{out}': {error.strerror}")
    click.echo(f"the notice is in {out}", err=True)
