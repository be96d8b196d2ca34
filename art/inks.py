# ruff: noqa: E501, PLR0913, PLR0917, S311 - markup reads best on one line; the same grain every time
"""Four inks on cream paper, pulled one over the other as a duplicator does.

A tone is a density of dots: shapes are drawn in black at some opacity, and a filter turns that
opacity into grain of the ink's colour. Inks multiply; what is to stay light is *knocked out* of
the inks that would darken it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 1440, 960
PAPER = "#f6ecd6"
INKS = {"navy": "#17384f", "sea": "#4aa0a3", "coral": "#ea5138", "sun": "#f7b733"}
SHIFT = {"navy": (0.0, 0.0), "sea": (-1.6, 1.2), "coral": (2.0, -1.4), "sun": (-1.2, -1.8)}

Point = tuple[float, float]


@dataclass
class Sheet:
    """One picture in the making: layers in the order in which they are pulled."""

    seed: int
    layers: list[str] = field(default_factory=list)
    defs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def pull(self, ink: str, *shapes: str, knock: str = "", blend: str = "multiply") -> None:
        """Print ``shapes`` in ``ink``, leaving out what ``knock`` covers (white in a mask)."""
        mask = ""
        if knock:
            name = f"k{len(self.defs)}"
            cover = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
            self.defs.append(
                f'<mask id="{name}" maskUnits="userSpaceOnUse" x="0" y="0" width="{WIDTH}" height="{HEIGHT}">{cover}<g fill="#000" stroke="none">{knock}</g></mask>'
            )
            mask = f' mask="url(#{name})"'
        dx, dy = SHIFT[ink]
        inner = f'<g filter="url(#{ink})" transform="translate({dx} {dy})"><g{mask}><rect width="{WIDTH}" height="{HEIGHT}" fill="none"/>{"".join(shapes)}</g></g>'
        self.layers.append(f'<g style="mix-blend-mode:{blend}">{inner}</g>')

    def gradient(self, *stops: tuple[float, float], angle: str = "down", box: str = "") -> str:
        """A paint whose density runs through ``stops`` (offset, density)."""
        name = f"g{len(self.defs)}"
        marks = "".join(
            f'<stop offset="{o}" stop-color="#000" stop-opacity="{d}"/>' for o, d in stops
        )
        if angle == "round":
            self.defs.append(f'<radialGradient id="{name}" {box}>{marks}</radialGradient>')
        else:
            ends = {"down": 'x1="0" y1="0" x2="0" y2="1"', "across": 'x1="0" y1="0" x2="1" y2="0"'}[
                angle
            ]
            self.defs.append(f'<linearGradient id="{name}" {box or ends}>{marks}</linearGradient>')
        return f"url(#{name})"

    def svg(self) -> str:
        filters = "".join(
            _grain(ink, colour, n) for n, (ink, colour) in enumerate(INKS.items(), self.seed)
        )
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="6 4 1428 952" width="{WIDTH}" height="{HEIGHT}">'
        return f'{head}<defs>{filters}{"".join(self.defs)}</defs><rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/><g style="isolation:isolate"><rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>{"".join(self.layers)}</g></svg>'


def _grain(ink: str, colour: str, seed: int) -> str:
    return (
        f'<filter id="{ink}" filterUnits="userSpaceOnUse" x="-10" y="-10" width="{WIDTH + 20}" height="{HEIGHT + 20}" color-interpolation-filters="sRGB">'
        f'<feTurbulence type="fractalNoise" baseFrequency="0.58" numOctaves="2" seed="{seed}" result="n"/>'
        '<feColorMatrix in="n" type="matrix" values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2.1 0 0 0 -0.52" result="a"/>'
        '<feComposite in="SourceGraphic" in2="a" operator="arithmetic" k1="0" k2="1" k3="0.94" k4="-0.84"/>'
        '<feComponentTransfer result="dots"><feFuncA type="linear" slope="3.2" intercept="0"/></feComponentTransfer>'
        # where nothing is printed, noise prints nothing either
        '<feComponentTransfer in="SourceGraphic" result="where"><feFuncA type="linear" slope="30" intercept="-0.6"/></feComponentTransfer>'
        '<feComposite in="dots" in2="where" operator="in" result="clean"/>'
        f'<feFlood flood-color="{colour}"/><feComposite in2="clean" operator="in"/></filter>'
    )


def path(points: Sequence[Point], *, closed: bool = True, more: str = "") -> str:
    body = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="{body}{"z" if closed else ""}" {more}/>'


def smooth(points: list[Point], *, base: float | None = None, more: str = "") -> str:
    """A soft curve through ``points``; with ``base``, closed along the bottom at that height."""
    d = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for i in range(len(points) - 1):
        p0 = points[max(i - 1, 0)]
        p1, p2 = points[i], points[i + 1]
        p3 = points[min(i + 2, len(points) - 1)]
        c1 = (p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6)
        c2 = (p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6)
        d += f"C{c1[0]:.1f} {c1[1]:.1f} {c2[0]:.1f} {c2[1]:.1f} {p2[0]:.1f} {p2[1]:.1f}"
    if base is not None:
        d += f"L{points[-1][0]:.1f} {base}L{points[0][0]:.1f} {base}z"
    return f'<path d="{d}" {more}/>'


def ring(points: list[Point], more: str = "") -> str:
    """A closed soft curve through ``points``."""
    n = len(points)
    d = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for i in range(n):
        p0, p1, p2, p3 = (points[(i + k) % n] for k in (-1, 0, 1, 2))
        c1 = (p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6)
        c2 = (p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6)
        d += f"C{c1[0]:.1f} {c1[1]:.1f} {c2[0]:.1f} {c2[1]:.1f} {p2[0]:.1f} {p2[1]:.1f}"
    return f'<path d="{d}z" {more}/>'


def rect(x: float, y: float, w: float, h: float, more: str = "", r: float = 0) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{r}" {more}/>'


def disc(x: float, y: float, r: float, more: str = "") -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {more}/>'


def oval(x: float, y: float, rx: float, ry: float, more: str = "") -> str:
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" {more}/>'


def tone(density: float) -> str:
    return f'fill-opacity="{density}"'


def line(width: float, density: float = 1.0) -> str:
    return f'fill="none" stroke="#000" stroke-opacity="{density}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"'


def group(*shapes: str, more: str = "") -> str:
    return f"<g {more}>{''.join(shapes)}</g>"


def blade(x: float, y: float, height: float, lean: float, width: float) -> str:
    """A blade of grass from (x, y) upwards, leaning."""
    tip = (x + lean, y - height)
    mid = (x + lean * 0.35, y - height * 0.62)
    return f'<path d="M{x - width / 2:.1f} {y:.1f}Q{mid[0] - width / 2:.1f} {mid[1]:.1f} {tip[0]:.1f} {tip[1]:.1f}Q{mid[0] + width / 2:.1f} {mid[1]:.1f} {x + width / 2:.1f} {y:.1f}z"/>'


def wave(x: float, y: float, length: float, height: float, width: float) -> str:
    """A stroke of water: thick in the middle, thin at the ends, slightly bent."""
    return f'<path d="M{x:.1f} {y:.1f}Q{x + length / 2:.1f} {y - height:.1f} {x + length:.1f} {y:.1f}Q{x + length / 2:.1f} {y - height + width:.1f} {x:.1f} {y:.1f}z"/>'


def turn(x: float, y: float, angle: float, distance: float) -> Point:
    return (x + math.cos(angle) * distance, y + math.sin(angle) * distance)
