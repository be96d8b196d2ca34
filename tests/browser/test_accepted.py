"""Accept all: one press, by mouse or key, and it holds for the very next page (P2)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

from tests.browser.reader import LEAD, OTHER, Reader

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from tests.browser.conftest import NewReader

pytestmark = [pytest.mark.browser, pytest.mark.promise("P2")]

DECLARED = {"comments", "social", "ads", "tags", "bidder"}


def test_one_press_lets_everything_declared_in(
    new_reader: NewReader, declaration: Declaration
) -> None:
    """Every declared service works on the page that comes back, and nobody undeclared does."""
    reader = new_reader().open(LEAD)
    with reader.page.expect_response("**/slot?*"), reader.page.expect_response("**/bid.gif?*"):
        reader.accept()
    reader.page.locator("#isso-root .isso-comment").first.wait_for()
    assert reader.state == "granted"
    reader.open(OTHER)
    stored = reader.evidence().storage
    reader.leave()
    seen = reader.evidence()
    assert seen.parties == DECLARED, "the undeclared host stays shut out even now"
    assert "leak.unknown.localhost" not in seen.asked
    patterns = [c.name for service in declaration.services for c in service.cookies] + ["daccord"]
    names = {name for _, name in seen.cookies}
    assert {n for n in names if not any(fnmatchcase(n, each) for each in patterns)} == set()
    assert {"murmure_tp", "murmure_id", "reclame_id", "surenchere_uid"} <= names
    keys = {(k.area.value, k.name) for s in declaration.services for k in s.storage}
    for area, name in stored:
        assert any(area == of and fnmatchcase(name, key) for of, key in keys), (area, name)
    assert reader.choice.granted == {q.tag for q in declaration.questions if not q.exempt}
    assert reader.records() == 1, "law 5: no consent without proof"


def test_one_key_press_without_scripts(new_reader: NewReader) -> None:
    """Enter on the button; what works without scripts works on the page that comes back."""
    reader = new_reader(js=False).open(LEAD)
    reader.page.locator("#daccord-accept").focus()
    with reader.page.expect_event("load"):
        reader.page.keyboard.press("Enter")
    assert reader.state == "granted"
    seen = reader.evidence()
    assert {"GET /embed/1", "GET /pixel.gif"} <= seen.of("social")
    assert seen.parties <= DECLARED
    assert "murmure_tp" in {name for _, name in seen.cookies}


@pytest.mark.promise("P9")
def test_the_network_says_what_it_knows_of_the_reader(new_reader: NewReader) -> None:
    """Its own page is empty after a refusal, and fills with each page read after accepting."""
    reader = new_reader().open(LEAD).refuse()
    reader.open(OTHER)
    known = reader.context.new_page()
    known.goto(f"{reader.stage.addresses.social}/me?lang=fr")
    assert not known.locator("#live tbody tr").count()
    titles = []
    for act in (reader.unfold().accept, lambda: reader.open(LEAD)):
        with reader.page.expect_response("**/hit"):
            act()
        titles.append(reader.page.locator("h1").inner_text())
    for title in titles:
        known.get_by_text(title).first.wait_for()


@pytest.mark.law("PP-1")
def test_the_exempt_counter_is_not_called_accepted(reader: Reader) -> None:
    """What needs no consent is on by itself: nobody accepted it (P11)."""
    reader.open(LEAD).accept()
    reader.unfold()
    audience = reader.page.locator("fieldset:has([name='purpose.audience']) legend b")
    assert audience.inner_text() == "actif"
