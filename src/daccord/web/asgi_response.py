"""The application's response on its way out, message by message.

A page's start is held until its first bytes are there, since both change together. A body that
comes whole is gated whole; one that comes in parts is gated as it comes, and never held for more
than an unfinished tag.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from daccord.declaration.model import Mode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from daccord.exchange.exchange import Exchange
    from daccord.exchange.fields import Fields
    from daccord.exchange.page import Page
    from daccord.exchange.visit import Visit

    Message = MutableMapping[str, Any]
    Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger("daccord")

_HANDSHAKES: Final = frozenset({"websocket.accept", "websocket.http.response.start"})
"""The answers to a WebSocket: no document comes of them, but cookies do."""

_UNREADABLE: Final = frozenset({b"\0"})
"""Stands among the cookie names, of which it can be none, for having told of a compressed page."""

NAMES_SAID: Final = 200
"""Enough for any site; an app that makes up names does not fill the memory."""


class ResponseGuard:
    """One response. Give `send` to the application in the place of the server's.

    ``said`` are the cookie names that the log has already told of, of all responses together.
    """

    __slots__ = ("_held", "_is_head", "_page", "_said", "_send", "_visit")

    def __init__(self, visit: Visit, send: Send, *, is_head: bool, said: set[bytes]) -> None:
        self._said = said
        self._visit = visit
        self._send = send
        self._is_head = is_head
        self._held: Message | None = None
        self._page: Page | None = None

    async def send(self, message: Message) -> None:
        """Pass one message on: changed, held, or as it is."""
        kind = message["type"]
        if kind == "http.response.start":
            await self._start(message, message["status"])
        elif kind in _HANDSHAKES:
            await self._start(message, HTTPStatus.SWITCHING_PROTOCOLS)
        elif self._page is None:
            await self._send(message)
        elif kind == "http.response.body":
            await self._body(self._page, message)
        else:
            await self._send(message)

    async def _start(self, message: Message, status: int) -> None:
        fields = list(message.get("headers", ()))
        page: Page | None = None
        try:
            fields, page = self._visit.respond(status, fields, is_head=self._is_head)
        except Exception:  # noqa: BLE001 - law 11: whatever it is, the page goes out
            _log.exception("a response goes out under the policy of a refusal, without notice")
            fields = closed_fields(self._visit.exchange, fields)
        for name in self._visit.undeclared:
            self._say_undeclared(name)
        if self._visit.is_unreadable and not self._said & _UNREADABLE:
            self._said.update(_UNREADABLE)
            _log.warning(
                "a page is compressed inside daccord and goes out without a notice: "
                "put the compression outside, around daccord"
            )
        started = {**message, "headers": fields}
        if page is None:
            await self._send(started)
        else:
            self._held, self._page = started, page

    def _say_undeclared(self, name: bytes) -> None:
        """Tell the site's developer once about each name; a cookie's value is never told."""
        if name not in self._said and len(self._said) < NAMES_SAID:
            self._said.add(name)
            happens = "passes in observe mode" if self._is_observed else "is dropped"
            _log.warning(
                "the site sets a cookie that no service declares: it %s; name: %r",
                happens,
                name.decode("latin-1"),
            )

    @property
    def _is_observed(self) -> bool:
        return self._visit.policy.mode is Mode.OBSERVE

    async def _body(self, page: Page, message: Message) -> None:
        more = message.get("more_body", False)
        raw = message.get("body", b"")
        try:
            body = page.gate(raw, more=more)
        except Exception:  # noqa: BLE001 - law 11
            _log.exception("a page goes out ungated, under its policy and without notice")
            body = page.give_up()
        if body is None:
            return
        if self._held is not None:
            start, self._held = self._held, None
            await self._send({**start, "headers": page.fields(None if more else len(body))})
        await self._send({**message, "body": body})


def closed_fields(exchange: Exchange, fields: Fields) -> Fields:
    """Give a response's fields under the policy of a refusal: no cookie, nothing from elsewhere."""
    kept = [field for field in fields if field[0].lower() != b"set-cookie"]
    return [*kept, *exchange.closed.headers]


def closed_send(exchange: Exchange, send: Send) -> Send:
    """Give a `send` for a request that could not be looked at."""

    async def closed(message: Message) -> None:
        if message["type"] == "http.response.start":
            fields = closed_fields(exchange, list(message.get("headers", ())))
            message = {**message, "headers": fields}
        await send(message)

    return closed
