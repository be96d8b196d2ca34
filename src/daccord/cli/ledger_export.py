"""``daccord ledger export``: the records as a table."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from daccord.cli.endings import could_not_run
from daccord.cli.ledger_place import (
    as_json_option,
    errors,
    ledger_options,
    progress_bar,
    quiet_option,
    whereabouts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daccord.ledger.export import Sink


def _read_time(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """Read a day or a time, in UTC unless it says otherwise, as milliseconds since 1970."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"'{value}' is no day: expected 2026-01-31, or 2026-01-31T12:00:00Z"
        ) from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1_000)


@click.command()
@ledger_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "parquet"]),
    default="csv",
    show_default=True,
    help="CSV, JSON Lines, or Parquet (extra `parquet`).",
)
@click.option("--since", metavar="DAY", callback=_read_time, help="From this day on (UTC).")
@click.option("--until", metavar="DAY", callback=_read_time, help="Before this day (UTC).")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The new file, for its owner alone; standard output otherwise.",
)
@as_json_option
@quiet_option
def export(  # noqa: PLR0913 - the options of a command
    *,
    ledger: str | None,
    data: Path,
    form: str,
    since: int | None,
    until: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the records in the tree, one a line, with their leaves.

    These are personal data. Forgetting a record later does not reach into a file made here.
    --json says afterwards what was written, and needs --out.
    """
    from daccord.ledger.export import Csv, JsonLines, Parquet, export_records  # noqa: PLC0415

    if as_json and out is None:
        raise click.UsageError("--json needs --out: standard output is for the records")
    place = whereabouts(ledger, data).place
    sinks: dict[str, Callable[[IO[bytes]], Sink]]
    sinks = {"csv": Csv, "jsonl": JsonLines, "parquet": Parquet}
    with errors(), _opened(out) as file, progress_bar("exporting", quiet=quiet) as progress:
        count = export_records(
            place,
            sinks[form](file),
            since_ms=since or 0,
            until_ms=10**15 if until is None else until,
            progress=progress,
        )
    if as_json:
        click.echo(json.dumps({"records": count, "file": str(out), "format": form}))
    elif not quiet:
        click.echo(f"{count} records: personal data", err=True)


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[bytes]]:
    """Open a new file that is there whole or not at all, or standard output."""
    if out is None:
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # Whoever read has seen enough. What is left in the buffer would fail at the end again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(0) from None
        except OSError as error:
            could_not_run(f"daccord: cannot write: {error.strerror}")
        return
    try:
        file = os.fdopen(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        could_not_run(f"daccord: cannot make '{click.format_filename(out)}': {reason}")
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        out.unlink(missing_ok=True)
        if isinstance(error, OSError):
            could_not_run(f"daccord: cannot write '{out}': {error.strerror}")
        raise
