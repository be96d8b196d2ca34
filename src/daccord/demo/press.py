"""The newspaper as one process of the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daccord.demo.ledger_key import keep_ledger_key
from daccord.demo.paper import guarded_paper
from daccord.demo.paper.guarded import DECLARATION
from daccord.demo.parties import Served
from daccord.server.settings import read_declaration

if TYPE_CHECKING:
    from pathlib import Path

    from daccord.demo.addresses import Addresses


OWN_DECLARATION = "daccord.toml"


def make(addresses: Addresses, data: Path) -> Served:
    """Serve the paper, guarded by daccord. It keeps no log: it tracks nobody.

    A `daccord.toml` in its folder of data takes the place of the paper's own: to try a changed
    declaration, in the demo (``--data``) and in tests.
    """
    own = data / OWN_DECLARATION
    declaration = own if own.is_file() else DECLARATION
    read_declaration(declaration)  # its faults stop the start here, before any framework sees them
    keep_ledger_key(data, addresses.paper)
    app = guarded_paper(origins=addresses.to_origins(), data=data, declaration=declaration)
    return Served(app=app)
