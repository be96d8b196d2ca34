"""What the gate is given: what may load, what to put in, and what it says about a place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daccord.declaration.model import Load, ServiceId
    from daccord.enforcement.url import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one choice permits; made once for each set of permitted services, then shared.

    ``may_load`` is asked about targets off the page's own origin, and about unknown ones; a
    ``load`` of ``None`` is any use at all (a preconnect, a prefetch, a base, an automatic
    navigation). ``service_at`` names the declared service that a target belongs to.
    ``embeds`` are the selectors (``#id``, ``.class``, ``tag``; ASCII) of refused services only.
    """

    may_load: Callable[[Target, Load | None], bool]
    service_at: Callable[[Target], ServiceId | None]
    embeds: Mapping[str, ServiceId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceholderSite:
    """The place of something that was taken out of the page.

    ``service`` is ``None`` where nothing declared is there; ``host`` is empty where there is no
    host that can be told. ``width`` and ``height`` are as in HTML: digits, with ``%`` or without.
    ``classes`` are the ASCII ones of the element; ``label`` is its ``title``, ``aria-label`` or
    ``alt``, or empty. Everything here is the page's text: escape it.
    """

    tag: str
    service: ServiceId | None
    host: str
    width: str | None
    height: str | None
    classes: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertions:
    """What to put into a page.

    ``head`` goes at the end of the head, ``body_start`` right after ``<body …>`` or where the
    body begins without a tag; both only into documents, never into fragments.
    ``placeholder`` gives the markup for one place. That markup must be phrasing content (``span``,
    ``button``, ``a``): the place may lie in a paragraph, which a ``div`` or ``form`` would end.
    Characters outside ASCII are turned into references.
    """

    head: str
    body_start: str
    placeholder: Callable[[PlaceholderSite], str]


def no_placeholder(_site: PlaceholderSite) -> str:
    """Nothing in the place."""
    return ""


NOTHING = Insertions(head="", body_start="", placeholder=no_placeholder)
"""Gate without putting anything in."""


def ascii_markup(text: str) -> str:
    """``text`` with every character outside ASCII as a character reference."""
    if text.isascii():
        return text
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")
