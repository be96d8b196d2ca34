"""One reader's request, and what becomes of the response to it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from daccord.enforcement.cookies import Verdict, set_cookie_name
from daccord.enforcement.expiry import expiries, hidden_names, refused_names
from daccord.enforcement.headers import RULES, filter_field
from daccord.enforcement.url import MAXIMUM_HOST_FIELD, page_at
from daccord.exchange.coding import can_decode
from daccord.exchange.document import (
    content_coding,
    guard_document,
    is_gateable,
    keep_apart,
)
from daccord.exchange.fields import CONDITIONS, asks_for_document, first, is_in_frame
from daccord.exchange.media import Kind, kind_of
from daccord.exchange.page import Page
from daccord.notice.language import negotiate_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from daccord.consent.choice import Choice
    from daccord.declaration.model import Language
    from daccord.enforcement.policy import Policy
    from daccord.enforcement.url import Target
    from daccord.exchange.exchange import Exchange, Standpoint
    from daccord.exchange.fields import Fields

_NO_DOCUMENT: Final = frozenset({101, 204, 205, 304})
"""Statuses whose body, if any, no browser turns into a document."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
"""Likewise, if they say where to: without it browsers show the body (seen in Chromium 156)."""


page_target: Final = lru_cache(maxsize=256)(page_at)


class Visit:
    """A request as daccord sees it: the choice it carries and the policy of that choice.

    ``headers`` are the fields that the site's app may see; ``undeclared`` the names of cookies
    that the app has tried to set and that nobody declared. ``is_asked`` and ``is_asked_language``
    say that the app's own code looked at the choice, or at the reader's languages;
    ``is_unreadable`` that the page is compressed in a way that daccord cannot undo.
    """

    __slots__ = (
        "_path",
        "_query",
        "_sent",
        "cookie",
        "exchange",
        "headers",
        "is_asked",
        "is_asked_language",
        "is_unreadable",
        "scheme",
        "standpoint",
        "today",
        "undeclared",
    )

    def __init__(  # noqa: PLR0913 - one request
        self,
        exchange: Exchange,
        standpoint: Standpoint,
        sent: Sequence[tuple[bytes, bytes]],
        *,
        cookie: bytes,
        is_conditional: bool,
        scheme: str,
        path: bytes,
        query: bytes,
        today: int,
    ) -> None:
        self.exchange = exchange
        self.standpoint = standpoint
        self.cookie = cookie
        self.scheme = scheme
        self._path = path
        self._query = query
        self.today = today
        self._sent = sent
        self.undeclared: tuple[bytes, ...] = ()
        self.is_unreadable = False
        self.is_asked = False
        self.is_asked_language = False
        self.headers = self._shown_to_app(is_conditional=is_conditional)

    @property
    def policy(self) -> Policy:
        """What this reader's browser may load."""
        return self.standpoint.policy

    @property
    def stored(self) -> Choice:
        """The choice as the cookie keeps it, signals aside."""
        return self.standpoint.stored

    @property
    def host(self) -> bytes:
        """The ``Host`` field, or empty."""
        return first(self._sent, b"host")

    @property
    def query(self) -> str:
        """The query as the browser sent it, without its question mark."""
        return self._query.decode("latin-1")

    @property
    def address(self) -> str:
        """Path and query as the browser sent them: where the reader comes back to."""
        path = self._path.decode("latin-1")
        return f"{path}?{self.query}" if self._query else path

    @property
    def target(self) -> Target:
        """Where the page lies."""
        # Cut, so that what is kept of a field too long to name a host is short.
        return page_target(self.scheme, self.host[: MAXIMUM_HOST_FIELD + 1])

    @property
    def is_framed(self) -> bool:
        """Whether the page goes into another one, which has the notice already."""
        return is_in_frame(self._sent)

    def language(self, page_language: str = "") -> Language:
        """The language to speak to this reader in: the page's own, else what they ask (LANG-4)."""
        accepted = first(self._sent, b"accept-language").decode("latin-1")
        return negotiate_language(page_language, accepted, self.exchange.declaration)

    def _shown_to_app(self, *, is_conditional: bool) -> Sequence[tuple[bytes, bytes]]:
        sent = self._sent
        # A copy from before daccord, or of another policy, must not be called good (304): browsers
        # would show it with the policy that it was kept with (seen in Chromium 156).
        if is_conditional and asks_for_document(sent):
            sent = [field for field in sent if field[0] not in CONDITIONS]
        cookie = self.cookie
        if not cookie:
            return sent
        # Bytes, not identity of fields, decide: nothing is rebuilt where nothing is withheld.
        kept = self.policy.cookies.filter_cookie(cookie)
        if kept is cookie:
            return sent
        fields = [field for field in sent if field[0] != b"cookie"]
        return [*fields, (b"cookie", kept)] if kept else fields

    @property
    def leftovers(self) -> tuple[bytes, ...]:
        """Names of the cookies that the browser still holds of services this choice refuses."""
        return refused_names(self.policy.cookies, (self.cookie,)) if self.cookie else ()

    def expiries(self) -> Fields:
        """Fields that expire what the browser sent of services that this choice refuses."""
        return self._expire(self.leftovers, self.address)

    def expiries_after(self, choice: Choice, back: str) -> Fields:
        """Fields that expire what ``choice`` refuses, seen or hidden, for a page at ``back``."""
        exchange = self.exchange
        table = exchange.policy_of(choice).cookies
        names = refused_names(table, (self.cookie,))
        if choice.withdrawn:
            names += hidden_names(exchange.declaration, table)
        return self._expire(names, back)

    def _expire(self, names: Sequence[bytes], path: str) -> Fields:
        if not names:
            return []
        lines = expiries(
            self.exchange.declaration,
            names,
            scheme=self.scheme,
            host=self.target.host,
            path=path,
        )
        return [(b"set-cookie", line) for line in lines]

    def _look_at(self, cookie: bytes) -> None:
        if self.policy.cookies.verdict(cookie) is Verdict.UNDECLARED:
            self.undeclared = (*self.undeclared, cookie)

    def respond(
        self, status: int, fields: Iterable[tuple[bytes, bytes]], *, is_head: bool
    ) -> tuple[Fields, Page | None]:
        """Give the response's fields, and for a page of HTML what is to be done to its body.

        With a `Page` the fields wait for it: `Page.fields` gives them with the length.
        """
        content_type = b""
        kept: Fields = []
        for raw_name, value in fields:
            name = raw_name.lower()
            if name == b"content-type":
                content_type = value
            if name in RULES:
                if name == b"set-cookie":
                    self._look_at(set_cookie_name(value))
                passed = filter_field(name, value, self.policy, self.target)
                if passed is not None:
                    kept.append((name, passed))
            else:
                kept.append((name, value))
        kind = kind_of(content_type)
        if status in _NO_DOCUMENT or (status in _REDIRECTS and first(kept, b"location").strip()):
            return self._if_asked(kept), None
        if kind is Kind.SCRIPT or kind is Kind.INERT:
            return self._if_asked([*kept, *self.exchange.closed.headers]), None
        guarded = guard_document(self, kept)
        self.is_unreadable = kind is Kind.HTML and not can_decode(content_coding(guarded))
        if kind is Kind.DOCUMENT or not is_gateable(guarded, status):
            return keep_apart(self, guarded, by_language=False), None
        page = Page(self, guarded)
        return (page.fields(None), None) if is_head else ([], page)

    def _if_asked(self, fields: Fields) -> Fields:
        """Give the fields of what is no document: kept apart if the app looked at the choice."""
        return keep_apart(self, fields, by_language=False) if self.is_asked else fields
