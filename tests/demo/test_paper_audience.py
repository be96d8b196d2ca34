"""The paper's own counter, held to what exempt audience measurement asks (CNIL-24 to 26)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.demo.paper import paper
from daccord.demo.paper.audience.book import MAX_REFERRERS, AudienceBook, Line
from daccord.demo.paper.audience.measure import (
    COOKIE_SECONDS,
    KEPT,
    Hit,
    Kind,
    measure,
    referrer_host,
    rounded,
    town_of,
    truncate_address,
)
from daccord.demo.paper.visits import today
from tests.demo.paper_reader import ORIGINS, SITE, reading

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

DAY = date(2026, 11, 21)
ADDRESS = "203.0.113.57"
REFERRER = "https://search.example/find?q=la-gourmande&reader=odile"
LONGEST_SECONDS = 34_128_000  # CNIL-25, as in LAW.md


class Choice:
    """Stands for daccord's view of a reader who objects, or does not."""

    def __init__(self, app: ASGIApp, *, permits: bool) -> None:
        self.app = app
        self.answer = permits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["daccord"] = self
        await self.app(scope, receive, send)

    def permits(self, service: str) -> bool:
        assert service == "audience"
        return self.answer

    def policy_link(self, **_: Any) -> str:
        return ""


def everything_stored(folder: Path) -> str:
    """Every byte of the counter's folder, as text."""
    return "".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*.sqlite*"))


# ── CNIL-24: this publisher only, anonymous, not crossed ───────────────────────────────────


@pytest.mark.law("CNIL-24")
@pytest.mark.promise("P11")
async def test_the_cookie_identifies_nobody(tmp_path: Path) -> None:
    """Everybody who comes in the same month gets the same value."""
    values = set()
    for address in ("192.0.2.7", "198.51.100.9", "2001:db8::1"):
        async with reading(tmp_path, address=address) as client:
            await client.get("/fr/")
            values.add(client.cookies["audience"])
    assert values == {f"{today():%Y-%m}"}


@pytest.mark.law("CNIL-24")
def test_what_is_counted_is_never_crossed(tmp_path: Path) -> None:
    """A page's count does not say which town or site its readers came from."""
    book = AudienceBook(tmp_path / "audience.sqlite")
    book.count(
        measure(day=DAY, page="bog", address=ADDRESS, referrer=REFERRER, own_host="x", cookie="")
    )
    book.write(DAY)
    with closing(sqlite3.connect(tmp_path / "audience.sqlite")) as database:
        rows = database.execute("SELECT kind, name, count FROM counts ORDER BY kind").fetchall()
    assert rows == [
        ("first-visit", "", 1),
        ("page", "bog", 1),
        ("referrer", "search.example", 1),
        ("town", "Saint-Oudre", 1),
    ]


@pytest.mark.law("CNIL-24")
async def test_the_counter_knows_nothing_of_subscribers(tmp_path: Path) -> None:
    app = paper(origins=ORIGINS, data=tmp_path)
    async with reading(tmp_path, app) as client:
        await client.post("/fr/session", data={"do": "open", "name": "Odilexyz"})
        await client.get("/fr/")
        await client.get("/fr/audience")
        key = client.cookies["session"]
    stored = everything_stored(tmp_path)
    assert "front" in stored
    assert "Odilexyz" not in stored
    assert key not in stored


# ── CNIL-25: 13 months, not renewed; 25 months; opt-out ────────────────────────────────────


@pytest.mark.law("CNIL-25")
@pytest.mark.promise("P11")
async def test_the_cookie_lives_thirteen_months_at_most(tmp_path: Path) -> None:
    async with reading(tmp_path) as client:
        answer = await client.get("/fr/")
    cookie = SimpleCookie(answer.headers["set-cookie"])["audience"]
    assert int(cookie["max-age"]) == COOKIE_SECONDS <= LONGEST_SECONDS
    assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "lax")


@pytest.mark.law("CNIL-25")
async def test_a_second_visit_does_not_renew_the_cookie(tmp_path: Path) -> None:
    async with reading(tmp_path) as client:
        await client.get("/fr/")
        for path in ("/fr/", "/en/the-bog-drinks-again"):
            assert "set-cookie" not in (await client.get(path)).headers


@pytest.mark.law("CNIL-25")
def test_counts_are_forgotten_after_twenty_five_months(tmp_path: Path) -> None:
    book = AudienceBook(tmp_path / "audience.sqlite")
    for _ in range(10):
        book.count(Hit(day=DAY, page="bog", referrer=None, town=None, first_visit=False))
    assert timedelta(days=25 * 30.4375) >= KEPT
    assert book.statistics(DAY + KEPT)[Kind.PAGE] == (Line(name="bog", count=10),)
    assert book.statistics(DAY + KEPT + timedelta(days=1))[Kind.PAGE] == ()
    assert "bog" not in everything_stored(tmp_path)


@pytest.mark.law("CNIL-25")
@pytest.mark.promise("P11")
async def test_a_reader_who_objects_is_not_counted(tmp_path: Path) -> None:
    for permits, expected in ((False, False), (True, True)):
        folder = tmp_path / str(permits)
        app = Choice(paper(origins=ORIGINS, data=folder), permits=permits)
        async with reading(folder, app) as client:
            answer = await client.get("/fr/")
            page = (await client.get("/fr/audience")).text
        assert ("set-cookie" in answer.headers) == expected
        assert ("sont comptées" in page) == expected
        assert ("front" in everything_stored(folder)) == expected


@pytest.mark.law("CNIL-25")
async def test_a_page_not_read_is_not_counted(tmp_path: Path) -> None:
    async with reading(tmp_path) as client:
        await client.head("/fr/")
        await client.get("/fr/", headers={"Sec-Purpose": "prefetch;prerender"})
        await client.get("/fr/audience")
        assert "audience" not in client.cookies
    assert "front" not in everything_stored(tmp_path)


# ── CNIL-26: address cut, referrer's host, tens, few events ────────────────────────────────


@pytest.mark.law("CNIL-26")
@pytest.mark.parametrize(
    ("address", "cut", "town"),
    [
        ("203.0.113.57", "203.0.113.0/24", "Saint-Oudre"),
        ("192.0.2.255", "192.0.2.0/24", "Port-Ménoy"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8::/48", "Vasevert"),
        ("8.8.8.8", "8.8.8.0/24", None),
        ("", "None", None),
        ("testclient", "None", None),
        ("203.0.113.57.9", "None", None),
    ],
)
def test_an_address_is_cut_and_becomes_a_town_at_most(
    address: str, cut: str, town: str | None
) -> None:
    network = truncate_address(address)
    assert str(network) == cut
    assert town_of(network) == town


@pytest.mark.law("CNIL-26")
@given(st.ip_addresses())
def test_no_address_survives_whole(address: Any) -> None:
    """At least 256 addresses become the same one."""
    network = truncate_address(str(address))
    assert network is not None
    assert network.num_addresses >= 256


@pytest.mark.law("CNIL-26")
@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        (REFERRER, "search.example"),
        ("https://Search.EXAMPLE:8443/a/b?c#d", "search.example"),
        ("https://odile:secret@search.example/", "search.example"),
        (f"{SITE}/fr/", None),
        ("", None),
        ("not a url", None),
        ("https://[::bad/", None),
        ("https://" + "a" * 90 + ".example/", None),
        ("https://<script>.example/", None),
        ("android-app://some.app/", "some.app"),
    ],
)
def test_a_referrer_becomes_a_host(referrer: str, expected: str | None) -> None:
    assert referrer_host(referrer, own_host="paper.localhost") == expected


@pytest.mark.law("CNIL-26")
@given(st.text())
def test_any_referrer_is_a_bare_host_or_nothing(referrer: str) -> None:
    host = referrer_host(referrer, own_host="paper.localhost")
    assert host is None or (len(host) <= 80 and not set(host) & set("/?#@: <>&"))


@pytest.mark.law("CNIL-26")
@given(st.integers(min_value=0, max_value=10**9))
def test_what_is_shown_is_rounded_to_tens(count: int) -> None:
    shown = rounded(count)
    assert shown % 10 == 0
    assert 0 <= count - shown < 10


@pytest.mark.law("CNIL-26")
def test_there_are_two_kinds_of_event() -> None:
    """A page seen and a first visit; the other two kinds say where a view came from."""
    assert {kind.value for kind in Kind} == {"page", "first-visit", "referrer", "town"}


@pytest.mark.law("CNIL-26")
async def test_nothing_of_a_reader_is_stored(tmp_path: Path) -> None:
    """Canary values of address, browser, referrer and path are nowhere in the folder."""
    headers = {"Referer": REFERRER, "User-Agent": "Canary/7.7 (odile)"}
    async with reading(tmp_path, address=ADDRESS) as client:
        await client.get("/fr/la-gourmande-rallumee?reader=odile", headers=headers)
        page = (await client.get("/fr/audience")).text
    stored = everything_stored(tmp_path)
    assert "search.example" in stored
    for canary in (ADDRESS, "203.0.113", "odile", "Canary", "find", "gourmande"):
        assert canary not in stored
    assert "moins de 10" in page


@pytest.mark.law("CNIL-26")
async def test_the_page_shows_tens(tmp_path: Path) -> None:
    async with reading(tmp_path) as client:
        for _ in range(27):
            await client.get("/en/")
        page = (await client.get("/en/audience")).text
    assert "<td>20</td>" in page
    assert "27" not in page


def test_invented_referrers_do_not_fill_the_memory(tmp_path: Path) -> None:
    book = AudienceBook(tmp_path / "audience.sqlite")
    for n in range(MAX_REFERRERS + 50):
        book.count(Hit(day=DAY, page="p", referrer=f"h{n}.example", town=None, first_visit=False))
    assert len(book.statistics(DAY)[Kind.REFERRER]) == MAX_REFERRERS
