"""The tutorial, followed to the letter: its files, its commands, its clicks, what it promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.docs.pages import DOCS, steps
from tests.docs.reader_at_work import AtWork, free_port, is_shown
from tests.stage.browser import open_reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[AtWork]:
    folder = tmp_path / "harbour-post"
    folder.mkdir()
    work = AtWork(folder=folder, ports={"8000": free_port(), "8001": free_port()})
    yield work
    for name in list(work.servers):
        work.stop(name)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with (
        sync_playwright() as playwright,
        open_reader(playwright, tmp_path / "reader", locale="en-GB") as context,
    ):
        opened = context.pages[0]
        opened.set_default_timeout(15_000)
        yield opened


class Reader:
    """Does in the browser what the page tells its reader to do; one method for each mark."""

    def __init__(self, page: Page, work: AtWork) -> None:
        self.page = page
        self.work = work

    def open(self, name: str) -> None:
        self.page.goto(self.work.here(f"http://paper.localhost:8000/{name}"))

    def ferry(self) -> None:
        self.open("ferry")

    def asked(self) -> None:
        before = self.seen
        self.open("ferry")
        assert self.page.get_by_role("button", name="Refuse all").is_visible()
        assert "Murmur Ltd" in self.page.locator(".daccord-box").inner_text()
        assert self.posts.count() == 0
        assert self.seen == before

    def refused(self) -> None:
        before = self.seen
        self.page.get_by_role("button", name="Refuse all").click()
        self.page.get_by_text("Cookies: refused").wait_for()
        self.open("choir")
        assert not self.page.get_by_role("button", name="Refuse all").is_visible()
        assert self.seen == before

    def granted(self) -> None:
        self.page.get_by_role("button", name="Accept and show “Murmur”").click()
        self.posts.wait_for()
        self.page.get_by_text("Cookies: accepted").wait_for()
        self.work.await_saying("network", "'choir'")

    def withdrawn(self) -> None:
        before = self.seen
        self.page.get_by_role("button", name="Withdraw").click()
        self.page.get_by_text("Cookies: refused").wait_for()
        self.open("ferry")
        assert self.posts.count() == 0
        assert self.seen == before

    def declared(self) -> None:
        self.page.locator("#daccord-customise").click()
        self.page.get_by_role("button", name="Accept all").click()
        self.posts.wait_for()
        self.work.restart("paper")
        self.open("ferry")
        assert self.page.get_by_text("What you have not answered yet").is_visible()
        asked = self.page.locator("#daccord .d-first li").all_inner_texts()
        assert len(asked) == 1
        assert "Lantern" in asked[0]
        assert "Murmur" not in asked[0]
        assert self.posts.count() == 1

    def observed(self) -> None:
        self.work.restart("paper")
        with self.page.expect_request(lambda request: request.url.endswith("/old.gif")):
            self.open("choir")
        self.work.stop("paper")  # what was counted is written by then

    @property
    def posts(self) -> Locator:
        return self.page.locator("iframe[title='A post']")

    @property
    def seen(self) -> str:
        return self.work.servers["network"].said


def test_the_tutorial(at_work: AtWork, page: Page) -> None:
    reader = Reader(page, at_work)
    printed = ""
    for step in steps(DOCS / "tutorial.md"):
        match step.kind:
            case "file" | "append" | "replace" | "start" as deed:
                getattr(at_work, deed)(step.about, step.text)
            case "run":
                printed = at_work.run(step.text)
            case "finds":  # exit code 1: something was found
                printed = at_work.run(step.text, ends_with=1)
            case "output":
                assert is_shown(at_work.here(step.text), printed), printed
            case "seen":
                at_work.await_saying(step.about, step.text)
            case "browser":
                getattr(reader, step.about)()
            case _:
                pytest.fail(f"an unknown mark: {step}")
