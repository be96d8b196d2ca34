"""Withdraw after accept: one press on any page, and from the next page on it is over (P8, P9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.evidence import NO_TRACE
from tests.browser.reader import FRONT, LEAD, OTHER, OWN, THIRD, Reader

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from tests.browser.conftest import NewReader

pytestmark = [pytest.mark.browser, pytest.mark.promise("P9")]


def _accept_everything(reader: Reader) -> None:
    """Accept, and read on until every follower has set what it sets."""
    reader.open(LEAD).accept()
    if reader.js:
        with reader.page.expect_response("**/slot?*"), reader.page.expect_response("**/hit"):
            reader.open(OTHER)
        reader.page.wait_for_function("() => indexedDB.databases().then(d => d.length)")
        reader.page.wait_for_function("() => caches.keys().then(k => k.length)")
    else:
        reader.open(OTHER)


def _own(reader: Reader) -> set[tuple[str, str]]:
    return {(at, name) for at, name in reader.evidence().cookies if at == "paper.localhost"}


@pytest.mark.promise("P8")
@pytest.mark.law("CNIL-15")
@pytest.mark.law("CNIL-18")
@pytest.mark.law("WD-1")
@pytest.mark.law("SAN-7")
def test_one_press_and_the_next_page_is_free_of_them(
    reader: Reader, declaration: Declaration
) -> None:
    """No request, cookie, storage access or beacon from its first byte on; leftovers are gone."""
    _accept_everything(reader)
    if reader.js:
        assert {
            ("local", "murmure_profile"),
            ("indexed-db", "murmure_store"),
        } <= reader.evidence().storage
    reader.withdraw()
    assert reader.state == "refused"
    assert _own(reader) == OWN
    if reader.js:
        reader.page.wait_for_function("() => caches.keys().then(k => !k.length)")
    assert reader.evidence().storage == set()
    seen = reader.visit([OTHER, LEAD, FRONT])
    assert seen.trace == NO_TRACE
    assert reader.choice.refused == {q.tag for q in declaration.questions if not q.exempt}


@pytest.mark.promise("P8")
@pytest.mark.law("CNIL-16")
@pytest.mark.law("A11Y-12")
def test_the_control_is_on_every_kind_of_page(new_reader: NewReader) -> None:
    """One control, at the same place, by keyboard too: articles, fronts, lists, errors, policy."""
    reader = new_reader().open(LEAD).accept()
    front = reader.open(FRONT).page
    places = set()
    for path in (
        FRONT,
        LEAD,
        "/en/",
        "/fr/littoral",
        "/fr/nowhere",
        *(front.locator(".foot-nav a").nth(at).get_attribute("href") or "" for at in range(3)),
    ):
        reader.open(path)
        strip = reader.page.locator("#daccord")
        assert strip.count() == 1
        assert reader.state == "granted"
        box = strip.bounding_box()
        assert box
        places.add((box["x"], box["y"] + box["height"]))
        assert reader.page.locator("#daccord-withdraw").is_visible()
    assert len(places) == 1
    reader.open("/_daccord/policy")
    assert reader.page.locator("#daccord-refuse").is_visible()


@pytest.mark.promise("P8")
def test_withdrawing_on_the_policy_page_works_as_well(new_reader: NewReader) -> None:
    """And what was left is cleared on the next page of the paper."""
    reader = new_reader()
    _accept_everything(reader)
    reader.open("/_daccord/policy").refuse()
    assert reader.state == "refused"
    reader.open(THIRD)
    reader.page.wait_for_function("() => caches.keys().then(k => !k.length)")
    assert reader.evidence().storage == set()
    assert _own(reader) == OWN


@pytest.mark.law("CACHE-1")
def test_the_back_button_brings_nothing_back(resident: Reader) -> None:
    """A page read while everything was granted is not shown again, nor told to anybody.

    With a profile on disk, the cache for the back button on, and connections made ahead.
    """
    _accept_everything(resident)
    resident.open(THIRD).withdraw()
    resident.forget()
    for _ in range(3):
        resident.page.go_back()
    assert resident.page.url.startswith(resident.paper + LEAD)
    assert resident.state == "refused"
    seen = resident.visit([LEAD, OTHER])
    assert seen.trace == NO_TRACE


def test_one_service_can_be_withdrawn_and_the_rest_stay(new_reader: NewReader) -> None:
    """Customise after accept: the network out, with what it stored; the others as they were."""
    reader = new_reader()
    _accept_everything(reader)
    reader.unfold()
    reader.page.locator("[name='purpose.social'][value=refuse]").check()
    reader.save()
    assert reader.state == "split"
    seen = reader.visit([LEAD, OTHER])
    assert seen.parties == {"ads", "tags", "bidder"}
    assert {
        name for at, name in seen.cookies if at == "paper.localhost" and "murmure" in name
    } == set()
    assert not {name for _, name in seen.storage if "murmure" in name}
    assert ("local", "reclame_interests") in seen.storage


@pytest.mark.xfail(
    strict=True, reason="the page that is left was opened under the grant, and so is its farewell"
)
@pytest.mark.law("CNIL-18")
def test_the_page_that_is_left_says_no_farewell(new_reader: NewReader) -> None:
    """Followers send a beacon when a page is left: not when it is left by withdrawing."""
    reader = new_reader()
    _accept_everything(reader)
    reader.forget().withdraw()
    reader.leave()
    assert reader.evidence().reached == frozenset()
