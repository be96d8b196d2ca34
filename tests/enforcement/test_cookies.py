"""Cookies pass by what is declared and permitted, whatever the bytes."""

from __future__ import annotations

import re
from time import perf_counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daccord.declaration.model import Declaration, Mode, ServiceId
from daccord.declaration.names import matches
from daccord.enforcement.cookies import (
    OWN_NAMES,
    CookieTable,
    Verdict,
    cookie_names,
    cookie_table,
    declared_cookies,
    set_cookie_name,
)
from tests.enforcement.making import NAMES, cookie, declared, declaring

if TYPE_CHECKING:
    from collections.abc import Iterable

Drawn = tuple[Declaration, frozenset[ServiceId]]

FRAGMENTS = (
    *(name.encode() for name in (*NAMES, "daccord", "__Host-daccord", "other", "_ga_XY", "sad")),
    *(b"=", b"=", b"=1", b";", b"; ", b" ", b"\t", b"\xa0", b"\x85", b"\x0b", b"\x1c", b","),
    *(b"\r\n", b"\n", b"\0", b'"', b"Path=/", b"Max-Age=9", b"\xff", b"%20"),
)
FIELDS = st.lists(st.sampled_from(FRAGMENTS), max_size=10).map(b"".join) | st.binary(max_size=40)
ANY = tuple(Mode)
BLANK = b"\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0"
EVERYTHING = settings(max_examples=300, deadline=None)


def glob(pattern: str, name: str) -> bool:
    """A second reading of patterns: pieces in order, one after the other."""
    return re.fullmatch("(?s)" + ".*".join(map(re.escape, pattern.split("*"))), name) is not None


def expected(drawn: Drawn, name: str) -> Verdict:
    """The verdict straight from the declaration."""
    if name in {"daccord", "__Host-daccord"}:
        return Verdict.OWN
    declaration, permitted = drawn
    answers = {
        service.id in permitted
        for service in declaration.services
        for one in service.cookies
        if one.first_party and glob(one.name, name)
    }
    if not answers:
        return Verdict.UNDECLARED
    return Verdict.PERMITTED if True in answers else Verdict.REFUSED


def may_pass(drawn: Drawn, name: str) -> bool:
    passing = {Verdict.PERMITTED}
    if drawn[0].site.mode is Mode.OBSERVE:
        passing.add(Verdict.UNDECLARED)
    return expected(drawn, name) in passing


def readings(pair: bytes) -> Iterable[str]:
    """The names that browsers and frameworks may read in one pair."""
    name, equals, _ = pair.decode("latin-1").partition("=")
    return {name.strip(), name.strip(" \t")} if equals else {""}


@EVERYTHING
@given(declared(modes=ANY), st.sampled_from(NAMES) | st.text(max_size=8))
def test_the_verdict_is_what_the_declaration_says(drawn: Drawn, name: str) -> None:
    raw = name.encode("utf-8", "replace")
    assert cookie_table(*drawn).verdict(raw) is expected(drawn, raw.decode())


@EVERYTHING
@given(declared(modes=ANY), FIELDS)
def test_no_set_cookie_passes_under_a_refused_or_undeclared_name(drawn: Drawn, raw: bytes) -> None:
    if cookie_table(*drawn).passes_set_cookie(raw):
        assert not set(raw) & set(b"\0\r\n")
        for name in readings(raw.partition(b";")[0]):
            assert may_pass(drawn, name)


@EVERYTHING
@given(declared(modes=ANY), FIELDS)
def test_no_cookie_reaches_the_app_under_a_refused_or_undeclared_name(
    drawn: Drawn, raw: bytes
) -> None:
    kept = cookie_table(*drawn).filter_cookie(raw)
    for pair in kept.split(b";"):
        if pair.strip(BLANK):
            for name in readings(pair):
                assert may_pass(drawn, name)


@EVERYTHING
@given(declared(modes=ANY), FIELDS)
def test_the_cookie_field_is_cut_and_never_rewritten(drawn: Drawn, raw: bytes) -> None:
    table = cookie_table(*drawn)
    kept = table.filter_cookie(raw)
    pairs = [pair.strip(BLANK) for pair in raw.split(b";")]
    assert all(pair.strip(BLANK) in {*pairs, b""} for pair in kept.split(b";"))
    assert table.filter_cookie(kept) == kept
    if all(
        may_pass(drawn, name)
        for pair in raw.split(b";")
        if pair.strip(BLANK)
        for name in readings(pair)
    ):
        assert kept is raw


def table(
    *, permitted: bool, mode: Mode = Mode.ENFORCE, names: Iterable[str] = ("_ga", "_ga_*", "a*b*c")
) -> CookieTable:
    declaration = declaring([("stats", [], [cookie(name) for name in names])], mode=mode)
    return cookie_table(declaration, frozenset({ServiceId("stats")} if permitted else ()))


@pytest.mark.promise("P3")
@pytest.mark.parametrize(
    ("field", "kept"),
    [
        (b"_ga=1", b""),
        (b"_ga=1; _ga_X=2", b""),
        (b"daccord=1.2; _ga=1; __Host-daccord=x", b""),
        (b"", b""),
        (b";;", b";;"),
        (b"nameless", b""),
    ],
)
def test_a_refused_reader_shows_the_app_nothing(field: bytes, kept: bytes) -> None:
    assert table(permitted=False).filter_cookie(field) == kept


def test_what_is_permitted_keeps_its_bytes_and_its_order() -> None:
    permitting = table(permitted=True)
    field = b' _ga = "1; _ga_\xff=\xfe ;;_ga_Z'
    assert permitting.filter_cookie(b"_ga=1;_ga_X=2") == b"_ga=1;_ga_X=2"
    assert permitting.filter_cookie(field) == b'_ga = "1; _ga_\xff=\xfe'
    assert permitting.filter_cookie(b"_ga=1; other=2;_ga_X= 3") == b"_ga=1; _ga_X= 3"


def test_observe_mode_lets_the_undeclared_pass_and_nothing_refused_or_ours() -> None:
    observing = table(permitted=False, mode=Mode.OBSERVE)
    field = b"other=1; _ga=2; x; \xa0_ga=3; daccord=1; \x85__Host-daccord=2"
    assert observing.filter_cookie(field) == b"other=1; x"
    assert observing.passes_set_cookie(b"other=1; Path=/")
    assert not observing.passes_set_cookie(b"_ga=1")
    assert not observing.passes_set_cookie(b"daccord=1")


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        (b"abc", Verdict.PERMITTED),
        (b"a-b-bc-c", Verdict.PERMITTED),
        (b"a-b-c-", Verdict.UNDECLARED),
        (b"-a-b-c", Verdict.UNDECLARED),
        (b"acb", Verdict.UNDECLARED),
        (b"_ga_", Verdict.PERMITTED),
        (b"_gab", Verdict.UNDECLARED),
        (b"_GA", Verdict.UNDECLARED),
    ],
)
def test_a_pattern_speaks_of_the_whole_name(name: bytes, verdict: Verdict) -> None:
    assert table(permitted=True).verdict(name) is verdict


def test_a_disguised_name_passes_in_no_mode() -> None:
    permitting = table(permitted=True)
    assert permitting.passes_set_cookie(b" _ga\t= 1")
    assert not permitting.passes_set_cookie(b"\xa0_ga=1")
    assert not permitting.passes_set_cookie(b"=_ga=1")
    assert not permitting.passes_set_cookie(b"_ga=1; Path=/\r\nSet-Cookie: evil=1")


def test_third_party_cookies_of_a_declaration_say_nothing_of_our_own() -> None:
    declaration = declaring([("stats", ["stats.example"], [cookie("sid", first_party=False)])])
    permitting = cookie_table(declaration, frozenset({ServiceId("stats")}))
    assert permitting.verdict(b"sid") is Verdict.UNDECLARED


def test_one_permitted_service_is_enough_for_a_name_of_two() -> None:
    declaration = declaring([("one", [], [cookie("sid")]), ("two", [], [cookie("s*")])])
    for permitted in ("one", "two"):
        assert cookie_table(declaration, frozenset({ServiceId(permitted)})).passes(b"sid")
    assert cookie_table(declaration, frozenset()).verdict(b"sid") is Verdict.REFUSED


def test_names() -> None:
    assert set_cookie_name(b" sid = 1; Path=/") == b"sid"
    assert set_cookie_name(b"sid") == b""
    assert cookie_names([b"a=1; b=2;;c", b"a=3; =4; d =5"]) == (b"a", b"b", b"d")
    assert {b"daccord", b"__Host-daccord"} == OWN_NAMES
    declaration = declaring([("one", [], [cookie("a*"), cookie("b", first_party=False)])])
    assert [one.name for one in declared_cookies(declaration, b"ab")] == ["a*"]
    assert declared_cookies(declaration, b"b") == ()


@EVERYTHING
@given(st.text("ab*", min_size=1, max_size=8), st.text("ab\n", min_size=1, max_size=8))
def test_patterns_mean_the_same_in_a_declaration_and_in_a_policy(pattern: str, name: str) -> None:
    site = declaring([("one", [], [cookie(pattern)])])
    verdict = cookie_table(site, frozenset({ServiceId("one")})).verdict(name.encode())
    assert (verdict is Verdict.PERMITTED) is matches(pattern, name) is glob(pattern, name)


def test_patterns_take_linear_time() -> None:
    refusing = table(permitted=False, names=["a*a*a*a*a*a*a*a*b"])
    started = perf_counter()
    assert refusing.verdict(b"a" * 8_000) is Verdict.UNDECLARED
    assert perf_counter() - started < 1
