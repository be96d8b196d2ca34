"""Where a URL leads, case by case; that it agrees with Chromium is in `test_url_browser`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.enforcement.url import INERT, UNKNOWN, Reach, Target, origin_of, resolve

SECURE = origin_of("https://paper.example/a/b")
PLAIN = origin_of("http://paper.example:8100/")


def host(scheme: str, name: str, port: int) -> Target:
    return Target(Reach.HOST, scheme, name, port)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", SECURE),
        ("a/b?c#d", SECURE),
        ("/a//evil.example", SECURE),
        ("?//evil.example", SECURE),
        ("#x:y", SECURE),
        ("a b:c", SECURE),
        ("1http://evil.example", SECURE),
        ("https:evil.example", SECURE),
        ("https:/evil.example", SECURE),
        ("//evil.example/x", host("https", "evil.example", 443)),
        ("\\\\evil.example", host("https", "evil.example", 443)),
        ("/\\evil.example", host("https", "evil.example", 443)),
        ("/\t/evil.example", host("https", "evil.example", 443)),
        (" \x00//EVIL.example:8/ ", host("https", "evil.example", 8)),
        ("ht\ntps:\r//evil.example", host("https", "evil.example", 443)),
        ("https:\\\\evil.example", host("https", "evil.example", 443)),
        ("https:////evil.example", host("https", "evil.example", 443)),
        ("http:evil.example", host("http", "evil.example", 80)),
        ("//paper.example@evil.example", host("https", "evil.example", 443)),
        ("//a@b:c@evil.example:9?@x", host("https", "evil.example", 9)),
        ("//evil%2eexample", host("https", "evil.example", 443)),
        ("//%65vil.example:", host("https", "evil.example", 443)),
        ("//evil.example:00443", host("https", "evil.example", 443)),
        ("//xn--bcher-kva.example", host("https", "xn--bcher-kva.example", 443)),
        ("//0x7f.1", host("https", "127.0.0.1", 443)),
        ("//017700000001", host("https", "127.0.0.1", 443)),
        ("//1.2.3.4.", host("https", "1.2.3.4", 443)),
        ("//[::FFFF:1.2.3.4]:1", host("https", "[::ffff:102:304]", 1)),
        ("//[1:0:0:2:0:0:0:3]", host("https", "[1:0:0:2::3]", 443)),
        ("wss://evil.example", host("wss", "evil.example", 443)),
        ("data:text/html,//x", INERT),
        ("Java\nScript:x", INERT),
        ("about:blank", INERT),
        ("blob:https://evil.example/1", INERT),
        ("mailto:x@evil.example", UNKNOWN),
        ("file://evil.example/x", UNKNOWN),
        ("//b\xfccher.example", UNKNOWN),
        ("//b%C3%BCcher.example", UNKNOWN),
        ("//", UNKNOWN),
        ("//:80", UNKNOWN),
        ("//@/", UNKNOWN),
        ("//a:b", UNKNOWN),
        ("//a:65536", UNKNOWN),
        ("//a:1:2", UNKNOWN),
        ("//[::1", UNKNOWN),
        ("//[::1]x", UNKNOWN),
        ("//[::1%25a]", UNKNOWN),
        ("//a%zz", UNKNOWN),
        ("//a b", UNKNOWN),
        ("//1.2.3.256", UNKNOWN),
        ("//1..2", UNKNOWN),
        ("//a..b", UNKNOWN),
        ("//x.0x", UNKNOWN),
    ],
)
def test_resolve(text: str, expected: Target) -> None:
    assert resolve(text, SECURE) == expected


def test_the_scheme_of_the_page_decides_what_a_lone_scheme_means() -> None:
    assert resolve("http:x", PLAIN) == PLAIN
    assert resolve("https:x", PLAIN) == host("https", "x", 443)
    assert resolve("//x", PLAIN) == host("http", "x", 80)


def test_without_a_base_only_absolute_ones_can_be_told() -> None:
    assert origin_of("/x") == UNKNOWN
    assert origin_of("//x") == UNKNOWN
    assert origin_of("https:x") == host("https", "x", 443)


@given(st.text(max_size=60))
def test_any_text_is_a_value(text: str) -> None:
    for base in (SECURE, PLAIN, UNKNOWN, INERT):
        target = resolve(text, base)
        assert (target.reach is Reach.HOST) == bool(target.host)
        assert target.host.isascii()
        assert not set(target.host) & set(" /\\?#@\r\n;,'\"")
