# ruff: noqa: E501, PLR0915 - a drawing is long, and made of coordinates
"""The bus of line 7 on its winding road, between the fields and the sea."""

from __future__ import annotations

from art.inks import Point, Sheet, blade, disc, group, line, oval, path, rect, smooth, tone, wave


def bus() -> Sheet:
    s = Sheet(37)
    r = s.random
    # hills from far to near: crest, then what is printed on them
    far: list[Point] = [
        (-20, 470),
        (160, 440),
        (330, 452),
        (520, 410),
        (700, 430),
        (900, 396),
        (1120, 430),
        (1300, 412),
        (1460, 440),
    ]
    mid: list[Point] = [
        (-20, 560),
        (200, 500),
        (420, 520),
        (640, 590),
        (860, 560),
        (1080, 500),
        (1280, 516),
        (1460, 560),
    ]
    near: list[Point] = [
        (-20, 640),
        (180, 650),
        (420, 720),
        (700, 700),
        (980, 640),
        (1220, 620),
        (1460, 660),
    ]
    sun = disc(1030, 220, 128)
    horizon = 400

    # the bus, seen from its side, climbing
    bx, by = 560, 622
    turn = f'transform="rotate(-4 {bx} {by})"'
    shell = rect(bx, by - 132, 318, 128, r=26)
    glass = [rect(bx + 26 + k * 56, by - 112, 46, 48, r=8) for k in range(4)] + [
        rect(bx + 254, by - 112, 52, 62, r=10)
    ]
    wheels = [disc(bx + 70, by, 26), disc(bx + 246, by, 26)]
    coach = group(shell, *wheels, more=turn)

    # the road: a ribbon that narrows as it climbs away
    road_right: list[Point] = [
        (420, 980),
        (640, 880),
        (930, 800),
        (1080, 730),
        (980, 680),
        (760, 648),
        (560, 636),
        (380, 610),
        (330, 570),
        (420, 540),
        (560, 522),
        (640, 508),
        (632, 492),
        (590, 480),
    ]
    road_left: list[Point] = [
        (584, 478),
        (612, 490),
        (614, 502),
        (540, 514),
        (390, 530),
        (280, 568),
        (310, 630),
        (500, 672),
        (720, 690),
        (900, 716),
        (950, 734),
        (830, 772),
        (480, 850),
        (120, 980),
    ]
    road = smooth(road_right + road_left, more="").replace('" />', 'z" />')
    dashes = [
        path(
            [a, b],
            closed=False,
            more='fill="none" stroke="#000" stroke-width="6" stroke-linecap="round"',
        )
        for a, b in (
            ((330, 940), (390, 916)),
            ((470, 886), (540, 864)),
            ((620, 838), (700, 816)),
            ((780, 796), (850, 776)),
            ((920, 756), (970, 742)),
        )
    ]

    poplars = [
        (64, 600, 128),
        (112, 604, 150),
        (158, 610, 120),
        (1190, 560, 120),
        (1236, 556, 146),
        (1290, 560, 132),
        (1344, 566, 104),
    ]
    poplar_shapes = group(*(oval(x, y - h * 0.56, h * 0.13, h * 0.5) for x, y, h in poplars))

    far_hill, mid_hill, near_hill = (
        smooth(far, base=980),
        smooth(mid, base=980),
        smooth(near, base=980),
    )

    # sky and sea
    s.pull(
        "sun",
        rect(0, 0, 1440, horizon + 20, f'fill="{s.gradient((0, 0.06), (0.55, 0.25), (1, 0.62))}"'),
        knock=group(sun),
    )
    s.pull("sun", sun)
    s.pull("coral", disc(1030, 220, 128, f'fill="{s.gradient((0, 0), (0.4, 0.05), (1, 0.55))}"'))
    s.pull(
        "sea",
        rect(0, 0, 1440, 330, f'fill="{s.gradient((0, 0.5), (0.6, 0.16), (1, 0))}"'),
        knock=group(
            sun,
            *(
                oval(x, y, w, h)
                for x, y, w, h in (
                    (240, 150, 150, 22),
                    (330, 130, 90, 26),
                    (180, 168, 120, 12),
                    (700, 96, 110, 16),
                    (640, 108, 80, 10),
                )
            ),
        ),
    )
    s.pull(
        "sea",
        rect(0, horizon - 40, 1440, 130, tone(0.82)),
        knock=group(
            far_hill,
            *(
                wave(
                    r.uniform(-40, 1440),
                    horizon - 34 + r.random() ** 2 * 100,
                    r.uniform(20, 80),
                    1.5,
                    3,
                )
                for _ in range(70)
            ),
            *(
                wave(1030 + r.gauss(0, 50), horizon - 34 + k * 4, r.uniform(30, 90), 1, 3)
                for k in range(18)
            ),
        ),
    )
    s.pull(
        "navy",
        rect(0, horizon - 40, 1440, 130, f'fill="{s.gradient((0, 0.5), (0.6, 0.15), (1, 0.1))}"'),
        knock=group(
            far_hill,
            *(
                wave(1030 + r.gauss(0, 56), horizon - 34 + k * 4, r.uniform(30, 100), 1, 3)
                for k in range(18)
            ),
        ),
    )
    sail = group(
        path([(360, 388), (360, 342), (390, 384)]), path([(354, 386), (354, 352), (334, 384)])
    )
    s.pull("coral", sail)

    # far dunes, pale
    s.pull("sun", smooth(far, base=620, more=tone(0.62)), knock=group(coach, mid_hill))
    s.pull(
        "coral",
        smooth(far, base=620, more=f'fill="{s.gradient((0, 0.05), (1, 0.55))}"'),
        knock=group(coach, mid_hill),
    )
    marram = [
        blade(x, y, r.uniform(8, 22), r.uniform(-4, 9), 2.4)
        for x, y in ((r.uniform(0, 1440), r.uniform(420, 470)) for _ in range(260))
    ]
    s.pull("navy", *marram, knock=group(mid_hill, sail))

    # a field in furrows
    clip = f"c{len(s.defs)}"
    s.defs.append(f'<clipPath id="{clip}">{smooth(mid, base=800)}</clipPath>')
    furrows = group(
        *(
            smooth([(x - 260, 480), (x - 60, 560), (x - 160, 660), (x - 420, 780)], more=line(9))
            for x in range(-100, 2000, 34)
        ),
        more=f'clip-path="url(#{clip})"',
    )
    s.pull("sun", smooth(mid, base=800, more=tone(0.95)), knock=group(road, coach, near_hill))
    s.pull(
        "sea",
        smooth(mid, base=800, more=f'fill="{s.gradient((0, 0.25), (1, 0.75))}"'),
        knock=group(road, coach, near_hill),
    )
    s.pull("sea", furrows, knock=group(road, coach, near_hill))
    hedge = [
        disc(x, 502 + (x - 1080) * 0.12 + r.uniform(-6, 6), r.uniform(12, 22))
        for x in range(1000, 1460, 17)
    ]
    s.pull("navy", group(*hedge, more=tone(0.62)), knock=group(coach))
    s.pull("sea", *hedge)

    # meadow, then the near slope
    s.pull("sea", smooth(near, base=980, more=tone(0.9)), knock=group(road, coach))
    s.pull(
        "sun",
        smooth(near, base=980, more=f'fill="{s.gradient((0, 0.9), (1, 0.35))}"'),
        knock=group(road, coach),
    )
    tufts = [
        blade(x, y, r.uniform(8, 26), r.uniform(-5, 9), 3)
        for x, y in ((r.uniform(0, 1440), r.uniform(690, 900)) for _ in range(520))
    ]
    s.pull("navy", group(*tufts, more=tone(0.8)), knock=group(road, coach))
    s.pull("navy", group(road, more=tone(0.2)), knock=group(coach, *dashes))
    s.pull("coral", group(road, more=tone(0.14)), knock=group(coach, *dashes))

    sheep = [
        (170, 712, 1.0),
        (236, 738, 1.1),
        (120, 752, 1.15),
        (300, 706, 0.95),
        (1190, 700, 1.0),
        (1262, 716, 1.1),
    ]
    fleece = group(
        *(
            oval(x, y, 26 * k, 17 * k)
            + disc(x - 14 * k, y - 8 * k, 11 * k)
            + disc(x + 12 * k, y - 9 * k, 12 * k)
            for x, y, k in sheep
        )
    )
    s.layers.append(f'<g fill="#f6ecd6">{fleece}</g>')
    s.pull(
        "navy",
        *(
            oval(x - 28 * k, y - 6 * k, 9 * k, 7 * k)
            + rect(x - 12 * k, y + 12 * k, 4 * k, 16 * k)
            + rect(x + 9 * k, y + 12 * k, 4 * k, 16 * k)
            for x, y, k in sheep
        ),
    )
    s.pull("navy", group(*(oval(x, y + 7 * k, 24 * k, 9 * k) for x, y, k in sheep), more=tone(0.3)))

    # poplars
    s.pull("sea", poplar_shapes)
    s.pull(
        "navy",
        group(
            *(oval(x + h * 0.03, y - h * 0.54, h * 0.1, h * 0.46) for x, y, h in poplars),
            more=tone(0.72),
        ),
        *(rect(x - 3, y - 30, 6, 40) for x, y, _ in poplars),
    )

    # the bus
    s.pull("sun", group(shell, more=f'{turn} fill-opacity="0.75"'), knock=group(*glass, more=turn))
    s.pull(
        "coral",
        group(shell, more=turn),
        knock=group(*glass, rect(bx, by - 56, 330, 12), rect(bx + 300, by - 36, 18, 14), more=turn),
    )
    shade = s.gradient((0, 0), (0.55, 0), (1, 0.75))
    s.pull(
        "navy",
        group(rect(bx, by - 132, 318, 128, f'fill="{shade}"', r=26), more=turn),
        knock=group(*glass, more=turn),
    )
    s.pull("sea", group(*glass, more=f'{turn} fill-opacity="0.5"'))
    riders = group(
        *(
            disc(bx + 50 + k * 56, by - 84, 12) + rect(bx + 36 + k * 56, by - 76, 28, 13, r=6)
            for k in (0, 1, 3)
        ),
        disc(bx + 284, by - 82, 12),
        rect(bx + 270, by - 72, 28, 22, r=6),
        more=turn,
    )
    s.pull("navy", riders)
    s.pull(
        "navy",
        group(
            *wheels,
            rect(bx + 300, by - 20, 24, 9, r=4),
            rect(bx - 4, by - 20, 20, 9, r=4),
            more=turn,
        ),
        knock=group(disc(bx + 70, by, 10), disc(bx + 246, by, 10), more=turn),
    )
    s.pull("navy", group(rect(bx + 20, by - 36, 64, 6, r=3), more=turn))
    s.pull("navy", group(oval(bx + 160, by + 28, 176, 9), more=f'{turn} fill-opacity="0.7"'))

    # the slope the reader stands on
    grass = [
        blade(
            x,
            812 + abs(x - 240) * 0.05 + r.uniform(0, 90),
            r.uniform(30, 110),
            r.uniform(-22, 34),
            r.uniform(4, 7),
        )
        for x in (
            r.triangular(-20, 330, -20) if k % 2 else r.triangular(1080, 1460, 1460)
            for k in range(190)
        )
    ]
    flowers = [
        (r.uniform(10, 300) if k % 2 else r.uniform(1130, 1430), r.uniform(740, 860))
        for k in range(26)
    ]
    s.pull("navy", *grass, knock=group(*(disc(x, y, 11) for x, y in flowers)))
    s.pull("sea", *grass[::2], knock=group(*(disc(x, y, 11) for x, y in flowers)))
    s.layers.append(f'<g fill="#f6ecd6">{"".join(disc(x, y, 11) for x, y in flowers)}</g>')
    s.pull("coral", *(disc(x, y, 10) for x, y in flowers[::2]))
    s.pull(
        "sun",
        *(disc(x, y, 10) for x, y in flowers[1::2]),
        *(disc(x, y, 4) for x, y in flowers[::2]),
    )
    gulls = [
        f'<path d="M{x} {y}q{w * 0.3} {-w * 0.35} {w * 0.5} 0q{w * 0.2} {-w * 0.35} {w * 0.5} 0" {line(4)}/>'
        for x, y, w in ((470, 210, 50), (560, 250, 36), (420, 270, 30), (820, 320, 26))
    ]
    s.pull("navy", *gulls)
    return s
