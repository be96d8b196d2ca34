"""``daccord ledger status``: what a ledger holds, and what needs a person."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daccord.cli.endings import FOUND
from daccord.cli.files import harmless
from daccord.cli.ledger_place import (
    as_json_option,
    key_options,
    ledger_options,
    quiet_option,
    read_signer,
    whereabouts,
)
from daccord.cli.trust import read_policy
from daccord.server.folder import WITNESSES_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.ledger.status import Status


@click.command()
@ledger_options
@key_options
@click.option(
    "--witnesses",
    envvar="DACCORD_WITNESSES",
    metavar="FILE",
    help=f"The policy that names the witnesses; {WITNESSES_FILE} in the folder otherwise.",
)
@click.option(
    "--declaration",
    metavar="FILE",
    help="The declaration whose record_duration counts; daccord.toml otherwise, if it is there.",
)
@as_json_option
@quiet_option
def status(  # noqa: PLR0913 - the options of a command
    *,
    ledger: str | None,
    data: Path,
    key_file: Path | None,
    passphrase: Path | None,
    witnesses: str | None,
    declaration: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say how the ledger is doing. Verifies nothing: see `daccord ledger verify`.

    Ends with 1 when something needs a person. With --quiet, only that is printed.
    """
    from daccord.ledger.status import status_of  # noqa: PLC0415 - slow to load

    where = whereabouts(ledger, data)
    signer = read_signer(key_file, data, passphrase)
    default = data / WITNESSES_FILE
    file = witnesses or (str(default) if default.is_file() else None)
    policy = None if file is None else read_policy(file)
    with where.tables() as tables:
        found = status_of(
            where.place,
            tables,
            high_water=where.high_water,
            key=None if signer is None else signer.verifier,
            policy=policy,
            keep_days=_keep_days(declaration),
            now_ms=int(time.time() * 1_000),
        )
    if as_json:
        click.echo(json.dumps(_as_data(found), indent=2))
    else:
        if not quiet:
            for label, value in _lines(found):
                click.echo(f"{label:<12} {harmless(value)}")
        for sentence in found.needs:
            click.echo(f"needs you:   {sentence}")
    sys.exit(FOUND if found.needs else 0)


def _keep_days(declaration: str | None) -> int | None:
    from daccord.cli.ledger_forget import record_days  # noqa: PLC0415 - as needed

    if declaration is None and not Path("daccord.toml").is_file():
        return None
    return record_days(declaration or "daccord.toml")


def _lines(found: Status) -> Iterator[tuple[str, str]]:
    yield "ledger", f"{found.place} ({found.store}, version {found.version})"
    signed = "signed" if found.is_signed else "not signed"
    yield "log", f"{found.size} entries, root {found.root.hex()[:16]}…, {signed}"
    for key in found.keys:
        yield "key", key
    forgotten = f", {found.forgotten} forgotten" if found.forgotten else ""
    yield "records", f"{found.records}{forgotten}, {found.waiting} waiting"
    if found.oldest_ms is not None and found.newest_ms is not None:
        yield "from", f"{_time(found.oldest_ms)} to {_time(found.newest_ms)}"
    if found.keep_days is not None:
        yield "kept for", f"{found.keep_days} days"
    per_record = found.bytes_per_record
    each = f", {per_record} a record" if per_record is not None else ""
    yield "disk", f"{found.bytes} bytes{each}"
    for anchor in found.anchors:
        who = ", ".join(f"{name} at {_time(time_s * 1_000)}" for name, time_s in anchor.witnesses)
        stamps = f"{anchor.timestamps} time-stamps" if anchor.timestamps else ""
        yield f"kept {anchor.size}", "; ".join(each for each in (who, stamps) if each) or "signed"


def _as_data(found: Status) -> dict[str, object]:
    return {
        "ok": not found.needs,
        "needs": list(found.needs),
        "store": found.store,
        "place": found.place,
        "version": found.version,
        "size": found.size,
        "root": found.root.hex(),
        "signed": found.is_signed,
        "keys": list(found.keys),
        "records": found.records,
        "forgotten": found.forgotten,
        "statements": found.statements,
        "waiting": found.waiting,
        "oldest": None if found.oldest_ms is None else _time(found.oldest_ms),
        "newest": None if found.newest_ms is None else _time(found.newest_ms),
        "keep_days": found.keep_days,
        "bytes": found.bytes,
        "bytes_per_record": found.bytes_per_record,
        "anchors": [
            {
                "size": each.size,
                "witnesses": [
                    {"name": name, "time": _time(time_s * 1_000)} for name, time_s in each.witnesses
                ],
                "timestamps": each.timestamps,
            }
            for each in found.anchors
        ],
    }


def _time(time_ms: int) -> str:
    try:
        said = datetime.fromtimestamp(time_ms // 1_000, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return f"{time_ms} ms after 1970"
    return said.replace("+00:00", "Z")
