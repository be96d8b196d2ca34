"""Who takes part in the demo: the name, the hosts and the app of each process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp

    from daccord.demo.addresses import Addresses
    from daccord.demo.thirdparties.log import Log

    Make: TypeAlias = "Callable[[Addresses, Path], Served]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a process serves: an app, the log it keeps (if any), what clearing the log clears."""

    app: ASGIApp
    log: Log | None = None
    on_clear: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One process. ``hosts`` maps fields of `Addresses` to host names, all on one port.

    ``module`` has a function ``make(addresses, data) -> Served``; ``data`` is a folder of the
    process's own.
    """

    name: str
    title: str
    hosts: dict[str, str]
    module: str


_HERE = "daccord.demo.thirdparties"

PAPER = Party(
    name="paper",
    title="the newspaper",
    hosts={"paper": "paper.localhost"},
    module="daccord.demo.press",
)
THIRD_PARTIES = (
    Party(
        name="comments",
        title="Isso, comments",
        hosts={"comments": "comments.localhost"},
        module=f"{_HERE}.comments",
    ),
    Party(
        name="social",
        title="Murmure, a social network",
        hosts={"social": "social.localhost"},
        module=f"{_HERE}.social",
    ),
    Party(
        name="ads",
        title="Réclame, advertising",
        hosts={"ads": "ads.localhost", "cdn": "cdn.ads.localhost"},
        module=f"{_HERE}.ads",
    ),
    Party(
        name="tags",
        title="Aiguillage, a tag manager",
        hosts={"tags": "tags.localhost"},
        module=f"{_HERE}.tags",
    ),
    Party(
        name="bidder",
        title="Surenchère, a bidder",
        hosts={"bidder": "sync.bidder.localhost"},
        module=f"{_HERE}.bidder",
    ),
    Party(
        name="unknown",
        title="a host that nobody declared",
        hosts={"unknown": "leak.unknown.localhost"},
        module=f"{_HERE}.unknown",
    ),
)
PARTIES = (PAPER, *THIRD_PARTIES)
"""In the order of their preferred ports."""
