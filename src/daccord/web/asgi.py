"""daccord around an ASGI application: HTTP messages to the exchange and back, nothing decided.

Whatever goes wrong in daccord, the page goes out: without the notice if need be, and always under
the policy of a refusal (law 11). Sits inside compression, outside everything that sets cookies.
"""

from __future__ import annotations

import asyncio
import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from daccord.consent.answer import MAXIMUM_FORM_BYTES
from daccord.enforcement.report import MAXIMUM_REPORT_BYTES, parse_report
from daccord.errors import DaccordError
from daccord.exchange.addresses import CHOICE_PATH, REPORT_PATH
from daccord.exchange.own import error_reply, own_reply, report_reply
from daccord.exchange.post import (
    Unwelcome,
    check_post,
    read_post,
    record_of,
    reply_recorded,
    reply_unchanged,
    reply_unrecorded,
)
from daccord.exchange.view import View
from daccord.web.asgi_body import read_body
from daccord.web.asgi_ledger import LedgerRoutes
from daccord.web.asgi_response import ResponseGuard, closed_send
from daccord.web.record_ids import new_record_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from daccord.consent.record import ConsentRecord
    from daccord.exchange.exchange import Exchange
    from daccord.exchange.reply import Reply
    from daccord.exchange.visit import Visit
    from daccord.web.asgi_ledger import Ledger

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger("daccord")

DAY_SECONDS = 86_400

RECORD_SECONDS = 5.0
"""How long a reader waits for a disk that hangs before they are told that nothing was granted."""

PAST_THE_GUARD = frozenset(
    {
        "http.response.pathsend",
        "http.response.zerocopysend",
        "http.response.push",
        "http.response.early_hint",
    }
)


class Recorder(Protocol):
    """Where consents are made durable: what the adapter is given of the ledger."""

    async def append_async(self, record: ConsentRecord) -> None:
        """Return once ``record`` is durable; raise LedgerError when it cannot be made so."""
        ...

    def count_refusal(self, day: int, declaration_version: str) -> None:
        """Count one refusal; never waits, never fails."""
        ...

    def count_report(self, directive: str, host: str, day: int) -> None:
        """Count one report of the browser; never waits, never fails."""
        ...


class Middleware:
    """An ASGI application around another one, with an exchange and a recorder made elsewhere.

    Without a ``ledger`` the pages that need one say that it is out of reach.
    """

    def __init__(
        self, app: App, *, exchange: Exchange, recorder: Recorder, ledger: Ledger | None = None
    ) -> None:
        self.app = app
        self.exchange = exchange
        self.recorder = recorder
        self._ledger_routes = LedgerRoutes(exchange, ledger)
        self._undeclared_said: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        kind = scope["type"]
        if kind not in {"http", "websocket"} or self.exchange.is_excluded(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            visit = self._visit(scope)
        except Exception:  # noqa: BLE001 - law 11: whatever it is, the page goes out
            _log.exception("a request goes unlooked at, under the policy of a refusal")
            headers = [field for field in scope["headers"] if field[0] != b"cookie"]
            unseen = {**scope, "headers": headers}
            await self.app(unseen, receive, closed_send(self.exchange, send))
            return
        inner = {**scope, "headers": visit.headers, "daccord": View(visit)}
        if kind == "websocket":
            guard = ResponseGuard(visit, send, is_head=False, said=self._undeclared_said)
            await self.app(inner, receive, guard.send)
            return
        if self.exchange.is_own(scope["path"]):
            await self._serve_own(visit, scope, receive, send)
            return
        if scope.get("extensions"):
            inner["extensions"] = _keep_bodies_here(scope["extensions"])
        guard = ResponseGuard(
            visit, send, is_head=scope["method"] == "HEAD", said=self._undeclared_said
        )
        await self.app(inner, receive, guard.send)

    def _visit(self, scope: Scope) -> Visit:
        today = int(time.time()) // DAY_SECONDS
        # The raw path as the browser sent it leads back to the page; `path` is decoded.
        return self.exchange.visit(
            scope["headers"],
            scheme="https" if scope["scheme"] in {"https", "wss"} else "http",
            path=scope.get("raw_path") or scope["path"].encode(),
            query=scope.get("query_string", b""),
            today=today,
        )

    async def _serve_own(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        try:
            if path == CHOICE_PATH:
                reply = await self._choose(visit, scope, receive)
            elif path == REPORT_PATH:
                reply = await self._report(visit, scope, receive)
            elif self._ledger_routes.takes(path):
                reply = await self._ledger_routes.reply(visit, scope, receive)
            else:
                reply = own_reply(self.exchange, visit, method, path)
        except Unwelcome as refusal:
            reply = error_reply(self.exchange, visit, refusal.status, allow=refusal.allow)
        await _send(reply, send, is_head=method == "HEAD")

    async def _choose(self, visit: Visit, scope: Scope, receive: Receive) -> Reply:
        check_post(scope["method"], visit.scheme, scope["headers"])
        raw = await read_body(receive, MAXIMUM_FORM_BYTES)
        posted = read_post(self.exchange, visit, raw)
        change = posted.change
        if change is None:
            return reply_unchanged(posted)
        if not change.needs_record:
            if change.refused - posted.before.refused:  # not for an objection that is lifted
                self.recorder.count_refusal(visit.today, self.exchange.declaration.version)
            return reply_recorded(self.exchange, posted, change, record=None)
        record = record_of(
            self.exchange,
            posted,
            change,
            id_=new_record_id(),
            time_ms=time.time_ns() // 1_000_000,
        )
        try:
            async with asyncio.timeout(RECORD_SECONDS):
                await self.recorder.append_async(record)
        except Exception as error:  # noqa: BLE001 - law 5: whatever a store raises
            # The record may still come to be written: then it is there without an effect.
            # Words of ours are safe to log; a driver's may quote the record.
            said = repr(error) if isinstance(error, DaccordError) else type(error).__name__
            _log.error("a consent could not be recorded and does not hold: %s", said)
            return reply_unrecorded(self.exchange, posted, change)
        return reply_recorded(self.exchange, posted, change, record=record.id)

    async def _report(self, visit: Visit, scope: Scope, receive: Receive) -> Reply:
        reply = report_reply(self.exchange, visit, scope["method"])
        if reply.status == HTTPStatus.NO_CONTENT:
            for violation in parse_report(await read_body(receive, MAXIMUM_REPORT_BYTES)):
                self.recorder.count_report(violation.directive, violation.host, visit.today)
        return reply


def _keep_bodies_here(extensions: Mapping[str, Any]) -> dict[str, Any]:
    """Withhold the ways past the guard: files sent by the server, pushes, early hints."""
    return {name: value for name, value in extensions.items() if name not in PAST_THE_GUARD}


async def _send(reply: Reply, send: Send, *, is_head: bool) -> None:
    start = {"type": "http.response.start", "status": reply.status, "headers": reply.headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"" if is_head else reply.body})
