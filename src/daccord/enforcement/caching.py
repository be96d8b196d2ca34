"""Caching of responses that depend on the reader's choice (CACHE-1, GPC-6)."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CDN_CACHING: Final = re.compile(rb"(?:.*-)?cdn-cache-control|surrogate-control|x-accel-expires")


class Keeping(Enum):
    """Who may keep a response."""

    SITE = "site"
    """As the site says: the same for everybody who has not been asked."""
    REVALIDATED = "revalidated"
    """The reader's own browser, asking again each time: after a refusal."""
    NOBODY = "nobody"
    """Nobody, so that no way back leads to a page with more than is permitted: after a grant."""


def merge_vary(fields: Sequence[bytes], names: Iterable[str]) -> bytes:
    """Give one ``Vary`` value with all that ``fields`` and ``names`` hold, each once.

    A ``*`` among them says all that can be said and stands alone.
    """
    unique: dict[bytes, bytes] = {}
    for field in (*fields, *(name.encode("ascii") for name in names)):
        for part in filter(None, (each.strip(b" \t") for each in field.split(b","))):
            unique.setdefault(part.lower(), part)
    return b"*" if b"*" in unique else b", ".join(unique.values())


def cache_control(fields: Sequence[bytes], keeping: Keeping) -> tuple[bytes, ...]:
    """Give the ``Cache-Control`` fields for ``keeping``; a ``no-store`` of the site's stays."""
    if keeping is Keeping.SITE:
        return tuple(fields)
    said = {part.strip().lower() for field in fields for part in field.split(b",")}
    if keeping is Keeping.NOBODY or b"no-store" in said:
        return (b"private, no-store",)
    return (b"private, no-cache",)


def overrides_cache_control(name: bytes) -> bool:
    """Whether a field of that lower-case name tells a shared cache more than ``Cache-Control``.

    Such a field must go from a response that `Keeping.SITE` is not for.
    """
    return _CDN_CACHING.fullmatch(name) is not None
