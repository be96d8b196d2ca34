"""The laws of the gate, on any input; law 3 of the design is the reason for each."""

from __future__ import annotations

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from daccord.enforcement.gate import Gate, gate_whole
from tests.enforcement.gate.making import (
    ALLOWING,
    BOXES,
    EMBEDS,
    NOTICE,
    PAGE,
    gated,
    in_pieces,
    leaks,
)
from tests.enforcement.gate.soup import FINE, is_left_alone, soups

TWO_READINGS = ("noscript", "select", "svg", "math", "frameset")
"""What may make browsers read the same bytes in two ways; a cut may then be made in them."""


@given(soups(), st.booleans())
@settings(max_examples=600)
def test_after_the_gate_nothing_loads_from_a_refused_host(html: str, scripting: bool) -> None:  # noqa: FBT001 - drawn
    """A tree parser, which shares no code with the gate, is the witness."""
    assume(not is_left_alone(html))
    assert leaks(gated(html), scripting=scripting) == []
    assert leaks(gated(html, NOTICE, EMBEDS), scripting=scripting) == []


@given(soups())
def test_what_is_allowed_passes_byte_by_byte(html: str) -> None:
    assume(not any(word in html.lower() for word in TWO_READINGS))
    assert gated(html, rules=ALLOWING) == html


@given(soups(urls=FINE))
def test_own_and_permitted_hosts_pass_byte_by_byte(html: str) -> None:
    assume("evil" not in html)
    assume(not any(word in html.lower() for word in TWO_READINGS))
    assert gated(html) == html


@given(st.binary(max_size=300))
def test_any_bytes_pass_byte_by_byte(raw: bytes) -> None:
    assert gate_whole(raw, ALLOWING, PAGE) == raw


@given(soups(), st.integers(1, 40))
def test_a_body_may_be_cut_at_any_byte(html: str, size: int) -> None:
    raw = html.encode("latin-1")
    whole = gate_whole(raw, EMBEDS, PAGE, NOTICE)
    assert in_pieces(raw, size, NOTICE, EMBEDS) == whole


@given(soups())
@example("<iframe src=//evil.example></iframe x='</noscript>'>")
def test_a_gated_page_passes_the_gate_unchanged(html: str) -> None:
    assume(not is_left_alone(html))
    once = gated(html, rules=EMBEDS)
    assert gated(once, rules=EMBEDS) == once


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_no_bytes_raise(raw: bytes, more: bytes) -> None:
    for prefix in (b"", b"<img src='", b"<script><!--", b"<svg><![CDATA[", b"<noscript><!"):
        gate = Gate(EMBEDS, PAGE, BOXES)
        gate.feed(prefix + raw)
        gate.feed(more)
        gate.close()


@given(soups())
def test_what_is_put_in_is_ascii(html: str) -> None:
    insert = type(NOTICE)(head="é", body_start="<p>é…</p>", placeholder=lambda _: "𝄞")
    assert gated(html, insert, EMBEDS).isascii()


@given(st.text(), st.sampled_from(["utf-8", "windows-1252", "shift_jis", "gb18030", "big5"]))
def test_text_in_any_charset_survives(text: str, charset: str) -> None:
    raw = text.encode(charset, "ignore").replace(b"<", b"")
    page = b"<!doctype html><body><p title='" + raw.replace(b"'", b"") + b"'>" + raw + b"</p>"
    inserted = gate_whole(page, EMBEDS, PAGE, NOTICE)
    assert inserted == page.replace(b"<body>", b"<meta name=h><body><div id=daccord></div>", 1)
