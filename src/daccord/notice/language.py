"""Which language the reader is spoken to in (LANG-4): the page's, else theirs, else the site's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration, Language

MAXIMUM_RANGES: Final = 32
"""Browsers send up to a dozen; the rest is not read."""

_RANGE: Final = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?"
)


def negotiate_language(
    page_lang: str | None, accept_language: str | None, declaration: Declaration
) -> Language:
    """Choose among ``declaration.languages``.

    ``page_lang`` is the page's own ``lang`` attribute; ``accept_language`` the header's value
    (RFC 9110, section 12.5.4). Whatever they hold, the answer is one of the site's languages.
    """
    known = declaration.languages
    if page_lang and (found := _match(page_lang, known)):
        return found
    for wanted in _preferences(accept_language or ""):
        if found := _match(wanted, known):
            return found
    return known[0]


def is_spoken(page_lang: str, declaration: Declaration) -> bool:
    """Whether ``page_lang`` alone decides, and nobody's ``Accept-Language`` is looked at."""
    return _match(page_lang, declaration.languages) is not None


def _preferences(header: str) -> list[str]:
    """The ranges of the header, best first; what is not one is passed over."""
    ranges: list[tuple[float, str]] = []
    for part in header.split(",")[:MAXIMUM_RANGES]:
        if found := _RANGE.fullmatch(part):
            quality = float(found[2]) if found[2] else 1.0
            if quality > 0 and found[1] != "*":
                ranges.append((quality, found[1]))
    return [tag for _, tag in sorted(ranges, key=lambda each: -each[0])]


def _match(wanted: str, known: tuple[Language, ...]) -> Language | None:
    """The same tag, else the same first subtag (RFC 4647, lookup)."""
    lowered = wanted.strip().lower()
    exact = next((each for each in known if each.lower() == lowered), None)
    base = lowered.partition("-")[0]
    return exact or next((each for each in known if each.lower().partition("-")[0] == base), None)
