"""What a reader would have seen in the place of something that is taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from daccord.enforcement.gate.reference import decode_value
from daccord.enforcement.gate.rules import PlaceholderSite

if TYPE_CHECKING:
    from daccord.declaration.model import ServiceId
    from daccord.enforcement.gate.tag import StartTag

_NOT_SHOWN: Final = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE
)
_NO_ROOM: Final = re.compile(
    r"(?:^|[;\s])(?:width|height)\s*:\s*[012](?:px)?\s*(?:;|!|$)", re.IGNORECASE
)
_ROOM: Final = re.compile(r"min-(?:width|height)|padding", re.IGNORECASE)
"""``width: 1px; min-width: 100%`` is how frames are made to fit, not to hide."""
_LENGTH: Final = re.compile(r"\s*\+?0*([0-9]{1,5})(?:\.[0-9]*)?(%?)")
_TINY: Final = 2
"""Pixels, inclusive: what is no wider or no higher is there to be loaded, not to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Who would have been reached."""

    service: ServiceId | None
    host: str


def site_of(tag: StartTag, refusal: Refusal) -> PlaceholderSite | None:
    """The place of ``tag``, or ``None`` where a reader would have seen nothing."""
    if is_invisible(tag):
        return None
    attrs = tag.attrs
    named = next((name for name in ("title", "aria-label", "alt") if attrs.get(name)), "")
    return PlaceholderSite(
        tag=tag.name,
        service=refusal.service,
        host=refusal.host,
        width=_length(attrs.get("width", "")),
        height=_length(attrs.get("height", "")),
        classes=tuple(name for name in attrs.get("class", "").split() if name.isascii()),
        label=decode_value(_readable(tag.raw_value(named))),
    )


def is_invisible(tag: StartTag) -> bool:
    """Whether the element is there to be loaded and not to be seen: a tracking pixel or frame."""
    style = tag.attrs.get("style", "")
    if "hidden" in tag.attrs or _NOT_SHOWN.search(style):
        return True
    if _NO_ROOM.search(style) and not _ROOM.search(style):
        return True
    lengths = (_length(tag.attrs.get("width", "")), _length(tag.attrs.get("height", "")))
    return any(length and "%" not in length and int(length) <= _TINY for length in lengths)


def _length(value: str) -> str | None:
    found = _LENGTH.match(value)
    return found[1] + found[2] if found else None


def _readable(text: str) -> str:
    """``text`` out of its latin-1 guise: UTF-8 in most pages, else windows-1252."""
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("windows-1252", "replace")
