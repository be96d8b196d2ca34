"""Everybody can use it: axe, keyboard, targets, contrast, reflow, focus never hidden, CSS off."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.notice.reader import DESKTOP, PHONE, reading
from tests.notice.sample import ALL, ISSO, MOUETTE, choice

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from daccord.consent.choice import Choice
    from tests.notice.paper import Paper

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "client" / "node_modules" / "axe-core" / "axe.min.js"
SMALL_AND_ZOOMED = {"width": 320, "height": 256}

CHOICES: dict[str, Choice | None] = {
    "not asked": None,
    "in part": choice(ISSO, only={ISSO, MOUETTE}),
    "refused": choice(),
    "granted": choice(*ALL),
    "split": choice(ISSO),
}
ARTICLE = "/article?lang={}"
POLICY = "/_daccord/policy?lang={}"
ERROR = "/error/503?lang={}"
STATES: dict[str, tuple[Choice | None, str, bool, bool]] = {
    **{name: (answers, ARTICLE, False, False) for name, answers in CHOICES.items()},
    **{f"{name}, open": (answers, ARTICLE, True, False) for name, answers in CHOICES.items()},
    "signal": (None, ARTICLE, False, True),
    "saved": (choice(*ALL), ARTICLE + "#daccord", False, False),
    "policy": (choice(ISSO), POLICY, False, False),
    "error": (None, ERROR, False, False),
}

each_state = pytest.mark.parametrize("state", STATES.values(), ids=STATES)


def axe_finds(page: Page) -> list[str]:
    """Every finding of axe-core, best practices included."""
    found: dict[str, Any] = page.evaluate("() => axe.run()")
    return [
        f"{finding['id']}: {node['html'][:120]}"
        for finding in found["violations"]
        for node in finding["nodes"]
    ]


@pytest.mark.skipif(not AXE.is_file(), reason="needs `npm ci` in client/")
@pytest.mark.law("A11Y-1")
@pytest.mark.law("A11Y-2")
@pytest.mark.law("A11Y-8")
@pytest.mark.law("A11Y-9")
@pytest.mark.parametrize(
    ("viewport", "scheme", "language"),
    [(DESKTOP, "light", "fr"), (PHONE, "dark", "en")],
    ids=["desktop light fr", "phone dark en"],
)
@each_state
def test_axe_finds_nothing(
    chromium: Browser,
    paper: Paper,
    state: tuple[Choice | None, str, bool, bool],
    viewport: dict[str, int],
    scheme: str,
    language: str,
) -> None:
    answers, path, is_open, gpc = state
    with reading(
        chromium,
        paper,
        path.format(language),
        choice=answers,
        gpc=gpc,
        complaints=("503",),
        viewport=viewport,
        color_scheme=scheme,
        bypass_csp=True,
    ) as page:
        if is_open:
            page.click("#daccord-customise")
        page.add_script_tag(path=AXE)
        assert axe_finds(page) == []


@pytest.mark.law("A11Y-3")
@pytest.mark.law("A11Y-4")
def test_the_tab_key_walks_through_the_notice_and_on_to_the_page(
    chromium: Browser, paper: Paper
) -> None:
    with reading(chromium, paper) as page:
        walk = []
        for _ in range(6):
            page.keyboard.press("Tab")
            walk.append(page.evaluate("() => document.activeElement.id || 'link'"))
            outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"
        assert walk == [
            "link",  # the recipients
            "daccord-customise",
            "daccord-refuse",
            "daccord-accept",
            "skip",
            "link",
        ]
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#daccord .d-ok")).to_be_visible()
        assert paper.granted_posts == ["refuse"]


@pytest.mark.law("A11Y-3")
def test_customise_by_keyboard_alone(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper) as page:
        page.focus("#daccord-customise")
        for key in ("Enter", "Tab", "ArrowRight", "Tab", "Space", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
        expect(page.locator("[name='purpose.social'][value=accept]")).to_be_checked()
        expect(page.locator("[name='purpose.ads'][value=some]")).to_be_checked()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page.locator("[type=checkbox][value=regie]")).to_be_checked()
        page.keyboard.press("Enter")
        expect(page.locator("#daccord .d-ok")).to_be_visible()
        assert paper.granted_posts == ["save"]


@pytest.mark.law("CNIL-4")
@pytest.mark.law("EDPB-D/E")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 640, 1280])
@pytest.mark.parametrize("is_open", [False, True], ids=["first layer", "customise"])
def test_accept_and_refuse_look_alike(
    chromium: Browser, paper: Paper, scheme: str, width: int, *, is_open: bool
) -> None:
    viewport = {"width": width, "height": 700}
    with reading(chromium, paper, viewport=viewport, color_scheme=scheme) as page:
        if is_open:
            page.click("#daccord-customise")
        assert looks(page, "#daccord-accept") == looks(page, "#daccord-refuse")
        boxes = [
            page.locator(name).bounding_box() for name in ("#daccord-accept", "#daccord-refuse")
        ]
        accept, refuse = boxes
        assert accept
        assert refuse
        assert abs(accept["width"] - refuse["width"]) <= 1
        assert abs(accept["height"] - refuse["height"]) <= 1
        assert accept["y"] == refuse["y"]


def looks(page: Page, selector: str) -> dict[str, str]:
    """Every computed property apart from those that are measures of place."""
    found: dict[str, str] = page.evaluate(
        """selector => {
          const style = getComputedStyle(document.querySelector(selector));
          const place = /^(width|inline-size|perspective-origin|transform-origin|inset|left|right)/;
          return Object.fromEntries([...style].filter(name => !place.test(name))
            .map(name => [name, style.getPropertyValue(name)]));
        }""",
        selector,
    )
    return found


@pytest.mark.law("A11Y-6")
@pytest.mark.parametrize("answers", CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_targets_are_large_enough(
    chromium: Browser, paper: Paper, answers: Choice | None, *, is_open: bool
) -> None:
    with reading(chromium, paper, choice=answers, viewport=PHONE) as page:
        if is_open:
            page.click("#daccord-customise")
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                "#daccord :is(button, summary, label), .daccord-box button")]
              .filter(each => each.checkVisibility())
              .map(each => [each.textContent, each.getBoundingClientRect()])
              .filter(([, box]) => box.width < 24 || box.height < 24)
              .map(([text, box]) => `${text}: ${box.width} x ${box.height}`)"""
        )
        assert small == []


def contrast(one: str, other: str) -> float:
    """The contrast of two opaque colours as browsers compute them, `rgb(1, 2, 3)` (WCAG 2.2)."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.law("A11Y-2")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_are_told_apart(chromium: Browser, paper: Paper, scheme: str) -> None:
    with reading(chromium, paper, color_scheme=scheme) as page:
        colours = page.evaluate(
            """() => Object.fromEntries(["paper", "ink", "yes", "no"].map(name => {
              const probe = document.createElement("p");
              document.body.append(probe);
              probe.style.color = `var(--daccord-${name})`;
              const colour = getComputedStyle(probe).color;
              probe.remove();
              return [name, colour];
            }))"""
        )
        paper_colour = colours.pop("paper")
        assert contrast(paper_colour, colours["ink"]) >= 7
        assert contrast(paper_colour, colours["yes"]) >= 4.5
        assert contrast(paper_colour, colours["no"]) >= 4.5


@pytest.mark.law("A11Y-7")
@pytest.mark.parametrize("viewport", [SMALL_AND_ZOOMED, {"width": 320, "height": 640}, PHONE])
@pytest.mark.parametrize("is_open", [False, True], ids=["first layer", "customise"])
def test_it_reflows_and_scrolls_inside_itself(
    chromium: Browser, paper: Paper, viewport: dict[str, int], *, is_open: bool
) -> None:
    with reading(chromium, paper, viewport=viewport) as page:
        if is_open:
            page.click("#daccord-customise")
        measures = page.evaluate(
            """() => {
              const root = document.getElementById("daccord");
              return [document.documentElement.scrollWidth - innerWidth,
                root.scrollWidth - root.clientWidth,
                root.getBoundingClientRect().top, root.getBoundingClientRect().bottom];
            }"""
        )
        assert measures[0] <= 0
        assert measures[1] <= 0
        assert measures[2] > 0
        assert round(measures[3]) == viewport["height"]
        # Every control can be reached, and is then in sight.
        for name in ("#daccord-customise", "#daccord-refuse", "#daccord-accept"):
            page.focus(name)
            assert page.evaluate(
                """name => {
                  const each = document.querySelector(name);
                  const box = each.getBoundingClientRect();
                  const at = document.elementFromPoint(
                    box.left + box.width / 2, box.top + box.height / 2);
                  return each.contains(at);
                }""",
                name,
            )


@pytest.mark.law("A11Y-7")
def test_it_holds_with_the_readers_own_text_spacing(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper, viewport=PHONE, bypass_csp=True) as page:
        page.add_style_tag(
            content="#daccord * { line-height: 1.5 !important; letter-spacing: .12em !important;"
            " word-spacing: .16em !important } #daccord p { margin-bottom: 2em !important }"
        )
        cut = page.evaluate(
            """() => [...document.querySelectorAll("#daccord :is(button, summary, b, h2)")]
              .filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth)
              .map(each => each.textContent)"""
        )
        assert cut == []


@pytest.mark.law("A11Y-5")
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, {"width": 320, "height": 480}])
def test_the_notice_never_hides_what_has_focus(
    chromium: Browser, paper: Paper, viewport: dict[str, int]
) -> None:
    with reading(chromium, paper, viewport=viewport) as page:
        page.focus("#skip")
        hidden = []
        for _ in itertools.count():
            page.keyboard.press("Tab")
            seen = page.evaluate(
                """() => {
                  const each = document.activeElement, box = each.getBoundingClientRect();
                  const top = document.getElementById("daccord").getBoundingClientRect().top;
                  return [each.id, each.textContent, box.top < top && box.bottom > 0];
                }"""
            )
            if not seen[2]:
                hidden.append(seen[1])
            if seen[0] == "last":
                break
        assert hidden == []


@pytest.mark.law("A11Y-14")
def test_with_css_off_the_order_makes_sense(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper) as page:
        text = page.evaluate(
            """() => {
              for (const style of document.querySelectorAll("style, link")) style.remove();
              for (const part of document.querySelectorAll("details")) part.open = true;
              return document.getElementById("daccord").innerText;
            }"""
        )
        said = [
            "Cookies\u00a0: refusés par défaut",
            "Vos données, votre choix",
            "Dunes Presse SAS et 4 destinataires",
            "Vous pouvez changer d’avis",
            "Personnaliser",
            "Refuser",
            "Accepter",
            "Enregistrer mes choix",
            "Tout refuser",
            "Tout accepter",
        ]
        places = [text.index(each) for each in said]
        assert places == sorted(places)
        assert "Choix enregistré" not in text


@pytest.mark.law("A11Y-10")
def test_it_can_be_read_from_right_to_left(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper) as page:
        page.evaluate(
            "() => { document.dir = 'rtl'; document.getElementById('daccord').dir = 'rtl' }"
        )
        box = page.locator("#daccord").bounding_box()
        assert box
        assert round(box["x"] + box["width"]) == DESKTOP["width"]


def test_forced_colours_keep_the_shape_and_the_buttons(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper, choice=choice(ISSO), forced_colors="active") as page:
        page.click("#daccord-customise")
        shape = page.evaluate(
            "() => getComputedStyle(document.querySelector('.d-some'), '::before').backgroundImage"
        )
        assert "gradient" in shape
        assert looks(page, "#daccord-accept") == looks(page, "#daccord-refuse")


def test_print_leaves_the_notice_out_and_the_placeholder_in(
    chromium: Browser, paper: Paper
) -> None:
    with reading(chromium, paper) as page:
        page.emulate_media(media="print")
        expect(page.locator("#daccord")).to_be_hidden()
        expect(page.locator(".daccord-box").first).to_be_visible()
