"""How a command ends, beside 0 for fine and click's own 2 for wrong use."""

from __future__ import annotations

from typing import Final, NoReturn

import click

FOUND: Final = 1
"""There is something to mend or to declare."""

COULD_NOT_RUN: Final = 3


def could_not_run(message: str) -> NoReturn:
    """Say on stderr why the command could not run, and end."""
    click.echo(message, err=True)
    raise SystemExit(COULD_NOT_RUN)
