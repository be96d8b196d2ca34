"""``daccord keygen``: a key for DACCORD_COOKIE_KEYS."""

from __future__ import annotations

import click


@click.command()
def keygen() -> None:
    """Print a new cookie key.

    Several nodes of one site share it through DACCORD_COOKIE_KEYS. To rotate, add the new key at
    the end of the list, and drop the oldest when every choice made with it has expired.
    """
    # Imported when needed: it reads declarations too, and pydantic takes long to start.
    from daccord.server.settings import new_key  # noqa: PLC0415

    click.echo(new_key())
