"""The escape artist: a page of the site that means to get round the gate, in every way we know.

Each way is tried on the same paper without daccord, where the third party's own server log shows
that it works, and then with everything refused. What came of it stands in
``docs/concepts/limits.md``, which cannot drift from this.
"""

from __future__ import annotations

import http.client
import time
from base64 import urlsafe_b64decode
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from daccord.consent.choice import Choice
from daccord.consent.cookie import USE, encode_choice
from daccord.consent.keys import Keyring
from tests.browser.conftest import show
from tests.browser.escape_pages import page_path, target_host
from tests.browser.escape_runs import LEAST_SECONDS, Run
from tests.browser.escapes import Escape, Reach
from tests.browser.escapes_all import ESCAPES
from tests.browser.limits import PAGE, written
from tests.browser.press import KEY
from tests.stage.browser import open_reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Playwright

    from daccord.declaration.model import Declaration
    from daccord.demo.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.promise("B1")]

Found = dict[str, Reach]


@contextmanager
def _resident(driver: Playwright, folder: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A profile on disk, which preconnects, and the browser's own blocker of windows on."""
    profile = folder.mktemp("escapes") / "profile"
    with open_reader(driver, profile, ignore_default_args=["--disable-popup-blocking"]) as context:
        yield context


@pytest.fixture(scope="module")
def unguarded(
    running_stage: Stage, driver: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Found, float]:
    """What each way reached without daccord, and how long the slowest took."""
    show(running_stage, "plain")
    with _resident(driver, tmp_path_factory) as context:
        run = Run(stage=running_stage, context=context, expected=lambda way: way.open)
        return run.of(ESCAPES.values()), run.slowest


@pytest.fixture(scope="module")
def refused(
    running_stage: Stage,
    driver: Playwright,
    tmp_path_factory: pytest.TempPathFactory,
    declaration: Declaration,
    unguarded: tuple[Found, float],
) -> Found:
    """What each way reached for a reader who refused everything.

    Each is given thrice as long as the slowest took without daccord.
    """
    show(running_stage, "guarded")
    refused = frozenset(q.tag for q in declaration.questions if not q.exempt)
    value = encode_choice(
        Choice(refused=refused, day=int(time.time()) // 86_400),
        Keyring((urlsafe_b64decode(KEY + "="),), use=USE),
    )
    paper = running_stage.addresses.paper
    with _resident(driver, tmp_path_factory) as context:
        context.add_cookies([{"name": "daccord", "value": value, "url": paper}])
        return Run(
            stage=running_stage,
            context=context,
            expected=lambda way: way.shut,
            patience=max(LEAST_SECONDS, 3 * unguarded[1]),
        ).of(ESCAPES.values())


@pytest.mark.parametrize("way", ESCAPES.values(), ids=lambda way: way.name)
def test_way(way: Escape, unguarded: tuple[Found, float], refused: Found) -> None:
    """It works without daccord, or nowhere; and with everything refused it does what we say."""
    assert (unguarded[0][way.name], refused[way.name]) == (way.open, way.shut), way.why


def test_what_is_said_to_be_taken_out_of_the_page_is(
    running_stage: Stage,
) -> None:
    """The page that is served does not name the host in anything that loads."""
    show(running_stage, "guarded")
    served = http.client.HTTPConnection("127.0.0.1", running_stage.children["paper"].port)
    for way in ESCAPES.values():
        if not way.why.startswith("taken out of the page"):
            continue
        served.request("GET", page_path(way), headers={"Host": "paper.localhost"})
        body = served.getresponse().read().decode()
        assert f"http://{target_host(way, running_stage.addresses)}" not in body, way.name
    served.close()


def test_what_the_documentation_says_is_what_was_seen() -> None:
    """The tables are made from the same ways; `python -m tests.browser.limits` writes them."""
    text = PAGE.read_text("utf-8")
    assert text == written(text)
