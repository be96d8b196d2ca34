"""The newspaper of these tests as one process: several papers on one address, one shown at a time.

All have the same origin, as before and after a change at the publisher's. `SHOW` + a name switches;
``guarded`` is the paper that ``daccord demo`` serves.
"""

from __future__ import annotations

import asyncio
import os
import tomllib
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from daccord import Daccord
from daccord.declaration.parse import parse_declaration, parse_mapping
from daccord.demo.ledger_key import keep_ledger_key
from daccord.demo.paper.app import paper
from daccord.demo.paper.guarded import DECLARATION, guarded_paper
from daccord.demo.parties import Party, Served
from daccord.demo.thirdparties.log import Log
from tests.browser.escape_pages import escape_routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from daccord.declaration.model import Declaration
    from daccord.demo.addresses import Addresses

KEY: Final = "YnJvd3Nlci10ZXN0cy1icm93c2VyLXRlc3RzLWJyb3c"
"""The cookie key, base64url of 32 bytes: what the tests sign a choice of another day with."""

SHOW: Final = "/-/show/"

PARTY: Final = Party(
    name="paper",
    title="the newspaper",
    hosts={"paper": "paper.localhost"},
    module="tests.browser.press",
)

NEW_SERVICE: Final = "bouee"


def guarded_declaration() -> Declaration:
    """The newspaper's own declaration."""
    return parse_declaration(DECLARATION.read_bytes(), name=DECLARATION.name)


def _changed(change: Callable[[dict[str, Any]], None]) -> Declaration:
    mapping = tomllib.loads(DECLARATION.read_text("utf-8"))
    change(mapping)
    return parse_mapping(mapping, name="changed.toml")


def _add_service(mapping: dict[str, Any]) -> None:
    social = next(s for s in mapping["services"] if "social.localhost:*" in s.get("hosts", ()))
    recipient = {**social["recipient"], "name": "Bouée SARL", "country": "FR"}
    kept = {key: social[key] for key in ("purposes", "data", "retention")}
    new = {"id": NEW_SERVICE, "title": "Bouée", "summary": "Une bouée.", "recipient": recipient}
    mapping["services"].append({**kept, **new, "hosts": ["buoy.localhost:*"]})


def _reword(mapping: dict[str, Any]) -> None:
    for purpose in mapping["purposes"]:
        purpose["summary"] = {"fr": "Dit autrement.", "en": "Said in other words."}


def added_declaration() -> Declaration:
    """The newspaper's declaration with one more service: something new to ask (CNIL-11)."""
    return _changed(_add_service)


def reworded_declaration() -> Declaration:
    """The newspaper's declaration in other words: nothing new to ask."""
    return _changed(_reword)


def make(addresses: Addresses, data: Path) -> Served:
    """Serve the papers: without daccord, with it, and with a changed declaration."""
    os.environ["DACCORD_COOKIE_KEYS"] = KEY
    os.environ["DACCORD_DATA"] = str(data / "daccord")
    origins = addresses.to_origins()
    keep_ledger_key(data, addresses.paper)

    def changed(declaration: Declaration) -> ASGIApp:
        app = paper(origins=origins, data=data)
        app.add_middleware(Daccord, declaration=declaration, data=data / declaration.version)
        return app

    routes = escape_routes(addresses)
    return Served(
        app=Switch(
            {
                "guarded": guarded_paper(origins=origins, data=data, extra=routes),
                "plain": paper(origins=origins, data=data, extra=routes),
                "added": changed(added_declaration()),
                "reworded": changed(reworded_declaration()),
            }
        ),
        log=Log(),
    )


class Switch:
    """Shows one of several apps; every one is started and stopped with it."""

    def __init__(self, apps: dict[str, ASGIApp]) -> None:
        self.apps = apps
        self.shown = next(iter(apps.values()))
        self._outer = Starlette(
            lifespan=self._lifespan,
            routes=[Route(SHOW + "{name}", self._show, methods=["POST"])],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the switch itself, and give everything else to the app that is shown."""
        is_own = scope["type"] == "lifespan" or scope["path"].startswith(SHOW)
        await (self._outer if is_own else self.shown)(scope, receive, send)

    async def _show(self, request: Request) -> PlainTextResponse:
        self.shown = self.apps[request.path_params["name"]]
        return PlainTextResponse("shown\n")

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in self.apps.values():
                await stack.enter_async_context(_running(app))
            yield


@asynccontextmanager
async def _running(app: ASGIApp) -> AsyncIterator[None]:
    """Start an app as a server does, and stop it at the end."""
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    said: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.ensure_future(app({"type": "lifespan", "state": {}}, told.get, said.put))
    for step in ("startup", "shutdown"):
        await told.put({"type": f"lifespan.{step}"})
        message = await said.get()
        assert message["type"] == f"lifespan.{step}.complete", message
        if step == "startup":
            yield
    await task
