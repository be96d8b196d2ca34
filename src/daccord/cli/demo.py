"""``daccord demo``: the newspaper and its third parties, on this machine."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--port", default=8100, show_default=True, help="Preferred port of the newspaper.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep what the demo stores in this folder; a temporary one otherwise.",
)
@click.option("--quiet", is_flag=True, help="Print the newspaper's address only.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON with all addresses.")
def demo(port: int, data: Path | None, *, quiet: bool, as_json: bool) -> None:
    """Start a small newspaper and the third parties that would follow its readers."""
    try:
        from daccord.demo.launch import Voice, launch  # noqa: PLC0415 - an extra, and slow to load
    except ModuleNotFoundError as missing:
        click.echo(
            f"daccord demo: {missing.name} is missing: pip install 'daccord[demo]'", err=True
        )
        raise SystemExit(3) from None
    voice = Voice.JSON if as_json else Voice.QUIET if quiet else Voice.FULL
    raise SystemExit(launch(port=port, data=data, voice=voice))
