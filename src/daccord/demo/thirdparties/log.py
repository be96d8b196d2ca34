"""What a server saw: every request, and every accepted connection with what it was sent.

A test reads it over the control URL `/__log`: the third party's own testimony, which nothing in
the browser can embellish. A preconnect is a connection that was sent nothing.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any, Self

CONTROL_PREFIX = b"/__"
SENT_LIMIT = 64 * 1024  # per connection, and per body: a demo's page sends far less


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True, kw_only=True)
class Connection:
    """One accepted TCP connection. ``sent`` is the start of what the client sent, as latin-1."""

    id: int
    opened_ms: int
    sent_bytes: int = 0
    sent: str = ""
    is_open: bool = True


@dataclass(slots=True, kw_only=True)
class Request:
    """One request. Header names are lower case; a repeated header is joined with ``, ``.

    ``kind`` is ``http`` or ``websocket``; a WebSocket's messages are joined into ``body``.
    """

    at_ms: int
    connection: int
    kind: str
    method: str
    host: str
    path: str
    query: str
    headers: dict[str, str]
    cookies: dict[str, str]
    body: str = ""


@dataclass(slots=True)
class Log:
    """The log of one server, in its memory. Only the event loop of the server writes to it."""

    connections: dict[int, Connection] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    counted: int = 0

    def open(self) -> int:
        """Note an accepted connection; give its number, which counts from 1."""
        self.counted += 1
        self.connections[self.counted] = Connection(id=self.counted, opened_ms=now_ms())
        return self.counted

    def receive(self, number: int, data: bytes) -> None:
        """Note what a connection was sent, and forget one that was opened for a control request."""
        connection = self.connections.get(number)
        if connection is None:  # it was open when the log was cleared
            connection = self.connections[number] = Connection(id=number, opened_ms=now_ms())
        if not connection.sent_bytes and data.partition(b" ")[2].startswith(CONTROL_PREFIX):
            del self.connections[number]
            return
        connection.sent_bytes += len(data)
        connection.sent += data[: SENT_LIMIT - len(connection.sent)].decode("latin-1")

    def close(self, number: int) -> None:
        """Note that a connection has ended."""
        if connection := self.connections.get(number):
            connection.is_open = False

    def clear(self) -> None:
        """Forget everything; a connection that is still open is noted anew when it sends again."""
        self.connections.clear()
        self.requests.clear()

    def to_value(self) -> dict[str, Any]:
        """Give the log as JSON values, oldest first."""
        return {
            "connections": [asdict(connection) for connection in self.connections.values()],
            "requests": [asdict(request) for request in self.requests],
        }

    @classmethod
    def from_value(cls, value: dict[str, Any]) -> Self:
        """Read what `to_value` gave, on the other side of the control URL."""
        connections = [Connection(**connection) for connection in value["connections"]]
        return cls(
            connections={connection.id: connection for connection in connections},
            requests=[Request(**request) for request in value["requests"]],
        )

    def paths(self) -> list[str]:
        """The path of each request, oldest first."""
        return [request.path for request in self.requests]
