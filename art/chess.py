# ruff: noqa: E501, PLR0915 - a drawing is long, and made of coordinates
"""Two players in the launderette; behind them the machines turn."""

from __future__ import annotations

import math

from art.inks import Point, Sheet, disc, group, line, oval, path, rect, tone, wave


def chess() -> Sheet:
    s = Sheet(89)
    r = s.random
    drums = [(x, 330) for x in (142, 374, 606, 838, 1070, 1302)]
    wash = ("coral", "sun", "sea", "coral", "navy", "sun")

    # players: rounded backs, heads bent over the board
    left = '<path d="M150 980C150 800 190 640 300 566C352 530 424 540 462 590C500 640 506 720 500 790L520 980z"/>'
    left_head = oval(446, 486, 66, 78, 'transform="rotate(18 446 486)"')
    left_arm = f'<path d="M330 690C350 800 420 838 520 822C560 816 590 806 622 790" {line(64)}/>'
    right = '<path d="M1290 980C1296 820 1250 650 1146 572C1090 532 1016 540 978 592C944 640 936 720 944 790L920 980z"/>'
    right_head = oval(1002, 484, 64, 76, 'transform="rotate(-20 1002 484)"')
    right_arm = (
        f'<path d="M1120 700C1112 850 1040 880 972 858C916 838 926 720 952 590" {line(58)}/>'
    )
    hair = '<path d="M392 452C386 396 446 376 492 404C520 420 528 446 520 462C492 440 470 446 452 462C440 486 424 520 404 540C384 520 388 480 392 452z"/>'
    white_hair = '<path d="M1064 470C1070 410 1010 384 962 410C936 426 932 450 938 466C962 450 990 452 1008 470C1016 500 1030 530 1046 548C1066 530 1062 496 1064 470z"/>'
    scarf = '<path d="M1000 560C1040 600 1110 610 1160 580C1172 600 1166 626 1150 640C1090 660 1020 640 984 606z"/>'
    crowd = group(left, hair, white_hair, left_head, left_arm, right, right_head, right_arm)

    # table and board, seen a little from above
    table = path([(300, 980), (420, 800), (1030, 800), (1150, 980)])
    corner: list[Point] = [(486, 806), (962, 806), (1056, 940), (392, 940)]

    def on_board(u: float, v: float) -> Point:
        v = v**0.86
        a = (corner[0][0] + (corner[1][0] - corner[0][0]) * u, corner[0][1])
        b = (corner[3][0] + (corner[2][0] - corner[3][0]) * u, corner[3][1])
        return a[0] + (b[0] - a[0]) * v, a[1] + (b[1] - a[1]) * v

    squares = [
        path(
            [
                on_board(i / 8, j / 8),
                on_board((i + 1) / 8, j / 8),
                on_board((i + 1) / 8, (j + 1) / 8),
                on_board(i / 8, (j + 1) / 8),
            ]
        )
        for i in range(8)
        for j in range(8)
        if (i + j) % 2
    ]

    def piece(i: float, j: float, tall: float, kind: str) -> str:
        x, y = on_board((i + 0.5) / 8, (j + 0.5) / 8)
        w = tall * 0.3
        body = (
            f'<path d="M{x - w} {y}C{x - w * 0.4} {y - tall * 0.16} {x - w * 0.34} {y - tall * 0.4} {x - w * 0.3} {y - tall * 0.62}L{x + w * 0.3} {y - tall * 0.62}C{x + w * 0.34} {y - tall * 0.4} {x + w * 0.4} {y - tall * 0.16} {x + w} {y}z"/>'
            + oval(x, y, w, w * 0.34)
            + rect(x - w * 0.6, y - tall * 0.66, w * 1.2, tall * 0.07, r=3)
        )
        tops = {
            "pawn": disc(x, y - tall * 0.78, w * 0.56),
            "king": oval(x, y - tall * 0.8, w * 0.52, tall * 0.15)
            + rect(x - 3.5, y - tall * 1.16, 7, tall * 0.24)
            + rect(x - 12, y - tall * 1.1, 24, 7),
            "queen": path(
                [
                    (x - w * 0.7, y - tall),
                    (x - w * 0.3, y - tall * 0.84),
                    (x, y - tall * 1.04),
                    (x + w * 0.3, y - tall * 0.84),
                    (x + w * 0.7, y - tall),
                    (x + w * 0.46, y - tall * 0.66),
                    (x - w * 0.46, y - tall * 0.66),
                ]
            ),
            "rook": rect(x - w * 0.62, y - tall * 0.9, w * 1.24, tall * 0.26)
            + rect(x - w * 0.62, y - tall, w * 0.34, tall * 0.14)
            + rect(x - w * 0.17, y - tall, w * 0.34, tall * 0.14)
            + rect(x + w * 0.28, y - tall, w * 0.34, tall * 0.14),
            "knight": f'<path d="M{x - w * 0.5} {y - tall * 0.64}C{x - w * 0.6} {y - tall * 0.9} {x - w * 0.2} {y - tall * 1.1} {x + w * 0.3} {y - tall * 1.06}L{x + w * 0.9} {y - tall * 0.84}L{x + w * 0.66} {y - tall * 0.76}L{x + w * 0.2} {y - tall * 0.82}L{x + w * 0.5} {y - tall * 0.64}z"/>',
        }
        return body + tops[kind]

    pale = [
        (1, 5, 84, "king"),
        (2, 6, 66, "pawn"),
        (4, 5, 64, "pawn"),
        (3, 7, 76, "rook"),
        (6, 6, 78, "knight"),
        (0, 6, 66, "pawn"),
        (5, 7, 66, "pawn"),
    ]
    dark = [
        (6, 1, 70, "king"),
        (5, 2, 52, "pawn"),
        (2, 1, 56, "pawn"),
        (7, 2, 54, "pawn"),
        (3, 2, 66, "queen"),
        (1, 1, 60, "rook"),
    ]
    pale_set = group(*(piece(*p) for p in sorted(pale, key=lambda p: p[1])))
    dark_set = group(*(piece(*p) for p in dark))
    men = group(pale_set, dark_set)
    blank = group(crowd, table, men)

    # wall and machines
    lamps = group(
        *(
            f'<path d="M{x - 70} 84L{x + 70} 84L{x + 34} 40L{x - 34} 40z"/>'
            for x in (258, 722, 1186)
        )
    )
    beams = group(
        *(
            path([(x - 66, 84), (x + 66, 84), (x + 250, 560), (x - 250, 560)])
            for x in (258, 722, 1186)
        )
    )
    s.pull("sea", rect(-20, -20, 1480, 170, tone(0.7)), knock=group(blank, lamps, beams))
    tiles = group(
        *(rect(x, -20, 2.4, 176) for x in range(0, 1460, 58)),
        *(rect(-20, y, 1480, 2.4) for y in range(20, 160, 44)),
    )
    s.pull(
        "navy",
        rect(-20, -20, 1480, 176, f'fill="{s.gradient((0, 0.55), (1, 0.2))}"'),
        knock=group(tiles, lamps, beams, blank),
    )
    s.pull("sea", rect(-20, 560, 1480, 420, tone(0.75)), knock=blank)
    s.pull(
        "navy", rect(-20, 560, 1480, 420, f'fill="{s.gradient((0, 0.95), (1, 0.6))}"'), knock=blank
    )
    for k, (x, y) in enumerate(drums):
        box = rect(x - 112, 150, 224, 420, r=10)
        s.pull("sun", box.replace("/>", 'fill-opacity="0.2"/>'), knock=group(blank, disc(x, y, 84)))
        s.pull(
            "navy",
            box.replace(
                "/>", f'fill="{s.gradient((0, 0.04), (0.7, 0.12), (1, 0.3), angle="across")}"/>'
            ),
            box.replace("/>", f"{line(4)}/>"),
            knock=group(blank, disc(x, y, 84)),
        )
        s.pull(
            "navy",
            rect(x - 112, 206, 224, 4),
            rect(x - 90, 172, 84, 18, tone(0.85), r=4),
            disc(x + 70, 180, 15),
            disc(x + 26, 180, 7),
            rect(x - 90, 510, 60, 30, tone(0.25), r=4),
            disc(x, y, 104),
            knock=group(blank, disc(x, y, 84), rect(x + 68, 168, 4, 12)),
        )
        s.pull(wash[k], disc(x, y, 80), knock=blank)
        swirl = []
        for n in range(7):
            t0 = n / 7 * math.tau + k
            arc: list[Point] = [
                (
                    x + math.cos(t0 + u * 1.5) * (18 + u * 58),
                    y + math.sin(t0 + u * 1.5) * (18 + u * 58),
                )
                for u in (0, 0.2, 0.4, 0.6, 0.8, 1)
            ]
            swirl.append(path(arc, closed=False, more=line(9 + (n % 3) * 4)))
        ink = ("navy", "coral", "navy", "sun", "sea", "coral")[k]
        clip = f"c{len(s.defs)}"
        s.defs.append(f'<clipPath id="{clip}">{disc(x, y, 80)}</clipPath>')
        s.pull(ink, group(*swirl, more=f'clip-path="url(#{clip})"'), knock=blank)
        s.pull(
            "navy",
            disc(x, y, 80, f'fill="{s.gradient((0, 0.55), (0.5, 0.08), (1, 0))}"'),
            knock=group(
                blank,
                path(
                    [
                        (x - 50, y - 30),
                        (x - 30, y - 54),
                        (x - 8, y - 62),
                        (x - 14, y - 46),
                        (x - 34, y - 26),
                    ]
                ),
            ),
        )
    s.pull(
        "sun",
        group(beams, more=f'fill="{s.gradient((0, 0.75), (1, 0.05))}"'),
        knock=group(crowd, table, men),
    )
    s.pull("coral", lamps)
    s.pull(
        "navy", *(rect(x - 2, -10, 4, 52) for x in (258, 722, 1186)), group(lamps, more=tone(0.25))
    )
    s.pull("sun", *(oval(x, 86, 58, 9) for x in (258, 722, 1186)))

    # the table and its board
    s.pull("sun", table, knock=group(men, crowd, path(corner)))
    s.pull("coral", group(table, more=tone(0.55)), knock=group(men, crowd, path(corner)))
    s.pull(
        "navy",
        path([(300, 980), (420, 800), (440, 800), (330, 980)], more=tone(0.3)),
        *(
            wave(r.uniform(320, 1060), r.uniform(946, 975), r.uniform(40, 110), 2, 3)
            for _ in range(14)
        ),
        knock=group(men, crowd),
    )
    s.pull("sun", group(path(corner), more=tone(0.3)), knock=group(men, crowd))
    s.pull("navy", *squares, path(corner, more=line(6)), knock=group(men, crowd))

    # players
    jumper = [
        path([(150, y), (330, y + 30), (520, y)], closed=False, more=line(12))
        for y in range(640, 1000, 46)
    ]
    clip = f"c{len(s.defs)}"
    s.defs.append(f'<clipPath id="{clip}">{left}</clipPath>')
    s.pull("coral", left, left_arm, knock=group(men))
    s.pull(
        "navy",
        left.replace("/>", f'fill="{s.gradient((0, 0.85), (0.5, 0.2), (1, 0), angle="across")}"/>'),
        knock=men,
    )
    s.pull(
        "navy",
        group(*jumper, more=f'clip-path="url(#{clip})" opacity="0.8"'),
        knock=group(men, left_arm),
    )
    s.pull("sea", right, knock=men)
    s.pull(
        "navy",
        right.replace(
            "/>", f'fill="{s.gradient((0, 0), (0.5, 0.2), (1, 0.85), angle="across")}"/>'
        ),
        knock=men,
    )
    s.layers.append(scarf.replace("/>", ' fill="#f6ecd6"/>'))
    s.pull("coral", scarf)
    s.pull("navy", scarf.replace("/>", f'fill="{s.gradient((0, 0), (0.6, 0.1), (1, 0.6))}"/>'))
    faces = group(left_head, right_head)
    s.pull("coral", group(faces, more=tone(0.4)))
    s.pull("sun", group(faces, more=tone(0.45)))
    s.layers.append(right_arm.replace('stroke="#000"', 'stroke="#f6ecd6"'))
    s.pull("sea", right_arm, knock=men)
    s.pull("navy", right_arm.replace('stroke-opacity="1.0"', 'stroke-opacity="0.22"'), knock=men)
    # hair, glasses, hands
    s.pull("navy", hair, '<path d="M404 540q12 20 30 24" fill="none"/>')
    s.layers.append(
        '<path d="M1064 470C1070 410 1010 384 962 410C936 426 932 450 938 466C962 450 990 452 1008 470C1016 500 1030 530 1046 548C1066 530 1062 496 1064 470z" fill="#f6ecd6"/>'
    )
    s.pull(
        "navy",
        '<path d="M1064 470C1070 410 1010 384 962 410C936 426 932 450 938 466C962 450 990 452 1008 470C1016 500 1030 530 1046 548C1066 530 1062 496 1064 470z" fill-opacity="0.18"/>',
    )
    s.pull(
        "navy",
        f'<circle cx="962" cy="494" r="18" {line(5)}/>',
        f'<path d="M980 492L1026 482" {line(5)}/>',
        f'<path d="M470 500q14 5 26 0" {line(5)}/>',
        f'<path d="M484 536q10 2 18 -3" {line(4)}/>',
        f'<path d="M954 536q-8 3 -16 -2" {line(4)}/>',
    )
    hands = group(oval(640, 786, 38, 24, 'transform="rotate(-18 640 786)"'), oval(956, 574, 27, 32))
    s.layers.append(f'<g fill="#f6ecd6">{hands}</g>')
    s.pull("coral", group(hands, more=tone(0.4)))
    s.pull("sun", group(hands, more=tone(0.45)))

    # the men
    s.pull("coral", pale_set.replace("/>", 'fill-opacity="0.12"/>'))
    s.pull("sun", pale_set.replace("/>", 'fill-opacity="0.45"/>'))
    s.pull("navy", dark_set)
    s.pull("coral", group(dark_set, more=tone(0.6)))
    return s
