# ruff: noqa: PLR0915 - a drawing is long, and made of coordinates
"""The lighthouse on its rock, at dusk, its beam across the channel."""

from __future__ import annotations

from art.inks import Point, Sheet, blade, disc, group, path, rect, smooth, tone, wave

HORIZON = 640
X, LAMP = 905, 268  # the tower's axis, the height of its lamp


def _tower(top: float, bottom: float) -> list[Point]:
    """The part of the tapering tower between two heights."""

    def half(y: float) -> float:
        return 36 + (y - 330) * 0.082

    return [
        (X - half(top), top),
        (X + half(top), top),
        (X + half(bottom), bottom),
        (X - half(bottom), bottom),
    ]


def lighthouse() -> Sheet:
    s = Sheet(11)
    r = s.random
    left: list[Point] = [(X, LAMP - 7), (-60, 60), (-60, 330), (X, LAMP + 7)]
    right: list[Point] = [(X, LAMP - 6), (1520, 205), (1520, 345), (X, LAMP + 6)]
    stars = [
        disc(r.uniform(0, 1440), r.uniform(0, 420) ** 1.0, r.choice((1.6, 2, 2.6, 3.4)))
        for _ in range(110)
    ]
    crest: list[Point] = [
        (612, 742),
        (640, 716),
        (668, 704),
        (690, 672),
        (738, 652),
        (764, 606),
        (806, 590),
        (846, 560),
        (968, 558),
        (1002, 584),
        (1046, 598),
        (1078, 644),
        (1126, 662),
        (1158, 704),
        (1206, 722),
        (1236, 744),
    ]
    foot: list[Point] = [
        (1236 - k * 26, 744 + (10 if k % 2 else 2) + r.uniform(-3, 5)) for k in range(1, 24)
    ]
    rock = crest + foot
    body = group(
        path(_tower(318, 562)),
        rect(X - 30, 232, 60, 78),
        path([(X - 40, 232), (X + 40, 232), (X + 14, 196), (X - 14, 196)]),
        rect(X - 54, 306, 108, 14),
        disc(X, 190, 9),
        rect(X - 2, 160, 4, 30),
    )
    boat_x, boat_y = 300, 664
    sail = path([(boat_x + 8, boat_y - 10), (boat_x + 8, boat_y - 112), (boat_x + 74, boat_y - 16)])
    jib = path([(boat_x - 2, boat_y - 12), (boat_x - 2, boat_y - 92), (boat_x - 44, boat_y - 14)])

    # dusk: coral along the horizon, the beam in yellow
    glow = s.gradient((0, 0), (0.45, 0.1), (0.8, 0.62), (1, 0.95))
    s.pull(
        "coral", rect(0, 180, 1440, HORIZON - 180, f'fill="{glow}"'), knock=group(body, sail, jib)
    )
    wide = s.gradient((0, 0.05), (0.6, 0.55), (1, 1), angle="across")
    tight = s.gradient((0, 1), (1, 0.12), angle="across")
    s.pull(
        "sun",
        path(left, more=f'fill="{wide}"'),
        path(right, more=f'fill="{tight}"'),
        disc(X, LAMP, 74, tone(0.55)),
        rect(X - 28, 238, 56, 66),
        rect(0, HORIZON - 70, 1440, 70, tone(0.35)),
        *(
            wave(X + r.gauss(0, 34 + k * 2.6), 745 + k * 9.5, r.uniform(22, 96), 3, 5)
            for k in range(22)
            for _ in range(2)
        ),
    )

    # night from above, with the beam, the stars and the tower left out of it
    fade = s.gradient((0, 0.12), (0.55, 0.6), (1, 1), angle="across")
    fade_right = s.gradient((0, 1), (1, 0.2), angle="across")
    light = group(
        path(left, more=f'fill="{fade}"'),
        path(right, more=f'fill="{fade_right}"'),
        disc(X, LAMP, 70, tone(0.75)),
        body,
        *stars,
        sail,
        jib,
    )
    sky = s.gradient((0, 1), (0.35, 0.86), (0.72, 0.4), (1, 0.1))
    s.pull("navy", rect(0, 0, 1440, HORIZON, f'fill="{sky}"'), knock=light)
    s.pull(
        "sea",
        rect(0, 0, 1440, HORIZON, f'fill="{s.gradient((0, 0.75), (0.7, 0.25), (1, 0))}"'),
        knock=light,
    )

    # the sea, in strokes
    water = s.gradient((0, 0.72), (0.25, 0.9), (1, 1))
    strokes = []
    for row in range(30):
        y = HORIZON + 6 + row * row * 0.38 + row * 2
        for _ in range(26 - row // 2):
            long = r.uniform(18, 60) * (0.6 + row / 14)
            strokes.append(
                wave(r.uniform(-80, 1440), y + r.uniform(-3, 3), long, 2 + row / 6, 1.6 + row / 9)
            )
    glints = [
        wave(X + r.gauss(0, 26 + k * 3.2), 742 + k * 9, r.uniform(26, 110), 3, 5.5)
        for k in range(23)
        for _ in range(2)
    ]
    rock_shape = path(rock)
    foam = [
        wave(r.uniform(590, 1220), r.uniform(744, 770), r.uniform(26, 90), r.uniform(2, 8), 6)
        for _ in range(46)
    ]
    foam += [wave(x, 752 + r.uniform(-4, 4), 44, 5, 8) for x in range(598, 1230, 22)]
    s.pull(
        "sea",
        rect(0, HORIZON, 1440, 320, tone(0.8)),
        *(strokes[::3]),
        knock=group(rock_shape, *glints, *foam),
    )
    s.pull(
        "navy",
        rect(0, HORIZON, 1440, 320, f'fill="{water}" opacity="0.82"'),
        knock=group(*strokes[::2], *glints, *foam, rock_shape),
    )

    # rock and tower
    lit = s.gradient((0, 0.9), (0.5, 0.35), (1, 0), angle="across")
    facets = group(
        path(
            [
                (738, 654),
                (766, 608),
                (806, 592),
                (846, 562),
                (858, 562),
                (826, 628),
                (790, 650),
                (770, 704),
                (716, 716),
            ]
        ),
        path([(690, 674), (726, 660), (706, 712), (668, 726)]),
        path([(1000, 586), (1044, 600), (1060, 640), (1022, 652), (990, 628)]),
        path([(1078, 648), (1120, 664), (1126, 700), (1092, 694)]),
        path([(900, 600), (948, 606), (930, 668), (886, 690), (876, 640)]),
        path([(640, 720), (662, 712), (656, 736), (630, 740)]),
        more='fill-opacity="0.62"',
    )
    cracks = [
        path(
            [
                (x, y),
                (x + r.uniform(-10, 22), y + r.uniform(10, 36)),
                (x + r.uniform(-4, 30), y + r.uniform(30, 62)),
            ],
            closed=False,
            more='fill="none" stroke="#000" stroke-width="2.4"',
        )
        for x, y in ((r.uniform(700, 1130), r.uniform(600, 690)) for _ in range(16))
    ]
    s.pull("coral", path(rock, more=f'fill="{lit}"'))
    s.pull("sea", path(rock, more=tone(0.6)))
    s.pull("navy", path(rock), knock=group(facets, *cracks))
    stripes = [path(_tower(330 + k * 58, 330 + k * 58 + 29)) for k in range(4)]
    s.pull("coral", *stripes, path([(X - 40, 232), (X + 40, 232), (X + 14, 196), (X - 14, 196)]))
    shade = s.gradient((0, 0), (0.42, 0.04), (0.75, 0.5), (1, 0.95), angle="across")
    s.pull(
        "navy",
        path(_tower(318, 562), more=f'fill="{shade}"'),
        rect(X - 54, 308, 108, 9),
        *(rect(X - 52 + k * 14.2, 288, 3, 22) for k in range(8)),
        rect(X - 54, 286, 108, 3),
        *(rect(X - 30 + k * 14.2, 234, 3.4, 54) for k in range(5)),
        rect(X - 32, 230, 64, 5),
        path([(X + 4, 230), (X + 40, 230), (X + 14, 196), (X + 2, 196)], more=tone(0.75)),
        disc(X, 190, 7),
        rect(X - 1.6, 158, 3.2, 30),
        *(rect(X - 6, y, 12, 20, r=5) for y in (372, 432, 492)),
        rect(X - 10, 532, 20, 30, r=6),
    )
    # the boat, then the dune the reader stands on
    hull = path(
        [
            (boat_x - 52, boat_y - 6),
            (boat_x + 84, boat_y - 6),
            (boat_x + 62, boat_y + 20),
            (boat_x - 36, boat_y + 20),
        ]
    )
    s.pull("coral", jib, hull)
    s.pull(
        "navy",
        hull,
        rect(boat_x + 2, boat_y - 122, 4, 118),
        path(
            [(boat_x + 8, boat_y - 10), (boat_x + 8, boat_y - 112), (boat_x + 40, boat_y - 14)],
            more=tone(0.25),
        ),
    )
    dune: list[Point] = [
        (-20, 800),
        (120, 778),
        (300, 806),
        (470, 862),
        (640, 912),
        (860, 940),
        (1120, 950),
        (1460, 930),
    ]
    grass = []
    for _ in range(300):
        x = r.triangular(-40, 700, 60)
        y = 800 + max(0, (x - 140)) * 0.22 + r.uniform(-6, 40)
        grass.append(
            blade(x, y, r.uniform(40, 150) * (1 - x / 1100), r.uniform(-14, 76), r.uniform(3, 6))
        )
    s.pull("coral", smooth([(x, y + 6) for x, y in dune], base=980, more=tone(0.85)), knock="")
    s.pull("navy", smooth(dune, base=980), *grass)
    return s
