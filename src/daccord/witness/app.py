"""The witness over HTTP, as a bare ASGI app: add-checkpoint, and each log's latest checkpoint.

Nothing here knows what a checkpoint is. A reply leaves after `Memory.settle` has returned.
"""

from __future__ import annotations

import asyncio
import logging
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from daccord.errors import LedgerError
from daccord.merkle.witnessing import LONGEST_BYTES
from daccord.witness.judge import Refused, Reply, read_request, weigh

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from daccord.merkle.notes import Signer, VerifierKey
    from daccord.witness.memory import Memory

    Scope = Mapping[str, Any]
    Receive = Callable[[], Awaitable[Mapping[str, Any]]]
    Send = Callable[[Mapping[str, Any]], Awaitable[None]]

ADD_PATH: Final = "/add-checkpoint"
BODY_SECONDS: Final = 10.0
"""Limit: how long one body may take to arrive. It is of some kilobytes."""

_log = logging.getLogger("daccord.witness")


def clock() -> int:
    """Give the time: seconds since 1970 UTC."""
    return int(time.time())


class Witness:
    """ASGI app. ``now_s`` gives the time of cosignatures. Who made ``memory`` closes it."""

    def __init__(
        self,
        *,
        logs: Mapping[str, tuple[VerifierKey, ...]],
        signer: Signer,
        memory: Memory,
        now_s: Callable[[], int] = clock,
    ) -> None:
        self._logs = logs
        self._signer = signer
        self._memory = memory
        self._now_s = now_s
        self._origins = {sha256(origin.encode()).hexdigest(): origin for origin in logs}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        try:
            reply, extra = await self._answer(scope, receive)
        except LedgerError as error:
            _log.error("the witness cannot remember, so it does not sign: %s", error)
            reply, extra = Reply(500, b"the witness cannot remember, so it does not sign\n"), []
        headers = [
            (b"content-type", reply.media_type.encode()),
            (b"content-length", str(len(reply.body)).encode()),
            (b"x-content-type-options", b"nosniff"),
            *extra,
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, scope: Scope, receive: Receive
    ) -> tuple[Reply, list[tuple[bytes, bytes]]]:
        path, method = scope["path"].removeprefix(scope.get("root_path", "")), scope["method"]
        if path == ADD_PATH:
            if method != "POST":
                return Reply(405, b"POST a checkpoint\n"), [(b"allow", b"POST")]
            return await self._add(receive), [(b"cache-control", b"no-store")]
        origin = self._origins.get(path.removeprefix("/").removesuffix("/checkpoint"))
        if origin is None or not path.endswith("/checkpoint"):
            return Reply(404, b"nothing is here\n"), []
        if method not in {"GET", "HEAD"}:
            return Reply(405, b"GET a checkpoint\n"), [(b"allow", b"GET, HEAD")]
        latest = await asyncio.to_thread(self._memory.latest, origin)
        if latest is None:
            return Reply(404, b"no checkpoint of this log was cosigned yet\n"), []
        return Reply(200, latest.note.encode()), [(b"cache-control", b"max-age=5")]

    async def _add(self, receive: Receive) -> Reply:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                raw = await _read(receive)
        except TimeoutError:
            return Reply(408, b"the request took too long\n")
        # In a thread: an fsync, and some tens of hashes.
        return await asyncio.to_thread(self._judge, raw)

    def _judge(self, raw: bytes) -> Reply:
        try:
            asked = read_request(raw, self._logs)
        except Refused as refused:
            return refused.reply
        # The clock is read inside: whoever is let in later must not come with an earlier time.
        verdict = self._memory.settle(
            asked.origin,
            lambda latest: weigh(asked, latest, now_s=self._now_s(), signer=self._signer),
        )
        if verdict.reply.status == 503:
            _log.error("the clock says less than it said before: no log is cosigned until then")
        return verdict.reply


async def _read(receive: Receive) -> bytes:
    """Read a body, or one byte more than is allowed: `parse_add_checkpoint` refuses that."""
    body = bytearray()
    while len(body) <= LONGEST_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body[: LONGEST_BYTES + 1])
