"""``daccord ledger cosign`` and ``daccord ledger timestamp``: anchor the newest checkpoint now."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daccord.cli.endings import FOUND, could_not_run
from daccord.cli.files import harmless
from daccord.cli.ledger_place import as_json_option, ledger_options, whereabouts
from daccord.cli.trust import read_policy
from daccord.errors import AnchorFailed
from daccord.server.folder import WITNESSES_FILE

if TYPE_CHECKING:
    from daccord.ledger.anchoring import Round, Standing
    from daccord.merkle.policies import Policy


@click.command()
@ledger_options
@click.option(
    "--witnesses",
    envvar="DACCORD_WITNESSES",
    metavar="FILE",
    help=f"The policy that names them; {WITNESSES_FILE} in the folder otherwise.",
)
@click.option(
    "--timeout",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0.1, 600),
    help="Seconds that a witness may take.",
)
@as_json_option
def cosign(
    *, ledger: str | None, data: Path, witnesses: str | None, timeout: float, as_json: bool
) -> None:
    """Take the newest checkpoint to the witnesses now.

    Exit code 1 when they are not as many as the policy asks for, or when one refuses the log.
    """
    from daccord.ledger.anchoring import Anchoring, Trouble  # noqa: PLC0415 - slow to load

    policy = _read_askable(witnesses or str(data / WITNESSES_FILE))
    with whereabouts(ledger, data).tables() as tables:
        done = Anchoring(lambda: tables, policy, timeout_s=timeout).anchor()
    if done.size is None:
        could_not_run("daccord: the log has no signed checkpoint yet")
    if as_json:
        click.echo(json.dumps(_as_data(done), ensure_ascii=False, indent=2))
    else:
        _print(done)
    is_refused = any(each.trouble in {Trouble.FORK, Trouble.ROLLBACK} for each in done.standings)
    sys.exit(0 if done.is_met and not is_refused else FOUND)


@click.command()
@ledger_options
@click.option("--tsa", required=True, metavar="URL", help="The time-stamping authority (RFC 3161).")
@click.option(
    "--tsa-root",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The certificates to believe it by, in PEM; the system's otherwise.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the token to this new file as well.",
)
@as_json_option
def timestamp(  # noqa: PLR0913 - the options of a command
    *,
    ledger: str | None,
    data: Path,
    tsa: str,
    tsa_root: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Have an authority stamp the newest checkpoint, and keep the token with it.

    Only a hash of the checkpoint is sent. Needs the extra `timestamps`.
    """
    from daccord.ledger.anchors import keep_stamped, text_of  # noqa: PLC0415 - slow to load
    from daccord.ledger.timestamps import ask_timestamp, read_roots  # noqa: PLC0415

    with whereabouts(ledger, data).tables() as tables:
        head = tables.head()
        if head.checkpoint is None:
            could_not_run("daccord: the log has no signed checkpoint yet")
        text = text_of(head.checkpoint)
        try:
            token, time = ask_timestamp(tsa, text, read_roots(tsa_root))
        except AnchorFailed as error:
            could_not_run(f"daccord: no time-stamp from {harmless(tsa)}: {error}")
        keep_stamped(tables, head.size, head.checkpoint, token)
    if out is not None:
        _write(out, token)
    said = time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if as_json:
        click.echo(json.dumps({"size": head.size, "time": said, "token_bytes": len(token)}))
    else:
        click.echo(f"checkpoint {head.size} existed at {said}, says {harmless(tsa)}")


def _read_askable(file: str) -> Policy:
    """Read a policy with somebody in it to ask, or end the command."""
    policy = read_policy(file)
    if all(each.url is None for each in policy.witnesses):
        could_not_run(f"daccord: {file} names no witness with an address to ask")
    return policy


def _as_data(done: Round) -> dict[str, object]:
    return {
        "size": done.size,
        "is_met": done.is_met,
        "is_kept": done.is_kept,
        "witnesses": [
            {
                "name": each.name,
                "size": each.size,
                "time": None if each.time_s is None else _time(each.time_s),
                "trouble": each.trouble,
                "words": each.words,
            }
            for each in done.standings
        ],
    }


def _print(done: Round) -> None:
    met = "as the policy asks" if done.is_met else "by fewer than the policy asks for"
    click.echo(f"checkpoint {done.size}: cosigned {met}, {'kept' if done.is_kept else 'not kept'}")
    for each in done.standings:
        click.echo(f"  {harmless(each.name)}: {_line(each)}")


def _line(standing: Standing) -> str:
    last = "nothing yet"
    if standing.size is not None and standing.time_s is not None:
        last = f"cosigned {standing.size} on {_time(standing.time_s)}"
    if standing.trouble is None:
        return last
    return f"{standing.trouble.upper()}: {standing.words} ({last})"


def _time(time_s: int) -> str:
    """Write a witness's time; a year that no calendar here has, as seconds."""
    try:
        return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return f"{time_s} s after 1970"


def _write(path: Path, token: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(token)
    except OSError as error:
        could_not_run(f"daccord: the token is kept, but not written to '{path}': {error.strerror}")
