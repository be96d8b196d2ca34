"""Serving an app as a third party does: over logged connections, with a control URL for tests.

Rules: a control request (`/__health`, `/__log`) is answered before the app sees it and is never
logged; a page can not make one (Fetch Metadata tells a page from a test).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from daccord.demo.thirdparties.log import (
    CONTROL_PREFIX,
    SENT_LIMIT,
    Log,
    Request,
    now_ms,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Logged:
    """An app whose every request is written to a `Log`, and which answers the control URLs."""

    def __init__(self, app: ASGIApp, log: Log | None, on_clear: Callable[[], None] | None) -> None:
        self.app = app
        self.log = log
        self.on_clear = on_clear
        self.by_peer: dict[tuple[str, int], int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["path"].encode().startswith(CONTROL_PREFIX):
            await self.control(scope)(scope, receive, send)
            return
        if self.log is None:
            await self.app(scope, receive, send)
            return
        request = _describe(scope, self._connection_of(scope))
        self.log.requests.append(request)
        await self.app(scope, _overheard(receive, request), send)

    def control(self, scope: Scope) -> Response:
        """Answer a control request: the health of the server, its log, or an emptied log."""
        if Headers(scope=scope).get("sec-fetch-site", "none") != "none":
            return PlainTextResponse("not for pages\n", 403)
        if scope["path"] == "/__health":
            return PlainTextResponse("ok\n")
        if scope["path"] != "/__log" or self.log is None:
            return PlainTextResponse("not here\n", 404)
        if scope["method"] == "DELETE":
            self.log.clear()
            if self.on_clear:
                self.on_clear()
            return Response(status_code=204)
        return JSONResponse(self.log.to_value(), headers={"Cache-Control": "no-store"})

    def protocol(self, log: Log) -> type[H11Protocol]:
        """Make the connection class that writes to the log."""
        logged = self

        class Ears(H11Protocol):
            """A connection that notes its opening and every byte that arrives."""

            number = 0

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                self.number = log.open()
                if self.client:
                    logged.by_peer[self.client] = self.number

            def data_received(self, data: bytes) -> None:
                log.receive(self.number, data)
                super().data_received(data)

            def connection_lost(self, exc: Exception | None) -> None:
                log.close(self.number)
                if self.client:
                    logged.by_peer.pop(self.client, None)
                super().connection_lost(exc)

        return Ears

    def _connection_of(self, scope: Scope) -> int:
        client = scope.get("client")
        return self.by_peer.get((client[0], client[1]), 0) if client else 0


def serve(
    app: ASGIApp,
    sockets: list[socket.socket],
    *,
    log: Log | None = None,
    on_clear: Callable[[], None] | None = None,
) -> None:
    """Serve ``app`` on listening ``sockets`` until SIGTERM, SIGINT, or the end of stdin.

    The end of stdin is the parent's death, however sudden: the child never outlives it.
    """
    logged = Logged(app, log, on_clear)
    config = uvicorn.Config(
        logged,
        http=logged.protocol(log) if log is not None else "auto",
        ws="websockets-sansio",
        # "auto" would take a fault at the start (a wrong declaration) for an app without lifespan
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        # a live page (server-sent events) never ends by itself: not worth waiting for
        timeout_graceful_shutdown=1,
        timeout_keep_alive=30,
    )
    asyncio.run(_serve(uvicorn.Server(config), sockets))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # already stopping: being asked again is no news


async def _serve(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True

    # uvicorn would raise the signal once more after its shutdown; a child that was asked to stop
    # has stopped well and exits with 0
    server.capture_signals = _no_capture  # type: ignore[method-assign]
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    threading.Thread(target=_await_parent, args=(loop, stop), daemon=True).start()
    await server.serve(sockets)


@contextlib.contextmanager
def _no_capture() -> Iterator[None]:
    yield


def _await_parent(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    # the raw descriptor: a buffered read would hold a lock that the interpreter wants at its exit
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    with contextlib.suppress(RuntimeError):  # the loop has ended before the parent
        loop.call_soon_threadsafe(stop)


def _describe(scope: Scope, connection: int) -> Request:
    headers = Headers(scope=scope)
    return Request(
        at_ms=now_ms(),
        connection=connection,
        kind=scope["type"],
        method=scope.get("method", "GET"),
        host=headers.get("host", ""),
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers={name: ", ".join(headers.getlist(name)) for name in headers},
        cookies=parse_cookies(headers.get("cookie", "")),
    )


def parse_cookies(header: str) -> dict[str, str]:
    """Give the cookies of a request by name; of a malformed header, nothing."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _overheard(receive: Receive, request: Request) -> Receive:
    async def hear() -> Message:
        message = await receive()
        part: Any = message.get("body") or message.get("bytes") or message.get("text") or b""
        text = part if isinstance(part, str) else part.decode("utf-8", "replace")
        request.body += text[: SENT_LIMIT - len(request.body)]
        return message

    return hear
