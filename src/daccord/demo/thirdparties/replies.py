"""What every follower answers with: a script, a pixel, and a cookie to know the browser again."""

from __future__ import annotations

import base64
import secrets
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from daccord.demo.addresses import Addresses

SCRIPTS = Path(__file__).parent / "scripts"
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
NOT_KEPT = {"Cache-Control": "no-store"}
DAY_SECONDS = 86_400


def script(name: str, addresses: Addresses) -> Response:
    """Give ``scripts/NAME`` with ``__ADS__`` and the like replaced by each party's address."""
    text = _read_script(name)
    for party, address in asdict(addresses).items():
        text = text.replace(f"__{party.upper()}__", address)
    return Response(text, media_type="text/javascript", headers=NOT_KEPT)


@cache
def _read_script(name: str) -> str:
    return (SCRIPTS / name).read_text("utf-8")


def pixel() -> Response:
    """Give a transparent image of one pixel, never cached: each view calls home."""
    return Response(PIXEL, media_type="image/gif", headers=NOT_KEPT)


def recognise(request: Request, response: Response, cookie: str, *, days: int) -> str | None:
    """Give the id the browser sent in ``cookie``; to one that sent none, set a new id.

    The result is ``None`` on that first meeting: whether the cookie was kept shows next time.
    ``SameSite=None; Secure`` is what lets it travel from inside another site's pages; browsers
    take `Secure` from http://*.localhost, which they hold to be as safe as https.
    """
    known = request.cookies.get(cookie)
    response.set_cookie(
        cookie,
        known or secrets.token_hex(8),
        max_age=days * DAY_SECONDS,
        path="/",
        secure=True,
        httponly=True,
        samesite="none",
    )
    return known
