"""A report of the browser leaves a directive and a host, and nothing of the reader (law 7)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.enforcement.report import (
    MAXIMUM_REPORT_BYTES,
    MAXIMUM_VIOLATIONS,
    Violation,
    parse_report,
)

OLD: dict[str, Any] = {
    "csp-report": {
        "document-uri": "http://paper.localhost:8100/article?reader=42",
        "referrer": "http://elsewhere.example/secret",
        "violated-directive": "img-src",
        "effective-directive": "img-src",
        "blocked-uri": "http://third.localhost:3000/pixel?reader=42",
        "script-sample": "reader=42",
    }
}
NEW: dict[str, Any] = {
    "type": "csp-violation",
    "url": "https://paper.example/article?reader=42",
    "user_agent": "reader=42",
    "body": {"effectiveDirective": "script-src-elem", "blockedURL": "https://Ads.example/a?b"},
}


def parse(report: Any) -> tuple[Violation, ...]:
    return parse_report(json.dumps(report).encode())


def test_both_kinds_of_report() -> None:
    assert parse(OLD) == (Violation(directive="img-src", host="third.localhost:3000"),)
    assert parse([NEW, NEW, {"type": "deprecation", "body": {}}]) == (
        Violation(directive="script-src-elem", host="ads.example"),
    )


def test_an_old_browser_names_the_whole_directive() -> None:
    report = {"csp-report": {"violated-directive": "img-src 'self'", "blocked-uri": "https://a.b"}}
    assert parse(report) == (Violation(directive="img-src", host="a.b"),)


@pytest.mark.parametrize("blocked", ["inline", "eval", "data", "blob:x", "", 7, None, "//a", "a b"])
def test_what_has_no_host_leaves_nothing(blocked: object) -> None:
    assert parse({"csp-report": {**OLD["csp-report"], "blocked-uri": blocked}}) == ()


@pytest.mark.parametrize("directive", ["reader-42", "", 7, None, [], "img-src\n"])
def test_a_directive_that_is_none_leaves_nothing(directive: object) -> None:
    assert parse({"csp-report": {**OLD["csp-report"], "effective-directive": directive}}) == ()


def test_reports_are_bounded() -> None:
    many = [
        {"type": "csp-violation", "body": {**NEW["body"], "blockedURL": f"https://h{n}.example"}}
        for n in range(200)
    ]
    assert len(parse(many)) == MAXIMUM_VIOLATIONS
    assert parse_report(b" " * MAXIMUM_REPORT_BYTES + json.dumps(OLD).encode()) == ()
    long = "a." * 131 + "example"
    assert parse({"csp-report": {**OLD["csp-report"], "blocked-uri": f"https://{long}/"}}) == ()


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("csp-report", "type", "body", "blocked-uri", "effective-directive")),
            inner | st.sampled_from(("csp-violation", "img-src", "https://a.b/c")),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_arrives_is_a_few_short_pairs(raw: bytes) -> None:
    for violation in parse_report(raw):
        assert re.fullmatch(r"[a-z-]+", violation.directive)
        assert re.fullmatch(r"[a-z0-9.:\[\]_-]{1,261}", violation.host)


def test_nesting_without_end_is_no_report() -> None:
    assert parse_report(b"[" * 60_000) == ()
