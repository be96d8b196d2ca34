"""What becomes of each kind of tag: input and output, side by side."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.enforcement.gate.making import BOXES, EMBEDS, gated

E = "//evil.example/x"

CASES = {
    "script": (f"a<script src={E}>x</script>b", "ab"),
    "script, permitted": ("<script src=//ok.example/x></script>",) * 2,
    "script, own": ("<script src=https://paper.example/x></script>",) * 2,
    "script, inline": (f"<script>load('{E}')</script>",) * 2,
    "script never closed": (f"a<script src={E}>x</p>", "a"),
    "script in SVG": (f"<svg><script href={E}>x</script></svg>", "<svg><script>x</script></svg>"),
    "script, empty in SVG": (f"<svg><script href={E} /></svg>", "<svg><script /></svg>"),
    "iframe": (
        f"<iframe src={E} width=560 height='315'>x</iframe>b",
        "[iframe social 560x315]b",
    ),
    "iframe, undeclared": ("<iframe src=//other.example>", "[iframe other.example ?x?]"),
    "iframe, hidden": (f"<iframe src={E} style='display: none;'></iframe>", ""),
    "iframe, end tag with a trap": (f"<iframe src={E}></iframe x='>'>b", "[iframe social ?x?]b"),
    "srcdoc": (
        f'<iframe srcdoc="<p>&eacute;&amp;eacute;<img src={E}>"></iframe>',
        '<iframe srcdoc="<p>&eacute;&amp;eacute;"></iframe>',
    ),
    "srcdoc with nothing to gate": ('<iframe srcdoc="<a b=&quot;c&quot;>&lt;"></iframe>',) * 2,
    "srcdoc in srcdoc": (
        f"<iframe srcdoc=\"<iframe srcdoc='<link rel=preconnect href={E}>a'>\"></iframe>",
        '<iframe srcdoc="<iframe srcdoc=&quot;a&quot;>"></iframe>',
    ),
    "iframe, made to fit": (
        f"<iframe src={E} style='width:1px;min-width:100%'></iframe>",
        "[iframe social ?x?]",
    ),
    "frame": (f"<frameset><frame src={E} name=a>", "<frameset><frame name=a>"),
    "img": (f"<p>a<img src={E} width=100% height=20>b", "<p>a[img social 100%x20]b"),
    "img, pixel": (f"<img src={E} width=1 height=1>", ""),
    "img, pixel by style": (f"<img src={E} style='width:1px; height:1px'>", ""),
    "img, only srcset refused": (f"<img src=/a srcset='{E} 2x'>", "<img src=/a>"),
    "img, second candidate": (f"<img srcset='/a 1x,/b(1,2) 2x, {E} 3x'>", "[img social ?x?]"),
    "img, own srcset": ("<img srcset='/a 1x, b 2x' src=c>",) * 2,
    "image is img": (f"<image src={E}>", "[image social ?x?]"),
    "image in SVG": (
        f"<svg><image href={E} width=1 /><image xlink:href={E}></image></svg>",
        "<svg><image width=1 /><image></image></svg>",
    ),
    "use": (f"<svg><use href='{E}#a'/></svg>", "<svg><use /></svg>"),
    "use, own": ('<svg class=a><use href="#a"/></svg>',) * 2,
    "picture": (
        f"<picture><source srcset={E}><img src=/a></picture>",
        "<picture><img src=/a></picture>",
    ),
    "input": (f"<input type=image src={E} alt=Go>", "<input type=image alt=Go>"),
    "stylesheet": (f"<link rel='Alternate StyleSheet' href={E}>", ""),
    "preconnect": (f"<link rel=preconnect href={E}>", ""),
    "preconnect, permitted": ("<link rel=preconnect href=//ok.example>",) * 2,
    "dns-prefetch": (f"<link href={E} rel=dns-prefetch>", ""),
    "preload, imagesrcset": (f"<link rel=preload as=image imagesrcset='{E} 1x'>", ""),
    "canonical": (f"<link rel=canonical href={E}>",) * 2,
    "video": (
        f"<video src={E} width=640 height=360>x</video>",
        "[video social 640x360]<video hidden data-daccord-gated width=640 height=360>x</video>",
    ),
    "video, only its poster": (f"<video poster={E} src=/v></video>", "<video src=/v></video>"),
    "video, all sources": (
        f"<video><source src={E}><source src={E}></video>",
        "[video social ?x?]<video hidden data-daccord-gated></video>",
    ),
    "video, one source": (
        f"<video><source src={E}><source src=/v></video>",
        "<video><source src=/v></video>",
    ),
    "audio": (
        f"<audio src={E}></audio>",
        "[audio social ?x?]<audio hidden data-daccord-gated></audio>",
    ),
    "track": (f"<video src=/v><track src={E}></video>", "<video src=/v></video>"),
    "object": (
        f"<object data={E}><p>instead</object>",
        "[object social ?x?]<object hidden data-daccord-gated><p>instead</object>",
    ),
    "embed": (f"<embed src={E}>", "[embed social ?x?]"),
    "background": (f"<td Background={E} id=a>", "<td id=a>"),
    "ping": (f"<a href={E} ping='/a {E}'>", f"<a href={E}>"),
    "attributionsrc": (f"<img src=/a attributionsrc={E}>", "<img src=/a>"),
    "link by a reader": (f"<a href={E}>a</a><form action={E}>",) * 2,
    "refresh": (f"<meta http-equiv=Refresh content='0; URL=\"{E}\"'>", ""),
    "refresh without url=": (f"<meta http-equiv=refresh content='3,{E}'>", ""),
    "refresh, own": ("<meta http-equiv=refresh content='3;url=/a'>",) * 2,
    "refresh, of the page itself": ("<meta http-equiv=refresh content=30>",) * 2,
    "base": (f"<base target=_top href={E}><img src=a>", "<base target=_top><img src=a>"),
    "base, own": ("<base href=/a/><img src=a>",) * 2,
    "two attributes": (f"<iframe src=/a src={E}></iframe>",) * 2,
    "two attributes, the first refused": (
        f"<video src={E} src={E} a>",
        "[video social ?x?]<video hidden data-daccord-gated a>",
    ),
    "an attribute that cannot move": (
        f'<frame src="{E}"="{E}">',
        '<frame evil.example x">',
    ),
    "tab in the host": ("<script src='//ev\til.example'></script>", ""),
    "reference in the host": ("<script src='//&#101;vil.ex&#x61;mple'></script>", ""),
    "backslashes": (r"<script src='\\evil.example\x'></script>", ""),
    "no slashes": ("<script src='http:evil.example'></script>", ""),
    "user and port": ("<script src='//ok.example@evil.example:81/'></script>", ""),
    "template": (f"<template><img src={E}></template>", "<template>[img social ?x?]</template>"),
    "noscript": (f"<noscript><img src={E}>a</noscript>", "<noscript>[img social ?x?]a</noscript>"),
    "embed by id": (
        "<section id=thread class=a><p>b</section>",
        "[section social ?x?]<section hidden data-daccord-gated id=thread class=a><p>b</section>",
    ),
    "embed by class": (
        "<p class='a post'>",
        "[p social ?x?]<p hidden data-daccord-gated class='a post'>",
    ),
    "embed by tag": ("<FB-post x>", "[fb-post social ?x?]<FB-post hidden data-daccord-gated x>"),
    "embed by frame": ("<iframe id=thread src=/a></iframe>b", "[iframe social ?x?]b"),
    "no embed": ("<p class=posts id=threads title=thread>thread",) * 2,
}


@pytest.mark.parametrize(("html", "expected"), CASES.values(), ids=CASES)
def test_tag(html: str, expected: str) -> None:
    assert gated(html, BOXES, EMBEDS) == expected
    page = f"<!doctype html><body>{html}"
    assert gated(page, BOXES, EMBEDS) == f"<!doctype html><body>{expected}"


SPECULATION = {
    "own": ('{"prefetch":[{"urls":["/a","https://ok.example/b"]}]}', True),
    "other": ('{"prefetch":[{"urls":["/a","https://evil.example/b"]}]}', False),
    "own links": ('{"prerender":[{"where":{"href_matches":["/*","/a?*"]}}]}', True),
    "other links": ('{"prerender":[{"where":{"href_matches":"https://*.example/*"}}]}', False),
    "own links, some": (
        '{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"selector_matches":"a"}}]}}]}',
        True,
    ),
    "own links, or any": ('{"prefetch":[{"where":{"or":[{"href_matches":"/*"},{}]}}]}', False),
    "all links": ('{"prefetch":[{"source":"document"}]}', False),
    "no rules": ("prefetch", False),
    "deep": ("[" * 9000, False),
}


@pytest.mark.parametrize(("rules", "kept"), SPECULATION.values(), ids=SPECULATION)
def test_speculation_rules_lead_nowhere_else(rules: str, kept: bool) -> None:  # noqa: FBT001
    html = f"a<script type=SpeculationRules>{rules}</script>b"
    assert gated(html) == (html if kept else "ab")


@pytest.mark.parametrize("charset", ["", ";charset=utf-8", ";base64"])
def test_a_document_in_a_data_url_is_gated(charset: str) -> None:
    def frame(document: str) -> str:
        if charset == ";base64":
            document = b64encode(document.encode()).decode()
        return f"<iframe src='data:text/html{charset},{document}'></iframe>"

    assert gated("a" + frame(f"<link rel=preconnect href={E}>") + "b") == "ab"
    assert gated(frame("<p>a")) == frame("<p>a")


def test_a_base_on_a_permitted_host_is_followed() -> None:
    html = "<base href=//ok.example/><script src=a></script><img src='/b'><link rel=icon href=c>"
    assert gated(html) == html


def test_a_permitted_host_may_not_lend_its_base_to_what_it_may_not_load() -> None:
    html = "<base href=https://ok.example/><script src=//evil.example></script>"
    assert gated(html) == "<base href=https://ok.example/>"
