"""No choice yet: whatever the reader does short of choosing, nothing is kept or read (P12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daccord.consent.choice import NOT_ASKED
from tests.browser.evidence import NO_TRACE
from tests.browser.reader import FRONT, LEAD, OTHER, THIRD, Reader

if TYPE_CHECKING:
    from tests.browser.conftest import NewReader

pytestmark = [pytest.mark.browser, pytest.mark.promise("P12")]

COUNTED = frozenset({("paper.localhost", "audience")})
"""The exempt counter of the paper itself; its value is the month and nothing else."""


@pytest.mark.law("CNIL-1")
@pytest.mark.law("CNIL-2")
@pytest.mark.law("SAN-1")
@pytest.mark.law("A11Y-17")
def test_reading_on_is_no_consent(reader: Reader) -> None:
    """Idle, scroll, click in the text, press Escape, follow links, three pages: still not asked."""
    reader.forget().idle(LEAD, 30).open(FRONT)
    reader.page.mouse.wheel(0, 600)
    with reader.page.expect_event("load"):
        reader.page.locator(".teaser-lead .teaser-title a").focus()
        reader.page.keyboard.press("Enter")
    assert reader.page.url.endswith(LEAD)
    reader.page.locator(".story-text > p").first.click()
    reader.page.keyboard.press("Escape")
    with reader.page.expect_event("load"):
        reader.page.locator(".related a").first.focus()
        reader.page.keyboard.press("Enter")
    assert reader.is_asked
    assert reader.state == "not-asked"
    stored = reader.evidence().storage
    reader.leave()
    seen = reader.evidence()
    assert (seen.cookies, stored, seen.trace) == (COUNTED, frozenset(), NO_TRACE)
    assert reader.choice == NOT_ASKED
    assert reader.records() == 0


def test_nobody_is_even_connected_to(resident: Reader) -> None:
    """Chromium with a profile of its own connects ahead where a page lets it: not here."""
    seen = resident.visit([LEAD, OTHER, THIRD])
    assert (seen.cookies, seen.trace) == (COUNTED, NO_TRACE)


@pytest.mark.law("A11Y-17")
def test_escape_and_closing_customise_grant_nothing(new_reader: NewReader) -> None:
    """Customise opened, looked at and closed again: not a choice."""
    reader = new_reader().open(LEAD).unfold()
    reader.page.keyboard.press("Escape")
    reader.unfold()
    reader.open(OTHER)
    assert reader.is_asked
    assert reader.cookie is None


@pytest.mark.law("CNIL-10")
@pytest.mark.law("EDPB-B")
def test_nothing_is_chosen_in_advance(reader: Reader) -> None:
    """No box and no option of what needs consent is ticked; exempt audience shows what it is."""
    reader.open(LEAD)
    ticked = reader.page.locator("#daccord :checked")
    assert [each.get_attribute("name") for each in ticked.all()] == ["purpose.audience"]
    assert reader.page.locator("#daccord [aria-checked=true]").count() == 0


@pytest.mark.law("CNIL-3")
@pytest.mark.law("CNIL-4")
@pytest.mark.law("CNIL-5")
@pytest.mark.law("EDPB-A")
@pytest.mark.parametrize("width", [320, 1280])
def test_refusing_looks_as_easy_as_accepting(new_reader: NewReader, width: int) -> None:
    """One of each, on both layers, in one form, of one size, type, colour and border."""
    reader = new_reader()
    reader.page.set_viewport_size({"width": width, "height": 800})
    reader.open(LEAD)
    for _ in ("first layer", "customise"):
        looks = [
            reader.page.locator(f"#daccord-{which}").evaluate(
                """e => { const s = getComputedStyle(e), b = e.getBoundingClientRect();
                return [e.tagName, e.type, e.form.id, s.fontSize, s.fontWeight, s.fontFamily,
                  s.color, s.backgroundColor, s.borderTopColor, s.borderTopWidth, s.opacity,
                  Math.round(b.width), Math.round(b.height), Math.round(b.top)] }"""
            )
            for which in ("accept", "refuse")
        ]
        assert looks[0] == looks[1]
        assert looks[0][-2] >= 24, "A11Y-6"
        reader.unfold()
