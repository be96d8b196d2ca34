"""Response fields by which the browser would reach a third party."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daccord.declaration.model import Mode, ServiceId
from daccord.enforcement.headers import ENDED_NEL, RULES, filter_field
from daccord.enforcement.policy import policy_of
from daccord.enforcement.url import UNKNOWN, origin_of, page_at
from tests.enforcement.making import cookie, declaring

SERVICES = [
    ("isso", ["comments.example"], [cookie("isso")]),
    ("ads", ["ads.example"], [cookie("_ads")]),
]
POLICY = policy_of(declaring(SERVICES), frozenset({ServiceId("isso")}))
OBSERVING = policy_of(declaring(SERVICES, mode=Mode.OBSERVE), frozenset({ServiceId("isso")}))
PAGE = origin_of("https://paper.example/")


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("x-other", b"https://ads.example", b"https://ads.example"),
        ("set-cookie", b"isso=1; Path=/", b"isso=1; Path=/"),
        ("set-cookie", b"_ads=1", None),
        ("set-cookie", b"other=1", None),
        ("link", b"<https://ads.example>; rel=preconnect", None),
        ("link", b"<//ads.example/a>;rel=dns-prefetch, </b>; rel=preload", b"</b>; rel=preload"),
        (
            "link",
            b'</a>; rel=next , <\\\\new.example,x>;as=x;rel="x PreLoad"; y=",",</c>;rel=preload',
            b"</a>; rel=next ,</c>;rel=preload",
        ),
        ("link", b"<https://ads.example>; rel=canonical", b"<https://ads.example>; rel=canonical"),
        (
            "link",
            b"<https://comments.example>;rel=preconnect",
            b"<https://comments.example>;rel=preconnect",
        ),
        ("link", b"https://ads.example; rel=preconnect", None),
        ("link", b"<https://ads.example; rel=preconnect", None),
        ("refresh", b"5; url=https://ads.example/", None),
        ("refresh", b"0;URL='//ads.example'", None),
        ("refresh", b"0 https://ads.example/", None),
        ("refresh", b"5", b"5"),
        ("refresh", b"5; url=/next", b"5; url=/next"),
        ("refresh", b"5; url=https://other.example/", None),
        ("reporting-endpoints", b'a="https://ads.example/r", b="/own"', b'b="/own"'),
        ("reporting-endpoints", b"a=token", None),
        ("speculation-rules", b'"/own.json","https://new.example/r"', b'"/own.json"'),
        ("report-to", b'{"group":"a","endpoints":[{"url":"https://new.example/"}]}', None),
        (
            "report-to",
            b'{"group":"a","endpoints":[{"url":"/r"}]},{"endpoints":[]}',
            b'{"group":"a","endpoints":[{"url":"/r"}]},{"endpoints":[]}',
        ),
        ("report-to", b"{", None),
        ("report-to", b"[" * 100_000, None),
        ("report-to", b'{"endpoints":[{"url":1}]}', None),
        ("nel", b'{"report_to":"a","max_age":100}', ENDED_NEL),
        ("content-security-policy", b"img-src *", b"img-src *"),
        (
            "content-security-policy",
            b"img-src *; Report-URI https://new.example/r /own",
            b"img-src *; report-uri /own",
        ),
    ],
)
def test_fields(name: str, value: bytes, kept: bytes | None) -> None:
    assert filter_field(name.encode(), value, POLICY, PAGE) == kept


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("link", b"<https://new.example>; rel=preconnect", True),
        ("link", b"<https://ads.example>; rel=preconnect", False),
        ("nel", b'{"report_to":"a","max_age":100}', True),
        ("report-to", b'{"group":"a","endpoints":[{"url":"https://new.example/"}]}', True),
        ("set-cookie", b"other=1", True),
        ("set-cookie", b"_ads=1", False),
    ],
)
def test_observe_mode_stops_refused_services_only(name: str, value: bytes, *, kept: bool) -> None:
    assert filter_field(name.encode(), value, OBSERVING, PAGE) == (value if kept else None)


@pytest.mark.parametrize("host", [b"", b"a b", b"\xe9", b":8"])
def test_a_page_whose_own_address_is_not_known_still_has_its_own(host: bytes) -> None:
    page = page_at("https", host)
    own, other = b"</a>; rel=preconnect", b"<//\xe9>; rel=preconnect"
    assert filter_field(b"link", own, POLICY, page) == own
    assert filter_field(b"link", other, POLICY, page) is None
    assert filter_field(b"link", own, POLICY, UNKNOWN) is None


FRAGMENTS = st.sampled_from(
    (
        *(
            b"<",
            b">",
            b",",
            b";",
            b'"',
            b"\\",
            b"=",
            b" ",
            b"rel",
            b"preconnect",
            b"preload",
            b"url",
        ),
        *(b"https://ads.example", b"//evil.example", b"/own", b"a", b"{", b"}", b"[", b"]", b":"),
        *(b"\xff", b"5", b"'", b'"url"', b'"endpoints"', b"report-uri "),
    )
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(RULES)), st.lists(FRAGMENTS, max_size=14).map(b"".join))
def test_a_field_is_cut_never_added_to_and_cutting_again_changes_nothing(
    name: bytes, value: bytes
) -> None:
    kept = filter_field(name, value, POLICY, PAGE)
    if kept is None or kept == ENDED_NEL:
        return
    assert not set(kept) & set(b"\r\n\0")
    assert len(kept) <= len(value)
    assert filter_field(name, kept, POLICY, PAGE) == kept
    if name == b"link" and b"rel=preconnect" in kept.replace(b" ", b""):
        assert b"<https://ads.example>" not in kept


@pytest.mark.parametrize("piece", [b'"', b"<", b"<>,", b'";rel=', b" ", b"rel=", b"5 ", b"\\"])
def test_a_long_field_takes_linear_time(piece: bytes) -> None:
    value = b"preload" + piece * (60_000 // len(piece))
    for name in RULES:
        started = perf_counter()
        filter_field(name, value, POLICY, PAGE)
        assert perf_counter() - started < 2, name
