"""What a site's own code may ask about the reader before it: ``request.scope["daccord"]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from daccord.consent.choice import standing_of_page
from daccord.declaration.model import ServiceId
from daccord.notice.addresses import policy_address
from daccord.notice.language import is_spoken
from daccord.notice.placeholder import render_placeholder
from daccord.notice.situation import situation
from daccord.notice.strip import page_strip
from daccord.notice.words import words_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from daccord.consent.choice import Standing
    from daccord.declaration.model import Language
    from daccord.exchange.visit import Visit


class View:
    """The reader's choice, to be asked by the site's code and drawn by its templates.

    Everything that gives markup gives `markupsafe.Markup`, ready for Jinja2 with autoescape.
    ``language`` is that of the page; without one it is negotiated (LANG-4).
    """

    __slots__ = ("_visit",)

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    @property
    def standing(self) -> Standing:
        """How the page stands as a whole: granted, refused, split or not asked."""
        visit = self._asked()
        return standing_of_page(visit.exchange.declaration, visit.standpoint.choice)

    def permits(self, service: str) -> bool:
        """Whether ``service`` may do anything. Raises KeyError for one that is not declared."""
        return self._service(service) in self._asked().policy.permitted

    def embed(  # noqa: PLR0913 - a template says only what it needs
        self,
        service: str,
        markup: str = "",
        *,
        language: str = "",
        width: int | None = None,
        height: int | None = None,
        caller: Callable[[], str] | None = None,
    ) -> Markup:
        """Give ``markup`` (trusted, of the site) if ``service`` may show it, else a placeholder.

        ``width`` and ``height`` in CSS pixels hold the place. In Jinja2 the markup may be a block:
        ``{% call daccord.embed("isso") %}…{% endcall %}``. Raises KeyError for a service that is
        not declared.
        """
        if self.permits(service):
            return Markup(caller() if caller is not None else markup)  # noqa: S704 - the site's own
        visit = self._visit
        declaration = visit.exchange.declaration
        box = render_placeholder(
            declaration,
            declaration.service_by_id[ServiceId(service)],
            language=self._language(language),
            width=width,
            height=height,
        )
        return Markup(box)  # noqa: S704 - rendered and escaped by us

    def strip(self, *, language: str = "") -> Markup:
        """Give a link that shows how the page stands and leads to customise."""
        visit = self._asked()
        at = situation(
            visit.exchange.declaration,
            visit.stored,
            language=self._language(language),
            gpc=visit.standpoint.gpc,
        )
        return Markup("<a href=#daccord>{}</a>").format(page_strip(at, has_id=False))

    def policy_link(self, text: str = "", *, language: str = "") -> Markup:
        """Give a link to the policy page, with ``text`` or its usual name."""
        spoken = self._language(language)
        return Markup('<a href="{}">{}</a>').format(
            policy_address(spoken), text or words_in(spoken)("Privacy policy")
        )

    def _asked(self) -> Visit:
        """Give the visit, noting that the response is made by the choice (CACHE-1, GPC-6)."""
        self._visit.is_asked = True
        return self._visit

    def _language(self, language: str) -> Language:
        visit = self._visit
        if not is_spoken(language, visit.exchange.declaration):
            visit.is_asked_language = True
        return visit.language(language)

    def _service(self, service: str) -> ServiceId:
        known = self._visit.exchange.declaration.service_by_id
        found = ServiceId(service)
        if found not in known:
            raise KeyError(f"no service '{service}' is declared; there are {sorted(known)}")
        return found
