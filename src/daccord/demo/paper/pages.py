"""The pages of one edition: an endpoint for each, and the one form that subscribers send."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from daccord.demo.paper.edition import TODAY, Edition
from daccord.demo.paper.newsroom import ARTICLES, Article, Newsroom
from daccord.demo.paper.subscribers import COOKIE as SESSION
from daccord.demo.paper.subscribers import Subscribers
from daccord.demo.paper.visits import Visits, may_measure
from daccord.demo.paper.web_form import is_same_origin, read_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from daccord.demo.origins import Origins

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"


def load_templates() -> Environment:
    """The templates and the articles' texts; the style sheet's address changes as it does."""
    environment = Environment(
        loader=FileSystemLoader([HERE / "templates", ARTICLES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (STATIC / "paper.css").read_bytes()
    environment.globals["style"] = f"/static/paper.css?{hashlib.sha256(style).hexdigest()[:8]}"
    return environment


@dataclass(frozen=True, kw_only=True)
class Pages:
    """One edition at work: its routes, with what they share with the other edition."""

    edition: Edition
    other: Edition
    newsroom: Newsroom
    origins: Origins
    headers: Mapping[str, str]
    templates: Environment
    subscribers: Subscribers
    visits: Visits

    def routes(self) -> list[BaseRoute]:
        edition = self.edition
        return [
            Route(edition.front, self.front),
            Route(edition.feed, self.feed),
            Route(edition.session, self.change_session, methods=["POST"]),
            Route(edition.special("audience"), self.audience),
            Route(edition.special("about"), self.about),
            Route(edition.special("subscriber"), self.subscriber),
            Route(f"/{edition.lang}/{{slug}}", self.article_or_section),
        ]

    async def front(self, request: Request) -> Response:
        page = self.render(request, "front.html", self.other.front)
        return self.visits.count(request, page, page_id="front")

    async def article_or_section(self, request: Request) -> Response:
        slug: str = request.path_params["slug"]
        article = self.newsroom.by_slug(self.edition.lang, slug)
        if article is not None:
            return self.article(request, article)
        for section, texts in self.edition.texts["sections"].items():
            if texts["slug"] == slug:
                twin = self.other.section(section)
                return self.render(request, "section.html", twin, section=section)
        raise HTTPException(HTTPStatus.NOT_FOUND)

    def article(self, request: Request, article: Article) -> Response:
        story = article.in_language(self.edition.lang)
        twin = self.other.article(article)
        page = self.render(request, "article.html", twin, article=article, story=story)
        return self.visits.count(request, page, page_id=article.id)

    async def audience(self, request: Request) -> Response:
        statistics = {kind.value: lines for kind, lines in self.visits.statistics().items()}
        twin = self.other.special("audience")
        return self.render(request, "audience.html", twin, statistics=statistics)

    async def about(self, request: Request) -> Response:
        return self.render(request, "about.html", self.other.special("about"))

    async def subscriber(self, request: Request) -> Response:
        return self.render(request, "subscriber.html", self.other.special("subscriber"))

    async def feed(self, request: Request) -> Response:
        body = self.templates.get_template("feed.xml").render(self._context(request, "/"))
        return Response(body, media_type="application/atom+xml")

    async def change_session(self, request: Request) -> Response:
        """Open or close the space, set the text size, or keep an article: then back to a page."""
        if not is_same_origin(request):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        form = await read_form(request)
        key = request.cookies.get(SESSION, "")
        kept = self.newsroom.by_id(form.get("article", ""))
        back = self.edition.article(kept) if kept else self.edition.special("subscriber")
        response = RedirectResponse(back, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
        match form:
            case {"do": "open", "name": str(name)} if name.strip():
                self._set_session(request, response, self.subscribers.open(name))
            case {"do": "close"}:
                self.subscribers.close(key)
                response.delete_cookie(SESSION)
            case {"do": "size", "size": "normal" | "large" as size}:
                self.subscribers.set_size(key, size)
            case {"do": "keep"} if kept:
                self.subscribers.keep(key, kept.id)
            case _:
                raise HTTPException(HTTPStatus.BAD_REQUEST)
        return response

    def render(
        self,
        request: Request,
        template: str,
        twin: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        **values: object,
    ) -> HTMLResponse:
        """Make a page; ``twin`` is the path of the same page in the other edition."""
        body = self.templates.get_template(template).render(self._context(request, twin), **values)
        headers = {**self.headers, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
        return HTMLResponse(body, status, headers)

    def _context(self, request: Request, twin: str) -> dict[str, Any]:
        return {
            "edition": self.edition,
            "lang": self.edition.lang,
            "t": self.edition.texts,
            "other": self.other,
            "twin": twin,
            "newsroom": self.newsroom,
            "origins": self.origins,
            "today": TODAY,
            "site": f"{request.url.scheme}://{request.url.netloc}",
            "path": request.url.path,
            "subscriber_now": self.subscribers.find(request.cookies.get(SESSION, "")),
            "counted": may_measure(request),
            "daccord": request.scope.get("daccord"),
        }

    def _set_session(self, request: Request, response: Response, key: str) -> None:
        """Set the session's cookie: gone with the browser, closed to scripts and other sites."""
        secure = request.url.scheme == "https"
        response.set_cookie(SESSION, key, httponly=True, samesite="lax", secure=secure)
