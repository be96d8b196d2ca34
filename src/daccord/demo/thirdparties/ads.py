"""Réclame, advertising: a tag, its adverts on a second host, cookie syncs, a socket, a beacon."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from daccord.demo.parties import Served
from daccord.demo.thirdparties.log import Log
from daccord.demo.thirdparties.replies import NOT_KEPT, pixel, recognise, script
from daccord.demo.thirdparties.tongue import tongue_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from daccord.demo.addresses import Addresses

COOKIE = "reclame_tp"
COOKIE_DAYS = 180
CREATIVES = ("biscuits", "umbrellas", "sails")


def make(addresses: Addresses, _data: Path) -> Served:
    """Serve both hosts of the advertiser; which one was asked is in the log."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "creatives"),
        autoescape=True,
        undefined=StrictUndefined,
    )

    async def tag(request: Request) -> Response:
        response = script("tag.js", addresses)
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    async def creative(_request: Request) -> Response:
        return script("creative.js", addresses)

    async def slot(request: Request) -> Response:
        asked = request.query_params.get("creative", "")
        html = templates.get_template("slot.html").render(
            creative=asked if asked in CREATIVES else CREATIVES[0],
            lang=tongue_of(request),
            why=request.query_params.get("why", ""),
        )
        response = HTMLResponse(html, headers=NOT_KEPT)
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    async def shop(request: Request) -> Response:
        asked = request.path_params["creative"]
        html = templates.get_template("shop.html").render(
            creative=asked if asked in CREATIVES else CREATIVES[0], lang=tongue_of(request)
        )
        return HTMLResponse(html, headers=NOT_KEPT)

    async def sync(request: Request) -> Response:
        response = pixel()
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    async def beacon(request: Request) -> Response:
        await request.body()
        return Response(status_code=204)

    routes = [
        Route("/tag.js", tag),
        Route("/creative.js", creative),
        Route("/slot", slot),
        Route("/shop/{creative}", shop),
        Route("/sync.gif", sync),
        Route("/beacon", beacon, methods=["POST"]),
        WebSocketRoute("/live", live),
    ]
    return Served(app=Starlette(routes=routes), log=Log())


async def live(socket: WebSocket) -> None:
    """Listen to what the page tells, and thank it."""
    await socket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()
            await socket.send_text("thanks")
