"""The newspaper as a Starlette app: an ordinary site, with nothing of daccord in it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from daccord.demo.paper.audience.book import AudienceBook
from daccord.demo.paper.edition import choose_language, load_editions
from daccord.demo.paper.newsroom import load_newsroom
from daccord.demo.paper.pages import STATIC, Pages, load_templates
from daccord.demo.paper.policy import site_headers
from daccord.demo.paper.subscribers import Subscribers
from daccord.demo.paper.visits import Visits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from daccord.demo.origins import Origins
    from daccord.demo.paper.newsroom import Lang

WRITE_SECONDS: Final = 5.0


def paper(*, origins: Origins, data: Path, extra: Sequence[BaseRoute] = ()) -> Starlette:
    """Make the newspaper, without daccord: benches and tests compare with and without.

    ``data`` is a folder for the audience counts, made when first written to. ``extra`` are
    further routes, asked before the paper's own.
    """
    visits = Visits(book=AudienceBook(data / "audience.sqlite"))
    pages = _make_pages(origins, visits)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        writing = asyncio.create_task(_keep_writing(visits))
        try:
            yield
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
            visits.write()

    async def not_found(request: Request, _error: Exception) -> Response:
        edition = pages["en" if request.url.path.startswith("/en/") else "fr"]
        twin = edition.other.front
        return edition.render(request, "not_found.html", twin, status=HTTPStatus.NOT_FOUND)

    routes: list[BaseRoute] = [*extra, Route("/", _choose_edition)]
    for edition in pages.values():
        routes += edition.routes()
    routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: not_found})


def _make_pages(origins: Origins, visits: Visits) -> dict[Lang, Pages]:
    editions = load_editions()
    newsroom, templates, subscribers = load_newsroom(), load_templates(), Subscribers()
    headers = site_headers(origins)
    return {
        edition.lang: Pages(
            edition=edition,
            other=other,
            newsroom=newsroom,
            origins=origins,
            headers=headers,
            templates=templates,
            subscribers=subscribers,
            visits=visits,
        )
        for edition, other in zip(editions.values(), reversed(editions.values()), strict=True)
    }


async def _choose_edition(request: Request) -> Response:
    lang = choose_language(request.headers.get("accept-language", ""))
    return RedirectResponse(f"/{lang}/", headers={"Vary": "Accept-Language"})


async def _keep_writing(visits: Visits) -> None:
    while True:
        await asyncio.sleep(WRITE_SECONDS)
        await asyncio.to_thread(visits.write)
