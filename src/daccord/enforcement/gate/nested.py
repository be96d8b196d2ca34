"""Documents inside a page: what a frame's ``srcdoc`` or ``data:`` URL holds.

They inherit the page's policy, which stops what they load but not the connections that they open
(seen in Chromium 156: a preconnect in either goes out). So they are gated as the page is.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Final
from urllib.parse import unquote_to_bytes

from daccord.enforcement.gate.reference import decode_to_ascii, encode_value

FRAMES: Final = {"embed": "src", "frame": "src", "iframe": "src", "object": "data"}
"""The attributes that hold the address of a document."""

_DATA_URL: Final = re.compile(r"[\x00-\x20]*data:([^,]*),([^#]*)", re.IGNORECASE | re.DOTALL)
_REMOVED: Final = str.maketrans("", "", "\t\n\r")


def srcdoc_text(raw: str) -> str:
    """The document in a ``srcdoc`` written as ``raw``, for `srcdoc_value` to write again."""
    return decode_to_ascii(raw)


def srcdoc_value(text: str) -> str:
    """Write ``text`` as the content of a double-quoted ``srcdoc``."""
    return encode_value(text)


def data_text(url: str) -> str | None:
    """The document in a ``data:`` URL, as latin-1; ``None`` where it holds none."""
    found = _DATA_URL.match(url.translate(_REMOVED))
    if found is None or not re.search("html|xml", found[1], re.IGNORECASE):
        return None
    try:
        raw = unquote_to_bytes(found[2].encode("utf-8", "replace"))
        if found[1].rstrip().lower().endswith("base64"):
            raw = b64decode(raw + b"==")
    except ValueError:
        return None
    return raw.decode("latin-1")
