"""The newspaper as one process of the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daccord.demo.paper import guarded_paper
from daccord.demo.parties import Served

if TYPE_CHECKING:
    from pathlib import Path

    from daccord.demo.addresses import Addresses


def make(addresses: Addresses, data: Path) -> Served:
    """Serve the paper, guarded by daccord. It keeps no log: it tracks nobody."""
    return Served(app=guarded_paper(origins=addresses.to_origins(), data=data))
