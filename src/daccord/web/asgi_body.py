"""The body of a request, as far as it may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daccord.exchange.post import Unwelcome

if TYPE_CHECKING:
    from daccord.web.asgi import Receive


async def read_body(receive: Receive, limit: int) -> bytes:
    """Read a request's body. Raises Unwelcome (413) as soon as it is over ``limit`` bytes."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":  # the reader went away
            raise Unwelcome(400)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise Unwelcome(413)
        if not message.get("more_body", False):
            return b"".join(parts)
