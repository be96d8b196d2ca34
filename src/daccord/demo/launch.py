"""Starting the demo for a person: says where everything is, and what to try; stops on Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from daccord.declaration.addresses import OWN_PREFIX
from daccord.demo.child import StageFault
from daccord.demo.parties import PAPER, PARTIES
from daccord.demo.stage import Stage, open_stage
from daccord.demo.stop import StopRequest
from daccord.server.folder import LEDGER_KEY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

WATCH_SECONDS: Final = 0.5
COULD_NOT_RUN: Final = 3


class Voice(Enum):
    """How much is said on stdout."""

    FULL = "full"
    QUIET = "quiet"
    JSON = "json"


def launch(*, port: int, data: Path | None, voice: Voice) -> int:
    """Run the demo until Ctrl-C or SIGTERM; give the exit code: 0, or 3 when a process failed.

    Without ``data`` everything is kept in a temporary folder, which goes when the demo stops.
    """
    stopping = StopRequest()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.ask()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    started = time.monotonic()
    try:
        with (
            _folder(data) as folder,
            open_stage(data=folder, port=port, stopping=stopping) as stage,
        ):
            _say(stage, voice, seconds=time.monotonic() - started)
            while not stopping.wait(WATCH_SECONDS):
                stage.check()
            if voice is Voice.FULL:
                click.echo("\nStopping.")
    except StageFault as fault:
        if stopping.is_asked():  # stopped while it was still starting
            return 0
        click.echo(f"daccord demo: {fault}", err=True)
        return COULD_NOT_RUN
    return 0


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data
        return
    folder = Path(tempfile.mkdtemp(prefix="daccord-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say(stage: Stage, voice: Voice, *, seconds: float) -> None:
    match voice:
        case Voice.JSON:
            click.echo(stage.addresses.to_json())
        case Voice.QUIET:
            click.echo(stage.addresses.paper)
        case Voice.FULL:
            color = False if os.environ.get("NO_COLOR") else None
            click.echo(_welcome(stage, seconds=seconds), color=color)
    sys.stdout.flush()


def _bold(text: str) -> str:
    return click.style(text, bold=True)


def _dim(text: str) -> str:
    return click.style(text, dim=True)


def _address(text: str) -> str:
    return click.style(text, fg="cyan")


def _key(stage: Stage) -> Path:
    return stage.data / PAPER.name / LEDGER_KEY_FILE


def _welcome(stage: Stage, *, seconds: float) -> str:
    at = stage.addresses
    lines = ["", f"  {_bold('daccord demo')}  {_dim(f'ready in {seconds:.1f} s')}", ""]
    lines += [
        f"  {_address(f'{getattr(at, name):<36}')} {party.title}"
        for party in PARTIES
        for name in party.hosts
    ]
    lines += [
        _dim(f"  port {preferred} was taken: {title} is on {got}")
        for title, preferred, got in stage.moved
    ]
    consents = f"{at.paper}{OWN_PREFIX}consents"
    tries = (
        f"open {_address(f'{at.social}/me')} beside the paper: what the network knows about you",
        "refuse everything: it stays empty, and no comment space opens",
        "under an article, open the comments only: nothing else comes with them",
        "accept everything: it fills with each page you read",
        "withdraw, from the strip on any page: it stops at once",
        f"accept again, open {_address(consents)}: download the receipt, verify it, forget it",
    )
    lines += ["", f"  {_bold('What to try')}"]
    lines += [f"  {number}. {text}" for number, text in enumerate(tries, 1)]
    lines += [
        "",
        _dim(f"  the key that signs the log of consents was made for this demo: {_key(stage)}"),
        _dim(f"  data in {stage.data} · Ctrl-C stops everything"),
        "",
    ]
    return "\n".join(lines)
