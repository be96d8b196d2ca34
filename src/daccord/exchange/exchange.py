"""What is worked out once, when the site starts or when a choice is first seen, and then kept.

A page view then costs look-ups only: the choice is in the cookie, the policy in memory, and no
store is touched (law 3, and the design's section on scale).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from daccord.consent.answer import answer, parse_form
from daccord.consent.choice import (
    ANY_RECORD,
    NOT_ASKED,
    Choice,
    anonymous,
    permitted_services,
    refuse_unasked,
    within,
)
from daccord.consent.cookie import cookie_name, decode_choice, find_choice
from daccord.consent.record import Answer
from daccord.enforcement.policy import Policy, policy_of
from daccord.errors import CookieRejected
from daccord.exchange.addresses import GPC_PATH, OWN_PREFIX
from daccord.exchange.fields import read_fields
from daccord.exchange.page import rules_of
from daccord.exchange.visit import Visit
from daccord.notice.evidence import notice_hash
from daccord.notice.notice import Pieces, render_notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daccord.consent.answer import Change, Form
    from daccord.consent.keys import Keyring
    from daccord.declaration.model import Declaration, Language, ServiceId, Tag
    from daccord.enforcement.gate import Rules
    from daccord.enforcement.url import Target

_NAMES: Final = {scheme: cookie_name(scheme).encode() for scheme in ("http", "https")}

CHOICES_KEPT: Final = 4_096
"""Cookie values whose choice is kept: about 2 MB. A miss costs one HMAC."""

VALUE_KEPT: Final = 512
"""Bytes of a cookie value that is kept: anybody can send long ones, and none is that of a reader of
a site with fewer than 80 questions."""

POLICIES_KEPT: Final = 1_024
"""Sets of permitted services whose policy is kept. Far fewer are ever in use."""

FORMS_KEPT: Final = 1_024
"""Forms and what they make of a choice: nearly everybody answers with one of a few."""

FORM_KEPT: Final = 512
"""Bytes of a form that is kept: anybody can send long ones. *Accept all* is some 60 bytes and the
address of a page."""

_CLIMBS: Final = re.compile(r"/\.\.?(?:[/;]|\Z)|\\")
"""A step to another folder. Browsers take it before they ask; encoded (``..%2f``) it stays, and an
app that serves files takes it then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """One reader's choice against the declaration, ready for use.

    ``stored`` is the choice as the cookie keeps it, within the declaration; ``choice`` is the one
    that is enforced: with a signal, what was not asked is refused in it.
    """

    stored: Choice
    shown: Choice
    choice: Choice
    gpc: bool
    policy: Policy


class Exchange:
    """A declaration at work. Immutable but for what it keeps; may be used from any thread."""

    def __init__(self, declaration: Declaration, keys: Keyring) -> None:
        self.declaration = declaration
        self.keys = keys
        self.excluded = declaration.site.exclude
        self.standpoint = lru_cache(maxsize=CHOICES_KEPT)(self._standpoint)
        self.policy = lru_cache(maxsize=POLICIES_KEPT)(self._policy)
        self.permitted = lru_cache(maxsize=POLICIES_KEPT)(self._permitted)
        self.answers = lru_cache(maxsize=POLICIES_KEPT)(self._answers)
        self._kept_answer = lru_cache(maxsize=FORMS_KEPT)(self._answer)
        self.rules = lru_cache(maxsize=POLICIES_KEPT)(self._rules)
        self.notice = lru_cache(maxsize=POLICIES_KEPT)(self._notice)
        self._notice_hashes = {
            each: notice_hash(declaration, each) for each in declaration.languages
        }
        self.closed = self.policy_of(NOT_ASKED)

    def is_excluded(self, path: str) -> bool:
        """Whether the site asked daccord to leave ``path`` alone, whatever an app makes of it."""
        return path.startswith(self.excluded) and _CLIMBS.search(path) is None

    def is_own(self, path: str) -> bool:
        """Whether ``path`` is one that daccord answers itself."""
        return path.startswith(OWN_PREFIX) or (
            path == GPC_PATH and self.declaration.site.honour_gpc
        )

    def visit(
        self,
        headers: Sequence[tuple[bytes, bytes]],
        *,
        scheme: str,
        path: bytes,
        query: bytes,
        today: int,
    ) -> Visit:
        """Look at a request. ``path`` and ``query`` are as sent; ``today`` counts days, UTC."""
        cookie, signal, is_conditional = read_fields(headers)
        value = find_choice(cookie, _NAMES[scheme]) if cookie else None
        is_kept = value is None or len(value) <= VALUE_KEPT
        look_up = self.standpoint if is_kept else self._standpoint
        standpoint = look_up(value, signal and self.declaration.site.honour_gpc, today)
        return Visit(
            self,
            standpoint,
            headers,
            cookie=cookie,
            is_conditional=is_conditional,
            scheme=scheme,
            path=path,
            query=query,
            today=today,
        )

    def _standpoint(
        self,
        value: bytes | None,
        gpc: bool,  # noqa: FBT001 - a cached function has its key in its arguments
        today: int,
    ) -> Standpoint:
        stored = NOT_ASKED
        if value is not None:
            try:
                read = decode_choice(
                    value, self.keys, today=today, choice_days=self.declaration.site.choice_days
                )
                stored = within(self.declaration, read)
            except CookieRejected:
                stored = NOT_ASKED  # law 9
        choice = refuse_unasked(self.declaration, stored) if gpc else stored
        return Standpoint(
            stored=stored,
            shown=anonymous(stored),
            choice=choice,
            gpc=gpc,
            policy=self.policy_of(choice),
        )

    def notice_hash(self, language: Language) -> str:
        """Hex SHA-256 of the texts that a reader is shown in ``language``."""
        return self._notice_hashes[language]

    def policy_of(self, choice: Choice) -> Policy:
        """What a browser with ``choice`` may load."""
        return self.policy(self.permitted(choice.granted, choice.refused))

    def answer(self, before: Choice, raw: bytes) -> tuple[Form, Change | None]:
        """Give a posted form, and what it makes of ``before``; raises ChoiceRejected."""
        look_up = self._kept_answer if len(raw) <= FORM_KEPT else self._answer
        return look_up(before, raw)

    def _answer(self, before: Choice, raw: bytes) -> tuple[Form, Change | None]:
        form = parse_form(raw)
        return form, answer(self.declaration, before, form)

    def _permitted(self, granted: frozenset[Tag], refused: frozenset[Tag]) -> frozenset[ServiceId]:
        record = ANY_RECORD if granted else None
        choice = Choice(granted=granted, refused=refused, record=record)
        return permitted_services(self.declaration, choice)

    def _answers(
        self, granted: frozenset[Tag], refused: frozenset[Tag]
    ) -> tuple[tuple[Answer, ...], tuple[Answer, ...]]:
        """Write out what is granted and what is refused, each in the declaration's order."""
        return self._written(granted), self._written(refused)

    def _written(self, tags: frozenset[Tag]) -> tuple[Answer, ...]:
        return tuple(
            Answer(purpose=question.purpose, service=question.service)
            for question in self.declaration.questions
            if question.tag in tags
        )

    def _policy(self, permitted: frozenset[ServiceId]) -> Policy:
        return policy_of(self.declaration, permitted)

    def _rules(self, permitted: frozenset[ServiceId], page: Target) -> Rules:
        return rules_of(self.declaration, self.policy(permitted), page)

    def _notice(self, stored: Choice, gpc: bool, language: Language) -> Pieces:  # noqa: FBT001
        return render_notice(self.declaration, stored, language=language, gpc=gpc)
