"""Content-Security-Policy as a value: what comes in goes out, and amending never weakens."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from daccord.enforcement.csp import (
    SourcePolicy,
    amend_site_policy,
    parse_policies,
    parse_policy,
    without_reports,
)
from tests.enforcement import oracle

PAGE = "https://paper.example/article"
CHOICE = "https://paper.example/_daccord/choice"
STYLE = "sha256-c3R5bGVzdHlsZXN0eWxlc3R5bGVzdHlsZXN0eWxlc3Q="
SCRIPT = "sha256-c2NyaXB0c2NyaXB0c2NyaXB0c2NyaXB0c2NyaXB0c2M="
FOREIGN = "sha256-Zm9yZWlnbmZvcmVpZ25mb3JlaWduZm9yZWlnbmZvcmU="

URLS = (
    PAGE,
    CHOICE,
    "https://paper.example/_daccord/choice/more",
    "http://paper.example/x",
    "wss://paper.example/socket",
    "https://cdn.example/a.js",
    "https://cdn.example:8443/a.js",
    "https://sub.cdn.example/b/",
    "https://evil.example/",
    "data:text/plain,x",
    "blob:https://paper.example/1",
)
SOURCES = (
    "'none'",
    "'NONE'",
    "'self'",
    "'Self'",
    "*",
    "https:",
    "data:",
    "blob:",
    "'unsafe-inline'",
    "'Unsafe-Inline'",
    "'unsafe-hashes'",
    "'strict-dynamic'",
    "'nonce-abc'",
    "'nonce-'",
    f"'{FOREIGN}'",
    f"'{STYLE}'",
    "cdn.example",
    "CDN.example:*",
    "*.cdn.example",
    "https://cdn.example/b/",
    CHOICE,
    "junk!",
    "\xe9",
)
NAMES = tuple(dict.fromkeys(name for chain in oracle.CHAINS.values() for name in chain))
SPACES = st.sampled_from((" ", "  ", "\t", "\f", ""))


@st.composite
def directives(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from((*NAMES, "Script-Src", "STYLE-SRC", "sandbox", "report-uri", "")))
    values = draw(st.lists(st.sampled_from(SOURCES), max_size=4))
    return draw(SPACES) + draw(st.sampled_from((" ", "  ", "\t"))).join((name, *values))


LINES = st.lists(
    st.lists(st.lists(directives(), max_size=5).map(";".join), min_size=1, max_size=2).map(
        lambda texts: ",".join(texts).encode("latin-1")
    ),
    max_size=3,
)


def amended(lines: list[bytes]) -> tuple[bytes, ...]:
    return amend_site_policy(lines, style_hashes=[STYLE], script_hashes=[SCRIPT], choice_url=CHOICE)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_with_one_spelling(raw: bytes) -> None:
    for policy in parse_policies([raw]):
        assert parse_policy(str(policy)) == policy
        assert str(parse_policy(str(policy))) == str(policy)


@given(LINES)
def test_parsing_agrees_with_the_second_reading(lines: list[bytes]) -> None:
    ours = [{each.name: list(each.values) for each in p.directives} for p in parse_policies(lines)]
    assert ours == oracle.policies(lines)


@settings(max_examples=60, deadline=None)
@given(LINES)
@example([b"default-src 'none'"])
@example([b"style-src 'unsafe-inline' 'strict-dynamic'"])
@example([b"script-src 'unsafe-inline' 'strict-dynamic'; form-action 'none'"])
@example([b"script-src-elem 'none'; script-src 'unsafe-inline'"])
def test_amending_allows_nothing_but_our_hashes_and_our_form(lines: list[bytes]) -> None:
    after = amended(lines)
    for kind in oracle.CHAINS:
        for url in URLS:
            before = oracle.allows(lines, kind, url, PAGE)
            if kind == "form" and url == CHOICE:
                assert oracle.allows(after, kind, url, PAGE)
            else:
                assert oracle.allows(after, kind, url, PAGE) == before
    for kind in ("script-elem", "script-attr", "style-elem", "style-attr"):
        for nonce in (None, "abc", "xyz"):
            before = oracle.allows_inline(lines, kind, digest=FOREIGN, nonce=nonce)
            assert oracle.allows_inline(after, kind, digest=FOREIGN, nonce=nonce) == before
            before = oracle.allows_inline(lines, kind, nonce=nonce)
            assert oracle.allows_inline(after, kind, nonce=nonce) == before


@given(LINES)
def test_our_inline_style_and_script_and_form_are_allowed_after_amending(
    lines: list[bytes],
) -> None:
    after = amended(lines)
    assert oracle.allows_inline(after, "style-elem", digest=STYLE)
    assert oracle.allows_inline(after, "script-elem", digest=SCRIPT)
    assert oracle.allows(after, "form", CHOICE, PAGE)
    assert amended(list(after)) == after


@given(LINES)
def test_without_anything_to_add_every_byte_stays(lines: list[bytes]) -> None:
    kept = amend_site_policy(lines, style_hashes=[], script_hashes=[], choice_url="'self'")
    assert [line for line in kept if b"form-action" not in line.lower()] == [
        line for line in lines if b"form-action" not in line.lower()
    ]


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        (b"img-src 'self'", b"img-src 'self'"),
        (b"style-src 'unsafe-inline'; script-src 'self' ;", None),
        (b"default-src 'self'; img-src *", None),
        (b"form-action 'none'", b"form-action https://paper.example/_daccord/choice"),
        (b"form-action 'SELF'", b"form-action 'SELF'"),
    ],
)
def test_what_is_amended_and_what_is_left(site: bytes, expected: bytes | None) -> None:
    (after,) = amended([site])
    if expected is None:
        assert after != site
        assert after.startswith(site.partition(b";")[0])
    else:
        assert after == expected


def test_an_unsafe_inline_in_force_is_never_switched_off_by_a_hash() -> None:
    site = b"style-src 'unsafe-inline'; script-src 'unsafe-inline' https:"
    assert amended([site]) == (site,)


@pytest.mark.parametrize(
    "host", ["x; script-src *", "x, default-src *", "x\r\nA: b", "x *", "", "\xe9"]
)
def test_a_host_field_that_is_no_address_adds_nothing(host: str) -> None:
    line = b"form-action 'none'"
    url = f"https://{host}/_daccord/choice"
    assert amend_site_policy([line], style_hashes=[], script_hashes=[], choice_url=url) == (line,)


def test_default_src_is_copied_not_widened() -> None:
    assert amended([b"default-src 'none'; img-src 'self'"]) == (
        f"default-src 'none'; img-src 'self'; style-src '{STYLE}'; script-src '{SCRIPT}'".encode(),
    )


def test_reports_to_a_third_party_are_taken_out_of_a_policy() -> None:
    field = (
        b"default-src 'self'; report-uri https://col.example/r /own ; img-src *, script-src 'self'"
    )
    assert without_reports(field, lambda url: url.startswith("/")) == (
        b"default-src 'self'; report-uri /own; img-src *, script-src 'self'"
    )
    assert without_reports(field, lambda _: True) is not None
    assert without_reports(b"img-src *; report-uri /own", lambda _: True) == (
        b"img-src *; report-uri /own"
    )


def test_in_force_follows_the_fallbacks() -> None:
    policy = parse_policy("default-src a; child-src b; script-src c")
    assert str(policy.in_force("frame-src")) == "child-src b"
    assert str(policy.in_force("worker-src")) == "child-src b"
    assert str(policy.in_force("script-src-elem")) == "script-src c"
    assert str(policy.in_force("img-src")) == "default-src a"
    assert policy.in_force("form-action") is None
    assert SourcePolicy(directives=()).in_force("img-src") is None
