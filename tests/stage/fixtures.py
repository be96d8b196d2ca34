"""Fixtures over the running demo, started once a session on free ports.

- ``stage``: the guarded newspaper and every third party, their logs empty;
- ``plain_stage``: the same third parties under a page that nothing guards, logs empty;
- ``new_reader``: makes browsers, each a reader with a profile of their own.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from playwright.sync_api import sync_playwright

from daccord.demo.parties import PAPER, THIRD_PARTIES
from daccord.demo.stage import Stage, open_stage
from tests.stage.browser import open_reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Playwright

__all__ = [
    "driver",
    "new_reader",
    "plain_stage",
    "running_plain_stage",
    "running_stage",
    "stage",
]

PLAIN_PAPER = replace(PAPER, title="a plain page", module="tests.stage.plain_paper")


class NewReader(Protocol):
    """Open a reader's browser; ``options`` are those of a Playwright context.

    ``profile`` is a folder: given twice, it is the same reader coming back.
    """

    def __call__(self, *, profile: Path | None = None, **options: Any) -> BrowserContext: ...


@pytest.fixture(scope="session")
def running_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(data=tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture(scope="session")
def running_plain_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    parties = (PLAIN_PAPER, *THIRD_PARTIES)
    with open_stage(data=tmp_path_factory.mktemp("plain"), parties=parties) as opened:
        yield opened


@pytest.fixture
def stage(running_stage: Stage) -> Stage:
    running_stage.clear()
    return running_stage


@pytest.fixture
def plain_stage(running_plain_stage: Stage) -> Stage:
    running_plain_stage.clear()
    return running_plain_stage


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    """Playwright, for one module: while it runs, no test of that module can be ``async``."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture
def new_reader(driver: Playwright, tmp_path: Path) -> Iterator[NewReader]:
    with ExitStack() as open_ones:

        def make(*, profile: Path | None = None, **options: Any) -> BrowserContext:
            count = sum(1 for _ in tmp_path.glob("reader-*"))
            folder = profile or tmp_path / f"reader-{count}"
            return open_ones.enter_context(open_reader(driver, folder, **options))

        yield make
