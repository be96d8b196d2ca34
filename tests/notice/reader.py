"""A reader before the paper: a browser context, what they answered before, and what they see."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.notice.paper import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from daccord.consent.choice import Choice
    from tests.notice.paper import Paper

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


@contextmanager
def reading(
    browser: Browser,
    paper: Paper,
    path: str = "/article?a=1&b=2",
    *,
    choice: Choice | None = None,
    gpc: bool = False,
    scripts: bool = True,
    complaints: tuple[str, ...] = (),
    **options: Any,
) -> Iterator[Page]:
    """Open a page; at the end assert that the browser complained of nothing but ``complaints``."""
    options.setdefault("viewport", DESKTOP)
    if gpc:
        options["extra_http_headers"] = {"Sec-GPC": "1"}
    context = browser.new_context(java_script_enabled=scripts, **options)
    heard: list[str] = []
    try:
        if choice is not None:
            value = encode(choice)
            context.add_cookies([{"name": "daccord", "value": value, "url": paper.url}])
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto(paper.url + path)
        yield page
        unexpected = [
            text
            for text in heard
            if "favicon" not in text and not any(each in text for each in complaints)
        ]
        assert not unexpected
    finally:
        context.close()


def stored(page: Page) -> Choice | None:
    """What the choice cookie in the browser's own jar says."""
    for cookie in page.context.cookies():
        if cookie.get("name") == "daccord":
            return decode(cookie.get("value", ""))
    return None


def focused(page: Page) -> str:
    """The id of what has focus, or its tag."""
    found: str = page.evaluate(
        "() => document.activeElement.id || document.activeElement.tagName.toLowerCase()"
    )
    return found
