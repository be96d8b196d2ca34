"""Refused cookies are expired under every place they may have, within bounds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daccord.enforcement.cookies import cookie_table
from daccord.enforcement.expiry import (
    MAXIMUM_BYTES,
    MAXIMUM_LINES,
    expiries,
    hidden_names,
    refused_names,
)
from tests.enforcement.making import cookie, declaring

DECLARATION = declaring(
    [
        (
            "stats",
            [],
            [
                cookie("_ga"),
                cookie("_ga_*"),
                cookie("deep", path="/blog", domain=".news.example"),
                cookie("__Host-t"),
                cookie("__Secure-t"),
            ],
        ),
        ("login", [], [cookie("sid")]),
    ]
)
TABLE = cookie_table(DECLARATION, frozenset({DECLARATION.services[1].id}))

LINE = re.compile(
    rb"[^\x00-\x20\x7f=;][^\x00-\x1f\x7f=;]*=; Max-Age=0; Path=/[!-:<-~]*"
    rb"(; Domain=[a-z0-9_.-]+)?(; Secure)?(; Partitioned)?"
)


@pytest.mark.law("WD-1")
@pytest.mark.law("CNIL-18")
def test_every_place_a_cookie_may_have() -> None:
    assert expiries(
        DECLARATION, [b"_ga"], scheme="http", host="www.news.example", path="/a/b?c"
    ) == tuple(
        f"_ga=; Max-Age=0; Path={path}{domain}".encode()
        for path in ("/", "/a", "/a/b")
        for domain in ("", "; Domain=www.news.example", "; Domain=news.example")
    )


def test_the_declared_place_comes_first() -> None:
    lines = expiries(DECLARATION, [b"deep"], scheme="https", host="news.example", path="/")
    assert lines == (
        b"deep=; Max-Age=0; Path=/blog; Domain=news.example; Secure",
        b"deep=; Max-Age=0; Path=/blog; Secure",
        b"deep=; Max-Age=0; Path=/; Domain=news.example; Secure",
        b"deep=; Max-Age=0; Path=/; Secure",
        b"deep=; Max-Age=0; Path=/; Secure; Partitioned",
    )


def test_prefixed_names_keep_the_rules_of_their_prefix() -> None:
    assert expiries(DECLARATION, [b"__Host-t"], scheme="http", host="n.example", path="/a") == (
        b"__Host-t=; Max-Age=0; Path=/; Secure",
    )
    lines = expiries(DECLARATION, [b"__Secure-t"], scheme="http", host="n.example", path="/")
    assert lines
    assert all(line.endswith(b"; Secure") for line in lines)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "", "a b.example", "x;y.z"])
def test_hosts_without_a_domain_to_set(host: str) -> None:
    assert expiries(DECLARATION, [b"_ga"], scheme="http", host=host, path="/") == (
        b"_ga=; Max-Age=0; Path=/",
    )


def test_names_come_from_the_request_and_are_refused_ones() -> None:
    fields = [b"_ga=1; sid=2; other=3; _ga_X=4", b"_ga=5; daccord=1"]
    assert refused_names(TABLE, fields) == (b"_ga", b"_ga_X")
    assert hidden_names(DECLARATION, TABLE) == (b"deep",)


def test_the_likeliest_line_of_every_name_comes_before_the_second_of_any() -> None:
    names = [f"_ga_{index}".encode() for index in range(10)]
    lines = expiries(DECLARATION, names, scheme="https", host="a.b.c.example", path="/x/y/z")
    assert [line.partition(b"=")[0] for line in lines[:10]] == names


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.binary(max_size=30) | st.from_regex(rb"\A_ga_[A-Z]{1,300}\Z"), max_size=30),
    st.sampled_from(("http", "https")),
    st.text(max_size=20) | st.from_regex(r"\A([a-z]{1,5}\.){1,40}example\Z"),
    st.text(max_size=20) | st.from_regex(r"\A(/[a-z]{0,5}){1,40}\Z"),
)
def test_whatever_arrives_lines_are_well_formed_and_few(
    names: list[bytes], scheme: str, host: str, path: str
) -> None:
    lines = expiries(DECLARATION, names, scheme=scheme, host=host, path=path)
    assert len(lines) <= MAXIMUM_LINES
    assert sum(map(len, lines)) <= MAXIMUM_BYTES
    assert len(set(lines)) == len(lines)
    for line in lines:
        assert LINE.fullmatch(line), line
