"""``daccord``: the commands, and how they end.

Exit codes: 0 fine, 1 something was found, 2 wrong use, 3 could not run.
"""

from __future__ import annotations

import click

from daccord import __version__
from daccord.cli.check import check, schema
from daccord.cli.demo import demo
from daccord.cli.keygen import keygen
from daccord.cli.ledger import ledger
from daccord.cli.observed import observed
from daccord.cli.receipt import receipt
from daccord.cli.witness import witness

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 90}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="daccord")
def main() -> None:
    """Consent management that keeps its promises: one declaration, enforced by the browser."""


for command in (check, schema, keygen, observed, demo, ledger, witness, receipt):
    main.add_command(command)
