"""A reader's life with the notice: asked, answering, changing; with script and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from daccord.consent.choice import NOT_ASKED
from tests.notice.reader import focused, reading, stored
from tests.notice.sample import ALL, AUDIENCE, ISSO, MOUETTE, REGIE, TAGS, choice

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.notice.paper import Paper

pytestmark = pytest.mark.browser

with_and_without = pytest.mark.parametrize("scripts", [False, True], ids=["no script", "script"])


def strip(page: Page) -> Any:
    return expect(page.locator("#daccord-strip"))


def act(page: Page, selector: str) -> None:
    """Press a button and wait until the strip has said what holds now."""
    page.click(selector)
    expect(page.locator("#daccord .d-ok")).to_be_visible()


@pytest.mark.promise("P2")
@pytest.mark.promise("B2")
@with_and_without
def test_accept_all_in_one_action(chromium: Browser, paper: Paper, *, scripts: bool) -> None:
    with reading(chromium, paper, scripts=scripts) as page:
        act(page, "#daccord-accept")
        strip(page).to_have_text("Cookies\u00a0: acceptés")
        now = stored(page)
        assert now is not None
        assert now.granted == ALL
        assert focused(page) == "daccord"
        expect(page.locator("#isso-live")).to_be_visible()
        assert page.locator("script").count() == 0


@pytest.mark.promise("P3")
@pytest.mark.promise("B2")
@with_and_without
def test_refuse_all_in_one_action(chromium: Browser, paper: Paper, *, scripts: bool) -> None:
    with reading(chromium, paper, scripts=scripts) as page:
        act(page, "#daccord-refuse")
        strip(page).to_have_text("Cookies\u00a0: refusés")
        now = stored(page)
        assert now is not None
        assert (now.granted, now.refused) == (frozenset(), ALL)
        assert focused(page) == ("daccord-customise" if scripts else "daccord")
        # The same control on the same page, loaded anew: nothing is asked again (DP-1).
        page.goto(paper.url + "/autre")
        expect(page.get_by_role("dialog")).to_have_count(0)
        strip(page).to_have_text("Cookies\u00a0: refusés")


@pytest.mark.promise("P5")
@with_and_without
def test_one_button_opens_one_place(chromium: Browser, paper: Paper, *, scripts: bool) -> None:
    with reading(chromium, paper, scripts=scripts) as page:
        act(page, "button[value='grant.isso']")
        now = stored(page)
        assert now is not None
        assert now.granted == {ISSO}
        assert not now.refused
        expect(page.locator("#isso-live")).to_be_visible()
        expect(page.locator("#mouette-live")).to_have_count(0)
        # The rest is still to be asked, and only the rest.
        expect(page.get_by_role("dialog")).to_be_visible()
        with page.expect_event("load"):  # "choice saved" stands there already
            act(page, "#daccord-refuse")
        now = stored(page)
        assert now is not None
        assert now.granted == {ISSO}
        assert now.refused == ALL - {ISSO}


@pytest.mark.promise("P6")
@with_and_without
def test_customise_by_service(chromium: Browser, paper: Paper, *, scripts: bool) -> None:
    with reading(chromium, paper, scripts=scripts) as page:
        page.click("#daccord-customise")
        expect(page.locator("[type=checkbox][value=isso]")).to_be_hidden()
        group = page.get_by_role("group", name="Réseaux sociaux et commentaires")
        group.get_by_label("Par service").check()
        group.get_by_label("Commentaires", exact=True).check()
        ads = page.get_by_role("group", name="Publicité personnalisée")
        ads.get_by_label("Accepter").check()
        page.get_by_role("group", name="Mesure d’audience").get_by_label("M’opposer").check()
        act(page, "#daccord-save")
        now = stored(page)
        assert now is not None
        assert now.granted == {ISSO, REGIE, TAGS}
        assert now.refused == {MOUETTE, AUDIENCE}
        strip(page).to_have_text("Cookies\u00a0: acceptés en partie")


@with_and_without
def test_a_save_of_nothing_refuses(chromium: Browser, paper: Paper, *, scripts: bool) -> None:
    with reading(chromium, paper, scripts=scripts) as page:
        page.click("#daccord-customise")
        act(page, "#daccord-save")
        now = stored(page)
        assert now is not None
        assert (now.granted, now.refused) == (frozenset(), ALL)


@pytest.mark.promise("P8")
@pytest.mark.law("CNIL-15")
@with_and_without
def test_withdraw_in_one_action(chromium: Browser, paper: Paper, *, scripts: bool) -> None:
    with reading(chromium, paper, choice=choice(*ALL), scripts=scripts) as page:
        act(page, "#daccord-withdraw")
        strip(page).to_have_text("Cookies\u00a0: refusés")
        now = stored(page)
        assert now is not None
        assert (now.granted, now.withdrawn) == (frozenset(), True)
        expect(page.locator("#isso-live")).to_have_count(0)


@pytest.mark.promise("P8")
@with_and_without
def test_change_from_the_strip(chromium: Browser, paper: Paper, *, scripts: bool) -> None:
    with reading(chromium, paper, choice=choice(), scripts=scripts) as page:
        # The whole strip is the control: what is pressed is the summary, spread over it.
        page.click("#daccord-strip", force=True)
        group = page.get_by_role("group", name="Réseaux sociaux et commentaires")
        expect(group.get_by_label("Refuser")).to_be_checked()
        group.get_by_label("Accepter").check()
        act(page, "#daccord-save")
        now = stored(page)
        assert now is not None
        assert now.granted == {ISSO, MOUETTE}


@pytest.mark.promise("P10")
@with_and_without
def test_choose_on_the_policy_page(chromium: Browser, paper: Paper, *, scripts: bool) -> None:
    with reading(chromium, paper, "/_daccord/policy?lang=en", scripts=scripts) as page:
        act(page, "#daccord-accept")
        strip(page).to_have_text("Cookies: accepted")
        assert page.url == f"{paper.url}/_daccord/policy?lang=en#daccord"
        assert focused(page) == "daccord"


@with_and_without
def test_the_link_of_a_placeholder_opens_customise(
    chromium: Browser, paper: Paper, *, scripts: bool
) -> None:
    with reading(chromium, paper, choice=choice(), scripts=scripts) as page:
        page.locator(".daccord-box a[href='#daccord-choices']").first.click()
        expect(page.locator("#daccord-save")).to_be_visible()


@pytest.mark.law("GPC-5")
def test_a_signal_refuses_and_does_not_ask(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper, gpc=True) as page:
        expect(page.get_by_role("dialog")).to_have_count(0)
        strip(page).to_have_text("Cookies\u00a0: refusés par le signal de votre navigateur")
        assert stored(page) is None


@pytest.mark.promise("P12")
@pytest.mark.law("CNIL-2")
@pytest.mark.law("A11Y-11")
@pytest.mark.law("A11Y-17")
def test_nothing_but_a_button_answers(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper) as page:
        page.mouse.move(900, 200)
        page.mouse.wheel(0, 800)
        page.keyboard.press("Escape")
        page.click("h1")
        page.click("#daccord-customise")
        for box in page.locator("#daccord [type=radio]").all():
            box.check()
        page.click("#daccord-customise")
        page.wait_for_timeout(200)
        assert paper.granted_posts == []
        assert stored(page) is None
        expect(page.get_by_role("dialog")).to_be_visible()


def test_enter_in_a_group_saves_what_is_chosen(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper) as page:
        page.click("#daccord-customise")
        page.locator("[name='purpose.ads'][value=refuse]").press("Enter")
        expect(page.locator("#daccord .d-ok")).to_be_visible()
        assert paper.granted_posts == ["save"]


@pytest.mark.law("CNIL-12")
def test_what_is_not_asked_is_nothing_stored(chromium: Browser, paper: Paper) -> None:
    assert NOT_ASKED.record is None
    with reading(chromium, paper) as page:
        page.wait_for_timeout(200)
        assert page.context.cookies() == []
        kept = page.evaluate(
            "async () => [localStorage.length, sessionStorage.length,"
            " (await indexedDB.databases()).length, window.name]"
        )
        assert kept == [0, 0, 0, ""]
