"""Measuring side by side on a machine that others use too: sides take turns, medians are kept."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from bench.table import figure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def take_turns(sides: dict[str, Callable[[], float]], *, rounds: int) -> dict[str, list[float]]:
    """Measure every side once a round, so that a slow while is slow for all; the first is warm-up.

    Every other round goes backwards: what a side leaves behind then falls on both its neighbours.
    """
    found: dict[str, list[float]] = {name: [] for name in sides}
    for at in range(-1, rounds):
        for name in sides if at % 2 else reversed(sides):
            value = sides[name]()
            if at >= 0:
                found[name].append(value)
    return found


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """The middle half: lower to upper quartile."""
    if len(values) < 4:
        return f"{figure(min(values))} to {figure(max(values))}"
    low, _, high = statistics.quantiles(values, n=4)
    return f"{figure(low)} to {figure(high)}"


def differences(with_it: Sequence[float], without: Sequence[float]) -> list[float]:
    """What the first side costs more than the second, round by round."""
    return [a - b for a, b in zip(with_it, without, strict=True)]
