"""Where the reader goes after choosing: always a path on the same site (FM-1)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

HOME: Final = "/"
MAXIMUM_BACK: Final = 4_096
"""As long as the request line of a common server; a longer one goes home."""

FOCUS: Final = "daccord"
"""The id of the strip: a browser moves focus to the target of a fragment, with no script."""

_SAFE: Final = "/?#&=+,;:@!$'()*~[]-._%"

_PATH: Final = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
# No second slash or backslash at the start ("//host" is another site), no backslash anywhere
# (browsers read it as a slash), no control character (browsers drop tabs and newlines before they
# parse, so that "/<tab>/host" would be "//host"; and a newline would end the header).


def safe_back(text: str) -> str:
    """Give ``text`` as an ASCII path with query and fragment on this site, or ``/``.

    Anything that a browser could read as another site goes home instead of failing: the reader's
    choice is made, only the place is lost. ``%2f`` and the like stay encoded and so stay path.
    """
    if len(text) > MAXIMUM_BACK or not _PATH.fullmatch(text):
        return HOME
    try:
        return quote(text, safe=_SAFE)
    except UnicodeEncodeError:  # a lone surrogate: not from a browser
        return HOME


def location(back: str, place: str = FOCUS) -> str:
    """Give the ``Location`` for ``back``, with the element called ``place`` as its target.

    A fragment that ``back`` has already wins. Focus then lands on the strip, which says what
    holds now, or on what was just opened: no script and no cookie needed.
    """
    path = safe_back(back)
    return path if "#" in path else f"{path}#{quote(place, safe=_SAFE)}"
