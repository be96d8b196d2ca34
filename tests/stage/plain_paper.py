"""A stand-in for the newspaper: unguarded pages that load everything. Shows what followers do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from daccord.demo.parties import Served

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from daccord.demo.addresses import Addresses

PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta property="article:section" content="Littoral">
<title>{path}</title>
</head>
<body>
<h1>Page {path}</h1>
<div class="murmure-follow" data-account="dunes"></div>
<aside class="reclame-slot" data-slot="article" data-lang="{lang}"></aside>
<iframe src="{at.social}/embed/1?lang={lang}&amp;page={path}&amp;title=Embed" width="550"
  height="300" title="post"></iframe>
<img src="{at.social}/pixel.gif?page={path}&amp;title=Pixel" width="1" height="1" alt="">
<section id="isso-thread" data-isso-id="{path}" data-title="Plain page"></section>
<script src="{at.comments}/js/embed.min.js" data-isso="{at.comments}/" data-isso-lang="{lang}"
  data-isso-reply-to-self="true" async></script>
<script src="{at.social}/widget.js" data-lang="{lang}" async></script>
<script src="{at.tags}/manager.js" data-lang="{lang}" async></script>
</body>
</html>
"""


def make(addresses: Addresses, _data: Path) -> Served:
    """Serve the same page at every path, in the language that the path begins with."""

    async def page(request: Request) -> Response:
        path = request.url.path
        lang = "en" if path.startswith("/en/") else "fr"
        return HTMLResponse(PAGE.format(at=addresses, path=path, lang=lang))

    async def icon(_request: Request) -> Response:
        return Response(status_code=204)

    routes = [Route("/favicon.ico", icon), Route("/{path:path}", page)]
    return Served(app=Starlette(routes=routes))
