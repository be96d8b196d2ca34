"""Which attributes of which elements make a browser load something, and how a URL stands in them.

Not here, because a policy stops them without a connection: CSS (``style``, ``@import``), what
scripts and SMIL animations set later, and attributes that browsers read no more (``lowsrc``,
``dynsrc``, ``manifest``, ``codebase``).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from daccord.declaration.model import Load


def words(text: str) -> frozenset[str]:
    """The words of ``text`` as a set."""
    return frozenset(text.split())


class Shape(Enum):
    """How URLs stand in an attribute."""

    ONE = "one"
    SPACED = "spaced"
    SOURCE_SET = "source set"


Loading = tuple[str, Shape, Load]

_BACKGROUND: Final = (("background", Shape.ONE, Load.IMAGE),)
_PINGS: Final = (
    ("ping", Shape.SPACED, Load.CONNECT),
    ("attributionsrc", Shape.SPACED, Load.CONNECT),
)
_IMAGE: Final = (
    ("src", Shape.ONE, Load.IMAGE),
    ("srcset", Shape.SOURCE_SET, Load.IMAGE),
    ("attributionsrc", Shape.SPACED, Load.CONNECT),
)
_FRAME: Final = (("src", Shape.ONE, Load.FRAME),)
_SVG_IMAGE: Final = (("href", Shape.ONE, Load.IMAGE), ("xlink:href", Shape.ONE, Load.IMAGE))

BACKGROUND_TAGS: Final = ("body", "table", "tbody", "td", "tfoot", "th", "thead", "tr")

LOADINGS: Final[dict[str, tuple[Loading, ...]]] = {
    "a": _PINGS,
    "area": _PINGS,
    "audio": (("src", Shape.ONE, Load.MEDIA),),
    "embed": _FRAME,
    "feimage": _SVG_IMAGE,
    "frame": _FRAME,
    "iframe": _FRAME,
    # The tree builder reads <image> outside SVG as <img> (HTML 13.2.6.4.7).
    "image": (*_IMAGE, *_SVG_IMAGE),
    "img": _IMAGE,
    "input": (("src", Shape.ONE, Load.IMAGE),),
    "object": (("data", Shape.ONE, Load.FRAME),),
    "script": (
        ("src", Shape.ONE, Load.SCRIPT),
        ("href", Shape.ONE, Load.SCRIPT),
        ("xlink:href", Shape.ONE, Load.SCRIPT),
        ("attributionsrc", Shape.SPACED, Load.CONNECT),
    ),
    "source": (
        ("src", Shape.ONE, Load.MEDIA),
        ("srcset", Shape.SOURCE_SET, Load.IMAGE),
    ),
    "track": (("src", Shape.ONE, Load.MEDIA),),
    "use": _SVG_IMAGE,
    "video": (("src", Shape.ONE, Load.MEDIA), ("poster", Shape.ONE, Load.IMAGE)),
    **dict.fromkeys(BACKGROUND_TAGS, _BACKGROUND),
}

LINK_RELATIONS: Final[dict[str, Load | None]] = {
    "apple-touch-icon": Load.IMAGE,
    "apple-touch-icon-precomposed": Load.IMAGE,
    "apple-touch-startup-image": Load.IMAGE,
    "compression-dictionary": None,
    "dns-prefetch": None,
    "fluid-icon": Load.IMAGE,
    "icon": Load.IMAGE,
    "import": Load.SCRIPT,
    "manifest": None,
    "mask-icon": Load.IMAGE,
    "modulepreload": Load.SCRIPT,
    "monetization": None,
    "preconnect": None,
    "prefetch": None,
    "preload": None,
    "prerender": None,
    "serviceworker": None,
    "stylesheet": Load.STYLE,
    "subresource": None,
}
"""The link types that load or connect; all others (``canonical``, ``me``, …) are only said."""

PRELOADS: Final[dict[str, Load]] = {
    "audio": Load.MEDIA,
    "document": Load.FRAME,
    "fetch": Load.CONNECT,
    "font": Load.FONT,
    "image": Load.IMAGE,
    "script": Load.SCRIPT,
    "style": Load.STYLE,
    "track": Load.MEDIA,
    "video": Load.MEDIA,
    "worker": Load.SCRIPT,
}
"""What ``<link rel=preload as=…>`` loads."""

_SPACE: Final = " \t\n\f\r"
_REFRESH: Final = re.compile(
    r"[ \t\n\f\r]*[0-9.]*[ \t\n\f\r]*[;,]?[ \t\n\f\r]*(?:url[ \t\n\f\r]*=[ \t\n\f\r]*)?"
    r"(?:'([^']*)|\"([^\"]*)|([^'\"].*))",
    re.IGNORECASE | re.DOTALL,
)


def urls_in(value: str, shape: Shape) -> list[str]:
    """The URLs that stand in an attribute's value."""
    if shape is Shape.ONE:
        return [value]
    if shape is Shape.SPACED:
        return re.split(f"[{_SPACE}]+", value.strip(_SPACE)) if value.strip(_SPACE) else []
    return _candidates(value)


def refresh_url(content: str) -> str | None:
    """The URL of ``<meta http-equiv=refresh>``, read leniently (HTML 4.2.5.3)."""
    found = _REFRESH.match(content)
    if found is None:
        return None
    return found[1] or found[2] or found[3] or None


def _candidates(value: str) -> list[str]:
    """The URLs of a ``srcset`` (HTML 4.8.4.3.11): a comma in parentheses parts nothing."""
    urls = []
    at = 0
    while (found := _CANDIDATE.match(value, at)) is not None:
        url = found[1]
        at = found.end()
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            at = _after_descriptors(value, at)
        urls.append(url)
    return urls


_CANDIDATE: Final = re.compile(rf"[{_SPACE},]*([^{_SPACE},][^{_SPACE}]*)")
_DESCRIPTORS: Final = re.compile(r"(?:[^,(]|\([^)]*+(?:\)|\Z))*+")


def _after_descriptors(value: str, at: int) -> int:
    found = _DESCRIPTORS.match(value, at)
    return found.end() if found else len(value)
