"""Where daccord's own addresses lie: below one prefix, which no declaration may give away."""

from __future__ import annotations

from typing import Final

OWN_PREFIX: Final = "/_daccord/"
