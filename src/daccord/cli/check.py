"""``daccord check`` and ``daccord schema``: what a publisher runs while writing a declaration."""

from __future__ import annotations

import json
import sys

import click

from daccord.cli.endings import FOUND
from daccord.cli.files import read_file


@click.command()
@click.argument("file", default="daccord.toml", metavar="[FILE]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(file: str, *, as_json: bool) -> None:
    """Check a declaration and print every fault in it.

    FILE is daccord.toml unless given; - is standard input. Ends with 0 when there is no fault,
    1 when there are some, 2 on wrong use and 3 when the file cannot be read.
    """
    # Imported when needed: pydantic takes longer to start than the rest of the command line.
    from daccord.declaration import report  # noqa: PLC0415
    from daccord.declaration.parse import LONGEST_BYTES, parse_declaration  # noqa: PLC0415
    from daccord.errors import DeclarationFaults  # noqa: PLC0415

    name = "<stdin>" if file == "-" else click.format_filename(file)
    raw = read_file(file, LONGEST_BYTES)
    try:
        declaration = parse_declaration(raw, name=name)
    except DeclarationFaults as faults:
        data = {"ok": False, "name": name, "faults": report.faults_as_data(faults)}
        click.echo(_dump(data) if as_json else report.report_faults(faults, raw))
        sys.exit(FOUND)
    data = {"ok": True, "name": name, **report.summarise(declaration)}
    click.echo(_dump(data) if as_json else report.report_summary(declaration, name=name))


@click.command()
def schema() -> None:
    """Print the JSON Schema of a declaration, for editors."""
    from daccord.declaration.schema import json_schema  # noqa: PLC0415

    click.echo(_dump(json_schema()))


def _dump(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)
