"""Files that a command is given: read as far as they may be long, - for standard input."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from daccord.cli.endings import could_not_run


def read_file(file: str, limit: int) -> bytes:
    """Read at most ``limit`` bytes and one more, so that /dev/zero ends too, or end the command."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(limit + 1)
        with Path(file).open("rb") as opened:
            return opened.read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        could_not_run(f"daccord: cannot read {click.format_filename(file)}: {reason}")


def harmless(line: str) -> str:
    """Keep what somebody else has written from drawing on a terminal."""
    return line if line.isprintable() else ascii(line)
