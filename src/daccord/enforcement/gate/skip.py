r"""The run of markup that needs no thought, as one regular expression.

Nearly all of a page is text and tags that can load nothing. They are matched in one go by
`skip_pattern`; where it stops stands something that the scanner must look at, or nothing.

1. It may stop too early, never too late: only what is written in the plainest way is skipped
   (lower-case names, quoted or simple values), and each alternative ends where the WHATWG
   tokenizer ends that tag. All quantifiers are possessive: no input makes it slow.
2. A tag that loads is skipped when its URLs are plainly relative: no ``//``, ``:``, ``\\``, ``&``
   or control character in any value, so that there is no way to another host in them.
3. A simple inline SVG is skipped as a whole, since between its tags other rules hold.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from daccord.enforcement.gate.loads import BACKGROUND_TAGS
from daccord.enforcement.gate.tag import SPACE

LOOKED_AT: Final = (
    *("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript"),
    *("plaintext", "img", "image", "source", "track", "video", "audio", "object", "embed"),
    *("input", "link", "meta", "base", "frame", "frameset", "svg", "math", "select", "template"),
    *("html", "head", "body", "a", "area", "use", "feimage", *BACKGROUND_TAGS),
)

_GAP: Final = rf"[{SPACE}]++"
_END: Final = rf"[{SPACE}]*+/?+>"
_VALUE: Final = rf"""(?:"[^"]*+"|'[^']*+'|[^{SPACE}"'=<>`]++)"""
_PLAIN_URL: Final = r'"/?+(?:[^"&:\\/\x00-\x1f]++/?+)*+"'
_FREE_NAMES: Final = "(?:alt|class|decoding|height|id|loading|media|sizes|style|title|type|width)"


def _attributes(name: str) -> str:
    return rf"(?:{_GAP}{name}(?:={_VALUE})?+)*+{_END}"


_NAME: Final = rf"[^{SPACE}\"'<>/=]++"
_TAG: Final = _attributes(_NAME)
_LINK: Final = _attributes(rf"(?!(?i:ping|attributionsrc)){_NAME}")
_CELL: Final = _attributes(rf"(?!(?i:background)){_NAME}")
_LOADING: Final = (
    rf"(?:{_GAP}(?:{_FREE_NAMES}={_VALUE}|[a-z-]++={_PLAIN_URL}|(?!(?i:src))[a-z-]++(?!=)))*+{_END}"
)
_SHAPES: Final = "(?:path|g|circle|ellipse|rect|line|polyline|polygon|defs|stop|linearGradient)"
_SVG: Final = (
    rf"svg(?:{_GAP}{_NAME}(?:={_VALUE})?+)*+[{SPACE}]*+>"
    rf"(?:[^<]*+<(?:/?+{_SHAPES}(?=[{SPACE}/>]){_TAG}|title>[^<]*+</title>"
    rf"|use(?:{_GAP}(?:(?:xlink:)?+href=\"\#[^\"]*+\"|(?!(?i:href|xlink)){_NAME}={_VALUE}))*+{_END}"
    rf"|/use>))*+[^<]*+</svg>"
)


@lru_cache(maxsize=256)
def skip_pattern(embed_tags: frozenset[str], *, relative_is_safe: bool) -> re.Pattern[str]:
    """The pattern to ``match`` from a place in plain HTML content; it always matches.

    ``embed_tags`` are names of further elements to stop at. ``relative_is_safe`` is false once a
    ``<base>`` has led to another host.
    """
    stops = _choice({*LOOKED_AT, *embed_tags})
    alternatives = [
        rf"/(?!select)[a-z][a-z0-9-]*+[{SPACE}]*+>",
        rf"(?!{stops}[{SPACE}/>])[a-z][a-z0-9-]*+{_TAG}",
    ]
    special = [({"a"}, _LINK), ({"td", "tr", "th", "table", "tbody", "thead"}, _CELL)]
    if relative_is_safe:
        special.append(({"img", "source", "input"}, _LOADING))
    for names, rest in special:
        if left := names - embed_tags:
            alternatives.append(rf"{_choice(left)}(?=[{SPACE}/>]){rest}")
    if not embed_tags:
        alternatives.append(_SVG)
    return re.compile(rf"(?:[^<]*+<(?:{'|'.join(alternatives)}))*+[^<]*+")


def _choice(names: set[str]) -> str:
    """A pattern for these words with their beginnings shared, which is faster to fail."""
    by_first: dict[str, set[str]] = {}
    for name in names:
        by_first.setdefault(name[:1], set()).add(name[1:])
    branches = [
        re.escape(first) + (_choice(rests) if rests != {""} else "")
        for first, rests in sorted(by_first.items())
        if first
    ]
    pattern = "(?:" + "|".join(branches) + ")"
    return f"(?:{pattern})?" if "" in by_first else pattern
