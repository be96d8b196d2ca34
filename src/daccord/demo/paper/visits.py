"""Counting page views on the server: from a request to the audience book, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from daccord.demo.paper.audience.measure import COOKIE, COOKIE_SECONDS, Kind, measure, new_cookie

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from daccord.demo.paper.audience.book import AudienceBook, Line

SERVICE: Final = "audience"
"""The counter's id in ``daccord.toml``."""


def today() -> date:
    return datetime.now(UTC).date()


def may_measure(request: Request) -> bool:
    """Tell whether the reader may be counted: unless daccord is there and says that they object.

    daccord withholds and drops the cookie of a reader who objects; that they are not counted
    either is the paper's own part (CNIL-25).
    """
    view = request.scope.get("daccord")
    return view is None or bool(view.permits(SERVICE))


@dataclass(frozen=True, kw_only=True)
class Visits:
    """The audience counter as the pages use it."""

    book: AudienceBook
    today: Callable[[], date] = today

    def count(self, request: Request, response: Response, *, page_id: str) -> Response:
        """Count one view of a page, and set the cookie of a first visit; give the response back.

        A page that is only prefetched, or asked for by ``HEAD``, has not been read.
        """
        headers = request.headers
        if request.method != "GET" or "prefetch" in headers.get("sec-purpose", ""):
            return response
        if not may_measure(request):
            return response
        hit = measure(
            day=self.today(),
            page=page_id,
            address=request.client.host if request.client else "",
            referrer=headers.get("referer", ""),
            own_host=request.url.hostname or "",
            cookie=request.cookies.get(COOKIE, ""),
        )
        self.book.count(hit)
        if hit.first_visit:
            response.set_cookie(
                COOKIE,
                new_cookie(hit.day),
                max_age=COOKIE_SECONDS,
                httponly=True,
                samesite="lax",
                secure=request.url.scheme == "https",
            )
        return response

    def statistics(self) -> dict[Kind, tuple[Line, ...]]:
        return self.book.statistics(self.today())

    def write(self) -> None:
        self.book.write(self.today())
