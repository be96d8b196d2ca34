"""One process that takes choices: daccord around an app with a bare POST endpoint beside it.

``/bare`` is answered by a plain ASGI function that reads the body and redirects, as a choice does,
outside daccord: what this server does at best. The log is merged and signed meanwhile, as it is on
a site.
"""

from __future__ import annotations

import gc
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn

from bench.samples import answering, newspaper
from daccord import Daccord
from daccord.ledger.signing import make_key
from daccord.server.folder import LEDGER_KEY_FILE

BARE = "/bare"


def make(folder: Path) -> Any:
    """The app, with its ledger in ``folder``."""
    guarded = Daccord(answering(b"ok", b"text/plain"), declaration=newspaper(), data=folder)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == BARE:
            await _bare(receive, send)
        else:
            await guarded(scope, receive, send)

    return app


async def _bare(receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    fields = [(b"location", b"/fr/"), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": fields})
    await send({"type": "http.response.body", "body": b""})


def main() -> None:
    """Serve on an inherited socket until told to stop: descriptor and folder are arguments."""
    descriptor, folder = sys.argv[1:]
    make_key(Path(folder) / LEDGER_KEY_FILE, "bench.example/log")
    app = make(Path(folder))
    gc.collect()
    gc.freeze()  # as docs/guides/asgi.md has it: a full collection stops everything for 20 ms
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        backlog=512,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main()
