"""The pictures, one function each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from art.bog import bog
from art.bus import bus
from art.chess import chess
from art.lighthouse import lighthouse
from art.market import market
from art.oysters import oysters

if TYPE_CHECKING:
    from collections.abc import Callable

    from art.inks import Sheet

SCENES: dict[str, Callable[[], Sheet]] = {
    "lighthouse": lighthouse,
    "night-market": market,
    "bus": bus,
    "bog": bog,
    "oysters": oysters,
    "chess": chess,
}
