"""Sets of hosts, case by case; that they agree with CSP is in `test_policy`."""

from __future__ import annotations

import pytest

from daccord.enforcement.hosts import ANY_PORT, DEFAULT_PORT, HostSet, is_own, split_source
from daccord.enforcement.url import INERT, UNKNOWN, origin_of

SECURE = origin_of("https://paper.example/")
PLAIN = origin_of("http://paper.localhost:8100/")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A.example", ("a.example", DEFAULT_PORT)),
        ("a.example:8", ("a.example", 8)),
        ("*.a.example:*", ("*.a.example", ANY_PORT)),
        ("[::1]", ("[::1]", DEFAULT_PORT)),
        ("[::1]:*", ("[::1]", ANY_PORT)),
    ],
)
def test_split_source(source: str, expected: tuple[str, int]) -> None:
    assert split_source(source) == expected


@pytest.mark.parametrize(
    ("source", "url", "page", "expected"),
    [
        ("a.example", "https://a.example/", SECURE, True),
        ("a.example", "http://a.example/", SECURE, True),
        ("a.example", "https://a.example:444/", SECURE, False),
        ("a.example", "https://b.a.example/", SECURE, False),
        ("a.example", "https://a.example./", SECURE, False),
        ("*.a.example", "https://b.a.example/", SECURE, True),
        ("*.a.example", "https://c.b.a.example/", SECURE, True),
        ("*.a.example", "https://a.example/", SECURE, False),
        ("*.a.example", "https://xa.example/", SECURE, False),
        ("a.example:80", "https://a.example/", PLAIN, True),
        ("a.example:80", "https://a.example:80/", PLAIN, True),
        ("a.example:443", "http://a.example/", PLAIN, False),
        ("c.localhost:*", "http://c.localhost:8101/", PLAIN, True),
        ("c.localhost", "ws://c.localhost/", PLAIN, True),
        ("c.localhost", "ftp://c.localhost/", PLAIN, False),
    ],
)
def test_matches(source: str, url: str, page: object, *, expected: bool) -> None:
    assert page in {SECURE, PLAIN}
    at = SECURE if page == SECURE else PLAIN
    assert HostSet.of([source]).matches(origin_of(url), at) is expected


def test_what_has_no_host_never_matches() -> None:
    everything = HostSet.of(["*.example:*", "a.example:*"])
    assert not everything.matches(UNKNOWN, SECURE)
    assert not everything.matches(INERT, SECURE)


@pytest.mark.parametrize(
    ("url", "page", "expected"),
    [
        ("https://paper.example/x", SECURE, True),
        ("wss://paper.example/x", SECURE, True),
        ("https://paper.example:8443/x", SECURE, False),
        ("https://www.paper.example/x", SECURE, False),
        ("http://paper.localhost:8100/x", PLAIN, True),
        ("ws://paper.localhost:8100/x", PLAIN, True),
        ("http://paper.localhost:8101/x", PLAIN, False),
        ("data:text/plain,x", PLAIN, False),
    ],
)
def test_is_own(url: str, page: object, *, expected: bool) -> None:
    assert is_own(origin_of(url), SECURE if page == SECURE else PLAIN) is expected
