"""Reading the paper's own small forms: bounded, same-origin, one value for each field."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_BYTES: Final = 4096


def is_same_origin(request: Request) -> bool:
    """Tell whether a form comes from a page of ours, by what the browser says of it."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.url.netloc}"


async def read_form(request: Request) -> dict[str, str]:
    """Read a small ``application/x-www-form-urlencoded`` body; 413 or 400 for any other."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=8))
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error
