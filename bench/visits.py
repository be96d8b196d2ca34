"""One visit of a reader in Chromium, slowed down as a phone on a poor network is."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from bench.peers import PEERS
from bench.samples import KEYS, newspaper
from daccord.consent.choice import Choice
from daccord.consent.cookie import PLAIN_NAME, encode_choice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

CPU_SLOWDOWN: Final = 4
SLOW_4G: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
"""1.6 Mbit/s down, 750 kbit/s up, 150 ms there and back."""
PHONE: Final = {"width": 412, "height": 823}
ARTICLE: Final = "/fr/la-gourmande-rallumee"
SETTLE_MS: Final = 1_000
NOTICE_MS: Final = 6_000
OBSERVER: Final = Path(__file__).with_name("observer.js").read_text()

STORED: Final = """async () => localStorage.length + sessionStorage.length
  + (await indexedDB.databases()).length"""
FOCUSED: Final = """() => {
  const at = document.activeElement;
  return at === document.body ? "body" : at.id || at.tagName.toLowerCase();
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """Where a notice is, a text in it, and its two buttons."""

    notice: str
    title: str
    accept: str
    refuse: str


OURS: Final = Selectors(
    notice="#daccord",
    title="#daccord-title",
    accept="#daccord-accept",
    refuse="#daccord-refuse",
)


def selectors(guard: str) -> Selectors | None:
    """Those of daccord or of a peer; ``None`` where nothing guards."""
    if guard == "daccord":
        return OURS
    peer = PEERS.get(guard)
    if peer is None:
        return None
    return Selectors(notice=peer.notice, title=peer.title, accept=peer.accept, refuse=peer.refuse)


@dataclass(slots=True, kw_only=True)
class Visit:
    """A fresh reader on one page."""

    port: int
    guard: str
    name: str
    context: BrowserContext
    page: Page
    cdp: CDPSession
    requests: list[str] = field(default_factory=list)
    csp_errors: list[str] = field(default_factory=list)
    told: list[tuple[str, float]] = field(default_factory=list)

    @property
    def address(self) -> str:
        path = ARTICLE if self.name == "paper" else "/"
        return f"http://{self.guard}-{self.name}.localhost:{self.port}{path}"

    def slow_down(self, *, network: bool) -> None:
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
        if network:
            self.cdp.send("Network.enable")
            self.cdp.send("Network.emulateNetworkConditions", dict(SLOW_4G))

    def observe(self) -> None:
        found = selectors(self.guard)
        arguments = json.dumps([found.notice, found.title] if found else ["", ""])
        self.page.expose_binding("benchTells", lambda _, each: self.told.append(tuple(each)))
        self.page.add_init_script(OBSERVER.replace("ARGUMENTS", arguments))

    def open(self) -> None:
        """Load the page, wait for the notice where there will be one, and let it settle."""
        self.page.goto(self.address, wait_until="load")
        if (found := selectors(self.guard)) is not None:
            with suppress(PlaywrightTimeoutError):  # under a strict policy some never come
                self.page.locator(found.notice).first.wait_for(timeout=NOTICE_MS)
        self.page.wait_for_timeout(SETTLE_MS)

    def own_requests(self) -> int:
        """Requests to the page's own origin, an icon left out."""
        host = f"http://{self.guard}-{self.name}.localhost:{self.port}/"
        return sum(each.startswith(host) and "icon" not in each for each in self.requests)

    def seen(self) -> dict[str, Any]:
        """What the observer noted."""
        found: dict[str, Any] = self.page.evaluate("() => globalThis.bench")
        return found

    def stored(self) -> int:
        """Cookies, storage keys and databases on the device."""
        return len(self.context.cookies()) + int(self.page.evaluate(STORED))

    def focused(self) -> str:
        return str(self.page.evaluate(FOCUSED))

    def click(self, selector: str) -> None:
        """Press and let go, as a finger does; then wait for what comes of it."""
        box = self.page.locator(selector).first.bounding_box()
        assert box is not None, f"{selector} is nowhere"
        self.told.clear()
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, delay=30)
        self.page.wait_for_timeout(SETTLE_MS)
        self.page.wait_for_load_state("load")

    def metrics(self) -> dict[str, float]:
        """Chromium's own counters, in milliseconds."""
        found = self.cdp.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] * 1_000 for each in found}


@contextmanager
def visiting(browser: Browser, port: int, guard: str, name: str) -> Iterator[Visit]:
    """Open a context for one fresh reader; it is gone afterwards."""
    context = browser.new_context(viewport=PHONE, locale="fr-FR")  # type: ignore[arg-type] # a plain dict does
    try:
        page = context.new_page()
        visit = Visit(
            port=port,
            guard=guard,
            name=name,
            context=context,
            page=page,
            cdp=context.new_cdp_session(page),
        )
        page.on("request", lambda request: visit.requests.append(request.url))
        page.on(
            "console",
            lambda said: (
                visit.csp_errors.append(said.text)
                if "Content Security Policy" in said.text
                else None
            ),
        )
        yield visit
    finally:
        context.close()


def refuse_before(visit: Visit) -> None:
    """Give the reader the cookie of somebody who refused everything."""
    tags = frozenset(each.tag for each in newspaper().questions if not each.exempt)
    choice = Choice(refused=tags, day=int(time.time()) // 86_400)
    visit.context.add_cookies(
        [{"name": PLAIN_NAME, "value": encode_choice(choice, KEYS), "url": visit.address}]
    )
