"""HTML as nobody should write it, for Hypothesis: mis-nested, cut off, quoted wrongly."""

from __future__ import annotations

from hypothesis import strategies as st

EVIL = (
    *("//evil.example/x", "https://evil.example/", "http:\\\\evil.example", "/\t/evil.example"),
    *("&#47;/evil.example", "\\\\evil.example/", " //evil.example", "&sol;&sol;evil.example"),
)
FINE = ("/x", "https://ok.example/y", "#a", "y.png", "data:,x", "?u=//evil.example")
_TAGS = """
script style title textarea xmp iframe noembed noframes noscript img image source picture video
audio object embed input link meta base frame svg math select option template html head body a p
div table td tr foreignObject desc mi annotation-xml span b i use path li ul form button fb-post g
SCRIPT IFrame IMG
"""
TAGS = tuple(_TAGS.split())
ODD = (
    *("text", " ", "\r\n", "\0", "&amp;", "a<b", "<", "</", "</>", ">", '"', "'", "--!>", "-->"),
    *("<!--", "<!-->", "<!--->", "<!--->-->", "<![CDATA[", "]]>", "<?x", "<!doctype html>", "<!"),
    *("<!--<script>", "</script>", "<script>if(a<b)</script>", "<script><!--", "<script><!-->"),
    *("<svg>", "</svg>", "<svg><path d='M0'/></svg>", "<svg><title>a</title></svg>"),
    *("<video><source src=//evil.example/></video>", "<svg><style>", "<svg><desc>", "<math><mi>"),
)
VALUES = ("v", "", "</noscript>", "</style>", "<!--", "-->", "<img src=//evil.example>", ">")
URL_NAMES = ("src", "SRC", "href", "data", "poster", "xlink:href", "background", "ping", "srcset")


def soups(*, urls: tuple[str, ...] = EVIL + FINE, limit: int = 12) -> st.SearchStrategy[str]:
    """Texts of latin-1, up to ``limit`` constructs long."""
    url = st.sampled_from(urls)
    plain = st.tuples(
        st.sampled_from(("class", "id", "title", "rel", "type", "width", "a", "style", "=x", "")),
        st.sampled_from(
            (*VALUES, "thread", "post x", "stylesheet", "icon", "image", "1", "hidden")
        ),
    )
    loading = st.tuples(st.sampled_from(URL_NAMES), url)
    special = st.one_of(
        st.tuples(st.just("srcdoc"), url.map("<img src={}>".format)),
        st.tuples(st.just("srcset"), url.map("/x 1x, {} 2x".format)),
        st.tuples(st.just("http-equiv=refresh content"), url.map("0;url={}".format)),
        st.tuples(st.just("rel=preconnect href"), url),
    )
    attribute = st.builds(
        lambda gap, pair, equals, quote, end: (
            f"{gap}{pair[0]}{equals}{quote}{pair[1]}{end or quote}"
        ),
        st.sampled_from((" ", "\n", "/", "")),
        st.one_of(plain, loading, loading, special),
        st.sampled_from(("=", "=", "=", " = ", "")),
        st.sampled_from(('"', "'", '"', "")),
        st.sampled_from(("", "", "", "", "", "", '"')),
    )
    start = st.builds(
        lambda name, attributes, end: f"<{name}{''.join(attributes)}{end}",
        st.sampled_from(TAGS),
        st.lists(attribute, max_size=3),
        st.sampled_from((">", ">", ">", ">", ">", "/>", " />", "")),
    )
    end = st.builds(
        "</{}{}".format, st.sampled_from(TAGS), st.sampled_from((">", ">", ">", " x='>'>", ""))
    )
    piece = st.one_of(start, start, end, st.sampled_from(ODD))
    return st.lists(piece, max_size=limit).map("".join)


def is_left_alone(html: str) -> bool:
    """Whether text may stand in ``html`` that only a tree builder knows for markup.

    The gate leaves ``<textarea>`` and ``<script>`` as they are where that cannot be told (`scan`).
    """
    low = html.lower()
    muddled = any(word in low for word in ("svg", "math", "select"))
    return muddled and ("<textarea" in low or "<script" in low)
