"""A choice, from the notice's form to the cookie, with no browser and no script (NOJS-1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from daccord.consent.record import Way
from daccord.declaration.model import ServiceId

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from tests.web.client import Answer, Browser
    from tests.web.site import Recorder, Site

COOKIE = "__Host-daccord"


def choose(browser: Browser, do: str, **fields: str | list[str]) -> Answer:
    """Open the page, and post its form with one of its buttons."""
    shown = browser.get().form_value("shown")
    return browser.post_form(
        {"do": do, "shown": shown, "back": "/page?a=b", "lang": "en", **fields}
    )


def permitted(browser: Browser, site: Site) -> set[str]:
    browser.get()
    view = site.seen[-1]["daccord"]
    names = ["session", "counter", "isso", "plaza", "adline", "tags"]
    return {name for name in names if view.permits(name)}


EXEMPT = {"session", "counter"}
ALL = {"session", "counter", "isso", "plaza", "adline", "tags"}


@pytest.mark.promise("P2")
@pytest.mark.law("NOJS-1")
def test_accept_all(
    browser: Browser, site: Site, recorder: Recorder, newspaper: Declaration
) -> None:
    answer = choose(browser, "accept")
    assert (answer.status, answer.one("location")) == (303, "/page?a=b#daccord")
    assert answer.one("cache-control") == "no-store"
    assert permitted(browser, site) == ALL
    [record] = recorder.records
    assert record.way is Way.NOTICE
    assert record.declaration_version == newspaper.version
    assert {(each.purpose, each.service) for each in record.granted} == {
        (q.purpose, q.service) for q in newspaper.questions if not q.exempt
    }
    assert (record.refused, record.previous, record.site) == ((), None, "site.example")
    assert browser.cookies[COOKIE].split(".")[4] == record.id


@pytest.mark.promise("P3")
@pytest.mark.promise("B4")
@pytest.mark.law("REC-5")
@pytest.mark.law("NOJS-1")
def test_refuse_all_leaves_no_identifier(browser: Browser, site: Site, recorder: Recorder) -> None:
    assert choose(browser, "refuse").status == 303
    assert permitted(browser, site) == EXEMPT
    assert (recorder.records, recorder.refusals) == ([], 1)
    assert browser.cookies[COOKIE].split(".")[4] == ""


@pytest.mark.promise("P5")
def test_open_the_comments_and_nothing_else(browser: Browser, site: Site) -> None:
    answer = choose(browser, "grant.isso")
    assert answer.one("location") == "/page?a=b#isso-thread"
    assert permitted(browser, site) == EXEMPT | {"isso"}
    assert "role=dialog" in browser.get().text  # the rest is still to be asked


@pytest.mark.promise("P6")
def test_customise(browser: Browser, site: Site, recorder: Recorder) -> None:
    fields: dict[str, str | list[str]] = {
        "purpose.social": "some",
        "service.social": ["plaza"],
        "purpose.advertising": "accept",
        "purpose.audience": "refuse",
    }
    choose(browser, "save", **fields)
    # Adline advertises and builds profiles: it needs both, and profiles were refused.
    assert permitted(browser, site) == {"session", "plaza", "tags"}
    assert recorder.records[-1].way is Way.CUSTOMISE


@pytest.mark.promise("P8")
@pytest.mark.law("CNIL-18")
@pytest.mark.law("NOJS-1")
def test_withdraw(browser: Browser, site: Site, recorder: Recorder) -> None:
    choose(browser, "accept")
    browser.cookies |= {"_plaza": "1", "isso-12": "x", "session": "s", "read-count": "3"}
    answer = choose(browser, "refuse")
    assert permitted(browser, site) == EXEMPT
    consent, withdrawal = recorder.records
    assert (withdrawal.way, withdrawal.previous) == (Way.WITHDRAWAL, consent.id)
    assert withdrawal.granted == ()
    # What refused services left is expired at once; the login and the exempt counter stay.
    expired = {line.partition("=")[0] for line in answer.all("set-cookie")} - {COOKIE}
    assert expired == {"_plaza", "isso-12"}
    assert set(browser.cookies) == {COOKIE, "session", "read-count"}
    assert browser.cookies[COOKIE].startswith("1w.")


@pytest.mark.law("CNIL-11")
def test_a_form_of_another_declaration_grants_nothing_and_refuses_all(
    browser: Browser, site: Site, recorder: Recorder
) -> None:
    answer = browser.post_form({"do": "accept", "shown": "otherone", "back": "/page"})
    assert answer.status == 303
    assert answer.all("set-cookie") == []
    assert browser.post_form({"do": "refuse", "shown": "otherone"}).status == 303
    assert permitted(browser, site) == EXEMPT
    assert recorder.records == []


class TestLaw5:
    """No consent without proof: the ledger cannot write."""

    def test_a_grant_does_not_hold_and_the_reader_is_told(
        self, browser: Browser, site: Site, recorder: Recorder
    ) -> None:
        recorder.is_broken = True
        answer = choose(browser, "accept")
        assert answer.status == 503
        assert answer.all("set-cookie") == []
        assert "could not be recorded" in answer.text
        assert permitted(browser, site) == EXEMPT

    def test_a_store_that_breaks_its_word_counts_as_one_that_fails(
        self,
        browser: Browser,
        recorder: Recorder,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        async def breaks(record: object) -> None:
            raise OSError(f"could not write {record}")

        monkeypatch.setattr(recorder, "append_async", breaks)
        answer = choose(browser, "accept")
        assert (answer.status, answer.all("set-cookie")) == (503, [])
        assert "ConsentRecord" not in caplog.text

    def test_a_disk_that_hangs_counts_as_one_that_fails(
        self,
        browser: Browser,
        recorder: Recorder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async def hangs(_record: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr("daccord.web.asgi.RECORD_SECONDS", 0.01)
        monkeypatch.setattr(recorder, "append_async", hangs)
        answer = choose(browser, "accept")
        assert (answer.status, answer.all("set-cookie")) == (503, [])

    def test_a_refusal_holds(self, browser: Browser, recorder: Recorder) -> None:
        recorder.is_broken = True
        assert choose(browser, "refuse").status == 303
        assert browser.cookies[COOKIE].split(".")[2] == ""

    def test_a_withdrawal_holds(self, browser: Browser, site: Site, recorder: Recorder) -> None:
        choose(browser, "accept")
        recorder.is_broken = True
        assert choose(browser, "refuse").status == 303
        assert permitted(browser, site) == EXEMPT

    def test_of_a_mixed_choice_the_refusals_hold(
        self, browser: Browser, site: Site, recorder: Recorder
    ) -> None:
        choose(browser, "grant.isso")
        recorder.is_broken = True
        answer = choose(
            browser,
            "save",
            **{"purpose.social": "refuse", "purpose.advertising": "accept"},
        )
        assert answer.status == 503
        assert permitted(browser, site) == EXEMPT


@pytest.mark.law("GPC-5")
def test_a_signal_refuses_and_an_explicit_grant_wins(browser: Browser, site: Site) -> None:
    signal = [(b"sec-gpc", b"1")]
    page = browser.get(extra=signal)
    assert "role=dialog" not in page.text
    assert page.all("set-cookie") == []
    shown = page.form_value("shown")
    browser.post_form({"do": "grant.isso", "shown": shown}, extra=signal)
    browser.get(extra=signal)
    view = site.seen[-1]["daccord"]
    assert view.permits(ServiceId("isso"))
    assert not view.permits(ServiceId("plaza"))
    # Without the signal the rest was never asked: the signal's refusal was not kept as an answer.
    assert "role=dialog" in browser.get().text


@pytest.mark.law("REC-2")
def test_a_site_reached_by_its_address_is_recorded_without_it(
    browser: Browser, recorder: Recorder
) -> None:
    browser.host = b"127.0.0.1:8000"
    assert choose(browser, "accept").status == 303
    assert recorder.records[0].site == "unnamed.invalid"


@pytest.mark.law("REC-2")
def test_no_canary_of_the_request_reaches_the_record(browser: Browser, recorder: Recorder) -> None:
    shown = browser.get().form_value("shown")
    canaries = [
        (b"user-agent", b"canary-agent"),
        (b"referer", b"https://site.example/canary-path?canary-query"),
        (b"x-forwarded-for", b"203.0.113.77"),
        (b"authorization", b"Bearer canary-token"),
    ]
    browser.cookies["session"] = "canary-session"
    browser.post_form(
        {"do": "accept", "shown": shown, "back": "/canary-back?canary#canary"}, extra=canaries
    )
    [record] = recorder.records
    assert "canary" not in repr(record)
    assert "203.0.113" not in repr(record)


@pytest.mark.law("CNIL-25")
def test_a_refusal_is_counted_when_something_is_refused(
    browser: Browser, recorder: Recorder
) -> None:
    for do, counted in [("refuse.counter", 1), ("grant.counter", 1), ("refuse", 2), ("refuse", 2)]:
        choose(browser, do)
        assert (recorder.refusals, recorder.records) == (counted, [])


@pytest.mark.law("CNIL-19")
def test_no_page_of_the_site_is_lost_by_refusing(browser: Browser, site: Site) -> None:
    """The app is asked the same and answers the same, whatever the reader chose."""
    asked = []
    for do in ("accept", "refuse"):
        choose(browser, do)
        answer = browser.get("/account?tab=mail")
        seen = site.seen[-1]
        asked.append((seen["path"], seen["query_string"], seen["method"], answer.status))
        assert b"<p>Hello.</body>" in answer.body
    assert asked[0] == asked[1]
