"""Where the notice goes: into the body, before everything in it, and only into documents."""

from __future__ import annotations

import pytest
import turbohtml
from hypothesis import given
from hypothesis import strategies as st

from tests.enforcement.gate.making import ALLOWING, NOTICE, gated

B = "<div id=daccord></div>"
H = "<meta name=h>"

CASES = {
    "document": (
        "<!doctype html><html><head><title>a</title></head>\n<body class='>'>b",
        f"<!doctype html><html><head><title>a</title>{H}</head>\n<body class='>'>{B}b",
    ),
    "no tags": (
        "<!doctype html>\n<title>a</title>\n<p>b",
        f"<!doctype html>\n<title>a</title>\n{H}{B}<p>b",
    ),
    "text": ("<!doctype html> b", f"<!doctype html> {H}{B}b"),
    "comment before": (
        "<!-- <body> --><!doctype html><p>",
        f"<!-- <body> --><!doctype html>{H}{B}<p>",
    ),
    "byte order mark": ("\xef\xbb\xbf<!doctype html><p>", f"\xef\xbb\xbf<!doctype html>{H}{B}<p>"),
    "head only": ("<html><head><title>a</title>", f"<html><head><title>a</title>{H}{B}"),
    "nothing": ("<!doctype html>", f"<!doctype html>{H}{B}"),
    "end tags only": ("<html></html>", f"<html>{H}{B}</html>"),
    "end tag of the body": ("<html></head></body>", f"<html>{H}</head>{B}</body>"),
    "body in a title": (
        "<html><title><body></title><body>",
        f"<html><title><body></title>{H}<body>{B}",
    ),
    "body in a script": (
        "<html><script>'<body>'</script><p>",
        f"<html><script>'<body>'</script>{H}{B}<p>",
    ),
    "body in a template": (
        "<html><template><body><p></template><body>",
        f"<html><template><body><p></template>{H}<body>{B}",
    ),
    "body in noscript": (
        "<html><noscript><p></noscript><body>",
        f"<html><noscript><p></noscript>{H}<body>{B}",
    ),
    "body in an attribute": ("<html a='<body>'><p>", f"<html a='<body>'>{H}{B}<p>"),
    "cut off in a tag": ("<html><bod", f"<html>{H}{B}<bod"),
    "words before the document": (
        "Warning: x\n<!doctype html><html><head></head><body>b",
        f"Warning: x\n<!doctype html><html><head>{H}</head><body>{B}b",
    ),
    "two bodies": ("<html><body>a<body>b", f"<html>{H}<body>{B}a<body>b"),
    "upper case": ("<HTML><HEAD></HEAD><BODY>", f"<HTML><HEAD>{H}</HEAD><BODY>{B}"),
    "refused first": ("<html><img src=//evil.example>", f"<html>{H}{B}<span class=box>p</span>"),
    "fragment": ("<p>a</p>",) * 2,
    "fragment with a title": ("<title>a</title><div>b</div>",) * 2,
    "fragment of text": ("a",) * 2,
    "nothing at all": ("",) * 2,
    "frames": ("<html><frameset><frame src=/a></frameset></html>",) * 2,
    "comment never closed": ("<html><!--<body>",) * 2,
    "UTF-16": ("\xff\xfe<\0h\0t\0m\0l\0>\0<\0p\0>\0",) * 2,
}


@pytest.mark.parametrize(("html", "expected"), CASES.values(), ids=CASES)
def test_place(html: str, expected: str) -> None:
    assert gated(html, NOTICE) == expected


HEADS = (
    *("<meta charset=utf-8>", "<title>x<body></title>", "<script>'<body>'</script>", " ", "\n"),
    *("<style>a</style>", "<noscript><link rel=stylesheet href=/x></noscript>", "<!-- <body> -->"),
    *(
        "<template><body><p></template>",
        "<base href=/>",
        "<script><!--<script></script>--></script>",
    ),
)
BODIES = (
    *(
        "<p>x",
        "text",
        "<div>",
        "<meta name=x>",
        "<body id=b>",
        "</p>",
        "</body>",
        "</html>",
        "<li>",
    ),
    *("<svg><title>a</title></svg>", "</br>", "<!-- -->", "<a href=x>", "<select><option>", "<tr>"),
)
DOCUMENTS = st.tuples(
    st.sampled_from(("<!doctype html>", "<!DOCTYPE html>\n", "<!-- c --><!doctype html>")),
    st.sampled_from(("<html>", "<html lang=fr>", "")),
    st.sampled_from(("<head>", "", "<HEAD>")),
    st.lists(st.sampled_from(HEADS), max_size=5).map("".join),
    st.sampled_from(("</head>", "", "</head>\n", "</head> <!-- x -->")),
    st.sampled_from(("<body>", "<body class='>'>", "", "<BODY>", "<body")),
    st.lists(st.sampled_from(BODIES), max_size=4).map("".join),
).map("".join)


@given(DOCUMENTS, st.booleans())
def test_the_notice_is_first_in_the_body_and_changes_nothing_else(
    html: str,
    scripting: bool,  # noqa: FBT001 - drawn
) -> None:
    """Taken out of the tree again, it leaves the tree that the page had without it."""
    before = turbohtml.parse(html, scripting=scripting)
    after = turbohtml.parse(gated(html, NOTICE, ALLOWING), scripting=scripting)
    (notice,) = after.select("#daccord")
    body = notice.parent
    assert isinstance(body, turbohtml.Element)
    assert body.tag == "body"
    assert next(body.iter_elements()) == notice
    notice.extract()
    for meta in after.select("meta[name=h]"):
        meta.extract()
    assert after.html == before.html
