"""The declaration as a value that may be trusted: frozen, complete, cross-checked.

Only `daccord.declaration.parse` makes these from a publisher's text; what exists is valid.
Words are those of the design's glossary, with one more: a *question* is what the notice asks,
one purpose and one service at a time ("may SERVICE do PURPOSE?"), and what a choice answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NewType

PurposeId = NewType("PurposeId", str)
ServiceId = NewType("ServiceId", str)
Language = NewType("Language", str)
Tag = NewType("Tag", str)
"""4 base64url characters (24 bits) that stand for one question in the choice cookie."""


class Mode(Enum):
    """What happens to a third party that is not declared."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class Exemption(Enum):
    """The closed list of reasons for doing without consent (CNIL-23)."""

    CHOICE_STORAGE = "choice-storage"
    AUTHENTICATION = "authentication"
    CART = "cart"
    INTERFACE_LANGUAGE = "interface-language"
    LOAD_BALANCING = "load-balancing"
    FREE_SAMPLE = "free-sample"
    AUDIENCE_MEASUREMENT = "audience-measurement"


class Data(Enum):
    """Kinds of personal data, as the notice names them (P1)."""

    IP_ADDRESS = "ip-address"
    BROWSING = "browsing"
    USAGE = "usage"
    LOCATION = "location"
    SOCIAL_INTERACTIONS = "social-interactions"
    COMMENTS = "comments"
    IDENTIFIERS = "identifiers"
    DEVICE = "device"
    CONTACT = "contact"


class Load(Enum):
    """What a service's hosts may be used for in a page; each is a CSP fetch directive or two."""

    SCRIPT = "script"
    STYLE = "style"
    IMAGE = "image"
    FONT = "font"
    MEDIA = "media"
    FRAME = "frame"
    CONNECT = "connect"
    FORM = "form"


class Area(Enum):
    """Where in the browser, other than in a cookie, something is kept."""

    LOCAL = "local"
    SESSION = "session"
    INDEXED_DB = "indexed-db"
    CACHE = "cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text in every language of the site: ``(language, text)`` in the site's order."""

    texts: tuple[tuple[Language, str], ...]

    def in_language(self, language: Language) -> str:
        """Give the text in ``language``, or in the site's first language where it has none."""
        return dict(self.texts).get(language, self.texts[0][1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Who decides why and how the data are processed (GDPR-3)."""

    name: str
    address: str
    email: str
    privacy_officer: str | None
    authority_name: str
    authority_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The publisher's site, as the browser sees it.

    ``hosts`` are further first-party hosts that pages may load from (an asset host, say), as CSP
    host sources without a scheme or path; the page's own host is always allowed.
    ``form_hosts`` may also be the target of a form. ``exclude`` are path prefixes that daccord
    leaves alone (``/admin/`` by default). ``choice_days`` is how long a choice holds,
    ``record_days`` how long the record of a consent is kept.
    """

    name: Text
    hosts: tuple[str, ...]
    form_hosts: tuple[str, ...]
    exclude: tuple[str, ...]
    mode: Mode
    choice_days: int
    record_days: int
    honour_gpc: bool
    gpc_since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why something is stored on, or read from, the reader's device."""

    id: PurposeId
    title: Text
    summary: Text
    data: tuple[Data, ...]
    exempt: Exemption | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie by name, exact or with ``*`` for any run of characters.

    ``days`` is its longest life, 0 for a session cookie. ``path`` and ``domain`` are those it is
    set with (``domain`` is ``None`` for a host-only cookie).
    ``first_party`` is true for one that sits on the site's own origin, the only kind that the
    server can withhold, drop or expire.
    """

    name: str
    days: int
    path: str
    domain: str | None
    first_party: bool
    about: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageKey:
    """A key (exact or with ``*``) of the site's own web storage, or a database or cache name."""

    name: str
    area: Area
    about: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Embed:
    """A part of a page that a service fills: ``#id``, ``.class`` or ``tag`` (ASCII, no spaces).

    While the service is refused, the gate puts a placeholder in the place of such an element.
    """

    selector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who receives the data of a service."""

    name: str
    country: str
    policy_url: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One recipient and what it does in the page.

    ``hosts`` are CSP host sources without scheme or path: ``host``, ``*.host``, ``host:port`` or
    ``host:*``. ``loads`` says what they may be used for. ``retention_days`` is how long the
    recipient keeps the data.
    """

    id: ServiceId
    title: Text
    summary: Text
    purposes: tuple[PurposeId, ...]
    recipient: Recipient
    hosts: tuple[str, ...]
    loads: frozenset[Load]
    cookies: tuple[Cookie, ...]
    storage: tuple[StorageKey, ...]
    embeds: tuple[Embed, ...]
    data: tuple[Data, ...]
    retention_days: int
    transfer: Text | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: may this service do this for that purpose?

    ``service`` is ``None`` for a purpose of the site itself that has no service.
    An ``exempt`` question is answered by an objection only: not asked permits (CNIL-25).
    """

    purpose: PurposeId
    service: ServiceId | None
    exempt: bool
    tag: Tag


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What the publisher promises. ``version`` is the hex SHA-256 of its canonical form.

    ``questions`` stand in the order of purposes, then services. ``questions_digest`` is 8
    base64url characters over their tags: two declarations with the same digest ask the same.
    """

    site: Site
    controller: Controller
    languages: tuple[Language, ...]
    purposes: tuple[Purpose, ...]
    services: tuple[Service, ...]
    questions: tuple[Question, ...]
    questions_digest: str
    version: str

    @cached_property
    def purpose_by_id(self) -> dict[PurposeId, Purpose]:
        return {purpose.id: purpose for purpose in self.purposes}

    @cached_property
    def service_by_id(self) -> dict[ServiceId, Service]:
        return {service.id: service for service in self.services}

    @cached_property
    def question_by_tag(self) -> dict[Tag, Question]:
        return {question.tag: question for question in self.questions}

    def services_of(self, purpose: PurposeId) -> tuple[Service, ...]:
        """The services of one purpose, in the order of the declaration."""
        return tuple(service for service in self.services if purpose in service.purposes)

    def questions_of(self, service: ServiceId) -> tuple[Question, ...]:
        """What must all be answered yes before the service may do anything."""
        return tuple(question for question in self.questions if question.service == service)
