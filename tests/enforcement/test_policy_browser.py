"""A host that is not permitted gets nothing: seen in the third party's own log.

Each way to reach it is first shown to work without a policy, so that a silent log means a
stopped request and not a broken test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daccord.declaration.model import Load, Mode, ServiceId
from daccord.enforcement.policy import policy_of
from daccord.enforcement.report import Violation, parse_report
from tests.enforcement.making import declaring
from tests.enforcement.pages import Fields, Peer, Site, chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from daccord.declaration.model import Declaration

pytestmark = pytest.mark.browser

STATIC = {
    "script": "<script src={to}></script>",
    "style": "<link rel=stylesheet href={to}>",
    "image": "<img src={to}>",
    "srcset": "<img srcset='{to} 2x, {to} 1x'>",
    "iframe": "<iframe src={to}></iframe>",
    "object": "<object data={to} type=text/html></object>",
    "embed": "<embed src={to} type=text/html>",
    "video": "<video src={to} preload=auto></video>",
    "audio": "<audio src={to} preload=auto></audio>",
    "track": "<video crossorigin><track default kind=metadata src={to}></video>",
    "poster": "<video poster={to}></video>",
    "css-url": "<style>p {{ background: url({to}) }}</style><p>x",
    "css-import": "<style>@import url({to});</style>",
    "font": "<style>@font-face {{ font-family: f; src: url({to}) }} * {{ font: 1em f }}</style>x",
    "prefetch": "<link rel=prefetch href={to}>",
    "preload": "<link rel=preload as=image href={to}>",
    "modulepreload": "<link rel=modulepreload href={to}>",
    "manifest": "<link rel=manifest href={to}>",
    "icon": "<link rel=icon href={to}>",
    "svg-image": "<svg><image href={to} width=9 height=9 /></svg>",
    "srcdoc": "<iframe srcdoc='<img src={to}>'></iframe>",
    "data-frame": "<iframe src='data:text/html,<img src={to}>'></iframe>",
    "base": "<base href={site}/><img src=/inside-base>",
}
SCRIPTED = {
    "fetch": "fetch('{to}', {{mode: 'no-cors'}}).catch(() => 0)",
    "xhr": "const x = new XMLHttpRequest(); x.open('GET', '{to}'); x.send()",
    "beacon": "navigator.sendBeacon('{to}', 'x')",
    "event-source": "new EventSource('{to}')",
    "websocket": "new WebSocket('{ws}')",
    "import": "import('{to}').catch(() => 0)",
    "image-object": "new Image().src = '{to}'",
    "made-frame": (
        "const f = document.createElement('iframe'); f.src = '{to}'; document.body.append(f)"
    ),
    "blob-frame": (
        "const f = document.createElement('iframe'); document.body.append(f); "
        "f.src = URL.createObjectURL(new Blob(['<img src={to}>'], {{type: 'text/html'}}))"
    ),
    "blob-worker": "new Worker(URL.createObjectURL(new Blob([\"fetch('{to}')\"])))",
    "blob-import": "new Worker(URL.createObjectURL(new Blob([\"importScripts('{to}')\"])))",
    "data-worker": "new Worker('data:text/javascript,fetch(\"{to}\")')",
    "own-worker": "new Worker('/worker.js')",
    "form": "const f = document.createElement('form'); f.action = '{to}'; f.method = 'post'; "
    "document.body.append(f); f.submit()",
    "ping": "const a = document.createElement('a'); a.href = '#x'; a.ping = '{to}'; "
    "document.body.append(a); a.click()",
    "popup": "const w = open('about:blank'); w.document.write('<img src={to}>')",
}
WAYS = {**STATIC, **{name: f"<script>{{{{{code}}}}}</script>" for name, code in SCRIPTED.items()}}

ALONE = {"base", "form"}
"""Ways that change what the rest of the page does: each has a page of its own."""

UNSURE = {"manifest", "icon"}
"""Fetched late or never by a headless Chromium, whatever the policy."""


class Stage:
    """The paper, the third party, the browser, and what is declared of the third party."""

    def __init__(self, browser: Browser, paper: Site, third: Site) -> None:
        self.browser = browser
        self.paper = paper
        self.third = third

    def declaration(self, mode: Mode = Mode.ENFORCE) -> Declaration:
        return declaring([("third", ["third.localhost:*"], ())], mode=mode)

    def fields(self, permitted: tuple[str, ...] = (), mode: Mode = Mode.ENFORCE) -> Fields:
        """The fields that daccord puts on every response."""
        policy = policy_of(self.declaration(mode), frozenset(map(ServiceId, permitted)))
        return [(name.decode(), value.decode()) for name, value in policy.headers]

    def html(self, way: str) -> str:
        to = f"{self.third.origin}/asked/{way}"
        return WAYS[way].format(to=to, ws=to.replace("http", "ws", 1), site=self.third.origin)

    def visit(self, fields: Fields, html: str, *, wait_ms: int = 400) -> list[str]:
        """Show ``html`` with ``fields`` to a fresh reader; what the third party then was asked."""
        self.third.forget()
        self.paper.forget()
        html_fields = [*fields, ("Content-Type", "text/html; charset=utf-8")]
        self.paper.answers["/page"] = (html_fields, html)
        worker = f"fetch('{self.third.origin}/asked/own-worker')"
        self.paper.answers["/worker.js"] = ([*fields, ("Content-Type", "text/javascript")], worker)
        context = self.browser.new_context()
        try:
            page = context.new_page()
            page.goto(f"{self.paper.origin}/page", wait_until="commit")
            page.wait_for_timeout(wait_ms)
            return list(self.third.log)
        finally:
            context.close()

    def open(self, fields: Fields, html: str) -> Page:
        self.third.forget()
        self.paper.answers["/page"] = ([*fields, ("Content-Type", "text/html")], html)
        page = self.browser.new_context().new_page()
        page.goto(f"{self.paper.origin}/page")
        return page


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Site("paper") as paper, Site("third") as third, chromium() as browser:
        yield Stage(browser, paper, third)


PAGES = [sorted(set(WAYS) - ALONE), *([way] for way in sorted(ALONE))]


def asked(stage: Stage, fields: Fields, ways: list[str]) -> set[str]:
    """The ways that reached the third party from a page that tries all of ``ways``."""
    html = "<!doctype html><body>" + "\n".join(map(stage.html, ways))
    stage.visit(fields, html, wait_ms=2_500)
    paths = {line.partition(" ")[2] for line in stage.third.log} - {"/favicon.ico"}
    return {"base" if path == "/inside-base" else path.rpartition("/")[2] for path in paths}


@pytest.mark.promise("P3")
@pytest.mark.promise("B1")
@pytest.mark.law("CSP-1")
@pytest.mark.parametrize("ways", PAGES, ids=["all", *sorted(ALONE)])
def test_a_refused_host_is_asked_nothing(stage: Stage, ways: list[str]) -> None:
    assert asked(stage, [], ways) - UNSURE == set(ways) - UNSURE
    assert asked(stage, stage.fields(), ways) == set()


def test_a_permitted_host_is_asked_as_before(stage: Stage) -> None:
    ways = sorted(set(WAYS) - ALONE)
    assert asked(stage, stage.fields(("third",)), ways) - UNSURE == set(ways) - UNSURE


def test_only_the_declared_kinds_of_load_are_permitted(stage: Stage) -> None:
    declaration = stage.declaration()
    (service,) = declaration.services
    assert Load.FORM not in service.loads
    assert stage.visit(stage.fields(("third",)), stage.html("form")) == []


@pytest.mark.promise("P3")
def test_a_peer_connection_reaches_nobody(stage: Stage) -> None:
    """``webrtc 'block'`` is unknown to Chromium 156; ``Connection-Allowlist`` does it."""
    peer = Peer()
    html = f"""<script>
      const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{peer.port}'}}]}});
      peer.createDataChannel('x');
      peer.createOffer().then((offer) => peer.setLocalDescription(offer));
    </script>"""
    try:
        stage.visit([], html, wait_ms=1_500)
        assert peer.received() > 0
        stage.visit(stage.fields(), html, wait_ms=1_500)
        assert peer.received() == 0
    finally:
        peer.close()


@pytest.mark.promise("P3")
def test_no_redirect_leads_out(stage: Stage) -> None:
    """Neither one of the site's own nor one of a permitted host (CSP3 section 4.2)."""
    refused = f"{stage.third.origin.replace('third.', 'other.')}/stolen"
    stage.paper.answers["/out"] = ([("Location", refused)], "")
    stage.third.answers["/out"] = ([("Location", refused)], "")
    html = "".join(
        f"<img src={start}><iframe src={start}></iframe><script src={start}></script>"
        f"<script>fetch('{start}', {{mode: 'no-cors'}})</script>"
        for start in ("/out", f"{stage.third.origin}/out")
    )
    assert "GET /stolen" in stage.visit([], html)
    seen = stage.visit(stage.fields(("third",)), html)
    assert set(seen) == {"GET /out"}


def test_links_and_redirects_to_other_sites_still_work(stage: Stage) -> None:
    """`NO_PEERS` allows every address: a newspaper links to the whole web (P13)."""
    target = f"{stage.third.origin}/followed"
    stage.paper.answers["/leave"] = ([("Location", target)], "")
    for link in (target, "/leave"):
        page = stage.open(stage.fields(), f"<a id=out href={link}>out</a>")
        page.click("#out")
        page.wait_for_url(target)
        assert "GET /followed" in stage.third.log
        page.context.close()


def test_the_own_site_keeps_everything_it_had(stage: Stage) -> None:
    """Inline code, ``eval``, data and blob URLs, its own WebSocket: none of ours to stop."""
    page = stage.open(
        stage.fields(),
        """<script>
        window.done = (async () => {
          const found = [];
          const note = (name) => found.push(name);
          eval("note('eval')");
          await fetch('/page').then(() => note('fetch'));
          await fetch('data:text/plain,x').then(() => note('data'));
          await fetch(URL.createObjectURL(new Blob(['x']))).then(() => note('blob'));
          const image = new Image();
          image.src = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>';
          await new Promise((loaded) => (image.onload = loaded)).then(() => note('image'));
          document.body.append(Object.assign(document.createElement('button'),
            {id: 'inline'}));
          inline.setAttribute('onclick', "note2('attribute')");
          window.note2 = note;
          inline.click();
          new WebSocket(`ws://${location.host}/socket`);
          return found;
        })();
        </script>""",
    )
    found = page.evaluate("window.done")
    assert found == ["eval", "fetch", "data", "blob", "image", "attribute"]
    page.wait_for_timeout(200)
    assert "GET /socket" in stage.paper.log
    page.context.close()


def test_observe_mode_reports_what_it_lets_pass(stage: Stage) -> None:
    bodies: list[bytes] = []
    page = stage.browser.new_context().new_page()
    page.on(
        "request",
        lambda request: (
            bodies.append(request.post_data_buffer or b"")
            if request.url.endswith("/_daccord/report")
            else None
        ),
    )
    stage.third.forget()
    fields = [*stage.fields(mode=Mode.OBSERVE), ("Content-Type", "text/html")]
    stage.paper.answers["/page"] = (fields, stage.html("image"))
    page.goto(f"{stage.paper.origin}/page")
    page.wait_for_timeout(600)
    assert stage.third.log == ["GET /asked/image"]
    assert "POST /_daccord/report" in stage.paper.log
    if bodies:
        assert parse_report(bodies[0]) == (Violation(directive="img-src", host=stage.third.host),)
    page.context.close()


def test_a_connection_allowlist_of_the_site_before_ours_is_not_weakened(stage: Stage) -> None:
    fields = [("Connection-Allowlist", "(response-origin)")]
    html = stage.html("image")
    assert stage.visit([*fields, *stage.fields(("third",))], html) == []


@pytest.mark.law("PP-1")
def test_chromium_reads_the_permissions_policy_beside_the_sites_own(stage: Stage) -> None:
    policy = policy_of(stage.declaration(), frozenset())
    fields = [
        ("Permissions-Policy", "camera=(), storage-access=*"),
        ("Permissions-Policy", policy.permissions.decode()),
    ]
    page = stage.open(fields, "<p>x")
    allows = "name => document.featurePolicy.allowsFeature(name)"
    assert not page.evaluate(allows, "camera")
    assert not page.evaluate(allows, "storage-access")
    assert not page.evaluate(allows, "browsing-topics")
    assert page.evaluate(allows, "geolocation")
    page.context.close()


class TestFactsOfChromium:
    """What no header of ours stops in Chromium 156; each is the gate's affair, or a limit."""

    def test_speculation_rules_prefetch_past_the_policy(self, stage: Stage) -> None:
        rules = f'{{"prefetch":[{{"source":"list","urls":["{stage.third.origin}/guess"]}}]}}'
        html = f"<script type=speculationrules>{rules}</script>"
        assert stage.visit(stage.fields(), html, wait_ms=1_000) == ["GET /guess"]

    def test_a_frame_that_is_stopped_may_still_connect(self, stage: Stage) -> None:
        """How often depends on Chromium's predictor: only that nothing is asked is asserted."""
        for html in (
            f"<iframe src={stage.third.origin}/asked/x></iframe>",
            f"<link rel=preconnect href={stage.third.origin}>",
        ):
            assert stage.visit(stage.fields(), html) == []

    def test_a_report_of_the_sites_own_policy_goes_where_the_site_says(self, stage: Stage) -> None:
        fields = [("Content-Security-Policy", f"img-src 'self'; report-uri {stage.third.origin}/r")]
        html = f"<img src={stage.third.origin}/i>"
        assert stage.visit([*fields, *stage.fields()], html, wait_ms=700) == ["POST /r"]

    def test_a_worker_has_the_policy_of_its_own_response(self, stage: Stage) -> None:
        stage.visit(stage.fields(), "<p>x")
        script = f"fetch('{stage.third.origin}/loose')"
        stage.paper.answers["/loose.js"] = ([("Content-Type", "text/javascript")], script)
        html = "<script>new Worker('/loose.js')</script>"
        assert stage.visit(stage.fields(), html) == ["GET /loose"]
