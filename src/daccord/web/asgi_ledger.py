"""The routes that read the ledger, or erase from it: in threads, a few at once, never for long.

1. A page view comes by none of this.
2. Whatever a store raises, the reader gets a page that says so (503), and the log of the site one
   line without anything of a reader.
3. No more than `MAXIMUM_WAITING` requests wait for the store; further ones are told to come again.
4. Erasing has one thread of its own. It may take long (a reader may have changed their mind a
   thousand times), and nobody who only reads waits behind it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from daccord.consent.answer import MAXIMUM_FORM_BYTES
from daccord.errors import ChoiceRejected, DaccordError
from daccord.exchange.addresses import (
    CONSENTS_PATH,
    FORGET_PATH,
    LOG_PREFIX,
    RECEIPT_PATH,
    VERIFY_PATH,
)
from daccord.exchange.consents import (
    consents_reply,
    looked_up_reply,
    out_of_reach_reply,
    receipt_reply,
    verify_reply,
)
from daccord.exchange.forget import Do, parse_forget_form, reply_forgotten
from daccord.exchange.log import log_error, log_reply, read_log_address
from daccord.exchange.post import Unwelcome, check_post
from daccord.web.asgi_body import read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from concurrent.futures import Future

    from daccord.consent.choice import RecordId
    from daccord.declaration.model import Language
    from daccord.exchange.consents import Held
    from daccord.exchange.exchange import Exchange
    from daccord.exchange.log import Wanted
    from daccord.exchange.reply import Reply
    from daccord.exchange.visit import Visit
    from daccord.merkle.notes import VerifierKey
    from daccord.web.asgi import Receive, Scope

_log = logging.getLogger("daccord")

T = TypeVar("T")

THREADS: Final = 4
MAXIMUM_WAITING: Final = 64
"""Requests that wait for the store or are with it; a read takes a millisecond or two."""

READ_SECONDS: Final = 5.0
MAXIMUM_ERASING: Final = 16
"""Requests that erase or wait for it."""
ERASE_SECONDS: Final = 20.0
"""To erase for good takes the file's write lock, and its log is emptied."""

OWN_PATHS: Final = frozenset({CONSENTS_PATH, FORGET_PATH, RECEIPT_PATH, VERIFY_PATH})


class Ledger(Protocol):
    """What the pages ask of the ledger. Every method may wait, and be called from any thread."""

    def fetch(self, wanted: Wanted) -> bytes | None:
        """Something of the public log; ``None`` where there is none, or no checkpoint covers it."""
        ...

    def keys(self) -> Sequence[VerifierKey]:
        """The keys that sign and signed this log, oldest first."""
        ...

    def held(self, record_id: RecordId) -> Held | None:
        """The record of that id and its receipt; ``None`` where there is no record."""
        ...

    def held_by(self, receipt: bytes) -> Held | None:
        """The record that a receipt is of, if it is there and the receipt has its salt."""
        ...

    def is_in_log(self, receipt: bytes) -> bool:
        """Whether the log has the commitment of a receipt at the leaf that it names."""
        ...

    def forget(self, record_id: RecordId) -> Collection[RecordId]:
        """Erase a record and those before it on the same device; give what there is no more.

        ``record_id`` is among them whether it was there or not.
        """
        ...


class OutOfReach(Exception):
    """The store could not answer, or was not asked because too much is waiting."""


class LedgerRoutes:
    """Answers what the ledger is needed for."""

    def __init__(self, exchange: Exchange, ledger: Ledger | None) -> None:
        self._exchange = exchange
        self._ledger = ledger
        self._begin()

    def _begin(self) -> None:
        """Make threads of this process's own: a fork has none of its parent's."""
        self._process = os.getpid()
        self._reading = _Desk(THREADS, MAXIMUM_WAITING, name="daccord-pages")
        self._erasing = _Desk(1, MAXIMUM_ERASING, name="daccord-erasing")

    def takes(self, path: str) -> bool:
        """Whether ``path`` is answered here."""
        return path in OWN_PATHS or path.startswith(LOG_PREFIX)

    async def reply(self, visit: Visit, scope: Scope, receive: Receive) -> Reply:
        """Answer one request. Raises Unwelcome for one that gets an error page."""
        path, method = scope["path"], scope["method"]
        if path.startswith(LOG_PREFIX):
            return await self._log(visit.address, method)
        if path == FORGET_PATH:
            return await self._forget(visit, scope, receive)
        if method not in {"GET", "HEAD"}:
            raise Unwelcome(405, allow=b"GET, HEAD")
        try:
            if path == VERIFY_PATH:
                return verify_reply(self._exchange, visit, await self._ask(_keys))
            held = await self._own(visit)
        except OutOfReach:
            return out_of_reach_reply(self._exchange, visit)
        page = receipt_reply if path == RECEIPT_PATH else consents_reply
        return page(self._exchange, visit, held)

    async def _log(self, address: str, method: str) -> Reply:
        wanted = read_log_address(address)
        if wanted is None:
            return log_error(404)
        if method not in {"GET", "HEAD"}:
            return log_error(405)
        try:
            return log_reply(wanted, await self._ask(lambda ledger: ledger.fetch(wanted)))
        except OutOfReach:
            return log_error(503)

    async def _own(self, visit: Visit) -> Held | None:
        """What the ledger has of the consent in the reader's cookie; a refusal asks it nothing."""
        record = visit.stored.record
        return None if record is None else await self._ask(lambda ledger: ledger.held(record))

    async def _forget(self, visit: Visit, scope: Scope, receive: Receive) -> Reply:
        check_post(scope["method"], visit.scheme, scope["headers"])
        try:
            form = parse_forget_form(await read_body(receive, MAXIMUM_FORM_BYTES))
        except ChoiceRejected as error:
            raise Unwelcome(400) from error
        language = visit.language(form.lang)
        try:
            if form.receipt or form.do is Do.LOOK:
                return await self._by_receipt(visit, form.do, form.receipt, language)
            return await self._erase(visit, visit.stored.record, language)
        except OutOfReach:
            return out_of_reach_reply(self._exchange, visit, language)

    async def _by_receipt(self, visit: Visit, do: Do, raw: bytes, language: Language) -> Reply:
        held = await self._ask(lambda ledger: ledger.held_by(raw))
        if held is not None and do is Do.FORGET:
            return await self._erase(visit, held.record.id, language)
        keys = await self._ask(_keys)
        is_in_log = await self._ask(lambda ledger: ledger.is_in_log(raw))
        return looked_up_reply(
            self._exchange, visit, held, raw=raw, keys=keys, is_in_log=is_in_log, language=language
        )

    async def _erase(self, visit: Visit, record: RecordId | None, language: Language) -> Reply:
        erased: Collection[RecordId] = ()
        if record is not None:
            erased = await self._ask(lambda ledger: ledger.forget(record), is_erasing=True)
        return reply_forgotten(self._exchange, visit, erased, language=language)

    async def _ask(self, ask: Callable[[Ledger], T], *, is_erasing: bool = False) -> T:
        """Ask the ledger in a thread. Raises OutOfReach for whatever goes wrong, and too late."""
        ledger = self._ledger
        if self._process != os.getpid():
            self._begin()
        if ledger is None:
            raise OutOfReach
        asked = (self._erasing if is_erasing else self._reading).submit(lambda: ask(ledger))
        try:
            async with asyncio.timeout(ERASE_SECONDS if is_erasing else READ_SECONDS):
                return await asyncio.wrap_future(asked)
        except Exception as error:
            # Words of ours are safe to log; a driver's may quote a record.
            said = repr(error) if isinstance(error, DaccordError) else type(error).__name__
            _log.error("the ledger could not be asked for a page: %s", said)
            raise OutOfReach from error


class _Desk:
    """Threads, and room for so many who wait for one or are with it."""

    def __init__(self, threads: int, maximum: int, *, name: str) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threading.BoundedSemaphore(maximum)

    def submit(self, ask: Callable[[], T]) -> Future[T]:
        """Have ``ask`` called by a thread. Raises OutOfReach where there is no room."""
        if not self._room.acquire(blocking=False):
            raise OutOfReach
        try:
            asked = self._threads.submit(ask)
        except RuntimeError as error:  # the interpreter is going down
            self._room.release()
            raise OutOfReach from error
        # Room is made once the store is done with it, which may be long after the reader was told.
        asked.add_done_callback(lambda _: self._room.release())
        return asked


def _keys(ledger: Ledger) -> Sequence[VerifierKey]:
    return ledger.keys()
