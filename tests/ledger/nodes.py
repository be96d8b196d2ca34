"""Nodes of a cluster as processes of their own, to be listened to and killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a module beside this one."""
    return subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", f"tests.ledger.{script}", *map(str, arguments)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def start_node(dsn: str, threads: int, mergers: int) -> subprocess.Popen[str]:
    """Start `tests.ledger.child_postgres`."""
    return run("child_postgres", dsn, threads, mergers)


def read_text(child: subprocess.Popen[str], *, lines: int | None) -> str:
    """Read so many lines, or all there are until the child is gone, past every buffer of ours.

    `Popen.communicate` would begin in the middle of a line after a buffered ``readline``.
    """
    assert child.stdout is not None
    raw = b""
    while lines is None or raw.count(b"\n") < lines:
        more = os.read(child.stdout.fileno(), 65_536)
        if not more:
            break
        raw += more
    return raw.decode()
