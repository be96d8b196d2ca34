# ruff: noqa: E501, PLR0915 - a drawing is long, and made of coordinates
"""The night market under the hall's timbers: everybody has brought a lamp."""

from __future__ import annotations

from dataclasses import dataclass

from art.inks import Sheet, blade, disc, group, line, oval, path, rect, tone, wave

GROUND = 770


@dataclass
class Person:
    """Somebody in a coat: where they stand, how tall, which way they face, what they wear."""

    x: float
    base: float
    tall: float
    facing: int
    coat: str
    hat: str
    lamp: bool = True

    def body(self) -> str:
        return self.coat_shape() + self.arm()

    def arm(self) -> str:
        x, b, h, f = self.x, self.base, self.tall, self.facing
        w = h * 0.135
        if not self.lamp:
            return ""
        return f'<path d="M{x + f * w * 0.5} {b - h * 0.68}Q{x + f * w * 1.5} {b - h * 0.5} {x + f * w * 2.5} {b - h * 0.53}" {line(h * 0.058)}/>'

    def coat_shape(self) -> str:
        x, b, h = self.x, self.base, self.tall
        w = h * 0.135
        return (
            f'<path d="M{x - w * 0.45} {b - h * 0.78}C{x - w * 1.25} {b - h * 0.72} {x - w * 1.15} {b - h * 0.4} {x - w * 1.3} {b - h * 0.16}'
            f'L{x + w * 1.3} {b - h * 0.16}C{x + w * 1.2} {b - h * 0.4} {x + w * 1.2} {b - h * 0.72} {x + w * 0.45} {b - h * 0.78}z"/>'
        )

    def legs(self) -> str:
        x, b, h = self.x, self.base, self.tall
        w = h * 0.135
        return group(
            rect(x - w * 0.75, b - h * 0.2, w * 0.5, h * 0.2),
            rect(x + w * 0.2, b - h * 0.2, w * 0.5, h * 0.2),
            oval(x - w * 0.45, b, w * 0.5, h * 0.022),
            oval(x + w * 0.55, b, w * 0.5, h * 0.022),
        )

    def head(self) -> str:
        return disc(
            self.x + self.facing * self.tall * 0.02, self.base - self.tall * 0.86, self.tall * 0.078
        )

    def hat_shape(self) -> str:
        x, y, r = (
            self.x + self.facing * self.tall * 0.02,
            self.base - self.tall * 0.875,
            self.tall * 0.086,
        )
        return (
            f'<path d="M{x - r} {y}A{r} {r} 0 0 1 {x + r} {y}L{x + r * 1.02} {y + r * 0.2}L{x - r * 1.02} {y + r * 0.2}z"/>'
            + disc(x, y - r * 1.05, r * 0.26)
        )

    def scarf(self) -> str:
        return rect(
            self.x - self.tall * 0.075,
            self.base - self.tall * 0.795,
            self.tall * 0.15,
            self.tall * 0.042,
            r=self.tall * 0.02,
        )

    def light(self) -> tuple[float, float]:
        w = self.tall * 0.135
        return self.x + self.facing * w * 2.5, self.base - self.tall * 0.44


PEOPLE = (
    Person(150, 872, 318, 1, "navy", "coral"),
    Person(352, 842, 268, 1, "coral", "navy"),
    Person(560, 860, 286, -1, "sea", "coral", lamp=False),
    Person(655, 868, 196, 1, "coral", "sea"),
    Person(860, 846, 276, -1, "navy", "sun"),
    Person(1010, 836, 262, 1, "sea", "navy", lamp=False),
    Person(1262, 878, 326, -1, "coral", "navy"),
)


def market() -> Sheet:
    s = Sheet(23)
    r = s.random
    hall = path([(225, 400), (720, 165), (1215, 400), (1215, GROUND), (225, GROUND)])
    roof = path(
        [
            (118, 432),
            (128, 396),
            (720, 92),
            (1312, 396),
            (1322, 432),
            (1215, 406),
            (720, 170),
            (225, 406),
        ]
    )
    lamps = []
    for a, b in ((230, 475), (475, 720), (720, 965), (965, 1210)):
        for k in range(1, 6):
            t = k / 6
            lamps.append(
                (a + (b - a) * t, 408 + 250 * t * (1 - t) + r.uniform(-5, 5), r.uniform(9, 15))
            )
    lamps += [(470 + k * 125, 330 + (14 if k % 2 else 0), 9) for k in range(5)]
    hand = [p.light() for p in PEOPLE if p.lamp]
    halo = s.gradient((0, 1), (0.28, 0.9), (1, 0), angle="round")
    halos = group(
        *(disc(x, y, size * 6.4, f'fill="{halo}"') for x, y, size in lamps),
        *(disc(x, y, 118, f'fill="{halo}"') for x, y in hand),
    )
    crowd = group(*(p.body() + p.legs() + p.head() + p.hat_shape() for p in PEOPLE))
    bulbs = group(
        *(disc(x, y, size * 1.1) for x, y, size in lamps),
        *(rect(x - 12, y - 18, 24, 40, r=5) for x, y in hand),
    )
    stalls = (250, 498, 742, 986)
    w, cells = 204, 8
    step = w / cells
    cloths = [
        [
            f'<path d="M{x + k * step} 520L{x + k * step + step} 520L{x - 8 + (k + 1) * (w + 16) / cells} 590A{step / 2 + 1} 13 0 0 1 {x - 8 + k * (w + 16) / cells} 590z"/>'
            for k in range(cells)
        ]
        for x in stalls
    ]
    awnings = group(*(piece for cloth in cloths for piece in cloth))
    blank = group(crowd, bulbs, awnings)
    torches = group(
        *(rect(x - 12, y - 18, 24, 40, r=5) for x, y in hand),
        *(disc(x, y, 80, f'fill="{halo}"') for x, y in hand),
    )
    front = group(crowd, torches)
    houses = [
        path([(x, GROUND), (x, y), (x + w / 2, y - w * 0.42), (x + w, y), (x + w, GROUND)])
        for x, y, w in ((-60, 470, 170), (70, 520, 150), (1240, 500, 130), (1330, 450, 190))
    ]
    windows = [
        rect(x, y, 16, 22)
        for x, y in (
            (-8, 520),
            (30, 520),
            (112, 570),
            (150, 570),
            (1272, 560),
            (1378, 510),
            (1410, 510),
            (1378, 560),
        )
    ]
    stars = [
        disc(r.uniform(0, 1440), r.uniform(0, 300), r.choice((1.5, 2, 2.8))) for _ in range(90)
    ]
    moon = '<path d="M1236 96a52 52 0 1 0 40 84a42 42 0 1 1 -40 -84z"/>'

    # the warmth under the roof
    warm = s.gradient((0, 0.75), (0.5, 1), (1, 0.8))
    s.pull(
        "sun",
        hall.replace("/>", f'fill="{warm}"/>'),
        halos,
        *windows,
        rect(0, GROUND, 1440, 200, f'fill="{s.gradient((0, 0.6), (1, 0.05))}"'),
        knock=blank,
    )
    s.pull(
        "coral",
        hall.replace("/>", f'fill="{s.gradient((0, 0.75), (0.6, 0.45), (1, 0.7))}"/>'),
        rect(0, GROUND, 1440, 200, f'fill="{s.gradient((0, 0.5), (1, 0.2))}"'),
        knock=group(halos, blank),
    )

    # night around it
    inside = hall.replace("/>", 'fill-opacity="0.86"/>')
    night = s.gradient((0, 1), (1, 0.82))
    out = group(inside, halos, *windows, *stars, moon, blank)
    s.pull("navy", rect(0, 0, 1440, GROUND, f'fill="{night}"'), knock=out)
    s.pull(
        "sea",
        rect(0, 0, 1440, GROUND, f'fill="{s.gradient((0, 0.4), (1, 0.75))}"'),
        knock=group(hall, halos, *windows, *stars, moon, blank),
    )
    s.pull("navy", *houses, knock=group(*windows, halos, front))
    gleam = [
        wave(r.uniform(-40, 1440), GROUND + 12 + r.random() ** 1.4 * 180, r.uniform(30, 120), 3, 6)
        for _ in range(120)
    ]
    pools = group(*(oval(p.x, p.base + 4, p.tall * 0.27, p.tall * 0.035) for p in PEOPLE))
    lit = group(
        *(
            oval(x, p.base + 6, 170, 36, f'fill="{halo}"')
            for p in PEOPLE
            if p.lamp
            for x, _ in [p.light()]
        )
    )
    s.pull(
        "navy",
        rect(0, GROUND, 1440, 200, f'fill="{s.gradient((0, 0.6), (1, 1))}"'),
        knock=group(*gleam, lit, front),
    )
    s.pull("navy", group(pools, more=tone(0.55)), knock=crowd)

    # roof and timbers
    tiles = [
        wave(x + (row % 2) * 17, 118 + row * 20, 31, -9, 5)
        for row in range(17)
        for x in range(90, 1350, 34)
    ]
    s.pull("navy", roof, knock=group(*tiles, more=tone(0.55)))
    s.pull("coral", group(roof, more=tone(0.45)))
    timbers = [
        path([(225, 404), (1215, 404)], closed=False, more=line(17)),
        path([(720, 170), (720, 404)], closed=False, more=line(15)),
        path([(470, 404), (720, 235)], closed=False, more=line(10)),
        path([(970, 404), (720, 235)], closed=False, more=line(10)),
        path([(470, 404), (470, 292)], closed=False, more=line(10)),
        path([(970, 404), (970, 292)], closed=False, more=line(10)),
        *(rect(x - 10, 400, 20, GROUND - 400) for x in (230, 475, 720, 965, 1210)),
        *(
            path([(x - 46, 404), (x, 456), (x + 46, 404)], closed=False, more=line(9))
            for x in (475, 720, 965)
        ),
    ]
    s.pull("navy", *timbers, knock=group(front, *(disc(x, y, size * 1.7) for x, y, size in lamps)))

    # stalls: striped awnings, crates of colour
    for n, x in enumerate(stalls):
        stripe = ("coral", "navy", "coral", "sea")[n]
        cloth = cloths[n]
        s.pull(stripe, *cloth[::2], knock=front)
        s.pull("sun", group(*cloth, more=tone(0.28)), knock=front)
        s.pull(
            "navy",
            rect(x - 8, 520, w + 16, 84, f'fill="{s.gradient((0, 0.45), (0.4, 0.0), (1, 0))}"'),
            knock=front,
        )
        s.pull(
            "navy",
            rect(x + 2, 590, 5, 90, tone(0.9)),
            rect(x + w - 7, 590, 5, 90, tone(0.9)),
            rect(x - 2, 676, w + 4, 92),
            knock=group(front, *(rect(x + 8 + k * 40, 690, 32, 64, tone(0.28)) for k in range(5))),
        )
        fruit = [
            (
                ("coral", "sun", "sea")[(k // 3 + n) % 3],
                disc(x + 14 + k * (w - 28) / 12, 668 + r.uniform(-5, 3), r.uniform(9, 13)),
            )
            for k in range(13)
        ]
        for ink in ("coral", "sun", "sea"):
            s.pull(ink, *(one for of, one in fruit if of == ink), knock=front)
        s.pull(
            "sea",
            *(
                blade(x + 120 + r.uniform(-6, 70), 664, r.uniform(18, 40), r.uniform(-12, 12), 6)
                for _ in range(12)
            ),
            knock=front,
        )

    # lamps
    s.pull(
        "navy",
        *(
            path([(x, y - size * 2.4), (x, y - size)], closed=False, more=line(2))
            for x, y, size in lamps
        ),
    )
    s.pull(
        "sun",
        *(disc(x, y, size * 1.1, tone(0.3)) for x, y, size in lamps),
        *(disc(x, y + 2, size * 0.6, tone(0.5)) for x, y, size in lamps),
    )
    s.pull(
        "navy",
        *(rect(x - size * 0.55, y - size * 1.35, size * 1.1, size * 0.4) for x, y, size in lamps),
    )

    # people
    for p in PEOPLE:
        s.pull(p.coat, p.body())
        if p.coat != "navy":
            shade = (
                s.gradient((0, 0.85), (0.5, 0.3), (1, 0.0), angle="across")
                if p.facing > 0
                else s.gradient((0, 0.0), (0.5, 0.3), (1, 0.85), angle="across")
            )
            s.pull("navy", p.coat_shape().replace("/>", f' fill="{shade}"/>'))
            s.pull("navy", p.arm().replace('stroke-opacity="1.0"', 'stroke-opacity="0.35"'))
        else:
            s.pull("sea", p.coat_shape().replace("/>", ' fill-opacity="0.6"/>'))
        s.pull("navy", p.legs())
        s.pull("coral", group(p.head(), more=tone(0.42)))
        s.pull("sun", group(p.head(), more=tone(0.5)))
        s.pull(p.hat, p.hat_shape(), p.scarf())
    s.pull(
        "navy",
        *(path([(x, y - 34), (x, y - 20)], closed=False, more=line(3)) for x, y in hand),
        *(rect(x - 14, y - 22, 28, 6, r=2) for x, y in hand),
        *(rect(x - 14, y + 20, 28, 6, r=2) for x, y in hand),
    )
    s.pull("sun", *(rect(x - 12, y - 17, 24, 38, tone(0.4), r=4) for x, y in hand))
    s.pull("sun", *(oval(x, y + 6, 6, 11) for x, y in hand))
    s.pull("coral", *(oval(x, y + 9, 3.5, 7, tone(0.8)) for x, y in hand))
    return s
