"""The paper's own audience counter: exempt, and held to what that asks (P11, CNIL-24, 25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.reader import FRONT, LEAD, OTHER

if TYPE_CHECKING:
    from playwright.sync_api import Cookie

    from tests.browser.conftest import NewReader
    from tests.browser.reader import Reader

pytestmark = [pytest.mark.browser, pytest.mark.promise("P11")]

MOST_SECONDS = 34_128_000
"""13 months, rounded down (CNIL-25)."""


def _counter(reader: Reader) -> Cookie:
    [cookie] = [each for each in reader.context.cookies() if each["name"] == "audience"]
    return cookie


@pytest.mark.law("CNIL-24")
@pytest.mark.law("CNIL-25")
def test_its_cookie_is_the_papers_own_and_is_not_prolonged(
    new_reader: NewReader,
    js: bool,  # noqa: FBT001
) -> None:
    """First-party, for this host alone, at most 13 months from the first visit on."""
    reader = new_reader(js=js).open(FRONT)
    first = _counter(reader)
    assert (first["domain"], first["httpOnly"]) == ("paper.localhost", True)
    assert first["expires"] - reader.page.evaluate("Date.now() / 1000") <= MOST_SECONDS
    for path in (LEAD, OTHER, FRONT):
        reader.open(path)
    assert _counter(reader) == first


@pytest.mark.law("CNIL-24")
def test_its_cookie_tells_nobody_from_anybody(new_reader: NewReader) -> None:
    """Two readers who came first in the same month hold the same value: no identifier."""
    assert _counter(new_reader().open(FRONT))["value"] == _counter(new_reader().open(LEAD))["value"]


@pytest.mark.law("CNIL-24")
def test_it_goes_nowhere_else(new_reader: NewReader) -> None:
    """Even after accept all, no third party is sent it."""
    reader = new_reader().open(LEAD)
    with reader.page.expect_response("**/slot?*"), reader.page.expect_response("**/hit"):
        reader.accept()
    reader.leave()
    for party in ("comments", "social", "ads", "tags", "bidder"):
        for request in reader.stage.log(party).requests:
            assert "audience" not in request.cookies
    assert reader.stage.log("social").requests


@pytest.mark.law("CNIL-26")
def test_its_figures_are_public_and_round(new_reader: NewReader) -> None:
    """What is shown of it is rounded to tens."""
    reader = new_reader().open("/fr/audience")
    figures = [each.inner_text() for each in reader.page.locator(".counts td").all()]
    assert all(not each.isdigit() or int(each) % 10 == 0 for each in figures)
