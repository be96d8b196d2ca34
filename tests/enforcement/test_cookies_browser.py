"""Cookies in Chromium's own jar: what the filter lets pass, and what an expiry takes away."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from daccord.declaration.model import ServiceId
from daccord.enforcement.cookies import cookie_table
from daccord.enforcement.expiry import expiries, hidden_names, refused_names
from tests.enforcement.making import cookie, declaring
from tests.enforcement.pages import Site, chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.browser

PIECES = (
    *("good", "bad", "other", "daccord", "__Host-daccord", "g_1", "good=1", "bad=2", "="),
    *(";", "; ", " ", "\t", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\xa0", "\xff", ",", '"'),
    *("Path=/", "Domain=paper.localhost", "Max-Age=99", "Secure", "Partitioned", "Expires=0"),
)
LINES = 60
ROUNDS = 12


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def paper() -> Iterator[Site]:
    with Site("www.paper") as site:
        yield site


def jar(context: BrowserContext) -> set[str]:
    return {each["name"] for each in context.cookies()}


def set_cookies(browser: Browser, paper: Site, lines: list[str]) -> set[str]:
    """The names in a fresh jar after a response with ``lines``."""
    paper.answers["/"] = ([("Set-Cookie", line) for line in lines], "")
    context = browser.new_context()
    context.new_page().goto(f"{paper.origin}/")
    names = jar(context)
    context.close()
    return names


@pytest.mark.promise("P3")
def test_whatever_the_bytes_only_permitted_names_get_into_the_jar(
    browser: Browser, paper: Site
) -> None:
    declaration = declaring(
        [("yes", [], [cookie("good"), cookie("g_*")]), ("no", [], [cookie("bad")])]
    )
    table = cookie_table(declaration, frozenset({ServiceId("yes")}))
    drawn = random.Random(4)  # noqa: S311 - a test that must repeat
    unfiltered: set[str] = set()
    for _ in range(ROUNDS):
        lines = [
            "".join(drawn.choices(PIECES, k=drawn.randint(1, 3)))
            + drawn.choice(("", "=1; "))
            + "".join(drawn.choices(PIECES, k=drawn.randint(0, 2)))
            for _ in range(LINES)
        ]
        unfiltered |= set_cookies(browser, paper, lines)
        passing = [line for line in lines if table.passes_set_cookie(line.encode("latin-1"))]
        for name in set_cookies(browser, paper, passing):
            assert name == "good" or name.startswith("g_"), name
    assert {"good", "bad", "other"} < unfiltered


@pytest.mark.promise("P9")
@pytest.mark.law("WD-1")
@pytest.mark.law("CNIL-18")
@pytest.mark.law("CSD-1")
def test_a_withdrawal_takes_refused_cookies_and_no_others(browser: Browser, paper: Site) -> None:
    declaration = declaring(
        [
            ("login", [], [cookie("sid")]),
            ("stats", [], [cookie("_ga"), cookie("_ga_*"), cookie("deep", path="/blog/old")]),
        ]
    )
    table = cookie_table(declaration, frozenset({ServiceId("login")}))
    placed = [
        "sid=1; Path=/; Max-Age=999",
        "_ga=host; Path=/; Max-Age=999",
        "_ga=own; Path=/; Domain=www.paper.localhost; Max-Age=999",
        "_ga=parent; Path=/; Domain=paper.localhost; Max-Age=999",
        "_ga_X=page; Path=/news; Max-Age=999",
        "_ga_Y=deeper; Path=/news/today; Max-Age=999",
        "deep=1; Path=/blog/old; Max-Age=999",
    ]
    paper.answers["/news/today"] = ([("Set-Cookie", line) for line in placed], "")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{paper.origin}/news/today")
    before = context.cookies()
    assert len(before) == len(placed)
    sent = "; ".join(f"{each['name']}={each['value']}" for each in before if "news" in each["path"])
    names = (
        *refused_names(table, [f"_ga=1; sid=2; {sent}".encode()]),
        *hidden_names(declaration, table),
    )
    lines = expiries(
        declaration, names, scheme="http", host="www.paper.localhost", path="/news/today"
    )
    paper.answers["/choice"] = ([("Set-Cookie", line.decode("latin-1")) for line in lines], "")
    page.goto(f"{paper.origin}/choice")
    assert jar(context) == {"sid"}
    context.close()
