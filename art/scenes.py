"""The pictures, one function each."""

from __future__ import annotations

from collections.abc import Callable

from bog import bog
from bus import bus
from chess import chess
from inks import Sheet
from lighthouse import lighthouse
from market import market
from oysters import oysters

SCENES: dict[str, Callable[[], Sheet]] = {
    "lighthouse": lighthouse,
    "night-market": market,
    "bus": bus,
    "bog": bog,
    "oysters": oysters,
    "chess": chess,
}
