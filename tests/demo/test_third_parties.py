"""The third parties really follow, in a real browser, wherever nothing guards the page.

Without this, a silent log under daccord would prove nothing. What each sets is the table of
`thirdparties/README.md`, which the paper's declaration is written from.
"""

from __future__ import annotations

import re
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from daccord.demo import thirdparties

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from daccord.demo.stage import Stage
    from tests.stage.fixtures import NewReader

pytestmark = pytest.mark.browser

README = (Path(thirdparties.__file__).parent / "README.md").read_text("utf-8")
DAY_SECONDS = 86_400


def read_page(page: Page, stage: Stage, path: str) -> None:
    """Open a page and wait until everything on it has called home."""
    page.goto(stage.addresses.paper + path)
    page.wait_for_function(
        "window.murmure && window.reclame && window.leaked"
        " && sessionStorage.getItem('aiguillage_fired') && document.querySelector('.isso-postbox')"
        " && document.querySelector('.reclame-slot iframe')"
    )
    page.wait_for_load_state("networkidle")


def await_true(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def declared(kind: str) -> set[str]:
    """The names in README's tables whose rows say ``kind``."""
    rows = [line.split("|") for line in README.splitlines() if kind in line and line[0] == "|"]
    return {name for row in rows for name in re.findall(r"`(\w+_\w+)`", row[2])}


def test_each_sets_what_the_readme_says_and_nothing_else(
    plain_stage: Stage, new_reader: NewReader
) -> None:
    context = new_reader()
    page = context.new_page()
    read_page(page, plain_stage, "/fr/one")
    read_page(page, plain_stage, "/fr/two")
    cookies = context.cookies()
    paper = urlsplit(plain_stage.addresses.paper).hostname
    assert {c["name"] for c in cookies if c["domain"] == paper} == declared("first-party")
    assert {c["name"] for c in cookies if c["domain"] != paper} == declared("third-party")
    kept = page.evaluate(
        """async () => ({
          local: Object.keys(localStorage), session: Object.keys(sessionStorage),
          databases: (await indexedDB.databases()).map((one) => one.name),
          caches: await caches.keys() })"""
    )
    assert set(kept["local"]) == declared("| local |")
    assert set(kept["session"]) == declared("| session |") - declared("first-party")
    assert set(kept["databases"]) == declared("indexed-db")
    assert set(kept["caches"]) == declared("CacheStorage")


def test_cookies_live_as_long_as_the_readme_says(plain_stage: Stage, new_reader: NewReader) -> None:
    context = new_reader()
    read_page(context.new_page(), plain_stage, "/fr/one")
    found = {cookie["name"]: cookie["expires"] for cookie in context.cookies()}
    for name, days in re.findall(r"\| `(\w+)` \|[^|]*\| (\d+) days \|", README):
        if name in found:
            life = (found[name] - time.time()) / DAY_SECONDS
            assert life == pytest.approx(int(days), abs=0.1), name
    assert found["murmure_visit"] == found["aiguillage_session"] == -1


def test_everybody_is_called_on_every_page(plain_stage: Stage, new_reader: NewReader) -> None:
    page = new_reader().new_page()
    read_page(page, plain_stage, "/fr/one")
    plain_stage.clear()
    read_page(page, plain_stage, "/fr/two")
    at = plain_stage.addresses
    seen = {
        name: set(plain_stage.log(name).paths())
        for name in ("comments", "social", "ads", "tags", "bidder", "unknown")
    }
    assert {"/config", "/"} <= seen["comments"]  # its script is in the browser's cache
    assert {"/widget.js", "/embed/1", "/pixel.gif", "/hit", "/beacon"} <= seen["social"]
    assert {"/tag.js", "/creative.js", "/slot", "/live", "/sync.gif", "/beacon"} <= seen["ads"]
    assert {"/manager.js", "/fired"} <= seen["tags"]
    assert {"/bid.js", "/bid.gif", "/sync.gif"} <= seen["bidder"]
    assert {"/leak.js", "/leak.gif"} <= seen["unknown"]
    ads = plain_stage.log("ads").requests
    assert {r.host for r in ads} == {urlsplit(at.ads).netloc, urlsplit(at.cdn).netloc}
    (socket,) = (r for r in ads if r.kind == "websocket")
    assert '"page":"/fr/two"' in socket.body


def test_their_cookies_travel_from_one_page_to_the_next(
    plain_stage: Stage, new_reader: NewReader
) -> None:
    page = new_reader().new_page()
    read_page(page, plain_stage, "/fr/one")
    plain_stage.clear()
    read_page(page, plain_stage, "/fr/two")
    for name, cookie, path in (
        ("social", "murmure_tp", "/embed/1"),
        ("ads", "reclame_tp", "/slot"),
        ("bidder", "surenchere_uid", "/sync.gif"),
        ("unknown", "leak_tp", "/leak.gif"),
    ):
        asked = [r for r in plain_stage.log(name).requests if r.path == path]
        assert asked
        assert all(cookie in request.cookies for request in asked), name


def test_a_comment_is_really_kept(plain_stage: Stage, new_reader: NewReader) -> None:
    context = new_reader(locale="en-GB")
    page = context.new_page()
    read_page(page, plain_stage, "/en/somewhere-new")
    page.locator(".isso-textarea").first.fill("A comment that stays.")
    page.locator("input[name=author]").first.fill("Nobody in particular")
    page.locator("input[type=submit]").first.click()
    expect(page.locator("#isso-root")).to_contain_text("A comment that stays.")
    names = {cookie["name"] for cookie in context.cookies()}
    assert any(re.fullmatch(r"isso-\d+", name) for name in names)
    assert page.evaluate("localStorage.getItem('isso-author')") == '"Nobody in particular"'
    other = new_reader().new_page()
    read_page(other, plain_stage, "/en/somewhere-new")
    expect(other.locator("#isso-root")).to_contain_text("A comment that stays.")


def test_seeded_comments_are_under_the_article(plain_stage: Stage, new_reader: NewReader) -> None:
    page = new_reader().new_page()
    read_page(page, plain_stage, "/fr/la-gourmande-rallumee")
    expect(page.locator("#isso-root")).to_contain_text("Au troisième tour")


def test_what_the_network_knows_fills_before_the_readers_eyes(
    plain_stage: Stage, new_reader: NewReader
) -> None:
    context = new_reader(locale="en-GB")
    known = context.new_page()
    known.goto(f"{plain_stage.addresses.social}/me")
    expect(known.get_by_role("heading", name="Nothing at all.")).to_be_visible()
    page = context.new_page()
    read_page(page, plain_stage, "/en/one")
    rows = known.locator(".views tbody tr")
    expect(rows.filter(has_text="/en/one").filter(has_text="button")).to_have_count(1)
    read_page(page, plain_stage, "/en/two")
    expect(rows.filter(has_text="/en/two").filter(has_text="embedded post")).to_have_count(1)
    expect(known.locator(".person.you")).to_have_count(1)
    expect(known.locator(".likes")).to_contain_text("Littoral")
    expect(known.locator(".silence")).to_be_visible(timeout=15_000)
    known.get_by_role("button", name="Erase all of it").click()
    expect(known.get_by_role("heading", name="Nothing at all.")).to_be_visible()


def test_a_browser_without_third_party_cookies_is_known_by_the_scripts_id(
    plain_stage: Stage, new_reader: NewReader, tmp_path: Path
) -> None:
    default = tmp_path / "strict" / "Default"
    default.mkdir(parents=True)
    (default / "Preferences").write_text('{"profile": {"cookie_controls_mode": 1}}')
    context = new_reader(profile=tmp_path / "strict", locale="fr-FR")
    read_page(context.new_page(), plain_stage, "/fr/one")
    assert not [c for c in context.cookies() if c["name"].endswith("_tp")]
    known = context.new_page()
    known.goto(f"{plain_stage.addresses.social}/me")
    expect(known.locator(".person")).to_contain_text("identifiant gardé sur le site du journal")
    expect(known.locator("#live")).to_contain_text("sans identifiant. De ceux-là")


def test_without_javascript_the_pixel_and_the_embed_still_follow(
    plain_stage: Stage, new_reader: NewReader
) -> None:
    context = new_reader(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{plain_stage.addresses.paper}/fr/one")
    paths = plain_stage.log("social").paths
    await_true(lambda: {"/embed/1", "/pixel.gif"} <= set(paths()))
    page.goto(f"{plain_stage.addresses.paper}/fr/two")
    page.goto(f"{plain_stage.addresses.social}/me?lang=en")
    expect(page.locator(".views tbody tr").filter(has_text="/fr/two")).not_to_have_count(0)


@pytest.mark.parametrize("path", ["/me", "/@phare", "/@nobody", "/embed/4", "/share?text=x"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_networks_pages_fit_and_have_no_fault(
    plain_stage: Stage, new_reader: NewReader, path: str, width: int
) -> None:
    page = new_reader(viewport={"width": width, "height": 800}).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    with closing(page):
        page.goto(plain_stage.addresses.social + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults == []
