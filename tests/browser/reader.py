"""A reader: a browser of their own, what they do on the paper, and what comes of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Self

from daccord.consent.choice import NOT_ASKED, Choice
from daccord.consent.cookie import decode_choice, encode_choice
from tests.browser.evidence import Evidence, NetworkLog, reached, storage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import BrowserContext, Page

    from daccord.consent.keys import Keyring
    from daccord.demo.stage import Stage

FRONT: Final = "/fr/"
LEAD: Final = "/fr/la-gourmande-rallumee"
"""An article with everything in it: comments, a post, a follow button, adverts."""
OTHER: Final = "/fr/la-tourbiere-boit-de-nouveau"
THIRD: Final = "/fr/le-marche-aux-lampes"

OWN: Final = frozenset({("paper.localhost", "daccord"), ("paper.localhost", "audience")})
"""The cookies of a reader who refused everything: the choice, and the exempt counter's month."""

State = Literal["granted", "refused", "split", "not-asked"]

FENCE: Final = "/static/icon.svg"


def count_records(stage: Stage) -> int:
    """How many consents the ledger of the paper that ``daccord demo`` serves holds."""
    files = list((stage.data / "paper").glob("ledger.sqlite"))
    if not files:
        return 0
    with closing(sqlite3.connect(f"file:{files[0]}?mode=ro", uri=True)) as ledger:
        [count] = ledger.execute("SELECT count(*) FROM record").fetchone()
    return int(count)


@dataclass(slots=True, kw_only=True)
class Reader:
    """A reader in a browser context that nobody else uses.

    ``js`` says whether the browser runs scripts: every act works both ways.
    """

    stage: Stage
    context: BrowserContext
    page: Page
    js: bool
    keys: Keyring
    today: int
    network: NetworkLog = field(init=False)
    records_before: int = field(init=False)

    def __post_init__(self) -> None:
        self.network = NetworkLog(self.context)
        self.records_before = count_records(self.stage)

    @property
    def paper(self) -> str:
        """The paper's origin."""
        return self.stage.addresses.paper

    # acts

    def open(self, path: str = FRONT) -> Self:
        """Open a page of the paper, all of it loaded."""
        self.page.goto(self.paper + path)
        return self

    def press(self, selector: str) -> Self:
        """Press a button that sends a choice; wait until what comes of it is there.

        A plain refusal with scripts stays on the page; everything else loads it anew (law 4).
        """
        button = self.page.locator(selector)
        stays = self.js and button.get_attribute("value") == "refuse" and self.state == "not-asked"
        if stays:
            button.click()
            self.page.locator("#daccord.d-saved").wait_for()
        else:
            with self.page.expect_event("load"):
                button.click()
        return self

    def accept(self) -> Self:
        """Accept all."""
        return self.press("#daccord-accept")

    def refuse(self) -> Self:
        """Refuse all."""
        return self.press("#daccord-refuse")

    def withdraw(self) -> Self:
        """Refuse all on a page where something is granted: one press on the strip."""
        return self.press("#daccord-withdraw")

    def unfold(self) -> Self:
        """Open customise."""
        self.page.locator("#daccord-customise").click()
        return self

    def save(self) -> Self:
        """Save what was chosen under customise."""
        return self.press("#daccord-save")

    def leave(self) -> None:
        """Leave the paper, so that what is sent on leaving is sent, and has arrived.

        The page that is opened last is the fence: it is asked for after everything else.
        """
        self.page.goto("about:blank")
        self.page.goto(self.paper + FENCE)

    # what shows

    @property
    def state(self) -> State:
        """How the page says it stands, for machines."""
        state = self.page.locator("#daccord").get_attribute("data-state")
        assert state in {"granted", "refused", "split", "not-asked"}
        return state  # type: ignore[return-value]

    @property
    def is_asked(self) -> bool:
        """Whether the notice asks."""
        return self.page.locator("#daccord.d-ask").count() == 1

    @property
    def strip(self) -> str:
        """The strip in words."""
        return " ".join(self.page.locator("#daccord-strip").inner_text().split())

    # what holds

    @property
    def cookie(self) -> str | None:
        """The value of the choice cookie."""
        return self.cookie_named("daccord")

    def cookie_named(self, name: str) -> str | None:
        """The value of a cookie of the paper's own."""
        held = self.context.cookies(self.paper)
        return next((each["value"] for each in held if each["name"] == name), None)

    @property
    def choice(self) -> Choice:
        """The choice in the cookie jar, opened with the paper's key."""
        if self.cookie is None:
            return NOT_ASKED
        return decode_choice(self.cookie.encode(), self.keys, today=self.today, choice_days=182)

    def hold(self, choice: Choice) -> Self:
        """Put a choice into the cookie jar, as the paper would have on another day."""
        value = encode_choice(choice, self.keys)
        self.context.add_cookies([{"name": "daccord", "value": value, "url": self.paper}])
        return self

    def evidence(self) -> Evidence:
        """What happened since the last `forget`."""
        cookies = frozenset((each["domain"], each["name"]) for each in self.context.cookies())
        return Evidence(
            cookies=cookies,
            storage=storage(self.page) if self.page.url.startswith(self.paper) else frozenset(),
            asked=self.network.hosts() - {"paper.localhost"},
            reached=reached(self.stage),
        )

    def forget(self) -> Self:
        """Let every witness begin anew; the browser keeps what it holds."""
        self.stage.clear()
        self.network.clear()
        return self

    def visit(self, paths: Sequence[str]) -> Evidence:
        """Read pages one after the other, then leave; give what happened from the first byte on."""
        self.forget()
        for path in paths:
            self.open(path)
        held = storage(self.page)
        self.leave()
        seen = self.evidence()
        return Evidence(cookies=seen.cookies, storage=held, asked=seen.asked, reached=seen.reached)

    def idle(self, path: str, seconds: int) -> Self:
        """Open a page beside this one and do nothing there for so long; then close it.

        The seconds are the page's own, which the browser runs fast: timers fire as they would
        have, and the test waits for a fraction of it. Without scripts a page has no timers.
        """
        page = self.context.new_page()
        page.goto(self.paper + path)
        if self.js:
            session = self.context.new_cdp_session(page)
            over: list[object] = []
            # a function, not the method: Playwright marks its handlers
            session.on("Emulation.virtualTimeBudgetExpired", lambda told: over.append(told))  # noqa: PLW0108
            budget = {"policy": "pauseIfNetworkFetchesPending", "budget": seconds * 1000}
            session.send("Emulation.setVirtualTimePolicy", budget)
            while not over:
                page.wait_for_timeout(20)
        page.close()
        return self

    def records(self) -> int:
        """How many consents the paper's ledger holds since the test began."""
        return count_records(self.stage) - self.records_before

    def idle_frame(self) -> None:
        """Wait until two more frames are drawn."""
        self.page.evaluate(
            "new Promise(y => requestAnimationFrame(() => requestAnimationFrame(y)))"
        )

    def scroll_to(self, selector: str) -> Self:
        """Bring a part of the page into view."""
        self.page.locator(selector).first.evaluate("e => e.scrollIntoView({block: 'center'})")
        return self
