"""``daccord demo``: the newspaper and its third parties, on this machine."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from daccord.cli.endings import could_not_run

NEEDED: Final = ("a2wsgi", "isso", "jinja2", "starlette", "uvicorn", "websockets")
"""What the processes of the demo import of the extra ``demo``."""


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
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        could_not_run(
            f"daccord demo: missing {', '.join(missing)}\n"
            "  hint: pip install 'daccord[demo]'; of it, Isso's misaka asks for a C compiler, "
            "which `./run demo` in a clone does without"
        )
    from daccord.demo.launch import Voice, launch  # noqa: PLC0415 - slow to load

    voice = Voice.JSON if as_json else Voice.QUIET if quiet else Voice.FULL
    raise SystemExit(launch(port=port, data=data, voice=voice))
