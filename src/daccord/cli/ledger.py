"""``daccord ledger``: operate the ledger of a site."""

from __future__ import annotations

import click

from daccord.cli.anchor import cosign, timestamp
from daccord.cli.ledger_backup import backup, migrate, restore
from daccord.cli.ledger_export import export
from daccord.cli.ledger_forget import forget, forgotten, retain
from daccord.cli.ledger_keys import keygen, rotate
from daccord.cli.ledger_status import status
from daccord.cli.ledger_verify import verify
from daccord.cli.show_notice import show_notice


@click.group()
def ledger() -> None:
    """Operate the ledger: its key, verification, backups, what is forgotten."""


for command in (
    *(keygen, rotate, status, verify, show_notice),
    *(forget, retain, forgotten, export),
    *(backup, restore, migrate, cosign, timestamp),
):
    ledger.add_command(command)
