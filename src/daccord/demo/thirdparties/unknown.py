"""A host that no declaration names, and that the tag manager loads all the same.

Nothing of it may ever be reached from a page that daccord guards, whatever the reader chose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from daccord.demo.parties import Served
from daccord.demo.thirdparties.log import Log
from daccord.demo.thirdparties.replies import pixel, recognise, script

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from daccord.demo.addresses import Addresses

COOKIE = "leak_tp"
COOKIE_DAYS = 390


def make(addresses: Addresses, _data: Path) -> Served:
    """Serve a script and a pixel that would leak, if they were ever asked for."""

    async def leak(request: Request) -> Response:
        response = script("leak.js", addresses)
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    async def leaked(request: Request) -> Response:
        response = pixel()
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    routes = [Route("/leak.js", leak), Route("/leak.gif", leaked)]
    return Served(app=Starlette(routes=routes), log=Log())
