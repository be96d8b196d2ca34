"""What the client adds: place, focus, words; and that nothing is lost when it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.notice.reader import focused, reading, stored
from tests.notice.sample import ALL, choice

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.notice.paper import Paper

pytestmark = pytest.mark.browser


def scroll(page: Page, pixels: int) -> None:
    page.evaluate(f"() => scrollTo(0, {pixels})")


def test_a_refusal_costs_no_page_load_and_keeps_the_place(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper) as page:
        page.evaluate("() => { window.here = true }")
        scroll(page, 300)
        page.click("#daccord-refuse")
        expect(page.locator("#daccord .d-ok")).to_be_visible()
        assert page.evaluate("() => [window.here, scrollY]") == [True, 300]
        assert focused(page) == "daccord-customise"
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("region", name="Vos données, votre choix")).to_be_visible()
        expect(page.locator("#daccord-strip")).to_have_text("Cookies\u00a0: refusés")
        # What customise shows is what a page loaded anew shows.
        page.click("#daccord-customise")
        expect(page.locator("[name='purpose.social'][value=refuse]")).to_be_checked()
        expect(page.locator("[name='purpose.audience'][value=accept]")).to_be_checked()


@pytest.mark.law("A11Y-13")
def test_the_result_is_said_in_a_live_region(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper) as page:
        status = page.get_by_role("status")
        expect(status).to_have_text("", use_inner_text=True)
        page.click("#daccord-refuse")
        expect(status).to_contain_text("Choix enregistré.", use_inner_text=True)


@pytest.mark.parametrize("way", ["#daccord-accept", "button[value='grant.mouette']"])
def test_a_grant_keeps_the_place_and_leads_the_tab_key_to_the_strip(
    chromium: Browser, paper: Paper, way: str
) -> None:
    with reading(chromium, paper) as page:
        scroll(page, 400)
        page.locator(way).scroll_into_view_if_needed()
        place = page.evaluate("() => scrollY")
        assert place > 0
        page.click(way)
        expect(page.locator("#mouette-live")).to_have_count(1)
        expect(page.locator("#daccord .d-ok")).to_be_visible()
        page.wait_for_function("place => Math.abs(scrollY - place) < 2", arg=place)
        # Chromium moves focus itself on most reloads to a fragment, not on all; the next Tab
        # starts from the strip on each.
        page.keyboard.press("Tab")
        assert page.evaluate("() => !!document.activeElement.closest('#daccord')")


@pytest.mark.parametrize("status", [403, 503])
@pytest.mark.parametrize("button", ["#daccord-refuse", "#daccord-accept"])
@pytest.mark.parametrize("place", [0, 300])
def test_on_failure_the_servers_own_page_is_shown(
    chromium: Browser, paper: Paper, status: int, button: str, place: int
) -> None:
    paper.fail_with = status
    complaint = (f"status of {status}",)
    with reading(chromium, paper, complaints=complaint) as page:
        scroll(page, place)
        page.click(button)
        expect(page.locator("main.d-error h1")).to_be_visible()
        assert stored(page) is None
        # And the way back asks again.
        paper.fail_with = None
        page.go_back()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.click("#daccord-refuse")
        expect(page.locator("#daccord .d-ok")).to_be_visible()


def test_without_a_network_the_notice_comes_back(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper, complaints=("ERR_INTERNET_DISCONNECTED",)) as page:
        page.context.set_offline(True)
        page.click("#daccord-refuse")
        page.wait_for_timeout(300)
        assert stored(page) is None


@pytest.mark.law("DP-1")
def test_a_page_kept_in_memory_does_not_ask_again(remembering: Browser, paper: Paper) -> None:
    with reading(remembering, paper) as page:
        page.evaluate("() => addEventListener('pagehide', event => { document.title = 'kept' })")
        page.goto(paper.url + "/autre")
        page.click("#daccord-accept")
        expect(page.locator("#isso-live")).to_have_count(1)
        page.go_back()
        page.go_back()
        expect(page.locator("#daccord-strip")).to_have_text("Cookies\u00a0: acceptés")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_page_and_machines_may_use_the_interface(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper) as page:
        assert page.evaluate("() => daccord.state()") == "not-asked"
        page.evaluate("() => daccord.open()")
        expect(page.locator("#daccord-save")).to_be_visible()
        heard = page.evaluate(
            "() => new Promise(done => {"
            " document.addEventListener('daccord:choice', event => done(event.detail));"
            " daccord.refuse() })"
        )
        assert heard == "refused"
        assert page.evaluate("() => daccord.state()") == "refused"
        assert paper.granted_posts == ["refuse"]


@pytest.mark.law("CNIL-18")
@pytest.mark.promise("P9")
def test_after_a_withdrawal_what_services_stored_is_gone(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper, "/deep/er/article", choice=choice(*ALL)) as page:
        page.evaluate(
            """async () => {
              document.cookie = "_ph=1; path=/; max-age=1000";
              document.cookie = "isso-12=1; path=/deep/er; max-age=1000";
              document.cookie = "isso-13=1; path=/deep; domain=localhost; max-age=1000";
              document.cookie = "mine=1; path=/; max-age=1000";
              localStorage.setItem("isso-draft", "1");
              localStorage.setItem("my-isso-draft", "1");
              sessionStorage.setItem("isso-draft", "1");
            }"""
        )
        page.click("#daccord-withdraw")
        expect(page.locator("#daccord .d-ok")).to_be_visible()
        left = page.evaluate(
            "() => [document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)]"
        )
        # Session storage was not declared for it, so it is the site's own.
        assert left == ["mine=1", ["my-isso-draft"], ["isso-draft"]]


def test_databases_and_caches_go_too(chromium: Browser, paper: Paper) -> None:
    with reading(chromium, paper) as page:
        names = json.dumps([["indexed-db", "net-*"], ["cache", "net"]])
        from daccord.notice.assets import CLEAR_JS  # noqa: PLC0415 - the one test that runs it bare

        left = page.evaluate(
            """async ([names, script]) => {
              for (const name of ["net-1", "own"]) await new Promise(done => {
                indexedDB.open(name).onsuccess = event => { event.target.result.close(); done() };
              });
              await caches.open("net"); await caches.open("own");
              const span = document.createElement("span");
              span.id = "daccord-clear"; span.dataset.names = names;
              document.body.append(span);
            }""",
            [names, CLEAR_JS],
        )
        page.evaluate(CLEAR_JS)
        page.wait_for_function(
            "async () => !(await caches.has('net'))"
            " && (await indexedDB.databases()).map(each => each.name).join() == 'own'"
        )
        assert left is None
        assert page.evaluate("() => caches.keys()") == ["own"]


def test_a_fact_of_chromium_a_reload_at_the_top_moves_no_focus(
    chromium: Browser, paper: Paper
) -> None:
    """Why the client leaves the post to the browser there; the day this fails, it need not."""
    with reading(chromium, paper, choice=choice(*ALL)) as page:
        page.evaluate("() => { history.replaceState(null, '', '#daccord'); location.reload() }")
        expect(page.locator("#daccord .d-ok")).to_be_visible()
        page.wait_for_timeout(200)
        assert focused(page) == "body"
