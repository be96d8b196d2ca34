"""Surenchère, a bidder that the advertiser lets know who is reading: scripts and cookie syncs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from daccord.demo.parties import Served
from daccord.demo.thirdparties.log import Log
from daccord.demo.thirdparties.replies import NOT_KEPT, pixel, recognise, script

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from daccord.demo.addresses import Addresses

COOKIE = "surenchere_uid"
COOKIE_DAYS = 90


def make(addresses: Addresses, _data: Path) -> Served:
    """Serve the bid script, and the sync pixel that hands the bidder's id to the advertiser."""

    async def bid(request: Request) -> Response:
        response = script("bid.js", addresses)
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    async def sync(request: Request) -> Response:
        uid = request.cookies.get(COOKIE)
        query = urlencode({"bidder": "surenchere", "uid": uid or "unknown"})
        response = RedirectResponse(f"{addresses.ads}/sync.gif?{query}", 302, headers=NOT_KEPT)
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    async def bids(_request: Request) -> Response:
        return pixel()

    routes = [Route("/bid.js", bid), Route("/sync.gif", sync), Route("/bid.gif", bids)]
    return Served(app=Starlette(routes=routes), log=Log())
