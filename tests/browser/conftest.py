"""A stage with its third parties, a Chromium, and readers."""

from __future__ import annotations

import http.client
import time
from base64 import urlsafe_b64decode
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, sync_playwright

from daccord.consent.cookie import USE
from daccord.consent.keys import Keyring
from daccord.demo.parties import THIRD_PARTIES
from daccord.demo.stage import Stage, open_stage
from tests.browser.press import KEY, PARTY, SHOW, guarded_declaration
from tests.browser.reader import Reader
from tests.stage.browser import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Playwright

    from daccord.declaration.model import Declaration


@pytest.fixture(scope="session")
def running_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The paper and every third party, once for all tests of this process."""
    data = tmp_path_factory.mktemp("stage")
    with open_stage(data=data, parties=(PARTY, *THIRD_PARTIES)) as stage:
        yield stage


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    """Playwright, for one module: while it runs, no test of the process can run an event loop."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(driver: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests of a module.

    A context made in a browser with a seeded profile takes its preferences over, while its
    cookies, storage and connections are its own: a new reader without a start of seconds.
    """
    profile = tmp_path_factory.mktemp("chromium") / "profile"
    with open_reader(driver, profile) as first:
        assert first.browser is not None
        yield first.browser


@pytest.fixture(scope="session")
def declaration() -> Declaration:
    """The newspaper's declaration."""
    return guarded_declaration()


@pytest.fixture(params=[True, False], ids=["js", "no-js"])
def js(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts."""
    return bool(request.param)


@pytest.fixture
def stage(running_stage: Stage) -> Iterator[Stage]:
    """The stage with empty logs, the guarded paper shown."""
    show(running_stage, "guarded")
    running_stage.clear()
    yield running_stage
    running_stage.check()
    faults = (running_stage.data / "logs" / "paper.log").read_text("utf-8")
    assert "Traceback" not in faults, faults


def show(stage: Stage, name: str) -> None:
    """Put another paper of `tests.browser.press` on the paper's address."""
    address = urlsplit(stage.addresses.paper)
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=5)
    connection.request("POST", SHOW + name, headers={"Host": address.netloc})
    assert connection.getresponse().status == 200
    connection.close()


class NewReader(Protocol):
    """Makes readers."""

    def __call__(self, *, js: bool = True, gpc: bool = False, language: str = "fr-FR") -> Reader:
        """Make a reader who has never been here; ``gpc`` makes their browser send the signal."""
        ...


@pytest.fixture
def new_reader(chromium: Browser, stage: Stage) -> Iterator[NewReader]:
    """Readers, each in a browser context of their own, closed at the end of the test."""
    made: list[Reader] = []

    def make(*, js: bool = True, gpc: bool = False, language: str = "fr-FR") -> Reader:
        context = chromium.new_context(
            java_script_enabled=js,
            locale=language,
            extra_http_headers={"Sec-GPC": "1"} if gpc else {},
            reduced_motion="reduce",
        )
        made.append(_reader(stage, context, js=js))
        return made[-1]

    yield make
    for reader in made:
        # Left, and only then closed: what a page says in farewell must not come in the next test.
        for page in reader.context.pages:
            with suppress(Error):  # it may be leaving already
                page.goto("about:blank")
        reader.context.close()


def _reader(stage: Stage, context: BrowserContext, *, js: bool = True) -> Reader:
    context.set_default_timeout(20_000)
    return Reader(
        stage=stage,
        context=context,
        page=context.new_page(),
        js=js,
        keys=Keyring((urlsafe_b64decode(KEY + "="),), use=USE),
        today=int(time.time()) // 86_400,
    )


@pytest.fixture
def resident(driver: Playwright, stage: Stage, tmp_path: Path) -> Iterator[Reader]:
    """A reader with a profile on disk, as most have: Chromium then connects ahead of requests.

    It preconnects where a page asks for it and where it has learned to (neither happens in a
    context of `new_reader`), and keeps pages for the back button, which Playwright turns off.
    """
    with open_reader(
        driver,
        tmp_path / "resident",
        locale="fr-FR",
        ignore_default_args=["--disable-back-forward-cache"],
    ) as context:
        yield _reader(stage, context)


@pytest.fixture
def reader(new_reader: NewReader, js: bool) -> Reader:  # noqa: FBT001 - a parameter of the test
    """A reader who has never been here, with scripts and without."""
    return new_reader(js=js)


@pytest.fixture
def show_paper(stage: Stage) -> Callable[[str], None]:
    """Switch the paper: the next page that is asked for comes from it."""
    return lambda name: show(stage, name)
