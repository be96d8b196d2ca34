"""The pages of `escapes` as routes of the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from tests.browser.escapes import Escape, File
from tests.browser.escapes_all import ESCAPES

if TYPE_CHECKING:
    from starlette.requests import Request

    from daccord.demo.addresses import Addresses

FOLDER: Final = "/escape"


def page_path(escape: Escape) -> str:
    """Where the page of one way stands on the paper."""
    return f"{FOLDER}/{escape.name}/"


def target_host(escape: Escape, addresses: Addresses) -> str:
    """The third party's host for one way, with its port."""
    return f"{escape.name}.{urlsplit(addresses.unknown).netloc}"


def escape_routes(addresses: Addresses) -> list[Route]:
    """A route for the page of each way, and one for its files."""

    async def page(request: Request) -> Response:
        escape = ESCAPES[request.path_params["name"]]
        name = request.path_params["file"]
        whole = File(media=escape.media, text=escape.page, headers=escape.headers)
        file = escape.files.get(name) if name else whole
        return _respond(escape, file, addresses) if file else Response(status_code=404)

    async def bare(_request: Request) -> Response:
        return Response("<!doctype html><title>x</title><p>x", media_type="text/html")

    return [Route(FOLDER + "/{name}/{file:path}", page), Route("/admin/escape", bare)]


def _respond(escape: Escape, file: File, addresses: Addresses) -> Response:
    host = target_host(escape, addresses)

    def fill(text: str) -> str:
        own = f"{FOLDER}/{escape.name}"
        return text.replace("OWN", own).replace("HOST", host).replace("AT", f"http://{host}/x")

    text = fill(file.text)
    if file.media.startswith("text/html") and not escape.page.startswith("<?xml"):
        text = f"<!doctype html><html lang=en><title>{escape.name}</title>{text}"
    headers = {name: fill(value) for name, value in file.headers.items()}
    return Response(text, file.status, headers, file.media)
