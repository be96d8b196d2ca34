"""Aiguillage, a tag manager: one script in the page, which loads others from other hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from daccord.demo.parties import Served
from daccord.demo.thirdparties.log import Log
from daccord.demo.thirdparties.replies import script

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from daccord.demo.addresses import Addresses


def make(addresses: Addresses, _data: Path) -> Served:
    """Serve the manager's script, and the beacon that says which tags it fired."""

    async def manager(_request: Request) -> Response:
        return script("manager.js", addresses)

    async def fired(request: Request) -> Response:
        await request.body()
        return Response(status_code=204)

    routes = [Route("/manager.js", manager), Route("/fired", fired, methods=["POST"])]
    return Served(app=Starlette(routes=routes), log=Log())
