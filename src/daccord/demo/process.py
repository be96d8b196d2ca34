"""One process of the demo: `python -m daccord.demo.process MODULE …`, started by the stage.

It serves on listening sockets that its parent made, so that no port is lost between choosing
and using it, and a connection made before it is ready waits instead of failing.
"""

from __future__ import annotations

import importlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daccord.demo.addresses import Addresses
from daccord.demo.thirdparties.serve import serve
from daccord.errors import DaccordError

if TYPE_CHECKING:
    from daccord.demo.parties import Make


@click.command()
@click.argument("module")
@click.option("--addresses", required=True, help="JSON of Addresses")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="a folder of its own")
@click.option("--socket", "descriptors", multiple=True, type=int, help="inherited descriptor")
def main(module: str, addresses: str, data: Path, descriptors: tuple[int, ...]) -> None:
    """Serve what ``make`` of MODULE makes, until told to stop or until the parent is gone."""
    data.mkdir(parents=True, exist_ok=True)
    make: Make = importlib.import_module(module).make
    try:
        served = make(Addresses.from_json(addresses), data)
    except DaccordError as fault:
        click.echo(fault, err=True)
        raise SystemExit(1) from None
    sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    serve(served.app, sockets, log=served.log, on_clear=served.on_clear)


if __name__ == "__main__":
    main()
