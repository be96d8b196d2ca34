"""What becomes of the site's responses: fields, bodies, caches, and faults of our own."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daccord.exchange.page import Page
from daccord.exchange.visit import Visit
from tests.web.client import Browser
from tests.web.site import Site, guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from daccord.declaration.model import Declaration
    from daccord.web.asgi import Receive, Scope, Send

PAGE = (
    b"<!doctype html><html lang=fr><head><title>Les dunes</title></head><body class=a>"
    b"<h1>Les dunes</h1><iframe src=https://social.localhost:1/post width=400 height=300></iframe>"
    b"<script src=https://tags.localhost/t.js></script><section id=isso-thread>x</section>"
    b"</body></html>"
)


def fields(**changes: str) -> list[tuple[bytes, bytes]]:
    said = {"content-type": "text/html; charset=utf-8"}
    said |= {name.replace("_", "-"): value for name, value in changes.items()}
    return [(name.encode(), value.encode()) for name, value in said.items() if value]


@pytest.mark.promise("B1")
@pytest.mark.law("NOJS-2")
@pytest.mark.law("NOJS-3")
@pytest.mark.law("CSP-5")
def test_a_page_is_gated_and_guarded(browser: Browser, site: Site) -> None:
    site.body = [PAGE]
    site.fields = fields(content_length=str(len(PAGE)), etag='"x"', last_modified="y")
    answer = browser.get()
    assert "social.localhost" not in answer.text
    assert "tags.localhost" not in answer.text
    assert "Tout accepter" in answer.text  # in the page's language, not the reader's
    assert answer.text.index("<body class=a><style>") < answer.text.index("<h1>")
    assert answer.one("content-length") == str(len(answer.body))
    assert answer.one("etag") is None
    assert answer.one("last-modified") is None
    policy = answer.one("content-security-policy") or ""
    assert "default-src 'self'" in policy
    assert "social.localhost" not in policy


@pytest.mark.law("CSP-6")
def test_the_sites_own_policy_stays_beside_ours(browser: Browser, site: Site) -> None:
    own = "default-src 'self'; script-src 'nonce-abc'; form-action 'none'"
    site.fields = fields(content_security_policy=own)
    first, second = browser.get().all("content-security-policy")
    assert first.startswith("default-src 'self'; script-src 'nonce-abc' 'sha256-")
    assert "form-action https://site.example/_daccord/choice" in first
    assert "'unsafe-inline'" not in first
    assert second.startswith("default-src 'self' data: blob:")


@pytest.mark.law("CACHE-1")
@pytest.mark.law("GPC-6")
def test_who_may_keep_a_page(browser: Browser, site: Site, newspaper: Declaration) -> None:
    site.fields = fields(cache_control="public, max-age=600", vary="Accept-Encoding")
    page = browser.get()
    assert page.one("cache-control") == "public, max-age=600"
    assert page.one("vary") == "Accept-Encoding, Cookie, Sec-GPC, Sec-Fetch-Dest"
    browser.post_form({"do": "refuse", "shown": newspaper.questions_digest})
    assert browser.get().one("cache-control") == "private, no-cache"
    browser.post_form({"do": "grant.isso", "shown": newspaper.questions_digest})
    assert browser.get().one("cache-control") == "private, no-store"


def test_a_page_that_does_not_say_its_language_varies_by_the_readers(
    browser: Browser, site: Site
) -> None:
    site.body = [b"<!doctype html><title>x</title><p>Hello"]
    answer = browser.get()
    assert "Accept all" in answer.text
    assert answer.one("vary") == "Cookie, Sec-GPC, Sec-Fetch-Dest, Accept-Language"


def test_a_page_in_a_language_that_the_site_does_not_declare_varies_likewise(
    browser: Browser, site: Site
) -> None:
    site.body = [b"<!doctype html><html lang=de><p>Hallo"]
    answer = browser.get()
    assert "Accept all" in answer.text
    assert answer.one("vary") == "Cookie, Sec-GPC, Sec-Fetch-Dest, Accept-Language"


@pytest.mark.law("CACHE-1")
@pytest.mark.parametrize(
    ("asks", "reach_the_app"),
    [
        ([(b"sec-fetch-dest", b"document")], False),
        ([(b"sec-fetch-dest", b"iframe")], False),
        ([(b"accept", b"text/html,*/*")], False),
        ([(b"sec-fetch-dest", b"image"), (b"accept", b"text/html")], True),
        ([(b"accept", b"*/*")], True),
    ],
)
def test_a_copy_of_a_page_from_before_is_never_called_good(
    browser: Browser, site: Site, asks: list[tuple[bytes, bytes]], *, reach_the_app: bool
) -> None:
    """A 304 would show it as it was kept: without a policy, if daccord was not there then."""
    conditions = [(b"if-none-match", b'"x"'), (b"if-modified-since", b"x")]
    browser.cookies = {"session": "s"}
    browser.get(extra=[*asks, *conditions])
    seen = [field for field in site.seen[-1]["headers"] if field in conditions]
    assert seen == (conditions if reach_the_app else [])


@pytest.mark.law("CACHE-1", "GPC-6")
@pytest.mark.parametrize("status", [200, 303])
def test_an_answer_that_the_app_makes_by_the_choice_says_so(
    newspaper: Declaration, status: int
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        view = scope["daccord"]
        body = b"open" if scope["path"] == "/asks" and view.permits("isso") else b"closed"
        said = fields(content_type="application/json", cache_control="public", location="/x")
        await send({"type": "http.response.start", "status": status, "headers": said})
        await send({"type": "http.response.body", "body": body})

    browser = Browser(guard(app, newspaper))
    assert browser.get("/asks").one("vary") == "Cookie, Sec-GPC, Sec-Fetch-Dest"
    assert browser.get("/other").one("vary") is None
    browser.post_form({"do": "grant.isso", "shown": newspaper.questions_digest})
    asked = browser.get("/asks")
    assert (asked.body, asked.one("cache-control")) == (b"open", "private, no-store")
    assert browser.get("/other").one("cache-control") == "public"


@pytest.mark.law("CACHE-1")
def test_a_placeholder_in_the_readers_language_makes_the_page_vary(newspaper: Declaration) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        drawn = scope["daccord"].policy_link(language=scope["path"][1:])
        body = f"<!doctype html><html lang=fr><body>{drawn}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": fields()})
        await send({"type": "http.response.body", "body": body})

    browser = Browser(guard(app, newspaper))
    assert "Accept-Language" not in str(browser.get("/fr").one("vary"))
    assert "Accept-Language" in str(browser.get("/").one("vary"))


def test_two_readers_who_were_not_asked_get_the_same_bytes(
    site: Site, newspaper: Declaration
) -> None:
    """So that a shared cache may keep the page."""
    app = guard(site, newspaper)
    assert Browser(app).get() == Browser(app).get()


def test_what_loads_nothing_is_left_as_it_is_but_for_the_policy(
    browser: Browser, site: Site
) -> None:
    """Shown in a frame it is a document of the site, which the page around it may fill."""
    site.body = [b'{"html": "<body>"}']
    site.fields = fields(content_type="application/json", etag='"x"', content_length="18")
    answer = browser.get()
    assert answer.fields[: len(site.fields)] == site.fields
    assert answer.one("content-security-policy")
    assert answer.body == site.body[0]


def test_a_script_always_has_the_policy_of_a_refusal(
    browser: Browser, site: Site, newspaper: Declaration
) -> None:
    """It may become a worker, which outlives the page."""
    site.fields = fields(content_type="text/javascript")
    before = browser.get("/worker.js").fields
    browser.post_form({"do": "accept", "shown": newspaper.questions_digest})
    assert browser.get("/worker.js").fields == before
    assert dict(before)[b"content-security-policy"].startswith(b"default-src 'self'")


@pytest.mark.promise("P3")
@pytest.mark.law("NOJS-3")
def test_a_refused_service_cannot_set_a_cookie_through_the_site(
    browser: Browser, site: Site
) -> None:
    site.fields += [
        (b"set-cookie", b"session=1; HttpOnly"),
        (b"set-cookie", b"_plaza=1"),
        (b"Set-Cookie", b"undeclared=1"),
        (b"set-cookie", b"__Host-daccord=1.20000.abcd...x"),
    ]
    assert browser.get().all("set-cookie") == ["session=1; HttpOnly"]


def test_an_undeclared_cookie_is_told_of_once_and_by_its_name_only(
    browser: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.fields.append((b"set-cookie", b"basket=secret-value; Path=/"))
    browser.get()
    browser.get()
    [message] = caplog.messages
    assert message == (
        "the site sets a cookie that no service declares: it is dropped; name: 'basket'"
    )


@pytest.mark.promise("P3")
def test_what_a_lapsed_consent_left_is_cleared_on_the_first_page(browser: Browser) -> None:
    """Nobody withdrew: the choice ran out, and only the service's own cookie tells of it."""
    assert "daccord-clear" not in browser.get().text
    browser.cookies["_plaza"] = "left over"
    assert "id=daccord-clear" in browser.get().text
    assert "_plaza" not in browser.cookies
    assert "daccord-clear" not in browser.get().text


def test_a_page_in_a_frame_has_no_second_notice(browser: Browser, site: Site) -> None:
    answer = browser.get(extra=[(b"sec-fetch-dest", b"iframe")])
    assert answer.body == site.body[0]
    assert answer.one("content-security-policy")


@pytest.mark.parametrize("status", [204, 301, 304])
def test_what_has_no_body_gets_none(browser: Browser, site: Site, status: int) -> None:
    site.status, site.body = status, [b""]
    assert browser.get().body == b""


@pytest.mark.promise("B1")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_that_leads_nowhere_is_a_page(browser: Browser, site: Site, status: int) -> None:
    """Chromium shows its body."""
    site.status, site.body = status, [PAGE]
    for location in ("", " "):
        site.fields = fields(location=location)
        answer = browser.get()
        assert answer.one("content-security-policy")
        assert b"social.localhost:1/post" not in answer.body
    site.fields = fields(location="/there")
    assert browser.get().fields == site.fields


def test_head_is_like_get_without_the_body(browser: Browser, site: Site) -> None:
    site.fields = fields(content_length="100")
    site.body = [b""]
    answer = browser.request("HEAD", "/page")
    assert answer.body == b""
    assert answer.one("content-length") is None
    assert answer.one("content-security-policy")


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("gzip", lambda raw: gzip.compress(raw[:50]) + gzip.compress(raw[50:])),
    ],
)
def test_a_site_that_compresses_inside(
    browser: Browser, site: Site, coding: str, encode: Callable[[bytes], bytes]
) -> None:
    site.body = [encode(PAGE)]
    site.fields = fields(content_encoding=coding)
    answer = browser.get()
    assert "Tout accepter" in answer.text
    assert answer.one("content-encoding") is None


@pytest.mark.parametrize(
    "said",
    [
        {"content_encoding": "br"},
        {"content_encoding": "gzip, br"},
        {"content_disposition": "attachment; filename=x.html"},
        {"content_type": "text/html; charset=utf-16"},
    ],
)
def test_what_cannot_be_gated_goes_out_under_its_policy(
    browser: Browser, site: Site, said: dict[str, str]
) -> None:
    site.body = [b"\x00\x01<body>"]
    site.fields = fields(**said)
    answer = browser.get()
    assert answer.body == site.body[0]
    assert answer.one("content-security-policy")


def test_a_page_that_cannot_be_read_is_told_of_once(
    browser: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.fields = fields(content_encoding="br")
    browser.get()
    browser.get()
    [message] = caplog.messages
    assert "goes out without a notice: put the compression outside" in message


def test_bytes_that_are_not_gzip_go_out_as_they_came(
    browser: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.body = [b"not gzip"]
    site.fields = fields(content_encoding="gzip")
    answer = browser.get()
    assert answer.body == b"not gzip"
    assert answer.one("content-encoding") == "gzip"
    assert "ungated" in caplog.text


@pytest.mark.parametrize(
    "parts",
    [
        [b"<p>one</p>", b"<p>two</p>"],
        [b"one", b" two"],
        [b"<!doctype html><!-- a -- b --><title>x</title>", b"<p>one"],
        [b"\xef\xbb\xbf <head><title>x</title>", b"<p>one"],
        [b"<htm><p>one", b"two"],
    ],
)
def test_a_stream_is_not_held_for_a_language_that_will_not_come(
    browser: Browser, site: Site, parts: list[bytes]
) -> None:
    site.body = [*parts, b""]
    assert len(browser.get().parts) == len(parts) + 1


@pytest.mark.parametrize(
    ("begun", "rest"),
    [
        (b"", b"<html lang=fr>"),
        (b"<", b"html lang=fr>"),
        (b"<!doc", b"type html><html lang=fr>"),
        (b"<!doctype html>\n", b"<html lang=fr>"),
        (b"<!-- a", b"--><html lang=fr>"),
        (b"<!-- a --> ", b"<html lang=fr>"),
        (b"<HTM", b"L lang=fr>"),
        (b"<html class='>", b"' lang=fr>"),
    ],
)
def test_a_stream_is_held_until_the_page_says_its_language(
    browser: Browser, site: Site, begun: bytes, rest: bytes
) -> None:
    site.body = [begun, rest, b"<body>x", b""]
    answer = browser.get()
    assert "Tout refuser" in answer.text
    assert "Accept-Language" not in str(answer.one("vary"))


@given(st.lists(st.integers(0, len(PAGE)), max_size=12))
@settings(max_examples=60)
def test_a_stream_cut_anywhere_is_the_whole_page(newspaper: Declaration, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(PAGE)]
    parts = [PAGE[start:end] for start, end in pairwise(places)]
    fields_ = [(b"content-type", b"text/html; charset=utf-8"), (b"content-language", b"fr")]
    whole = Browser(guard(Site(body=[PAGE], fields=fields_), newspaper)).get()
    streamed = Browser(guard(Site(body=[*parts, b""], fields=fields_), newspaper)).get()
    assert streamed.body == whole.body
    assert streamed.one("content-length") is None


class TestLaw11:
    """A fault in daccord costs the trackers, not the article."""

    @pytest.mark.parametrize(
        ("owner", "name"), [(Visit, "respond"), (Visit, "_shown_to_app"), (Page, "_insertions")]
    )
    def test_the_page_goes_out(
        self,
        browser: Browser,
        site: Site,
        monkeypatch: pytest.MonkeyPatch,
        owner: type,
        name: str,
    ) -> None:
        def fails(*_args: object, **_named: object) -> None:
            raise RuntimeError("a fault of daccord's own")

        monkeypatch.setattr(owner, name, fails)
        site.fields.append((b"set-cookie", b"_plaza=1"))
        answer = browser.get()
        assert answer.status == 200
        assert answer.body == site.body[0]
        assert "_plaza" not in str(answer.fields)
        [policy] = answer.all("content-security-policy")
        assert policy.startswith("default-src 'self'")
        assert "social.localhost" not in policy

    def test_the_app_sees_no_cookie_of_a_request_that_could_not_be_looked_at(
        self, browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(Visit, "_shown_to_app")
        browser.cookies = {"_plaza": "p"}
        assert browser.get().body == site.body[0]
        assert site.cookie is None
