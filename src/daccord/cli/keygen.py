"""``daccord keygen``: a key for DACCORD_COOKIE_KEYS."""

from __future__ import annotations

import click


@click.command()
def keygen() -> None:
    """Print a new cookie key.

    Several nodes of one site share it through DACCORD_COOKIE_KEYS. To rotate, add the new key at
    the end of the list, and drop the oldest when every choice made with it has expired.
    """
    from daccord.server.cookie_keys import new_key  # noqa: PLC0415 - slow to load

    click.echo(new_key())
