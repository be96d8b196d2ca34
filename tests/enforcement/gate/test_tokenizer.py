"""Where markup begins and ends: each case hides a tag from a careless reader, or shows a false one.

``IMG`` stands for an image that may not load and goes; ``TEXT`` for one that is text and stays.
"""

from __future__ import annotations

import pytest

from daccord.enforcement.gate import Gate
from daccord.enforcement.gate.scan import MAX_HELD, MAX_PEEKED
from tests.enforcement.gate.making import NOTICE, PAGE, REFUSING, gated, in_pieces, leaks

IMG = "<img src=//evil.example>"
TEXT = "<img src='//evil.example'>"

CASES = {
    "comment": f"<!-- {TEXT} -->{IMG}",
    "comment, empty": f"<!-->{IMG}-->",
    "comment, empty with a dash": f"<!--->{IMG}-->",
    "comment, no content": f"<!---->{IMG}",
    "comment, bang": f"<!-- {TEXT} --!>{IMG}",
    "comment, dash bang": f"<!---!>{TEXT}-->{IMG}",
    "comment in comment": f"<!--<!-->{IMG}",
    "comment never closed": f"<!-- {TEXT} -- >{TEXT}",
    "bogus, bang": f"<!x {TEXT}{IMG}",
    "bogus, question": f"<?x {TEXT}{IMG}",
    "bogus, slash": f"</ {TEXT}{IMG}",
    "bogus, dash": f"<!-x {TEXT}{IMG}",
    "no end tag": f"</>{IMG}",
    "doctype": f'<!doctype html "a>{IMG}',
    "no tag": f"<{IMG}< {IMG}<3",
    "cdata in HTML": f"<![CDATA[ {TEXT}]]>{IMG}",
    "cdata in SVG": f"<svg><![CDATA[ {TEXT}]]>{IMG}</svg>",
    "cdata in a part of SVG that is HTML": f"<svg><desc><![CDATA[ {TEXT}]]>{IMG}",
    "attribute": f'<a title="{TEXT}">{IMG}</a title="{TEXT}">{IMG}',
    "attribute without quotes": f"<a title={TEXT}{IMG}",
    "attribute, late quote": f"<a title=a'>{IMG}<a '",
    "attribute, name of a quote": f"<a \"'>{IMG}",
    "attribute, name of an equals sign": f'<a ==">{TEXT}">{IMG}',
    "attribute, spaced": f'<a title\n=\t"{TEXT}">{IMG}',
    "attribute, no value": f"<a title=>{IMG}",
    "attribute, no gap": f"<a title=\"a\"b='>'c>{IMG}",
    "slashes": f"<a/b/=/c=/d/>{IMG}",
    "style": f"<style>{TEXT}</styles>{TEXT}</STYLE >{IMG}",
    "title": f"<title>{TEXT}&lt;/title></title/>{IMG}",
    "textarea": f"<textarea>{TEXT}<!--</textarea>{IMG}-->",
    "xmp": f"<xmp>{TEXT}</xmp>{IMG}",
    "noembed, noframes": f"<noembed>{TEXT}</noembed>{IMG}<noframes>{TEXT}</noframes>{IMG}",
    "iframe": f"<iframe src=/a>{TEXT}</iframe\n>{IMG}",
    "self-closing means nothing": f"<style />{TEXT}</style>{IMG}",
    "style in SVG": f"<svg><style>{IMG}</style></svg>",
    "style in SVG, text": f"<svg><style>a&lt;b</style></svg><style>{TEXT}</style>",
    "title in SVG": f"<svg><title>{IMG}</title></svg>",
    "style in a part of SVG that is HTML": f"<svg><desc><style>{TEXT}</style></desc></svg>{IMG}",
    "SVG left by a paragraph": f"<svg><p><style>{TEXT}</style>{IMG}",
    "SVG that closes itself": f"<svg/><style>{TEXT}</style>{IMG}",
    "MathML": f"<math><mi><style>{TEXT}</style></mi><style>{IMG}</style></math>",
    "plaintext": f"{IMG}<plaintext>{TEXT}</plaintext>{TEXT}",
    "script": f"<script>'{TEXT}'</scripts></script>{IMG}",
    "script, escaped": f"<script><!--{TEXT}</script>{IMG}-->",
    "script, escaped twice": f"<script><!--<script>{TEXT}</script>{TEXT}</script>{IMG}",
    "script, escape over": f"<script><!--<script>--></script>{IMG}",
    "script, no escape": f"<script><!--><script></script>{IMG}",
    "script, no escape with a dash": f"<script><!---><script></script>{IMG}",
    "script, other word": f"<script><!--<scripts></script>{IMG}",
    "script, escaped, never closed": f"<script><!--<script></script>{TEXT}",
    "template": f"<template><style>{TEXT}</style>{IMG}</template>",
    "NUL": f"<a\0b><style\0>{IMG}",
    "form feed and return": f"<style\f>{TEXT}</style\r>{IMG}",
    "end of file in a tag": f"{IMG}<img src=//evil.example",
    "end of file in a value": f"{IMG}<img src='//evil.example>",
    "end of file in an end tag": f"{IMG}</p title='{TEXT}",
    "SVG, simple and skipped whole": f'<svg viewBox="0 0 1 1"><path d="M0"/></svg>{IMG}',
    "SVG, a path left open": f"<svg><path></svg><style>{TEXT}</style>{IMG}",
}


@pytest.mark.parametrize("html", CASES.values(), ids=CASES)
def test_only_markup_is_gated(html: str) -> None:
    assert gated(html) == html.replace(IMG, "")
    for scripting in (True, False):
        assert leaks(gated(html), scripting=scripting) == []


TWICE_READ = {
    "attribute": f"<noscript><p title='</noscript>{IMG}'>",
    "comment": f"<noscript><!-- </noscript>{IMG} -->",
    "style": f"<noscript><style></noscript>{IMG}</style>",
    "script": f"<noscript><script><!--<script></noscript>{IMG}--></script>",
    "textarea": f"<noscript><textarea></noscript>{IMG}</textarea>",
    "frame": f"<noscript><iframe src=//evil.example></noscript>{IMG}</iframe>",
    "frame, its end tag": f"<noscript><iframe src=//evil.example></iframe a='</noscript>{IMG}'>",
    "plaintext": f"<noscript><plaintext></noscript>{IMG}",
    "SVG": f"<noscript><svg></noscript><style>{IMG}</style>",
    "bogus comment": f"<noscript><?</noscript>{IMG}>",
    "style in select": f"<select><style></select>{IMG}</style>",
    "noscript in noscript": f"<noscript><noscript></noscript>{IMG}",
    "SVG left by an end tag": f"<div><svg></div><style></div><p>{IMG}</style>",
    "style in SVG left open": f"<svg><desc><div></svg></div></desc><style><p>{IMG}</style>",
    "SVG no longer left": "<svg><img width=1 src=//evil.example><style><p>" + IMG + "</style>",
    "cdata where none may be": f"<svg></p><![CDATA[><a title=']]>{IMG}'>",
    "frames": f"<frameset><style><frame src=//evil.example></style>{IMG}",
}


@pytest.mark.parametrize("html", TWICE_READ.values(), ids=TWICE_READ)
def test_what_browsers_read_in_two_ways_is_safe_in_both(html: str) -> None:
    once = gated(html)
    assert gated(once) == once
    for scripting in (True, False):
        assert leaks(once, scripting=scripting) == []


def test_a_noscript_that_ends_where_it_should_is_left_as_it_is() -> None:
    html = "<noscript><style>a</style><!-- b --><p title='c'>d</noscript><p>e"
    assert gated(html) == html


def test_a_stream_holds_back_little() -> None:
    """What is done goes out at once: text, comment, script and style, up to a few bytes."""
    for opening in ("", "<!--", "<script>", "<style>", "<svg><![CDATA[", "<noscript>"):
        raw = (opening + "x" * 100).encode()
        gate = Gate(REFUSING, PAGE)
        assert len(raw) - len(gate.feed(raw)) <= 16


def test_a_long_tag_is_read_whole() -> None:
    """Pictures in ``data:`` URLs make tags of megabytes."""
    long = "A" * 1_000_000
    html = f"<img src='data:image/png;base64,{long}'><img title='{long}' src=//evil.example>b"
    assert in_pieces(html.encode(), 16_384, NOTICE, REFUSING).endswith(
        b"'><span class=box>p</span>b"
    )


def test_a_tag_without_end_is_given_up() -> None:
    raw = b"<a title='" + b"> " * (MAX_HELD // 2 + 10) + IMG.encode()
    assert in_pieces(raw, 1 << 20, NOTICE, REFUSING) == raw


def test_a_video_is_held_back_no_longer_than_it_must() -> None:
    html = f"<video>{'x' * MAX_PEEKED}<source src=//evil.example></video>"
    expected = html.replace("<source src=//evil.example>", "")
    assert in_pieces(html.encode(), 1000, NOTICE, REFUSING).decode() == expected
    assert gated(html) == expected
