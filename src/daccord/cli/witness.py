"""``daccord witness``: cosign the checkpoints of other people's logs."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from daccord.cli.endings import FOUND, could_not_run
from daccord.cli.files import harmless
from daccord.errors import LedgerError, NoteRejected, SettingsFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.witness.judge import Latest
    from daccord.witness.memory import Kept, Memory

DEFAULT_FOLDER: Final = "daccord-witness"
KEY_FILE: Final = "witness.key"
MEMORY_FILE: Final = "witness.sqlite"
CONNECTIONS_MAX: Final = 200
KEEP_ALIVE_SECONDS: Final = 75
"""Limit: logs ask every ten seconds or so, and should not have to connect anew each time."""

_data = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="The folder of the witness.",
)
_key = click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The file of its key; {KEY_FILE} in the folder otherwise.",
)


@click.group()
def witness() -> None:
    """Be a witness: sign that somebody else's log only ever grew."""


@witness.command()
@click.option("--name", required=True, help="A host and path: witness.example/daccord.")
@_data
@_key
def keygen(name: str, data: Path, key_file: Path | None) -> None:
    """Make a witness: a key, and the memory that goes with it.

    Prints the verifier key, for the policies of those who believe this witness.
    """
    from daccord.witness.keys import make_witness  # noqa: PLC0415 - slow to load

    try:
        click.echo(make_witness(key_file or data / KEY_FILE, data / MEMORY_FILE, name))
    except SettingsFault as fault:
        could_not_run(f"daccord witness: {fault}")


@witness.command()
@_data
@_key
@click.option("--log", "logs", multiple=True, metavar="VKEY", help="A log to witness.")
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file with one verifier key a line; # begins a comment.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    default=8300,
    show_default=True,
    type=click.IntRange(0, 65_535),
    help="Where to listen.",
)
def serve(  # noqa: PLR0913 - the options of a command
    *,
    data: Path,
    key_file: Path | None,
    logs: tuple[str, ...],
    log_file: Path | None,
    host: str,
    port: int,
) -> None:
    """Serve add-checkpoint (C2SP tlog-witness) for the logs that are named."""
    if find_spec("uvicorn") is None:
        could_not_run("daccord witness: missing uvicorn\n  hint: pip install 'daccord[server]'")
    import uvicorn  # noqa: PLC0415 - an extra

    from daccord.merkle.notes import format_vkey, parse_vkey  # noqa: PLC0415 - slow to load
    from daccord.witness.app import Witness  # noqa: PLC0415
    from daccord.witness.judge import known_logs  # noqa: PLC0415
    from daccord.witness.keys import load_witness  # noqa: PLC0415

    try:
        signer = load_witness(key_file or data / KEY_FILE)
        known = known_logs(map(parse_vkey, [*logs, *_read_logs(log_file)]))
    except NoteRejected as fault:
        could_not_run(f"daccord witness: the key of a log is wrong: {fault.reason}")
    except SettingsFault as fault:
        could_not_run(f"daccord witness: {fault}")
    if not known:
        raise click.UsageError("name at least one log with --log or --log-file")
    memory = _open(data)
    try:
        if memory.vkey != format_vkey(signer.verifier):
            could_not_run(
                "daccord witness: the memory belongs to another key\n"
                "  hint: a key and its memory are made, kept and restored together"
            )
        app = Witness(logs=known, signer=signer, memory=memory)
        uvicorn.run(
            app,
            host=host,
            port=port,
            lifespan="off",
            access_log=False,  # who asks is nobody's business
            server_header=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
    except LedgerError as error:
        could_not_run(f"daccord witness: {error}")
    finally:
        memory.close()


@witness.command()
@_data
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--dismiss", type=int, metavar="NUMBER", help="Drop evidence that proves nothing.")
def status(data: Path, *, as_json: bool, dismiss: int | None) -> None:
    """Show what was cosigned last, and what is held against logs.

    Exit code 1 when there is evidence of a log that did not only grow.
    """
    memory = _open(data)
    try:
        if dismiss is not None and not memory.dismiss(dismiss):
            could_not_run(f"daccord witness: no evidence {dismiss}, or it shows a fork and stays")
        vkey, logs, evidence = memory.vkey, memory.logs(), memory.evidence()
    except LedgerError as error:
        could_not_run(f"daccord witness: {error}")
    finally:
        memory.close()
    if as_json:
        click.echo(json.dumps(_as_data(vkey, logs, evidence), ensure_ascii=False, indent=2))
    else:
        _print(vkey, logs, evidence)
    sys.exit(FOUND if evidence else 0)


def _open(data: Path) -> Memory:
    from daccord.witness.memory import open_memory  # noqa: PLC0415 - slow to load

    try:
        return open_memory(data / MEMORY_FILE)
    except SettingsFault as fault:
        could_not_run(f"daccord witness: {fault}")


def _read_logs(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsFault(f"cannot read '{path}': {reason}") from error
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _as_data(vkey: str, logs: dict[str, Latest], evidence: Iterable[Kept]) -> dict[str, object]:
    return {
        "vkey": vkey,
        "logs": [
            {
                "origin": origin,
                "size": latest.size,
                "time": _time(latest.time_s),
                "checkpoint": latest.note,
            }
            for origin, latest in logs.items()
        ],
        "evidence": [
            {
                "number": each.number,
                "guilt": each.guilt.value,
                "origin": each.origin,
                "time": _time(each.time_s),
                "size": each.size,
                "cosigned": each.latest,
                "refused": each.note,
                "proof": each.proof.splitlines(),
            }
            for each in evidence
        ],
    }


def _print(vkey: str, logs: dict[str, Latest], evidence: Iterable[Kept]) -> None:
    click.echo(vkey)
    for origin, latest in logs.items():
        click.echo(f"{origin}: cosigned {latest.size} on {_time(latest.time_s)}")
    if not logs:
        click.echo("nothing was cosigned yet")
    for each in evidence:
        said = {
            "fork": "the log signed two histories; anybody can check it from these two",
            "unproven": "the log signed this, and nobody has proved that it continues what was "
            "cosigned; ask the log for the proof",
        }[each.guilt]
        click.echo(f"\nevidence {each.number}, {each.guilt}, {each.origin}, {_time(each.time_s)}")
        click.echo(f"  {said}")
        for title, note in (("cosigned before", each.latest), ("refused", each.note)):
            lines = [harmless(line) for line in (note or "nothing").splitlines()]
            click.echo("\n".join([f"  {title}:", *(f"    {line}" for line in lines)]))


def _time(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")
