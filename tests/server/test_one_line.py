"""One line for Starlette, FastAPI, Litestar and a plain ASGI app: the same contract for each."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse as FastAPIHTMLResponse
from litestar import Litestar, MediaType, get
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from daccord import Daccord
from daccord.errors import DeclarationFaults
from daccord.ledger.sqlite import SqliteStore
from daccord.server.folder import LEDGER_FILE
from daccord.web.jinja import daccord_context
from tests.web.client import Browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from daccord.web.asgi import App

NEWSPAPER = Path(__file__).parent.parent / "declaration" / "newspaper.toml"
PAGE = (
    "<!doctype html><html lang=en><body><h1>Hello</h1>"
    "<iframe src=https://social.localhost/x></iframe></body></html>"
)


def in_starlette(data: Path) -> App:
    async def page(_request: Request) -> HTMLResponse:
        return HTMLResponse(PAGE)

    app = Starlette(routes=[Route("/page", page)])
    app.add_middleware(Daccord, declaration=NEWSPAPER, data=data)
    return app


def in_fastapi(data: Path) -> App:
    app = FastAPI()
    app.add_middleware(Daccord, declaration=NEWSPAPER, data=data)

    @app.get("/page", response_class=FastAPIHTMLResponse)
    async def page() -> str:
        return PAGE

    return app


def in_litestar(data: Path) -> App:
    @get("/page", media_type=MediaType.HTML, sync_to_thread=False)
    def page() -> str:
        return PAGE

    # Litestar's own middleware stands behind its router, which knows none of daccord's addresses.
    app: Any = Litestar([page])
    return Daccord(app, declaration=NEWSPAPER, data=data)


def in_plain_asgi(data: Path) -> App:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        fields = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": PAGE.encode()})

    return Daccord(app, declaration=NEWSPAPER, data=data)


@pytest.mark.parametrize("make", [in_starlette, in_fastapi, in_litestar, in_plain_asgi])
def test_the_whole_life_of_a_choice(make: Callable[[Path], App], tmp_path: Path) -> None:
    browser = Browser(make(tmp_path))
    page = browser.get()
    assert page.status == 200
    assert "social.localhost" not in page.text
    assert "id=daccord-accept" in page.text
    shown = page.form_value("shown")
    assert browser.post_form({"do": "accept", "shown": shown, "back": "/page"}).status == 303
    assert "social.localhost" in browser.get().text
    assert browser.post_form({"do": "refuse", "shown": shown}).status == 303
    assert "social.localhost" not in browser.get().text
    assert browser.get("/_daccord/policy").status == 200
    store = SqliteStore(tmp_path / LEDGER_FILE)
    assert [record.way.value for record in store.records()] == ["notice", "withdrawal"]
    store.close()


def test_files_and_compression_and_templates(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "view.html").write_text(
        "<!doctype html><html lang=fr><body>{{ daccord.strip(language='fr') }}"
        "{% call daccord.embed('plaza', language='fr', width=300, height=200) %}<b>embed</b>"
        "{% endcall %}{{ daccord.policy_link() }}</body></html>"
    )
    templates = Jinja2Templates(tmp_path, context_processors=[daccord_context])

    async def file(_request: Request) -> FileResponse:
        return FileResponse(tmp_path / "page.html")

    async def view(request: Request) -> Any:
        return templates.TemplateResponse(request, "view.html")

    app = Starlette(
        routes=[Route("/page", file), Route("/view", view)],
        middleware=[
            Middleware(GZipMiddleware, minimum_size=10),
            Middleware(Daccord, declaration=NEWSPAPER, data=tmp_path),
        ],
    )
    browser = Browser(app)
    page = browser.get()
    assert "social.localhost" not in page.text
    assert page.one("content-length") == str(len(page.body))
    packed = browser.get(extra=[(b"accept-encoding", b"gzip")])
    assert packed.one("content-encoding") == "gzip"
    view_page = browser.get("/view").text
    assert "<b>embed</b>" not in view_page
    assert "<svg width=300 height=200" in view_page
    assert "/_daccord/policy?lang=" in view_page
    browser.post_form({"do": "accept", "shown": page.form_value("shown")})
    assert "<b>embed</b>" in browser.get("/view").text


def test_start_and_stop(tmp_path: Path) -> None:
    """The ledger is opened before the app starts and closed after it has stopped."""
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        seen.append("ledger" if (tmp_path / LEDGER_FILE).exists() else "no ledger")
        yield
        seen.append("stopped")

    app = Starlette(lifespan=lifespan)
    app.add_middleware(Daccord, declaration=NEWSPAPER, data=tmp_path)

    async def live() -> list[str]:
        todo = ["lifespan.startup", "lifespan.shutdown"]
        sent: list[str] = []

        async def receive() -> dict[str, str]:
            return {"type": todo.pop(0)}

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await app({"type": "lifespan", "asgi": {}}, receive, send)
        return sent

    assert asyncio.run(live()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert seen == ["ledger", "stopped"]


def test_a_ledger_that_cannot_be_opened_does_not_stop_the_site(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Law 11 for the page, law 5 for the grant."""
    (tmp_path / LEDGER_FILE).write_bytes(b"this is not a database" * 100)
    browser = Browser(in_starlette(tmp_path))
    page = browser.get()
    assert page.status == 200
    shown = page.form_value("shown")
    assert browser.post_form({"do": "accept", "shown": shown}).status == 503
    assert "could not be recorded" in caplog.text
    assert browser.post_form({"do": "refuse", "shown": shown}).status == 303
    assert "social.localhost" not in browser.get().text


def test_a_wrong_declaration_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "daccord.toml"
    path.write_text("version = 1\n")
    with pytest.raises(DeclarationFaults):
        Daccord(in_plain_asgi(tmp_path), declaration=path, data=tmp_path)


def test_a_wrong_declaration_stops_a_real_server(tmp_path: Path) -> None:
    """Starlette makes its middleware while the server starts, where an exception is swallowed."""
    (tmp_path / "daccord.toml").write_text("version = 1\n")
    (tmp_path / "shore.py").write_text(
        "from daccord import Daccord\n"
        "from starlette.applications import Starlette\n"
        "app = Starlette()\n"
        "app.add_middleware(Daccord, declaration='daccord.toml')\n"
    )
    command = [sys.executable, "-m", "uvicorn", "shore:app", "--port", "0", "--app-dir", "."]
    ended = subprocess.run(  # noqa: S603 - our own interpreter and words
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 3
    assert "daccord.toml: " in ended.stderr
    assert "expected" in ended.stderr
    assert "Traceback" not in ended.stderr
