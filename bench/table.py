"""A measured figure beside its reference and its aim, and the table made of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Bound(Enum):
    """Which way an aim points."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


class Of(Enum):
    """What an aim is about: the figure itself, or its ratio to the reference."""

    VALUE = "value"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A limit of the issue; a ratio's limit is a fraction of 1."""

    limit: float
    bound: Bound = Bound.AT_MOST
    of: Of = Of.VALUE

    def text(self, unit: str) -> str:
        """Write the aim in the unit of its row."""
        if self.of is Of.RATIO:
            return f"{self.bound.value} {self.limit:.0%} of it"
        return f"{self.bound.value} {figure(self.limit)} {unit}".rstrip()

    def verdict(self, found: float) -> str:
        """Say whether ``found`` keeps the aim, or by how much it does not."""
        short = self.limit - found if self.bound is Bound.AT_LEAST else found - self.limit
        if short <= 0:
            return "met"
        if self.limit == 0:
            return f"missed by {figure(short)}"
        return f"missed by {short / abs(self.limit):.0%}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line. ``spread`` and ``note`` are for people; ``reference`` is of ``against``."""

    part: str
    name: str
    unit: str
    value: float | None
    spread: str = ""
    against: str = ""
    reference: float | None = None
    aim: Aim | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure over its reference."""
        if self.value is None or not self.reference:
            return None
        return self.value / self.reference

    @property
    def verdict(self) -> str:
        """*met*, *missed by …*, or empty where nothing was aimed at."""
        if self.aim is None:
            return ""
        found = self.ratio if self.aim.of is Of.RATIO else self.value
        return "not measured" if found is None else self.aim.verdict(found)

    def cells(self) -> tuple[str, ...]:
        """The line as text, in the order of `HEADINGS`."""
        value = "-" if self.value is None else f"{figure(self.value)} {self.unit}".rstrip()
        reference = (
            f"{figure(self.reference)} {self.unit}".rstrip() if self.reference is not None else ""
        )
        if self.against:
            reference = f"{reference} ({self.against})".strip()
        ratio = (
            ""
            if self.ratio is None
            else f"{self.ratio:.2g}"
            if self.ratio < 100
            else f"{self.ratio:.0f}"
        )
        aim = "" if self.aim is None else self.aim.text(self.unit)
        return (self.name, value, self.spread, reference, ratio, aim, self.verdict, self.note)


HEADINGS = ("name", "daccord", "spread", "reference", "ratio", "aim", "verdict", "note")


def skipped(part: str, why: str) -> Row:
    """A line that says why something was not measured."""
    return Row(part=part, name="skipped", unit="", value=None, note=why)


def figure(value: float) -> str:
    """Write a number with as many digits as it deserves."""
    if value == int(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def plain(rows: list[Row]) -> str:
    """The table for a terminal."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    out, part = [_aligned(HEADINGS, widths)], ""
    for row in rows:
        if row.part != part:
            part = row.part
            out.append(f"\n{part}")
        out.append(_aligned(row.cells(), widths))
    return "\n".join(out)


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def markdown(rows: list[Row]) -> str:
    """The table for a page of the docs, a part under each heading."""
    out: list[str] = []
    part = ""
    for row in rows:
        if row.part != part:
            part = row.part
            out += [f"\n## {part}\n", f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|"]
        out.append(f"| {' | '.join(cell.replace('|', '/') for cell in row.cells())} |")
    return "\n".join(out)
