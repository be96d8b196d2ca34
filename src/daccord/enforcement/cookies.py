"""Which cookies pass, by what is declared and permitted; fields in and out are raw bytes.

1. A name passes when a permitted service declares it, exactly or by a pattern. Declared by
   refused services only, it is *refused*; declared by none, *undeclared*. One declared by two
   services passes when either is permitted.
2. Only cookies declared first-party count: no other kind reaches the server (CSP-2).
3. Undeclared names pass in observe mode only. daccord's own cookie never passes, either way.
4. What passes keeps its bytes. What cannot be read as a cookie has the empty name, undeclared.
5. A name counts both as a browser reads it and as the most generous framework does (white space
   of every kind around it taken off): it passes when both pass, so none is disguised from us alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from daccord.consent.cookie import PLAIN_NAME, SECURE_NAME
from daccord.declaration.model import Mode
from daccord.declaration.names import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.declaration.model import Cookie, Declaration, ServiceId

OWN_NAMES: Final = frozenset({PLAIN_NAME.encode(), SECURE_NAME.encode()})

_BLANK: Final = b"\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0"
"""Every byte that ``str.strip`` takes off once a framework has decoded the field as latin-1."""

_BREAKS_FIELD: Final = re.compile(rb"[\0\r\n]")
"""Bytes that end a field, or that browsers cut a cookie at: no line with one passes."""


class Verdict(Enum):
    """What is known about a cookie name."""

    PERMITTED = "permitted"
    REFUSED = "refused"
    UNDECLARED = "undeclared"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieTable:
    """The verdict on every cookie name under one choice.

    ``exact`` answers for names declared in full; where it has none, ``permitted`` and then
    ``refused`` patterns do. ``passing`` says of the names in ``exact`` whether they pass.
    ``passes_undeclared`` is observe mode.
    """

    exact: dict[bytes, Verdict]
    passing: dict[bytes, bool]
    permitted: re.Pattern[bytes] | None
    refused: re.Pattern[bytes] | None
    passes_undeclared: bool

    def verdict(self, name: bytes) -> Verdict:
        """The verdict on one name, without blanks around it."""
        found = self.exact.get(name)
        if found is not None:
            return found
        if self.permitted is not None and self.permitted.fullmatch(name):
            return Verdict.PERMITTED
        if self.refused is not None and self.refused.fullmatch(name):
            return Verdict.REFUSED
        return Verdict.UNDECLARED

    def passes(self, name: bytes) -> bool:
        """Whether a cookie of that name may be set, and may be shown to the site's app."""
        verdict = self.verdict(name)
        return verdict is Verdict.PERMITTED or (
            self.passes_undeclared and verdict is Verdict.UNDECLARED
        )

    def passes_set_cookie(self, field: bytes) -> bool:
        """Whether the value of a ``Set-Cookie`` field may go to the browser as it is."""
        pair = field.partition(b";")[0]
        return not _BREAKS_FIELD.search(field) and self._passes_pair(pair)

    def filter_cookie(self, field: bytes) -> bytes:
        """Give the value of a ``Cookie`` field without what must not reach the site's app.

        The very same bytes when nothing is withheld; empty when nothing is left.
        """
        if b";" not in field:  # one cookie: on most sites the choice alone
            return field if self._passes_pair(field) or not field.strip(_BLANK) else b""
        parts = field.split(b";")
        kept = [part for part in parts if self._passes_pair(part) or not part.strip(_BLANK)]
        if len(kept) == len(parts):
            return field
        if not kept:
            return b""
        return b"; ".join(stripped for part in kept if (stripped := part.strip(_BLANK)))

    def _passes_pair(self, pair: bytes) -> bool:
        """Whether the name passes both as a browser and as a generous framework reads it."""
        name, equals, _ = pair.partition(b"=")
        if not equals:
            return self.passes(b"")
        strict = name.strip(b" \t")
        known = self.passing.get(strict)
        if known is not None:
            return known
        generous = name.strip(_BLANK)
        return self.passes(strict) and (strict == generous or self.passes(generous))


def cookie_table(declaration: Declaration, permitted: frozenset[ServiceId]) -> CookieTable:
    """Sum up what ``declaration`` says of cookie names when ``permitted`` services are."""
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for service in declaration.services:
        for cookie in service.cookies:
            if cookie.first_party:
                names[service.id in permitted].add(cookie.name)
    permitting = _pattern(names[True])
    exact = {
        name.encode(): Verdict.REFUSED
        for name in names[False]
        if "*" not in name and not (permitting and permitting.fullmatch(name.encode()))
    }
    exact |= {name.encode(): Verdict.PERMITTED for name in names[True] if "*" not in name}
    exact |= dict.fromkeys(OWN_NAMES, Verdict.OWN)
    return CookieTable(
        exact=exact,
        passing={
            name: verdict is Verdict.PERMITTED
            for name, verdict in exact.items()
            if name == name.strip(_BLANK)
        },
        permitted=permitting,
        refused=_pattern(names[False]),
        passes_undeclared=declaration.site.mode is Mode.OBSERVE,
    )


def set_cookie_name(field: bytes) -> bytes:
    """The name in a ``Set-Cookie`` value, empty when it has none (RFC 6265bis section 5.7)."""
    return _name(field.partition(b";")[0])


def cookie_names(fields: Iterable[bytes]) -> tuple[bytes, ...]:
    """The names in the values of ``Cookie`` fields: in order, each once, the empty one left out."""
    names = (_name(part) for field in fields for part in field.split(b";"))
    return tuple(dict.fromkeys(name for name in names if name))


def declared_cookies(declaration: Declaration, name: bytes) -> tuple[Cookie, ...]:
    """The first-party cookies that ``declaration`` holds under ``name``, patterns included."""
    text = name.decode("latin-1")
    return tuple(
        cookie
        for service in declaration.services
        for cookie in service.cookies
        if cookie.first_party and matches(cookie.name, text)
    )


def _name(pair: bytes) -> bytes:
    name, equals, _ = pair.partition(b"=")
    return name.strip(b" \t") if equals else b""


def _pattern(names: Iterable[str]) -> re.Pattern[bytes] | None:
    patterns = sorted(name for name in names if "*" in name)
    return re.compile(b"|".join(map(_source, patterns)), re.DOTALL) if patterns else None


def _source(name: str) -> bytes:
    """Write a pattern as a regular expression that never goes back over a ``*``: linear time.

    It says what `daccord.declaration.names.matches` does, of many patterns in one step.
    """
    first, *rest = (re.escape(piece) for piece in name.encode().split(b"*"))
    if not rest:
        return first
    *middle, last = rest
    return first + b"".join(b"(?>.*?%b)" % piece for piece in middle if piece) + b".*" + last
