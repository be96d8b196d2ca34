"""Names that a declaration gives (of cookies, storage keys, embeds, addresses) and patterns."""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from daccord.declaration.hosts import is_domain

OWN_COOKIES: Final = ("__Host-daccord", "daccord")
"""The choice cookie's names. `consent.cookie` stands above this floor; a test holds both equal."""

ID_PATTERN: Final = r"^[a-z][a-z0-9-]{0,30}$"
COOKIE_NAME_PATTERN: Final = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$"
COOKIE_PATH_PATTERN: Final = r"^/[!-:<-~]{0,199}$"
PATH_PREFIX_PATTERN: Final = r"^/[!-~]{0,199}$"
SELECTOR_PATTERN: Final = r"^([#.][A-Za-z_][A-Za-z0-9_-]{0,99}|[a-z][a-z0-9-]{0,49})$"
EMAIL_PATTERN: Final = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}$"
URL_PATTERN: Final = r"^https?://[!#-;=?-\[\]_a-~]{1,1990}$"

_WHOLE_PAGE: Final = frozenset({"html", "head", "body"})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_BREAKS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.removeprefix("^").removesuffix("$"), re.ASCII)


def fits(pattern: str, text: str) -> bool:
    """Whether all of ``text`` is in ``pattern`` (``$`` alone would let a last line break pass)."""
    return _compiled(pattern).fullmatch(text) is not None


def _is_visible(text: str) -> bool:
    # A zero-width space is neither blank nor printable.
    return any(each.isprintable() and not each.isspace() for each in text)


def is_line(text: str) -> bool:
    """Whether ``text`` says something, on one line, with nothing invisible to control it."""
    return _is_visible(text) and not _CONTROL.search(text)


def is_prose(text: str) -> bool:
    """As `is_line`, but line breaks and tabs are allowed."""
    return _is_visible(text) and not _CONTROL_BUT_BREAKS.search(text)


def matches(pattern: str, name: str) -> bool:
    """Whether ``name`` is one that ``pattern`` stands for; ``*`` is any run of characters.

    Each part is sought once, from the left: a regular expression with as many ``.*`` can take
    exponential time on a name that nearly fits.
    """
    first, *parts = pattern.split("*")
    if not parts:
        return name == first
    last = parts.pop()
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    position, end = len(first), len(name) - len(last)
    for part in parts:
        found = name.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def is_cookie_name(text: str) -> bool:
    """RFC 6265, 4.1.1: a token, in which ``*`` is our wildcard."""
    return fits(COOKIE_NAME_PATTERN, text)


def takes_own_cookie(pattern: str) -> bool:
    """Whether ``pattern`` would match the choice cookie, which no service may own."""
    return any(matches(pattern, own) for own in OWN_COOKIES)


def patterns_overlap(left: str, right: str) -> bool:
    """Whether some name is matched by both patterns."""
    if "*" not in left:
        return matches(right, left)
    if "*" not in right:
        return matches(left, right)
    # Both can be stretched in the middle, so only what stands before the first and after the
    # last star can tell them apart.
    starts = left.partition("*")[0], right.partition("*")[0]
    ends = left.rpartition("*")[2], right.rpartition("*")[2]
    return _one_continues(*starts) and _one_continues(ends[0][::-1], ends[1][::-1])


def _one_continues(left: str, right: str) -> bool:
    return left.startswith(right) or right.startswith(left)


def is_selector(text: str) -> bool:
    """``#id``, ``.class`` or ``tag``, ASCII; never the page as a whole."""
    return fits(SELECTOR_PATTERN, text) and text not in _WHOLE_PAGE


def is_email(text: str) -> bool:
    """An address as browsers take it in ``mailto:``, with a plain host name."""
    return fits(EMAIL_PATTERN, text) and is_domain(text.rpartition("@")[2].lower())


def is_url(text: str) -> bool:
    """An absolute https address without user or password; http only below ``.localhost``."""
    if not fits(URL_PATTERN, text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if "@" in parts.netloc or port == 0 or not is_domain(host):
        return False
    return parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
