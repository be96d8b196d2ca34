"""Follow and share are plain links: they track nobody, and tell nobody before a click (P13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.evidence import NO_TRACE
from tests.browser.reader import LEAD

if TYPE_CHECKING:
    from tests.browser.conftest import NewReader
    from tests.browser.reader import Reader

pytestmark = [pytest.mark.browser, pytest.mark.promise("P13")]


def test_the_page_is_a_newspapers(reader: Reader) -> None:
    """Headline, credits, picture, follow and share links, comment space: all there, all refused."""
    reader.open(LEAD).refuse().open(LEAD)
    page = reader.page
    for part in (
        "h1",
        ".standfirst",
        ".credit",
        "figcaption",
        ".picture-credit",
        ".pull",
        ".share",
    ):
        assert page.locator(part).first.is_visible(), part
    assert page.locator("figure img").first.evaluate("e => e.complete && e.naturalWidth > 0")
    assert page.locator(".comments .daccord-box").is_visible()


def test_nobody_hears_of_a_link_before_it_is_followed(new_reader: NewReader) -> None:
    """Hovered and focused, each of them: no request, no connection."""
    reader = new_reader().open(LEAD).refuse().open(LEAD).forget()
    links = reader.page.locator(".share a, .foot-follow a").all()
    assert len(links) == 6
    for link in links:
        link.scroll_into_view_if_needed()
        link.hover()
        link.focus()
    reader.leave()
    assert reader.evidence().trace == NO_TRACE


def test_a_link_that_is_followed_tells_where_to_and_not_where_from(
    new_reader: NewReader,
    js: bool,  # noqa: FBT001
) -> None:
    """The network sees the visit that the reader makes there, without the page they came from."""
    reader = new_reader(js=js).open(LEAD).refuse().open(LEAD).forget()
    with reader.page.expect_event("load"):
        reader.page.locator(".foot-follow a[href*='@dunes']").click()
    requests = reader.stage.log("social").requests
    assert "/@dunes" in [request.path for request in requests]
    page = next(request for request in requests if request.path == "/@dunes")
    assert "referer" not in page.headers
    assert page.cookies == {}
