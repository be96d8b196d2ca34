"""Nothing that arrives breaks a page or becomes a grant (laws 9 and 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daccord.consent.choice import Choice, RecordId
from daccord.consent.cookie import USE, encode_choice
from daccord.consent.keys import Keyring
from tests.web.client import Browser
from tests.web.site import Recorder, Site, guard

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration

ACCEPT = b"do=accept&shown=%s"


def accept(newspaper: Declaration) -> bytes:
    return ACCEPT % newspaper.questions_digest.encode()


@pytest.mark.law("FM-2")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post"])
@pytest.mark.parametrize("path", ["/_daccord/choice", "/_daccord/report", "/_daccord/policy"])
def test_no_other_method_changes_anything(
    browser: Browser, recorder: Recorder, newspaper: Declaration, method: str, path: str
) -> None:
    answer = browser.request(
        method,
        f"{path}?do=accept&shown={newspaper.questions_digest}",
        extra=[
            (b"sec-fetch-site", b"same-origin"),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ],
        body=[accept(newspaper)],
    )
    assert answer.all("set-cookie") == []
    assert recorder.records == []
    if path == "/_daccord/choice":
        assert (answer.status, answer.one("allow")) == (405, "POST")
    if method == "HEAD":
        assert answer.body == b""


BAD: list[tuple[int, dict[str, Any]]] = [
    (403, {"fetch_site": b"cross-site"}),
    (403, {"fetch_site": b"same-site"}),
    (403, {"fetch_site": b"none"}),
    (403, {"fetch_site": None}),
    (403, {"fetch_site": None, "extra": [(b"origin", b"https://evil.example")]}),
    (403, {"extra": [(b"origin", b"https://evil.example")]}),
    (415, {"content_type": b"text/plain"}),
    (415, {"content_type": b"multipart/form-data; boundary=x"}),
    (415, {"content_type": b"application/json"}),
    (415, {"content_type": b""}),
    (415, {"extra": [(b"content-type", b"application/x-www-form-urlencoded")]}),
]


@pytest.mark.law("FM-1")
@pytest.mark.parametrize(("status", "changes"), BAD)
def test_a_post_that_is_not_ours(
    browser: Browser,
    recorder: Recorder,
    newspaper: Declaration,
    status: int,
    changes: dict[str, Any],
) -> None:
    answer = browser.post(accept(newspaper), **changes)
    assert answer.status == status
    assert answer.all("set-cookie") == []
    assert recorder.records == []
    assert answer.one("content-type") == "text/html; charset=utf-8"
    assert '<a href="/"' in answer.text


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b""),
        (400, b"do=accept&do=accept"),
        (400, b"do=nonsense"),
        (400, b"do=accept&shown=\xff"),
        (400, b"do=accept&x=1"),
        (413, b"do=accept&shown=" + b"a" * 20_000),
    ],
)
def test_a_body_that_is_not_our_form(
    browser: Browser, recorder: Recorder, status: int, body: bytes
) -> None:
    answer = browser.post(body)
    assert (answer.status, answer.all("set-cookie"), recorder.records) == (status, [], [])


def test_a_body_without_a_length_is_cut_off_where_it_is_too_large(
    browser: Browser, recorder: Recorder
) -> None:
    parts = [b"do=accept&shown="] + [b"a" * 1000] * 1000
    fields = [
        (b"sec-fetch-site", b"same-origin"),
        (b"content-type", b"application/x-www-form-urlencoded"),
    ]
    answer = browser.request("POST", "/_daccord/choice", extra=fields, body=parts)
    assert answer.status == 413
    assert recorder.records == []


def test_a_reader_who_goes_away_in_the_middle_changes_nothing(
    browser: Browser, recorder: Recorder
) -> None:
    fields = [
        (b"sec-fetch-site", b"same-origin"),
        (b"content-type", b"application/x-www-form-urlencoded"),
    ]
    answer = browser.request("POST", "/_daccord/choice", extra=fields, body=[])
    assert (answer.status, recorder.records) == (400, [])


def test_every_redirect_stays_on_this_site(browser: Browser, newspaper: Declaration) -> None:
    for back in (
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\r\nSet-Cookie: a=b",
    ):
        answer = browser.post_form(
            {"do": "refuse", "shown": newspaper.questions_digest, "back": back}
        )
        assert answer.one("location") == "/#daccord"
        assert len(answer.all("set-cookie")) == 1


def permits_nothing(browser: Browser, site: Site) -> bool:
    browser.get()
    view = site.seen[-1]["daccord"]
    return not any(view.permits(name) for name in ("isso", "plaza", "adline", "tags"))


@pytest.mark.law("CK-5")
@given(st.binary(max_size=120) | st.from_regex(rb"1w?\.[0-9]{5}\.[\w-]{0,40}\.[\w.-]{0,60}"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_the_cookie_are_not_asked(newspaper: Declaration, value: bytes) -> None:
    site = Site()
    browser = Browser(guard(site, newspaper))
    answer = browser.get(extra=[(b"cookie", b"__Host-daccord=" + value)])
    assert answer.status == 200
    assert "role=dialog" in answer.text
    view = site.seen[-1]["daccord"]
    assert not any(view.permits(name) for name in ("isso", "plaza", "adline", "tags"))
    assert site.cookie is None


def test_a_foreign_key_a_planted_twin_and_the_other_name(
    browser: Browser, site: Site, newspaper: Declaration
) -> None:
    granted = Choice(
        granted=frozenset(q.tag for q in newspaper.questions if not q.exempt),
        day=20_000_000 // 1000,
        record=RecordId("A" * 22),
    )
    foreign = encode_choice(granted, Keyring((b"f" * 32,), use=USE))
    browser.cookies["__Host-daccord"] = foreign
    assert permits_nothing(browser, site)
    # A true choice beside a planted one counts as neither.
    browser.cookies.clear()
    browser.post_form({"do": "accept", "shown": newspaper.questions_digest})
    assert not permits_nothing(browser, site)
    true = browser.cookies["__Host-daccord"]
    browser.get(extra=[(b"cookie", f"__Host-daccord={foreign}".encode())])
    assert not site.seen[-1]["daccord"].permits("isso")
    # On https the name without the prefix, which any subdomain could plant, is nobody's.
    browser.cookies = {"daccord": true}
    assert permits_nothing(browser, site)


@pytest.mark.promise("P3")
def test_the_app_sees_no_cookie_of_a_refused_service(
    browser: Browser, site: Site, newspaper: Declaration
) -> None:
    browser.cookies = {"session": "s", "_plaza": "p", "isso-1": "i", "unknown": "u"}
    answer = browser.get()
    assert site.cookie == b"session=s"
    expired = {line.partition("=")[0] for line in answer.all("set-cookie")}
    assert expired == {"_plaza", "isso-1"}
    browser.post_form({"do": "accept", "shown": newspaper.questions_digest})
    browser.cookies |= {"_plaza": "p"}
    browser.get()
    assert site.cookie is not None
    assert b"_plaza=p" in site.cookie
    assert b"daccord" not in site.cookie


@pytest.mark.parametrize("many", [9, 5_000])
def test_the_policy_page_is_there_whatever_hangs_on_its_address(
    browser: Browser, many: int
) -> None:
    answer = browser.get("/_daccord/policy?lang=fr&" + "&".join(["utm=1"] * many))
    assert answer.status == 200
    assert "lang=fr" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/admin/../page", "/admin/./../page", "/admin/x/..", "/admin/..;/page", "/admin/..\\page"],
)
def test_no_way_leads_through_an_excluded_path(browser: Browser, path: str) -> None:
    """As decoded from ``..%2f``: an app that serves files would take the step (P4)."""
    assert browser.get(path).one("content-security-policy")


def test_nobody_fills_the_memory_with_long_fields(site: Site, newspaper: Declaration) -> None:
    app = guard(site, newspaper)
    for index in range(20):
        long = "x" * 50_000
        browser = Browser(app, host=f"h{index}{long}.example".encode())
        browser.cookies = {"__Host-daccord": f"1.{index}.{long}"}
        assert permits_nothing(browser, site)
    assert app.exchange.standpoint.cache_info().currsize == 0
    assert app.exchange.rules.cache_info().currsize == 1


def test_an_excluded_path_is_left_alone(browser: Browser, site: Site) -> None:
    browser.cookies = {"unknown": "u"}
    answer = browser.get("/admin/page")
    assert site.cookie == b"unknown=u"
    assert answer.body == site.body[0]
    assert answer.fields == site.fields
