"""Trying the ways of `escapes`, several at a time, and reading off what reached the third party."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from playwright.sync_api import Error

from tests.browser.escape_pages import page_path, target_host
from tests.browser.escapes import Act, Escape, Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from daccord.demo.stage import Stage

AT_ONCE: Final = 8
"""Pages open side by side: each way's host tells what came of it."""

MOST_SECONDS: Final = 10.0
"""By then a way that is known to reach the third party must have."""

LEAST_SECONDS: Final = 0.8
"""Waited at least for a way that is to reach nobody."""


@dataclass(slots=True, kw_only=True)
class Run:
    """All ways on one paper. ``expected`` is what each is to reach there.

    A way that is to reach nobody is given ``patience`` seconds after its page has loaded; the
    other ways are waited for, and ``slowest`` is how long that took.
    """

    stage: Stage
    context: BrowserContext
    expected: Callable[[Escape], Reach]
    patience: float = LEAST_SECONDS
    slowest: float = 0.0

    def of(self, ways: Iterable[Escape]) -> dict[str, Reach]:
        """What each way reached."""
        found: dict[str, Reach] = {}
        for group in _groups(ways, self.expected):
            found |= self._try(group)
        return found

    def _try(self, ways: list[Escape]) -> dict[str, Reach]:
        self.stage.children["unknown"].clear()
        opened = [self._open(way) for way in ways]
        for page, way in zip(opened, ways, strict=True):
            _act(page, way)
        found, bare = self._await(ways, opened[0])
        for page in self.context.pages[1:]:
            page.close()
        if bare and len(ways) > 1 and Reach.NOTHING in found.values():
            # a connection that was sent nothing does not say which page made it
            return {name: reach for way in ways for name, reach in self._try([way]).items()}
        if bare:
            found = {n: Reach.CONNECTION if r is Reach.NOTHING else r for n, r in found.items()}
        return found

    def _open(self, way: Escape) -> Page:
        page = self.context.new_page() if way.js else self._without_scripts()
        with suppress(Error):  # a page that leads elsewhere while it loads
            page.goto(self.stage.addresses.paper + page_path(way))
        return page

    def _without_scripts(self) -> Page:
        assert self.context.browser
        context = self.context.browser.new_context(java_script_enabled=False)
        context.add_cookies([{**c} for c in self.context.cookies() if c["name"] == "daccord"])  # type: ignore[typeddict-item] # the same keys
        return context.new_page()

    def _await(self, ways: list[Escape], page: Page) -> tuple[dict[str, Reach], bool]:
        since = time.monotonic()
        hoped = {way.name for way in ways if self.expected(way) is Reach.REQUEST}
        while True:
            found, bare = self._reached(ways)
            missing = any(found[name] is not Reach.REQUEST for name in hoped)
            waited = time.monotonic() - since
            if missing and waited < MOST_SECONDS:
                page.wait_for_timeout(30)
            elif len(hoped) == len(ways):
                self.slowest = max(self.slowest, 0.0 if missing else waited)
                return found, bare
            elif waited < self.patience:
                page.wait_for_timeout(100)
            else:
                return found, bare

    def _reached(self, ways: list[Escape]) -> tuple[dict[str, Reach], bool]:
        log = self.stage.log("unknown")
        hosts = {request.host for request in log.requests}
        used = {request.connection for request in log.requests}
        return {
            way.name: Reach.REQUEST
            if target_host(way, self.stage.addresses) in hosts
            else Reach.NOTHING
            for way in ways
        }, bool(log.connections.keys() - used)


def _groups(ways: Iterable[Escape], expected: Callable[[Escape], Reach]) -> Iterator[list[Escape]]:
    """Ways of which the same is expected, a few at a time; connections one by one."""
    for reach in Reach:
        group = [way for way in ways if expected(way) is reach]
        by_themselves = [way for way in group if way.alone or reach is Reach.CONNECTION]
        together = [way for way in group if way not in by_themselves]
        yield from ([way] for way in by_themselves)
        yield from (together[at : at + AT_ONCE] for at in range(0, len(together), AT_ONCE))


def _act(page: Page, way: Escape) -> None:
    with suppress(Error):
        match way.act:
            case Act.READ:
                pass
            case Act.CLICK:
                page.bring_to_front()
                page.locator("#go").click(timeout=5_000)
            case Act.LEAVE:
                page.goto("about:blank")
