"""The gate's small parts: references, source sets, what a placeholder is told."""

from __future__ import annotations

import pytest
import turbohtml
from hypothesis import given
from hypothesis import strategies as st

from daccord.enforcement.gate import Insertions, PlaceholderSite
from daccord.enforcement.gate.loads import Shape, urls_in
from daccord.enforcement.gate.reference import decode_to_ascii, decode_value, encode_value
from daccord.enforcement.gate.skip import skip_pattern
from daccord.enforcement.gate.tag import TAG, StartTag
from tests.enforcement.gate.making import EMBEDS, SOCIAL, gated

_PIECES = (
    *("&", "&amp", "&amp;", "&copy", "&copy=", "&notit;", "&#47", "&#x2F;", "&#0;", "&#128;", "a"),
    *("=", "1", ";", "#", "&#xD800;", "&sol;", "é", " ", "/", "&eacute;", "&NotEqualTilde;", "&#"),
)
VALUES = st.lists(st.sampled_from(_PIECES)).map("".join)


@given(VALUES)
def test_references_are_decoded_as_a_browser_does(raw: str) -> None:
    element = turbohtml.parse(f'<p title="{raw}">').select_one("p")
    assert element is not None
    assert decode_value(raw) == element.attr("title")


def test_a_number_of_any_length_is_read() -> None:
    assert decode_value(f"&#{'9' * 5000};&#x{'0' * 5000}41;") == "\ufffdA"


@given(VALUES)
def test_a_value_decoded_and_encoded_again_means_the_same(raw: str) -> None:
    assert decode_value(encode_value(decode_to_ascii(raw))) == decode_value(raw)


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("", []),
        ("a", ["a"]),
        ("a 1x, b 2x", ["a", "b"]),
        (",,a,b", ["a,b"]),
        ("a, b", ["a", "b"]),
        ("a 1w,b 2w", ["a", "b"]),
        ("a (b,c),d", ["a", "d"]),
        ("a (b", ["a"]),
        ("data:x,y 1x, //b", ["data:x,y", "//b"]),
        ("a,, b", ["a", "b"]),
    ],
)
def test_source_set(value: str, urls: list[str]) -> None:
    assert urls_in(value, Shape.SOURCE_SET) == urls


ATTRIBUTES = st.lists(
    st.sampled_from(
        [" a", "/", " ", "=", '"', "'", "b", ">", "\n", "a=b", ' c="d"', "x='y'", "\0"]
    ),
    max_size=8,
).map("".join)


@given(ATTRIBUTES)
def test_attributes_are_those_that_a_browser_sees(text: str) -> None:
    html = f"<p{text}>"
    found = TAG.match(html)
    element = next(iter(turbohtml.parse(f"<body>{html}").select("body > *")), None)
    if found is None:
        assert element is None
        return
    assert element is not None
    tag = StartTag(found[0])
    assert tag.name == element.tag.replace("\ufffd", "\0")
    ours = {name.replace("\0", "\ufffd"): value for name, value in tag.attrs.items()}
    assert ours == {name: element.attr(name) or "" for name in element.attrs}


@given(ATTRIBUTES)
def test_a_tag_written_anew_means_the_same(text: str) -> None:
    found = TAG.match(f"<p{text}>")
    if found is None:
        return
    tag = StartTag(found[0])
    again = StartTag(tag.rewritten(flags=["hidden"], without={"a"}))
    expected = {k: v for k, v in tag.attrs.items() if k != "a" and not k.startswith("=")}
    assert again.attrs == {"hidden": "", **expected}
    assert again.is_self_closing == tag.is_self_closing


@given(ATTRIBUTES, st.sampled_from(["p", "a", "td", "img", "svg", "use", "script"]))
def test_what_is_skipped_ends_where_its_tag_ends(text: str, name: str) -> None:
    html = f"<{name}{text}>"
    for relative_is_safe in (True, False):
        skipped = skip_pattern(frozenset(), relative_is_safe=relative_is_safe).match(html)
        assert skipped is not None
        found = TAG.match(html)
        tag_end = found.end() if found is not None else 0
        assert skipped.end() == 0 or 0 < tag_end <= skipped.end()


def test_a_placeholder_is_told_what_it_stands_for() -> None:
    sites: list[PlaceholderSite] = []

    def remember(site: PlaceholderSite) -> str:
        sites.append(site)
        return "é"

    html = (
        "<iframe src=//evil.example/a width=' 640px' height=50.5% class='a \xc3\xa9 md:b'"
        " title='L\xc3\xa9a &eacute;&amp;'></iframe>"
        "<img src=//other.example:81 alt=\xe9><p class=post>"
    )
    insert = Insertions(head="", body_start="", placeholder=remember)
    assert gated(html, insert, EMBEDS) == (
        "&#233;&#233;&#233;<p hidden data-daccord-gated class=post>"
    )
    assert sites[: len(sites) // 2] == [
        PlaceholderSite(
            tag="iframe",
            service=SOCIAL,
            host="evil.example",
            width="640",
            height="50%",
            classes=("a", "md:b"),
            label="Léa é&",
        ),
        PlaceholderSite(
            tag="img",
            service=None,
            host="other.example",
            width=None,
            height=None,
            classes=(),
            label="é",
        ),
        PlaceholderSite(
            tag="p",
            service=SOCIAL,
            host="",
            width=None,
            height=None,
            classes=("post",),
            label="",
        ),
    ]
