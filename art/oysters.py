# ruff: noqa: C901, E501, PLR0913, PLR0915, PLR0917 - a drawing is long, and made of coordinates
"""Oysters on the bench, each with a wire, and the trace of how they open and close."""

from __future__ import annotations

import math

from art.inks import Point, Sheet, disc, group, line, oval, path, rect, ring, tone


def oysters() -> Sheet:
    s = Sheet(71)
    r = s.random
    shells: list[tuple[float, float, float, float, bool]] = []
    for row in range(4):
        for col in range(7):
            x = 118 + col * 200 + (100 if row % 2 else 0) + r.uniform(-12, 12)
            y = 104 + row * 168 + r.uniform(-9, 9)
            shells.append((x, y, r.uniform(68, 82), r.uniform(-0.5, 0.5), (row * 7 + col) % 3 == 1))

    def outline(x: float, y: float, size: float, tilt: float, seed: int, scale: float = 1.0) -> str:
        points: list[Point] = []
        wobble = [
            math.sin(seed * 1.7 + k * 2.1) * 0.07 + math.sin(seed + k * 3.7) * 0.05
            for k in range(16)
        ]
        for k in range(16):
            t = k / 16 * math.tau
            long = 1.0 + 0.32 * max(0.0, -math.sin(t)) ** 2 - 0.1 * max(0.0, math.sin(t))
            radius = size * scale * (1 + wobble[k] * (1 if scale > 0.5 else 0.5)) * long
            px, py = math.cos(t) * radius * 0.8, math.sin(t) * radius
            points.append(
                (
                    x + px * math.cos(tilt) - py * math.sin(tilt),
                    y + px * math.sin(tilt) + py * math.cos(tilt),
                )
            )
        return ring(points)

    outlines = [outline(*shell[:4], n) for n, shell in enumerate(shells)]
    every = group(*outlines)
    sheet_top = 742

    # the wires, each to its own socket, in the order in which they stand
    famous = 17
    order = sorted(range(len(shells)), key=lambda n: shells[n][0])
    wires = []
    for place, n in enumerate(order):
        x, y = shells[n][:2]
        end = 40 + place * 50.4
        wires.append(
            f'<path d="M{x:.0f} {y:.0f}C{x + (end - x) * 0.15:.0f} {y + (sheet_top - y) * 0.55:.0f} {end:.0f} {sheet_top - 130:.0f} {end:.0f} {sheet_top + 4}" {line(4.6)}/>'
        )
    red = group(*wires)
    x, y, size, tilt, _ = shells[famous]
    ring_light = outline(x, y, size, tilt, famous, 1.16).replace("/>", f"{line(12)}/>")

    # the bench: slats of blue wood
    slats = [rect(-20, y, 1480, 3) for y in range(20, 760, 62)]
    s.pull(
        "sea",
        rect(-20, -20, 1480, 800, f'fill="{s.gradient((0, 0.95), (1, 0.7))}"'),
        knock=group(every, red, ring_light, *slats),
    )
    s.pull(
        "navy",
        rect(-20, -20, 1480, 800, f'fill="{s.gradient((0, 0.5), (0.5, 0.3), (1, 0.66))}"'),
        knock=group(every, red, ring_light),
    )
    s.pull(
        "navy",
        group(
            *(
                outline(x + 12, y + 16, size, tilt, n)
                for n, (x, y, size, tilt, _) in enumerate(shells)
            ),
            more=tone(0.75),
        ),
        knock=group(every, red, ring_light),
    )

    # shells: rings of growth on the closed ones, mother-of-pearl in the open ones
    for n, (x, y, size, tilt, is_open) in enumerate(shells):
        hinge = (x + math.sin(tilt) * size * 0.95, y - math.cos(tilt) * size * 0.95)
        if is_open:
            s.pull("navy", outlines[n], knock=outline(x, y + 3, size, tilt, n, 0.83))
            s.pull(
                "sea",
                outline(x, y + 3, size, tilt, n, 0.83).replace(
                    "/>", f'fill="{s.gradient((0, 0.55), (0.5, 0.1), (1, 0))}"/>'
                ),
            )
            s.pull(
                "coral",
                outline(x, y + 3, size, tilt, n, 0.83).replace(
                    "/>", f'fill="{s.gradient((0, 0), (0.55, 0.04), (1, 0.42))}"/>'
                ),
            )
            flesh = outline(x + 4, y + 10, size, tilt + 0.3, n + 3, 0.5)
            s.pull("sun", flesh.replace("/>", 'fill-opacity="0.55"/>'))
            s.pull(
                "navy",
                outline(x + 4, y + 10, size, tilt + 0.3, n + 3, 0.52).replace(
                    "/>", f"{line(4, 0.6)}/>"
                ),
                oval(x - size * 0.24, y + size * 0.34, 11, 8, tone(0.7)),
            )
        else:
            rings = [
                outline(
                    x - math.sin(tilt) * -size * 0.06 * k,
                    y - size * 0.085 * k,
                    size,
                    tilt,
                    n + k,
                    1 - k * 0.17,
                ).replace("/>", f"{line(4.5 - k * 0.5, 0.9)}/>")
                for k in range(1, 6)
            ]
            ribs = [
                path(
                    [
                        (hinge[0] + r.uniform(-4, 4), hinge[1] + 10),
                        (x + math.cos(t) * size * 0.66, y + math.sin(t) * size * 0.86),
                    ],
                    closed=False,
                    more=line(2.4, 0.55),
                )
                for t in (0.5, 1.0, 1.5, 2.0, 2.5)
            ]
            grey = ("navy", "sea")[n % 2]
            s.pull(
                grey,
                outlines[n].replace(
                    "/>", f'fill="{s.gradient((0, 0.75), (0.6, 0.3), (1, 0.1))}"/>'
                ),
            )
            s.pull("navy", *rings, *ribs, outlines[n].replace("/>", f"{line(4)}/>"))
            if n % 5 == 0:
                s.pull("sun", outlines[n].replace("/>", 'fill-opacity="0.4"/>'))

    s.pull("coral", *wires, knock=every)

    # magnets
    magnets = [disc(x, y, 15) for x, y, *_ in shells]
    s.layers.append(f'<g fill="#f6ecd6">{"".join(magnets)}</g>')
    s.pull("coral", *(disc(x, y, 13) for x, y, *_ in shells))
    s.pull("navy", *(disc(x, y, 4.5) for x, y, *_ in shells))

    # the recorder: paper, a grid, three traces; one of them limps
    s.layers.append(f'<rect x="-20" y="{sheet_top}" width="1480" height="240" fill="#f6ecd6"/>')
    s.pull(
        "sea",
        *(rect(x, sheet_top, 1.6, 240, tone(0.7)) for x in range(10, 1450, 36)),
        *(rect(-20, y, 1480, 1.6, tone(0.7)) for y in range(sheet_top + 18, 980, 36)),
    )
    s.pull(
        "navy",
        rect(-20, sheet_top - 10, 1480, 12),
        *(rect(40 + n * 50.4 - 7, sheet_top - 20, 14, 22, r=3) for n in range(28)),
    )

    def trace(base: float, beat: float, limp: float) -> list[Point]:
        points: list[Point] = [(-20, base)]
        x = -20.0
        while x < 1470:
            late = limp * max(0.0, (x - 620) / 850)
            step = beat * (1 + late * r.uniform(0, 1.6))
            up = 44 * (1 + late * r.uniform(-0.2, 0.5))
            points += [
                (x + step * 0.3, base - up),
                (x + step * (0.5 + late * 0.1), base - up * 0.92),
                (x + step * 0.62, base - 2),
                (x + step, base),
            ]
            x += step
        return points

    s.pull(
        "navy",
        path(trace(822, 62, 0), closed=False, more=line(4.5)),
        path(trace(940, 58, 0), closed=False, more=line(4.5)),
    )
    s.pull("coral", path(trace(882, 60, 0.9), closed=False, more=line(6)))
    s.pull("sun", rect(880, sheet_top + 86, 580, 62, tone(0.55)))
    s.pull("sun", ring_light)
    return s
