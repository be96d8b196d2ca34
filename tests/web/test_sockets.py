"""A WebSocket's handshake: what the site's app sees of it, and what it answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.site import guard

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from daccord.web.asgi import Receive, Scope, Send

LINES = [
    (b"set-cookie", b"session=s"),
    (b"Set-Cookie", b"_plaza=p"),
    (b"set-cookie", b"unknown=u"),
    (b"x-more", b"1"),
]


def connect(declaration: Declaration, *messages: dict[str, Any]) -> tuple[Scope, list[Any]]:
    """Answer a handshake with ``messages``; give what the app saw, and what went out."""
    seen: list[Scope] = []
    sent: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        seen.append(scope)
        for message in messages:
            await send(message)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "scheme": "wss",
        "path": "/live",
        "query_string": b"",
        "headers": [(b"host", b"site.example"), (b"cookie", b"session=s; _plaza=p; unknown=u")],
    }
    asyncio.run(guard(app, declaration)(scope, receive, send))
    return seen[0], sent


@pytest.mark.promise("P3")
def test_a_refused_service_sets_no_cookie_by_a_handshake(newspaper: Declaration) -> None:
    """Chromium keeps the cookies of a handshake as it does those of a page."""
    kept = [(b"set-cookie", b"session=s"), (b"x-more", b"1")]
    close = {"type": "websocket.close", "code": 1000}
    seen, sent = connect(newspaper, {"type": "websocket.accept", "headers": LINES}, close)
    assert sent == [{"type": "websocket.accept", "headers": kept}, close]
    assert dict(seen["headers"])[b"cookie"] == b"session=s"


def test_a_handshake_that_is_denied_sets_none_either(newspaper: Declaration) -> None:
    body = {"type": "websocket.http.response.body", "body": b"<p>no</p>"}
    start = {"type": "websocket.http.response.start", "status": 403}
    html = (b"content-type", b"text/html")
    _, sent = connect(newspaper, {**start, "headers": [html, *LINES]}, body)
    kept = [html, (b"set-cookie", b"session=s"), (b"x-more", b"1")]
    assert sent == [{**start, "headers": kept}, body]


def test_a_handshake_without_fields_is_accepted(newspaper: Declaration) -> None:
    assert connect(newspaper, {"type": "websocket.accept"})[1][0]["type"] == "websocket.accept"
