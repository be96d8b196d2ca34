"""No form sends a reader to another site, and every path of this one survives."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daccord.exchange.back import location, safe_back

ATTACKS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\r\nSet-Cookie: a=b",
    "/x\r\n\r\n<script>",
    "/\x00/evil",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "user@evil.example",
    "@evil.example",
    "evil.example",
    "",
    ".",
    "?a=b",
    "#x",
    "/\ud800",
    "/" + "a" * 5000,
]


@pytest.mark.law("FM-1")
@pytest.mark.parametrize("text", ATTACKS)
def test_what_could_lead_away_goes_home(text: str) -> None:
    assert safe_back(text) == "/"


KEPT = {
    "/": "/",
    "/fr/phare?page=2#comments": "/fr/phare?page=2#comments",
    "/%2fevil.example": "/%2fevil.example",
    "/%5cevil": "/%5cevil",
    "/@evil.example": "/@evil.example",
    "/a//b": "/a//b",
    "/été": "/%C3%A9t%C3%A9",
    "/a?b=https://evil.example/": "/a?b=https://evil.example/",
    '/"><script>': "/%22%3E%3Cscript%3E",
}


@pytest.mark.parametrize(("text", "path"), KEPT.items())
def test_a_path_of_this_site_is_kept(text: str, path: str) -> None:
    assert safe_back(text) == path


@pytest.mark.law("FM-1")
@given(st.text(max_size=40) | st.text("/\\:@?#.%\t\r\n ae", max_size=12).map("/".__add__))
@example("/..//evil")
def test_the_target_is_always_on_this_site_and_one_header_line(text: str) -> None:
    target = location(text)
    assert target.isascii()
    assert target.isprintable()
    assert " " not in target
    joined = urlsplit(urljoin("https://site.example/page", target))
    assert (joined.scheme, joined.netloc) == ("https", "site.example")
    assert not target.startswith(("//", "/\\"))


def test_focus_lands_on_the_strip_unless_the_form_says_where() -> None:
    assert location("/a") == "/a#daccord"
    assert location("/a#isso-thread") == "/a#isso-thread"
    assert location("//evil") == "/#daccord"
