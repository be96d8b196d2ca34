"""The pages that the browser measures, one process for all of them; the host name says which.

``GUARD-PAGE.localhost``: GUARD is ``daccord``, ``none`` or a peer; PAGE is ``paper`` (the demo's
article; without daccord what third parties would have had in it is taken out, so that only the
notice differs), ``plain`` (a minimal page), ``strict`` (the same under a strict policy) or ``six``
(six tags of third parties, marked in no way). Every other name under ``.localhost`` is a third
party: it answers with next to nothing, and its requests are counted; ``hits.localhost`` tells.
"""

from __future__ import annotations

import json
import re
import socket
import sys
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bench.peers import FOLDER as PEER_FOLDER
from bench.peers import PEERS
from bench.samples import KEYS, newspaper
from daccord import Daccord
from daccord.demo.origins import Origins
from daccord.demo.paper import paper
from daccord.enforcement.gate import gate_whole
from daccord.enforcement.url import page_at
from daccord.exchange.exchange import Exchange

PAGES = ("paper", "plain", "strict", "six")
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PLAIN = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Une page</title>
{head}</head>
<body><h1>La mer monte, la digue tient</h1>
<p>Au petit matin, la jetée grince et le phare s’éteint. Les pêcheurs rentrent.</p>
{body}</body></html>
"""
SIX = """<script src="http://one.localhost:{port}/1.js"></script>
<img src="http://two.localhost:{port}/2.gif" alt="" width="1" height="1">
<iframe src="http://three.localhost:{port}/3.html" title="post"></iframe>
<link rel="stylesheet" href="http://four.localhost:{port}/4.css">
<script>
const tag = document.createElement("script");
tag.src = "http://five.localhost:{port}/5.js";
document.head.append(tag);
</script>
<script>fetch("http://six.localhost:{port}/6", {{mode: "no-cors"}}).catch(() => 0);</script>
"""
PIXEL = bytes.fromhex(
    "4749463839610100010080000000000000000021f90401000000002c00000000010001000002024401003b"
)
TYPES = {
    ".js": ("text/javascript", b"/**/"),
    ".css": ("text/css", b"/**/"),
    ".html": ("text/html", b"<!doctype html><title>.</title>"),
    ".gif": ("image/gif", PIXEL),
}


class Site:
    """Dispatches by host. ``port`` is where all of it listens."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.hits: list[str] = []
        names = ("comments", "social", "ads", "tags")
        comments, social, ads, tags = (f"http://{name}.localhost:{port}" for name in names)
        self.origins = Origins(comments=comments, social=social, ads=ads, tags=tags)
        self.paper = paper(origins=self.origins, data=folder)
        simple = Starlette(routes=[Route("/{path:path}", self.simple)])
        self.guarded = {
            "paper": Daccord(self.paper, declaration=newspaper(), data=folder),
            **dict.fromkeys(
                ("plain", "strict", "six"),
                Daccord(simple, declaration=newspaper(), data=folder),
            ),
        }
        self.bare = {"paper": self.paper, **dict.fromkeys(("plain", "strict", "six"), simple)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        host = next((v.decode() for k, v in scope["headers"] if k == b"host"), "")
        name = host.partition(":")[0].removesuffix(".localhost")
        guard, _, page = name.partition("-")
        if name == "hits":
            await self.tell()(scope, receive, send)
        elif page not in PAGES:
            await self.third_party(name, scope)(scope, receive, send)
        elif scope["path"].startswith("/peer/"):
            await _peer_file(scope["path"])(scope, receive, send)
        elif guard == "daccord":
            await self.guarded[page](scope, receive, send)
        elif page == "paper" and "static" not in scope["path"]:
            await (await self.own_page(scope, guard))(scope, receive, send)
        else:
            await self.bare[page](scope, receive, send)

    async def own_page(self, scope: Any, guard: str) -> Response:
        """The article with nothing of third parties in it, and a peer's tags if one guards it."""
        body = await self._fetched(scope)
        exchange = _exchange()
        at = page_at("http", next(v for k, v in scope["headers"] if k == b"host"))
        text = gate_whole(body, exchange.rules(exchange.closed.permitted, at), at).decode()
        if guard in PEERS:
            head, foot = PEERS[guard].tags()
            text = text.replace("</head>", head + "</head>").replace("</body>", foot + "</body>")
        return HTMLResponse(text, headers={"Cache-Control": "private, no-cache"})

    async def _fetched(self, scope: Any) -> bytes:
        parts: list[bytes] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            parts.append(message.get("body", b""))

        await self.paper(scope, receive, send)
        return b"".join(parts)

    async def simple(self, request: Any) -> Response:
        """The minimal page, the strict one, or the one with the six tags."""
        guard, _, page = request.url.hostname.removesuffix(".localhost").partition("-")
        if request.url.path != "/":
            return Response(status_code=404)
        head, foot = PEERS[guard].tags() if guard in PEERS else ("", "")
        body = SIX.format(port=self.port) if page == "six" else ""
        headers = {"Content-Security-Policy": STRICT} if page == "strict" else {}
        return HTMLResponse(PLAIN.format(head=head, body=body + foot), headers=headers)

    def third_party(self, name: str, scope: Any) -> Response:
        """Count a request and answer it with next to nothing."""
        path = scope["path"]
        if not path.startswith("/favicon"):
            self.hits.append(name + path)
        kind, body = TYPES.get(Path(path).suffix, ("text/plain", b""))
        return Response(body, media_type=kind, headers={"Access-Control-Allow-Origin": "*"})

    def tell(self) -> Response:
        """Give the requests that third parties had since the last time."""
        hits, self.hits = self.hits, []
        return JSONResponse(hits)


@cache
def _exchange() -> Exchange:
    return Exchange(newspaper(), KEYS)


def _peer_file(path: str) -> Response:
    file = PEER_FOLDER / "node_modules" / path.removeprefix("/peer/")
    if not re.fullmatch(r"[\w./-]+", path) or ".." in path or not file.is_file():
        return Response(status_code=404)
    kind = {".js": "text/javascript", ".css": "text/css"}.get(file.suffix, "text/plain")
    return Response(file.read_bytes(), media_type=kind)


def main() -> None:
    """Serve on an inherited socket until told to stop: descriptor and folder are arguments."""
    descriptor, folder = sys.argv[1:]
    listening = socket.socket(fileno=int(descriptor))
    site = Site(listening.getsockname()[1], Path(folder))
    config = uvicorn.Config(
        site, loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="error"
    )
    uvicorn.Server(config).run(sockets=[listening])


def hits(port: int) -> list[str]:
    """Ask a running site what its third parties had."""
    import http.client  # noqa: PLC0415 - of the other side

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers={"Host": f"hits.localhost:{port}"})
    found: list[str] = json.loads(connection.getresponse().read())
    connection.close()
    return found


if __name__ == "__main__":
    main()
