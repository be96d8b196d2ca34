"""The routes of the network: what other sites load from it, and its own pages."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from daccord.demo.parties import Served
from daccord.demo.thirdparties.log import Log, now_ms
from daccord.demo.thirdparties.replies import NOT_KEPT, pixel, recognise, script
from daccord.demo.thirdparties.social.browsers import describe_browser
from daccord.demo.thirdparties.social.knowledge import Knowledge, Via, View
from daccord.demo.thirdparties.social.pages import Pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from daccord.demo.addresses import Addresses

COOKIE = "murmure_tp"
COOKIE_DAYS = 390
TEXT_LIMIT = 300  # of what a page tells about itself
STATIC = Path(__file__).parent / "static"


def make(addresses: Addresses, _data: Path) -> Served:
    """Serve the network; clearing its log makes it forget everybody."""
    network = Network(addresses)
    return Served(app=network.app(), log=Log(), on_clear=network.knowledge.clear)


class Network:
    """The network's handlers, over one `Knowledge`."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.knowledge = Knowledge()
        self.pages = Pages(addresses, self.knowledge)

    def app(self) -> Starlette:
        routes = [
            Route("/", self.home),
            Route("/widget.js", self.widget),
            Route("/hit", self.hit, methods=["POST"]),
            Route("/beacon", self.beacon, methods=["POST"]),
            Route("/embed/{post}", self.embed),
            Route("/pixel.gif", self.pixel),
            Route("/follow", self.follow),
            Route("/share", self.share),
            Route("/me", self.me),
            Route("/me/part", self.part),
            Route("/me/live", self.live),
            Route("/me/forget", self.forget, methods=["POST"]),
            Route("/@{account}", self.profile),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
        return Starlette(routes=routes)

    async def home(self, _request: Request) -> Response:
        return RedirectResponse("/me", 302)

    # what other sites load

    async def widget(self, request: Request) -> Response:
        response = script("widget.js", self.addresses)
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    async def hit(self, request: Request) -> Response:
        """Take the widget's call home: the one that knows most."""
        told = _told(await request.body())
        response = Response(status_code=204)
        cookie_id = recognise(request, response, COOKIE, days=COOKIE_DAYS)
        self._see(
            request,
            Via.WIDGET,
            page=_text(told, "page"),
            title=_text(told, "title"),
            section=_text(told, "section"),
            cookie_id=cookie_id,
            script_id=_text(told, "id") or None,
        )
        return response

    async def beacon(self, request: Request) -> Response:
        told = _told(await request.body())
        self.knowledge.note_leaving(
            _text(told, "id"),
            _text(told, "page"),
            seconds=_number(told, "seconds"),
            depth=_number(told, "depth"),
        )
        return Response(status_code=204)

    async def embed(self, request: Request) -> Response:
        response = self.pages.embed(request, request.path_params["post"])
        self._see_from_query(request, response, Via.EMBED)
        return response

    async def pixel(self, request: Request) -> Response:
        response = pixel()
        self._see_from_query(request, response, Via.PIXEL)
        return response

    # its own pages

    async def follow(self, request: Request) -> Response:
        account = request.query_params.get("account", "")
        response = self.pages.profile(request, account, is_followed=True)
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    async def share(self, request: Request) -> Response:
        response = self.pages.share(request)
        recognise(request, response, COOKIE, days=COOKIE_DAYS)
        return response

    async def profile(self, request: Request) -> Response:
        return self.pages.profile(request, request.path_params["account"], is_followed=False)

    async def me(self, request: Request) -> Response:
        return self.pages.me(request, request.cookies.get(COOKIE))

    async def forget(self, _request: Request) -> Response:
        self.knowledge.clear()
        return RedirectResponse("/me", 303)

    async def part(self, request: Request) -> Response:
        return self.pages.part(request, request.cookies.get(COOKIE))

    async def live(self, _request: Request) -> Response:
        """Say that something changed, each time it does (server-sent events).

        The page then asks for the part: with the cookies it has by then, not those of the start.
        """

        async def events() -> AsyncIterator[str]:
            changed = self.knowledge.watch()
            try:
                while True:
                    changed.clear()
                    yield "data: changed\n\n"
                    await changed.wait()
                    await asyncio.sleep(0.05)  # several things on one page call home at once
            finally:
                self.knowledge.unwatch(changed)

        return StreamingResponse(events(), media_type="text/event-stream", headers=NOT_KEPT)

    def _see_from_query(self, request: Request, response: Response, via: Via) -> None:
        query = request.query_params
        page = query.get("page") or request.headers.get("referer", "")
        cookie_id = recognise(request, response, COOKIE, days=COOKIE_DAYS)
        title = query.get("title", "")
        self._see(request, via, page=page, title=title, cookie_id=cookie_id)

    def _see(  # noqa: PLR0913 - a view has that many parts
        self,
        request: Request,
        via: Via,
        *,
        page: str,
        title: str,
        section: str = "",
        cookie_id: str | None,
        script_id: str | None = None,
    ) -> None:
        self.knowledge.add(
            View(
                at_ms=now_ms(),
                via=via,
                page=page[:TEXT_LIMIT],
                title=title[:TEXT_LIMIT],
                section=section,
                browser=describe_browser(request.headers.get("user-agent", "")),
                cookie_id=cookie_id,
                script_id=script_id,
            )
        )


def _told(body: bytes) -> dict[str, Any]:
    """Read what a script sent; anything but a JSON object tells nothing."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    return value[:TEXT_LIMIT] if isinstance(value, str) else ""


def _number(told: dict[str, Any], key: str) -> int:
    value = told.get(key)
    return value if isinstance(value, int) else 0
