"""The network's pages, in French and English: templates over texts, posts and what is known."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from daccord.demo.thirdparties.replies import NOT_KEPT
from daccord.demo.thirdparties.tongue import tongue_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from daccord.demo.addresses import Addresses
    from daccord.demo.thirdparties.social.knowledge import Knowledge, Person

HERE = Path(__file__).parent
ROWS = 60  # of the table; the figures above it count everything


class Pages:
    """Makes each page for one request; `part` is the part of `me` that changes by itself."""

    def __init__(self, addresses: Addresses, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.texts = tomllib.loads((HERE / "texts.toml").read_text("utf-8"))
        posts = tomllib.loads((HERE / "posts.toml").read_text("utf-8"))
        self.accounts: dict[str, Any] = posts["accounts"]
        self.posts: dict[str, Any] = posts["posts"]
        self.env = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.env.globals.update(
            paper=addresses.paper,
            logo=Markup((HERE / "static" / "logo.svg").read_text("utf-8")),  # noqa: S704 - our file
            clock=_clock,
        )

    def embed(self, request: Request, post_id: str) -> HTMLResponse:
        post = self.posts.get(post_id)
        account = self.accounts[post["account"]] if post else None
        return self._page(
            request, "embed.html", 200 if post else 404, post=post, account=account, post_id=post_id
        )

    def profile(self, request: Request, account_id: str, *, is_followed: bool) -> HTMLResponse:
        account = self.accounts.get(account_id)
        posts = [(i, p) for i, p in self.posts.items() if p["account"] == account_id]
        return self._page(
            request,
            "profile.html",
            200 if account else 404,
            account_id=account_id,
            account=account,
            posts=posts,
            is_followed=is_followed,
        )

    def share(self, request: Request) -> HTMLResponse:
        query = request.query_params
        shared = query.get("text") or query.get("title") or ""
        return self._page(request, "share.html", 200, shared=shared, url=query.get("url", ""))

    def me(self, request: Request, cookie_id: str | None) -> HTMLResponse:
        return self._page(request, "me.html", 200, **self._known(cookie_id))

    def part(self, request: Request, cookie_id: str | None) -> HTMLResponse:
        """The part of `me` that changes, alone."""
        return self._page(request, "live.html", 200, **self._known(cookie_id))

    def _known(self, cookie_id: str | None) -> dict[str, Any]:
        people = self.knowledge.people()
        rows = [
            (view, person)
            for view in reversed(self.knowledge.views)
            if (person := _whose(people, self.knowledge.person_of(view)))
        ]
        views = self.knowledge.views
        return {
            "cookie_id": cookie_id,
            "you": next((p for p in people if cookie_id and cookie_id in p.ids), None),
            "people": people,
            "rows": rows[:ROWS],
            "hits": len(rows),
            "read": len({view.page for view in views}),
            "nameless": self.knowledge.nameless(),
            "last_ms": views[-1].at_ms if views else None,
        }

    def _page(self, request: Request, template: str, status: int, **values: object) -> HTMLResponse:
        return HTMLResponse(self._render(request, template, values), status, headers=NOT_KEPT)

    def _render(self, request: Request, template: str, values: dict[str, Any]) -> str:
        lang = tongue_of(request)
        return self.env.get_template(template).render(lang=lang, t=self.texts[lang], **values)


def _whose(people: tuple[Person, ...], person_id: str | None) -> Person | None:
    return next((person for person in people if person.id == person_id), None)


def _clock(at_ms: int) -> str:
    """The time of day on this machine's clock, to the second."""
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%H:%M:%S")
