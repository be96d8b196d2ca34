"""French or English: what a third party's page speaks to whoever asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request


def tongue_of(request: Request) -> str:
    """Give ``fr`` or ``en``: by ``?lang=``, else the first of the two in Accept-Language."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    for part in asked.lower().split(","):
        language = part.strip()[:2]
        if language in ("fr", "en"):
            return language
    return "en"
