"""A page of HTML on its way to the reader: gated, with the notice in it.

The notice speaks the page's language, so the page's first bytes are looked at before its fields
go out. What daccord puts in is ASCII, with references for the rest, and so fits every charset
that the gate can read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Final

from daccord.enforcement.gate import Gate, Insertions, PlaceholderSite, Rules, gate_whole
from daccord.enforcement.hosts import HostSet
from daccord.exchange.coding import Decoder
from daccord.exchange.document import content_coding, keep_apart, without_validators
from daccord.exchange.fields import first
from daccord.notice.language import is_spoken
from daccord.notice.placeholder import render_blocked, render_placeholder

if TYPE_CHECKING:
    from daccord.consent.choice import Choice
    from daccord.declaration.model import Declaration, Language, Load, ServiceId
    from daccord.enforcement.policy import Policy
    from daccord.enforcement.url import Target
    from daccord.exchange.fields import Fields
    from daccord.exchange.visit import Visit

HEAD_BYTES: Final = 2_048
"""Where the page's own language is looked for; ``<html>`` stands right after the doctype."""

_BEFORE_HTML: Final = re.compile(
    rb"\xef?+\xbb?+\xbf?+(?:\s++|<!--(?:[^-]|-(?!->))*+-->|<![^-][^>]*+>)*+"
    rb"(?:<(?:!.*|h(?:t(?:m(?:l(?:[\s/].*)?)?)?)?)?)?",
    re.IGNORECASE | re.DOTALL,
)
"""The beginning of a page whose ``<html>`` may still come: anything else is not held for it."""

_TAG: Final = re.compile(rb"""<html(?=[\s/>])(?:"[^"]*"|'[^']*'|[^"'>])*>""", re.IGNORECASE)
_LANGUAGE: Final = re.compile(rb"""\slang\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*))""", re.IGNORECASE)


class Page:
    """One page. Call `gate` with each part of the body; `fields` are ready once it gives bytes."""

    __slots__ = (
        "_begun",
        "_decoder",
        "_fields",
        "_gate",
        "_is_open",
        "_speaks_for_itself",
        "_waiting",
        "visit",
    )

    def __init__(self, visit: Visit, fields: Fields) -> None:
        self.visit = visit
        self._fields = fields
        self._decoder = Decoder(content_coding(fields))
        self._gate: Gate | None = None
        self._begun = b""
        self._waiting = b""
        self._is_open = True
        self._speaks_for_itself = False

    def fields(self, length: int | None) -> Fields:
        """Give the response's fields; ``length`` where the body is whole by now."""
        fields = without_validators(self._fields)
        if self._is_open and not self._decoder.is_plain:
            fields = [field for field in fields if field[0] != b"content-encoding"]
        fields = keep_apart(self.visit, fields, by_language=not self._speaks_for_itself)
        if length is None:
            return fields
        return [*fields, (b"content-length", str(length).encode())]

    def gate(self, raw: bytes, *, more: bool) -> bytes | None:
        """Give what the reader gets of the next part; ``more`` says that others will follow.

        ``None`` while the page has not come far enough to say which language it is in: call again
        with the next part, and hold the fields until then. Raises ValueError for a body that is
        not in the coding that its fields name.
        """
        if not self._is_open:
            return b"" if self._is_half_decoded else raw
        self._waiting += raw
        data = self._decoder.decode(raw)
        if self._gate is not None:
            out = self._gate.feed(data) + (b"" if more else self._gate.close())
        else:
            self._begun += data
            if more and self._may_still_speak():
                return None
            out = self._begin(self._begun, more=more)
        self._waiting = b""
        return out

    def _may_still_speak(self) -> bool:
        begun = self._begun
        if len(begun) >= HEAD_BYTES or _BEFORE_HTML.fullmatch(begun) is None:
            return False
        return _TAG.search(begun) is None

    def give_up(self) -> bytes:
        """Give what came in and has not gone out; the rest passes as it is (law 11).

        The page's policy still guards it. Nothing more comes of a page whose coding was being
        undone: the reader would see rubbish.
        """
        self._is_open = False
        return b"" if self._is_half_decoded else self._waiting

    @property
    def _is_half_decoded(self) -> bool:
        return self._gate is not None and not self._decoder.is_plain

    def _begin(self, data: bytes, *, more: bool) -> bytes:
        visit = self.visit
        rules = visit.exchange.rules(visit.policy.permitted, visit.target)
        insert = self._insertions(data)
        self._begun = b""
        if not more:
            return gate_whole(data, rules, visit.target, insert)
        self._gate = Gate(rules, visit.target, insert)
        return self._gate.feed(data)

    def _insertions(self, data: bytes) -> Insertions:
        language = self._speak(data)
        visit = self.visit
        notice = ""
        if not visit.is_framed:
            pieces = visit.exchange.notice(self._shown(), visit.standpoint.gpc, language)
            notice = f"{pieces.before_back}{escape(visit.address)}{pieces.after_back}"
        return Insertions(
            head="",
            body_start=notice,
            placeholder=partial(placeholder, visit.exchange.declaration, language),
        )

    def _shown(self) -> Choice:
        """The choice that the notice speaks of.

        A cookie of a refused service tells of a consent that has lapsed, or was never asked for
        before daccord came: what else it left on the device is cleared as after a withdrawal.
        """
        shown = self.visit.standpoint.shown
        return replace(shown, withdrawn=True) if self.visit.leftovers else shown

    def _speak(self, data: bytes) -> Language:
        """The notice's language: the page's own where it says it, in its tag or its fields."""
        tag = _TAG.search(data, 0, HEAD_BYTES)
        found = _LANGUAGE.search(tag[0]) if tag else None
        said = (found[1] or found[2] or found[3] or b"") if found else b""
        said = said or first(self._fields, b"content-language").partition(b",")[0].strip()
        language = said.decode("latin-1")
        self._speaks_for_itself = is_spoken(language, self.visit.exchange.declaration)
        return self.visit.language(language)


def placeholder(declaration: Declaration, language: Language, site: PlaceholderSite) -> str:
    """Draw what stands where something was taken out."""
    width, height = _pixels(site.width), _pixels(site.height)
    if site.service is None:
        return render_blocked(site.host, language=language, width=width, height=height)
    service = declaration.service_by_id[site.service]
    return render_placeholder(declaration, service, language=language, width=width, height=height)


def _pixels(length: str | None) -> int | None:
    return int(length) if length is not None and length.isdigit() else None


def rules_of(declaration: Declaration, policy: Policy, page: Target) -> Rules:
    """What the gate needs to know of one policy, for a page at ``page``."""
    owners = [(HostSet.of(each.hosts), each.id) for each in declaration.services]

    def may_load(target: Target, load: Load | None) -> bool:
        if load is None:
            return policy.permits_connection(target, page)
        return policy.permits(load, target, page)

    def service_at(target: Target) -> ServiceId | None:
        return next((found for hosts, found in owners if hosts.matches(target, page)), None)

    refused = [each for each in declaration.services if each.id not in policy.permitted]
    return Rules(
        may_load=may_load,
        service_at=service_at,
        embeds={embed.selector: each.id for each in refused for embed in each.embeds},
    )
