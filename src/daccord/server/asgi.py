"""``Daccord``: all of daccord as one line of an ASGI site."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from daccord.consent.cookie import USE
from daccord.consent.keys import Keyring
from daccord.errors import DaccordError, LedgerError
from daccord.exchange.exchange import Exchange
from daccord.ledger.anchoring import Anchoring
from daccord.merkle.notes import format_vkey
from daccord.receipt.statements import KeyStatement, encode_statement
from daccord.server.folder import LEDGER_KEY_FILE
from daccord.server.ledger_desk import LedgerDesk
from daccord.server.ledgers import ledger_at
from daccord.server.publishing import version_of
from daccord.server.settings import read_settings
from daccord.web.asgi import Middleware

if TYPE_CHECKING:
    import os

    from daccord.declaration.model import Declaration
    from daccord.ledger.store import Store
    from daccord.web.asgi import App, Receive, Scope, Send

_log = logging.getLogger("daccord")

PUBLISH_SECONDS: Final = 2.0
"""How long a start waits for the log. A disk that hangs must not keep the site from starting."""


def _is_server_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class Daccord:
    """ASGI middleware that keeps a site's promises to its readers.

    ``app.add_middleware(Daccord, declaration="daccord.toml")`` in Starlette and FastAPI;
    ``app = Daccord(app, declaration="daccord.toml")`` around a Litestar app, whose own middleware
    stands behind its router, and around any other ASGI app.

    ``declaration`` is a path or a parsed `Declaration`; ``data`` the folder of the ledger and the
    cookie key (``DACCORD_DATA``, else ``./daccord-data``); ``ledger`` a store made elsewhere, which
    then signs and forgets as it was made to.

    A wrong setting stops the start with every fault (law 11). Made before the server runs, this
    raises DeclarationFaults or SettingsFault. Made by a framework while the server is starting, it
    says so by ``lifespan.startup.failed``: servers take an exception there for an app that knows
    no lifespan, and go on.
    """

    def __init__(
        self,
        app: App,
        *,
        declaration: Declaration | str | os.PathLike[str] = "daccord.toml",
        data: str | os.PathLike[str] | None = None,
        ledger: Store | None = None,
    ) -> None:
        self._app = app
        self._fault: DaccordError | None = None
        try:
            settings = read_settings(declaration, data=data)
            keys = Keyring(settings.keys, use=USE)
            self.ledger = ledger or ledger_at(
                settings.ledger,
                data=settings.data,
                signer=settings.signer,
                keep_days=settings.declaration.site.record_days,
            )
            self._anchoring = (
                Anchoring(self.ledger.tables, settings.witnesses) if settings.witnesses else None
            )
        except DaccordError as fault:
            if not _is_server_running():
                raise
            self._fault = fault
            return
        self._settings = settings
        self._is_published = False
        self._desk = LedgerDesk(
            self.ledger, settings.signer.verifier if settings.signer is not None else None
        )
        self._middleware = Middleware(
            app,
            exchange=Exchange(settings.declaration, keys),
            recorder=self.ledger,
            ledger=self._desk,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the server's start and stop."""
        if self._fault is not None:
            await self._refuse_to_start(self._fault, scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            if not self._is_published:  # a server that was told to leave the lifespan out
                self._publish()
            await self._middleware(scope, receive, send)

    async def _refuse_to_start(
        self, fault: DaccordError, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "lifespan":  # a server that was told to leave the lifespan out
            raise fault
        await receive()
        await send({"type": "lifespan.startup.failed", "message": f"daccord: {fault}"})

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app start and stop; close the ledger when it has stopped."""

        async def closing(message: Any) -> None:  # noqa: ANN401 - an ASGI message
            if message["type"].startswith("lifespan.shutdown."):
                await asyncio.to_thread(self._close)  # the ledger writes what is still waiting
            await send(message)

        try:
            self.ledger.open()
        except LedgerError as error:
            # The site starts all the same (law 11): refusals hold, grants do not (law 5).
            _log.error("no consent can be recorded, so none will hold: %s", error)
        self._publish()
        try:
            # So that the log names a version before any consent under it. The store says by itself
            # what keeps it from that, and goes on trying.
            async with asyncio.timeout(PUBLISH_SECONDS):
                await asyncio.to_thread(self.ledger.merge)
        except (LedgerError, TimeoutError):
            _log.debug("the site starts before its version is in the log")
        await self._app(scope, receive, closing)

    def _publish(self) -> None:
        """Have the key and what readers will be shown in the log, before the first consent.

        And have each checkpoint that comes of it taken to the witnesses, if there are any.
        """
        self._is_published = True
        settings = self._settings
        if settings.signer is None:
            _log.warning(
                "the log is not signed, so there are no receipts: no key at %s\n"
                "  hint: `daccord ledger keygen` makes one; keep a copy of it elsewhere",
                settings.data / LEDGER_KEY_FILE,
            )
        else:
            statement = KeyStatement(vkey=format_vkey(settings.signer.verifier))
            self.ledger.publish(encode_statement(statement), {})
        self.ledger.publish(*version_of(settings.declaration))
        if self._anchoring is not None:
            self._anchoring.start()

    def _close(self) -> None:
        if self._anchoring is not None:
            self._anchoring.close()
        self._desk.close()
        self.ledger.close()
