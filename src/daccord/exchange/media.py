"""What a browser makes of a response, by its ``Content-Type``.

1. A *document* gets the policy of the reader's choice, and says so to caches (CACHE-1).
2. A *script* may become a worker, which lives under the policy of its own response and may
   outlive the page, and a service worker outlives every choice: it always gets the policy of a
   refusal, the same for everybody, so that a cache cannot hold a loose one.
3. *Inert* things load nothing by themselves. But a picture, a style sheet or JSON that is shown in
   a frame is a document of the site's own origin, which a script of the page around it may fill
   (seen in Chromium 156, `docs/concepts/limits.md`): it gets the policy of a refusal, too.
4. What has no type, or one not known here, may be sniffed to be a document, and counts as one.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Final


class Kind(Enum):
    """What a response may turn into."""

    HTML = "html"
    DOCUMENT = "document"
    SCRIPT = "script"
    INERT = "inert"


_SCRIPT: Final = re.compile(
    rb"(?:text|application)/(?:x-)?(?:javascript|ecmascript)"
    rb"|text/(?:javascript1\.[0-5]|jscript|livescript)"
)
"""Every JavaScript type that a browser starts a worker from (WHATWG MIME Sniffing, 4.6)."""
_INERT: Final = re.compile(
    rb"(?:image/(?!svg).+|font/.+|audio/.+|video/.+|text/css|text/event-stream"
    rb"|(?:application|text)/(?:.+\+)?json|application/(?:octet-stream|zip|wasm))"
)
_WIDE: Final = re.compile(
    rb"charset\s*=\s*[\"']?\s*(?:utf-?(?:7|16|32)|ucs-?2|unicode|iso-10646|iso-2022|hz-gb)"
)
"""Charsets in which ``<`` is not always the byte 3C, or that byte not always ``<``: such a page is
guarded by its policy alone."""


@lru_cache(maxsize=256)
def kind_of(content_type: bytes) -> Kind:
    """Classify a ``Content-Type`` value; empty for a response that has none."""
    essence, _, parameters = content_type.lower().partition(b";")
    essence = essence.strip(b" \t")
    if essence == b"text/html":
        return Kind.DOCUMENT if _WIDE.search(parameters) else Kind.HTML
    if _SCRIPT.fullmatch(essence):
        return Kind.SCRIPT
    return Kind.INERT if _INERT.fullmatch(essence) else Kind.DOCUMENT
