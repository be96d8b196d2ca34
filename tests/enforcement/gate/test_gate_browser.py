"""What a real browser does with gated pages that no policy guards: it connects to nobody else.

Every third party is a TCP port of its own that notes who connects, so that a connection without a
request (preconnect, a cross-site frame) is seen too. Each page is also shown to leak ungated: a
browser that never connects would prove nothing.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final, Self

import pytest
from hypothesis import assume, given, settings
from playwright.sync_api import Error, sync_playwright

from daccord.enforcement.gate import Rules, gate_whole
from daccord.enforcement.url import origin_of
from tests.enforcement.gate.making import EMBEDS, NOTICE, gated
from tests.enforcement.gate.soup import is_left_alone, soups
from tests.enforcement.pages import Site, chromium
from tests.stage.browser import FLAGS, chromium_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

NOBODY: Final = Rules(may_load=lambda _target, _load: False, service_at=lambda _target: None)
TABS: Final = 8
SETTLE: Final = 1.0
"""Seconds that a gated page gets to connect in; ungated ones are seen to take a tenth of it."""
PATIENCE: Final = 8.0

PAGES: Final = {
    "preconnect": "<link rel=preconnect href=//E>",
    "preconnect in the body": "<p><link itemprop=x Rel='x PreConnect' href='/&#47;E'>",
    "prefetch": "<link rel=prefetch href=//E>",
    "preload": "<link rel=preload as=image href=//E>",
    "stylesheet": "<link rel=stylesheet href=\\\\E>",
    "icon": "<link rel=icon href=//E/favicon.ico>",
    "manifest": "<link rel=manifest href=//E>",
    "iframe": "<iframe src=//E></iframe>",
    "iframe, lazy": "<iframe loading=lazy src='http:\\\\E'></iframe>",
    "iframe, tab": "<iframe src='/\t/E'></iframe>",
    "frame": "<frameset><frame src=//E></frameset>",
    "srcdoc": "<iframe srcdoc='<link rel=preconnect href=//E>'></iframe>",
    "srcdoc with references": "<iframe srcdoc='&lt;img src=&quot;//E&quot;>'></iframe>",
    "data document": "<iframe src='data:text/html,<link rel=preconnect href=http://E>'></iframe>",
    "img": "<img src=//E>",
    "img, first of two": "<img src=//E src=/own>",
    "srcset": "<img srcset='//E 1x'>",
    "picture": "<picture><source srcset='//E'><img></picture>",
    "image": "<image src=//E>",
    "input": "<input type=image src=//E>",
    "video": "<video src=//E></video>",
    "poster": "<video poster=//E></video>",
    "source": "<video><source src=//E></video>",
    "audio": "<audio preload=auto src=//E></audio>",
    "object": "<object data=//E></object>",
    "embed": "<embed src=//E>",
    "SVG": "<svg><image href=//E /></svg>",
    "SVG, old": "<svg><image xlink:href=//E /></svg>",
    "SVG style": "<svg><style><p><iframe src=//E></iframe></style></svg>",
    "background": "<table background=//E><td>x",
    "refresh": "<meta http-equiv=refresh content='0;url=//E'>",
    "base": "<base href=//E/><img src=a>",
    "shadow root": "<div><template shadowrootmode=open><img src=//E></template></div>",
    "comment": "<!--><img src=//E>-->",
    "comment, bang": "<!-- a --!><img src=//E>",
    "bogus comment": "<?x a='><img src=//E>'>",
    "cdata": "<![CDATA[><img src=//E>]]>",
    "escaped script": "<script><!--<script>--></script><img src=//E>",
    "select": "<select><option><img src=//E></select>",
}
SCRIPTED: Final = {
    "script": "<script src=//E></script>",
    "modulepreload": "<link rel=modulepreload href=//E/a.js>",
    "SVG script": "<svg><script href=//E></script></svg>",
    "noscript ends in a value": "<noscript><p title='</noscript><img src=//E>'>",
    "speculation": '<script type=speculationrules>{"prefetch":[{"urls":["http://E/"],'
    '"eagerness":"immediate"}]}</script>',
}
UNSCRIPTED: Final = {
    "noscript": "<noscript><img src=//E></noscript>",
    "noscript, frame": "<noscript><iframe src=//E></iframe></noscript>",
    "noscript in the head": "<head><noscript><link rel=stylesheet href=//E></noscript>",
    "noscript goes on": "<noscript><style></noscript></style><img src=//E>",
}


class Ear:
    """A third party: a port that answers with nothing and counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"third.localhost:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                with self._socket.accept()[0]:
                    self.connections += 1


@contextmanager
def browser(profile: Path, *, scripts: bool) -> Iterator[BrowserContext]:
    """A Chromium that preconnects, which Debian's does not by default."""
    (profile / "Default").mkdir(parents=True)
    settings = {"net": {"network_prediction_options": 0}}
    (profile / "Default" / "Preferences").write_text(json.dumps(settings))
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium_path(), args=FLAGS, java_script_enabled=scripts
        )
        try:
            yield context
        finally:
            context.close()


def visit(context: BrowserContext, addresses: list[str], heard: list[Ear], wait: float) -> None:
    """Open all ``addresses`` in tabs, and wait until all ears have heard something, or so long."""
    tabs = [context.new_page() for _ in addresses]
    for tab, address in zip(tabs, addresses, strict=True):
        with suppress(Error):  # a page that is refreshed away is not loaded
            tab.goto(address, wait_until="commit")
            tab.bring_to_front()
    end = time.monotonic() + wait
    while time.monotonic() < end and not all(ear.connections for ear in heard):
        tabs[0].wait_for_timeout(50)
    for tab in tabs:
        tab.close()


def check(context: BrowserContext, site: Site, pages: dict[str, str]) -> None:
    with ExitStack() as listening:
        _check(context, site, pages, listening)


def _check(
    context: BrowserContext, site: Site, pages: dict[str, str], listening: ExitStack
) -> None:
    ears = {name: listening.enter_context(Ear()) for name in pages}
    for name, html in pages.items():
        page = f"<!doctype html><title>x</title>{html.replace('E', ears[name].host)}"
        gated = gate_whole(page.encode(), NOBODY, origin_of(site.origin))
        fields = [("Content-Type", "text/html; charset=utf-8")]
        site.answers[f"/raw/{len(site.answers)}"] = (fields, page)
        site.answers[f"/gated/{len(site.answers)}"] = (fields, gated.decode())
    addresses = [f"{site.origin}{path}" for path in site.answers]
    for kind in ("/gated/", "/raw/"):
        wanted = [address for address in addresses if kind in address]
        for at in range(0, len(wanted), TABS):
            some = list(ears.values())[at : at + TABS]
            visit(context, wanted[at : at + TABS], some, PATIENCE if kind == "/raw/" else SETTLE)
        if kind == "/raw/":
            # Speculation rules wait for a tab in front and a processor at leisure: each such page
            # is shown alone, too.
            for address, ear in zip(wanted, ears.values(), strict=True):
                if not ear.connections:
                    visit(context, [address], [ear], PATIENCE)
        heard = {name for name, ear in ears.items() if ear.connections}
        assert heard == (set(pages) if kind == "/raw/" else set())


@pytest.mark.browser
@pytest.mark.promise("P3")
@pytest.mark.promise("P9")
def test_a_gated_page_connects_to_nobody(tmp_path: Path) -> None:
    with Site("paper") as site, browser(tmp_path, scripts=True) as context:
        check(context, site, PAGES | SCRIPTED)


@pytest.mark.browser
@pytest.mark.promise("B2")
def test_a_gated_page_connects_to_nobody_without_scripts(tmp_path: Path) -> None:
    pages = {name: PAGES[name] for name in ("preconnect", "iframe", "srcset", "base", "refresh")}
    with Site("paper") as site, browser(tmp_path, scripts=False) as context:
        check(context, site, pages | UNSCRIPTED)


WITNESS: Final = """(html) => {
  const leads = (url) => {
    try {
      const { hostname } = new URL(url, 'https://paper.example/');
      return url !== null && hostname === 'evil.example';
    } catch { return false; }
  };
  const own = ['script', 'iframe', 'frame', 'img', 'source', 'input', 'video', 'audio', 'embed'];
  const found = [];
  const walk = (root) => {
    for (const e of root.querySelectorAll('*')) {
      const name = e.localName;
      if (e.namespaceURI !== 'http://www.w3.org/1999/xhtml') {
        if (['image', 'use', 'script'].includes(name) && leads(e.getAttribute('href')))
          found.push(name);
        continue;
      }
      if (own.includes(name) && leads(e.getAttribute('src'))) found.push(name);
      if (name === 'object' && leads(e.getAttribute('data'))) found.push(name);
      if (name === 'base' && leads(e.getAttribute('href'))) found.push(name);
      if (name === 'link' && leads(e.getAttribute('href'))
          && /(^|\\s)(preconnect|stylesheet|icon)(\\s|$)/i.test(e.getAttribute('rel') ?? ''))
        found.push(name);
      if (name === 'template') walk(e.content);
      if (name === 'iframe' && e.hasAttribute('srcdoc')) parse(e.getAttribute('srcdoc'));
    }
  };
  const parse = (text) => walk(new DOMParser().parseFromString(text, 'text/html'));
  parse(html);
  return found;
}"""


@pytest.mark.browser
def test_chromium_s_own_parser_finds_nothing_left_to_load() -> None:
    """The tree builder that counts, on HTML as nobody should write it (scripts off in it)."""
    leaked = 0
    with chromium() as browser:
        page = browser.new_page()

        @given(soups())
        @settings(max_examples=400)
        def check_one(html: str) -> None:
            nonlocal leaked
            assume(not is_left_alone(html))
            leaked += bool(page.evaluate(WITNESS, html))
            assert page.evaluate(WITNESS, gated(html, NOTICE, EMBEDS)) == []

        check_one()
    assert leaked, "none of the pages would have loaded anything"
