# ruff: noqa: E501, PLR0915 - a drawing is long, and made of coordinates
"""The peat bog at daybreak: dark pools, a red sun, cotton grass, a heron."""

from __future__ import annotations

import math

from art.inks import Point, Sheet, blade, disc, group, line, oval, path, rect, ring, tone, wave

HORIZON = 470


def bog() -> Sheet:
    s = Sheet(53)
    r = s.random
    sx, sy = 960, 388
    sun = disc(sx, sy, 118)
    heron_x, heron_y = 400, 812

    # pools, from far to near: centre, half-width, half-height
    pools = [
        (980, 520, 330, 20),
        (380, 548, 250, 20),
        (1210, 606, 240, 26),
        (700, 640, 300, 34),
        (250, 700, 270, 40),
        (1060, 742, 350, 56),
        (520, 860, 420, 74),
        (1330, 900, 260, 56),
    ]
    shapes: list[str] = []
    for x, y, w, h in pools:
        points: list[Point] = []
        for k in range(14):
            t = k / 14 * 6.2832
            wobble = 1 + r.uniform(-0.16, 0.14)
            points.append((x + math.cos(t) * w * wobble, y + math.sin(t) * h * wobble))
        shapes.append(ring(points))
    water = group(*shapes)

    cotton: list[tuple[float, float, float]] = []
    for _ in range(150):
        y = 520 + r.random() ** 0.8 * 430
        cotton.append((r.uniform(-10, 1450), y, 3 + (y - 500) / 32))
    cotton = [
        c
        for c in cotton
        if not any(abs(c[0] - x) < w * 0.82 and abs(c[1] + 2 - y) < h * 0.8 for x, y, w, h in pools)
    ]
    cotton = [c for c in cotton if abs(c[0] - heron_x) > 120 or c[1] < 560]
    cotton.sort(key=lambda c: c[1])
    puffs = group(
        *(
            oval(x + k * 0.6, y - k * 4.2, k * 1.05, k * 1.3)
            + disc(x + k * 0.6 - k * 0.6, y - k * 3.7, k * 0.75)
            + disc(x + k * 1.3, y - k * 3.6, k * 0.7)
            for x, y, k in cotton
        )
    )

    heron_body = (
        f'<path d="M{heron_x - 66} {heron_y - 196}C{heron_x - 30} {heron_y - 232} {heron_x + 26} {heron_y - 238} {heron_x + 52} {heron_y - 262}'
        f"C{heron_x + 80} {heron_y - 296} {heron_x + 22} {heron_y - 330} {heron_x + 40} {heron_y - 372}C{heron_x + 50} {heron_y - 398} {heron_x + 78} {heron_y - 402} {heron_x + 96} {heron_y - 390}"
        f"L{heron_x + 168} {heron_y - 372}L{heron_x + 100} {heron_y - 370}C{heron_x + 84} {heron_y - 362} {heron_x + 66} {heron_y - 362} {heron_x + 68} {heron_y - 344}"
        f"C{heron_x + 72} {heron_y - 312} {heron_x + 116} {heron_y - 286} {heron_x + 84} {heron_y - 236}C{heron_x + 66} {heron_y - 206} {heron_x + 20} {heron_y - 176} {heron_x - 20} {heron_y - 176}"
        f'C{heron_x - 60} {heron_y - 172} {heron_x - 96} {heron_y - 150} {heron_x - 112} {heron_y - 142}C{heron_x - 104} {heron_y - 164} {heron_x - 92} {heron_y - 182} {heron_x - 66} {heron_y - 196}z"/>'
    )
    crest = path(
        [
            (heron_x + 78, heron_y - 396),
            (heron_x + 14, heron_y - 386),
            (heron_x - 8, heron_y - 376),
        ],
        closed=False,
        more='fill="none" stroke="#000" stroke-width="6" stroke-linecap="round"',
    )
    legs = group(
        path(
            [
                (heron_x + 6, heron_y - 186),
                (heron_x + 12, heron_y - 90),
                (heron_x + 6, heron_y + 4),
            ],
            closed=False,
            more=line(7),
        ),
        path(
            [
                (heron_x + 26, heron_y - 186),
                (heron_x + 54, heron_y - 118),
                (heron_x + 20, heron_y - 96),
            ],
            closed=False,
            more=line(7),
        ),
    )
    bird = group(heron_body, crest)

    # dawn
    s.pull(
        "sun",
        rect(0, 0, 1440, HORIZON, f'fill="{s.gradient((0, 0.15), (0.5, 0.6), (1, 1))}"'),
        knock=group(sun, bird, legs),
    )
    s.pull(
        "coral",
        rect(0, 60, 1440, HORIZON - 60, f'fill="{s.gradient((0, 0), (0.6, 0.22), (1, 0.7))}"'),
        knock=group(sun, bird),
    )
    s.pull(
        "coral",
        sun,
        knock=group(
            rect(sx - 130, sy + 18, 260, 6),
            rect(sx - 130, sy + 44, 260, 8),
            rect(sx - 130, sy + 72, 260, 10),
        ),
    )
    s.pull("sun", group(sun, more=tone(0.45)))
    s.pull(
        "sea",
        rect(0, 0, 1440, 380, f'fill="{s.gradient((0, 0.75), (0.55, 0.25), (1, 0))}"'),
        knock=group(sun, bird),
    )
    s.pull("navy", rect(0, 0, 1440, 260, f'fill="{s.gradient((0, 0.4), (1, 0))}"'))

    # trees in the mist
    wood = []
    for trunk in range(-20, 1470, 16):
        tall = 26 + 22 * abs(((trunk * 7) % 100) / 100 - 0.5) + r.uniform(0, 26)
        wood.append(oval(trunk, HORIZON - tall * 0.4, r.uniform(9, 17), tall * 0.7))
    birches = [
        path(
            [(x, HORIZON + 10), (x + r.uniform(-6, 6), HORIZON - h)],
            closed=False,
            more=line(5, 0.9),
        )
        for x, h in ((90, 150), (126, 190), (170, 130), (1270, 170), (1316, 210), (1370, 150))
    ]
    crowns = [
        oval(
            x + r.uniform(-20, 20),
            HORIZON - h + r.uniform(-16, 40),
            r.uniform(18, 34),
            r.uniform(20, 32),
        )
        for x, h in ((90, 150), (126, 190), (170, 130), (1270, 170), (1316, 210), (1370, 150))
        for _ in range(5)
    ]
    s.pull("sea", group(*wood, more=tone(0.7)), knock=bird)
    s.pull(
        "navy", group(*wood, more=f'fill="{s.gradient((0, 0.55), (1, 0.2))}"'), *birches, knock=bird
    )
    s.pull("navy", group(*crowns, more=tone(0.62)))
    s.pull("coral", group(*crowns, more=tone(0.55)))

    # moss, under a band of mist
    mist = group(
        *(
            oval(x, HORIZON + y, w, 7, tone(0.75))
            for x, y, w in (
                (200, 8, 330),
                (760, 4, 300),
                (1250, 12, 280),
                (520, 26, 160),
                (980, 24, 200),
            )
        )
    )
    ground = rect(0, HORIZON, 1440, 520)
    s.pull(
        "sun",
        ground.replace("/>", f'fill="{s.gradient((0, 0.9), (1, 0.55))}"/>'),
        knock=group(water, puffs, bird, mist),
    )
    s.pull(
        "coral",
        ground.replace("/>", f'fill="{s.gradient((0, 0.4), (0.3, 0.55), (1, 0.85))}"/>'),
        knock=group(water, puffs, bird, mist),
    )
    s.pull(
        "sea",
        ground.replace("/>", f'fill="{s.gradient((0, 0.15), (1, 0.6))}"/>'),
        knock=group(water, puffs, bird, mist),
    )
    sedge = []
    for _ in range(900):
        y = HORIZON + 14 + r.random() ** 0.75 * 480
        size = 0.35 + (y - HORIZON) / 300
        sedge.append(
            (
                y,
                blade(
                    r.uniform(-10, 1450),
                    y,
                    r.uniform(14, 40) * size,
                    r.uniform(-12, 16) * size,
                    3 * size + 0.6,
                ),
            )
        )
    s.pull(
        "navy",
        group(*(b for _, b in sedge), more=tone(0.82)),
        knock=group(water, puffs, bird, mist),
    )

    # pools: the sky upside down
    mirror = oval(sx, 600, 108, 250)
    s.pull("sun", group(water, more=tone(0.62)), knock=group(puffs, bird, bird))
    reflect = f"c{len(s.defs)}"
    s.defs.append(f'<clipPath id="{reflect}">{water}</clipPath>')
    ripple = [wave(sx + r.gauss(0, 66), y, r.uniform(40, 150), 2, 5) for y in range(500, 800, 6)]
    s.pull(
        "coral",
        group(
            *ripple,
            mirror.replace("/>", 'fill-opacity="0.6"/>'),
            more=f'clip-path="url(#{reflect})"',
        ),
        knock=group(puffs, bird),
    )
    gleam = [
        wave(r.uniform(-40, 1440), r.uniform(500, 950), r.uniform(40, 160), 2, 4)
        for _ in range(110)
    ]
    s.pull(
        "navy",
        group(water, more=f'fill="{s.gradient((0, 0.3), (0.5, 0.62), (1, 0.9))}"'),
        knock=group(puffs, bird, group(*ripple, *gleam[::2], group(mirror, more=tone(0.55)))),
    )
    s.pull("sea", group(water, more=tone(0.45)), knock=group(puffs, bird, *ripple, mirror))

    # stems, cotton, heron and its double
    s.pull(
        "navy",
        *(
            path([(x, y), (x + k * 0.5, y - k * 3.4)], closed=False, more=line(max(1.6, k * 0.2)))
            for x, y, k in cotton
        ),
    )
    s.pull(
        "coral",
        group(
            *(oval(x + k * 1.1, y - k * 3.8, k * 0.6, k * 0.9) for x, y, k in cotton),
            more=tone(0.3),
        ),
    )
    double = f'<g transform="translate(0 {2 * heron_y + 8}) scale(1 -1)" fill-opacity="0.75" clip-path="none">{bird}</g>'
    s.pull("navy", f'<g clip-path="url(#{reflect})">{double}</g>')
    plumage = s.gradient((0, 1), (0.5, 0.85), (1, 0.12), angle="across")
    s.pull("navy", heron_body.replace("/>", f' fill="{plumage}"/>'), legs, crest)
    s.pull("sea", heron_body.replace("/>", ' fill-opacity="0.35"/>'))
    s.pull(
        "coral",
        path(
            [
                (heron_x + 96, heron_y - 390),
                (heron_x + 168, heron_y - 372),
                (heron_x + 100, heron_y - 370),
            ]
        ),
        group(legs, more=tone(0.5)),
    )
    s.layers.append(f'<circle cx="{heron_x + 80}" cy="{heron_y - 385}" r="3.4" fill="#f6ecd6"/>')
    s.pull(
        "navy",
        *(
            blade(
                r.triangular(-30, 280, -30) if k % 2 else r.triangular(1150, 1470, 1470),
                970,
                r.uniform(90, 260),
                r.uniform(-50, 60),
                r.uniform(5, 9),
            )
            for k in range(90)
        ),
    )

    return s
