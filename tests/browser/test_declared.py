"""Everything declared is shown and nothing else: notice, customise and policy page (P1, P10)."""

from __future__ import annotations

import re
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

from daccord.declaration.model import Language
from tests.browser.reader import LEAD, OTHER

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from tests.browser.conftest import NewReader

pytestmark = pytest.mark.browser

ENGLISH = Language("en")


@pytest.mark.promise("P1")
@pytest.mark.law("CNIL-7")
@pytest.mark.law("CNIL-8")
@pytest.mark.law("CNIL-17")
def test_the_first_layer_says_who_what_and_what_for(
    new_reader: NewReader,
    js: bool,  # noqa: FBT001
    declaration: Declaration,
) -> None:
    """Controller, data, each purpose with a sentence, how many recipients, how to change."""
    reader = new_reader(js=js, language="en-GB").open("/en/")
    words = " ".join(reader.page.locator("#daccord .d-first").inner_text().split())
    assert declaration.controller.name in words
    for kind in ("IP address", "browsing data", "interactions with social networks", "comments"):
        assert kind in words
    asked = [p for p in declaration.purposes if p.exempt is None]
    for purpose in asked:
        assert purpose.title.in_language(ENGLISH) in words
        assert purpose.summary.in_language(ENGLISH) in words
    shown = [b.inner_text() for b in reader.page.locator("#daccord .d-first li b").all()]
    assert shown == [purpose.title.in_language(ENGLISH) for purpose in asked]
    others = {s.recipient.name for s in declaration.services} - {declaration.controller.name}
    assert f"{len(others)} recipients" in words
    assert "change your mind at any time" in words


@pytest.mark.promise("P1")
@pytest.mark.promise("P6")
def test_customise_shows_each_service_once(new_reader: NewReader, declaration: Declaration) -> None:
    """Every service that is asked about, with its recipient, and none that is not declared."""
    reader = new_reader(language="en-GB").open("/en/").unfold()
    boxes = reader.page.locator("#daccord [type=checkbox]").all()
    values = [box.get_attribute("value") for box in boxes]
    assert values == [q.service for q in declaration.questions if not q.exempt]
    words = reader.page.locator("#daccord-choices").inner_text()
    for service in declaration.services:
        if not all(declaration.purpose_by_id[p].exempt for p in service.purposes):
            assert service.recipient.name in words


@pytest.mark.promise("P10")
@pytest.mark.promise("B6")
@pytest.mark.law("CNIL-8")
@pytest.mark.law("CNIL-27")
@pytest.mark.law("GDPR-3")
def test_the_policy_page_names_all_that_is_declared_and_no_more(
    new_reader: NewReader,
    js: bool,  # noqa: FBT001
    declaration: Declaration,
) -> None:
    """Services, cookies, storage keys, hosts, recipients, transfers, contact: one for one."""
    reader = new_reader(js=js, language="en-GB").open("/_daccord/policy?lang=en")
    page = reader.page
    titles = [each.inner_text().split("\n")[0] for each in page.locator(".d-service h4").all()]
    for service in declaration.services:
        assert any(t.startswith(service.title.in_language(ENGLISH)) for t in titles), service.id
    assert len(titles) == sum(len(service.purposes) for service in declaration.services)
    stored = Counter(e.inner_text() for e in page.locator(".d-service th code").all())
    cookies = [each.name for service in declaration.services for each in service.cookies]
    keys = [each.name for service in declaration.services for each in service.storage]
    assert stored == Counter(cookies + keys)
    hosts = [e.inner_text() for e in page.locator(".d-service dd code").all()]
    assert sorted(hosts) == sorted(h for s in declaration.services for h in s.hosts)
    words = page.locator("body").inner_text()
    for service in declaration.services:
        assert service.recipient.name in words
        assert page.locator(f'a[href="{service.recipient.policy_url}"]').count()
        assert not service.transfer or service.transfer.in_language(ENGLISH) in words
    controller = declaration.controller
    for part in (controller.name, controller.address, controller.email, controller.authority_name):
        assert part in words
    assert declaration.version[:16] in words


@pytest.mark.promise("P10")
@pytest.mark.promise("B6")
def test_what_the_browser_holds_is_what_the_policy_page_says(new_reader: NewReader) -> None:
    """After accepting everything, each cookie and key in the browser is on the page."""
    reader = new_reader().open(LEAD)
    with reader.page.expect_response("**/slot?*"), reader.page.expect_response("**/hit"):
        reader.accept()
    reader.open(OTHER)
    seen = reader.evidence()
    held = {name for _, name in (*seen.cookies, *seen.storage)} - {"daccord"}
    assert len(held) > 12
    reader.open("/_daccord/policy")
    told = {each.inner_text() for each in reader.page.locator("th code").all()}
    assert {name for name in held if not any(fnmatchcase(name, each) for each in told)} == set()


@pytest.mark.law("DP-6")
@pytest.mark.law("LANG-4")
@pytest.mark.parametrize(
    ("path", "title"),
    [("/fr/", "Vos données, votre choix"), ("/en/", "Your data, your choice")],
)
def test_the_notice_speaks_the_pages_language(new_reader: NewReader, path: str, title: str) -> None:
    """Whatever the browser asks for: the page's language goes first, on all that follows."""
    reader = new_reader(language="en-GB" if path == "/fr/" else "fr-FR").open(path)
    assert reader.page.locator("#daccord-title").inner_text() == title
    link = reader.page.locator("#daccord a").first.get_attribute("href") or ""
    assert re.search(rf"lang={path[1:3]}\b", link)
    reader.page.goto(reader.paper + link)
    assert reader.page.locator("html").get_attribute("lang") == path[1:3]
