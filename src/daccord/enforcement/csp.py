"""Content-Security-Policy as a value: parse, print, and amend without ever weakening.

1. Parsing follows CSP3 section 2.2: a comma parts policies, a semicolon parts directives, names
   are ASCII without case, the first of two directives with one name counts, a directive with a
   byte outside ASCII is skipped. Whatever bytes arrive, the answer is a value.
2. Printing has one spelling: lower-case names, single spaces, ``; `` between directives.
3. Amending works on the site's own text and touches only the directives that it must: what a
   browser reads differently from us stays as the site wrote it. Nothing is allowed by it but the
   exact hashes and the exact address that were given (CSP-6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_SPACE: Final = "\t\n\f\r "
_SPACES: Final = re.compile(r"[\t\n\f\r ]+")

_DISARMS_INLINE: Final = re.compile(
    r"'(?:nonce-|sha(?:256|384|512)-)[A-Za-z0-9+/_-]+={0,2}'", re.IGNORECASE | re.ASCII
)
"""A nonce or hash: beside one, browsers ignore ``'unsafe-inline'`` (CSP3 section 6.7.3.2)."""

_PLAIN_URL: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+/[A-Za-z0-9._~/-]*", re.ASCII)

FALLBACKS: Final[dict[str, tuple[str, ...]]] = {
    "script-src": ("default-src",),
    "script-src-elem": ("script-src", "default-src"),
    "script-src-attr": ("script-src", "default-src"),
    "style-src": ("default-src",),
    "style-src-elem": ("style-src", "default-src"),
    "style-src-attr": ("style-src", "default-src"),
    "worker-src": ("child-src", "script-src", "default-src"),
    "frame-src": ("child-src", "default-src"),
    "child-src": ("default-src",),
    "connect-src": ("default-src",),
    "font-src": ("default-src",),
    "img-src": ("default-src",),
    "manifest-src": ("default-src",),
    "media-src": ("default-src",),
    "object-src": ("default-src",),
}
"""What rules where a fetch directive is missing (CSP3 section 6.8.3), nearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One directive: a lower-case name, and its values as they were written."""

    name: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((self.name, *self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePolicy:
    """One policy: its directives, no name twice."""

    directives: tuple[Directive, ...]

    def directive(self, name: str) -> Directive | None:
        """The directive called ``name``, or nothing."""
        return next((each for each in self.directives if each.name == name), None)

    def in_force(self, name: str) -> Directive | None:
        """The directive that rules what ``name`` is about: itself, else its fallback."""
        for each in (name, *FALLBACKS.get(name, ())):
            if (found := self.directive(each)) is not None:
                return found
        return None

    def __str__(self) -> str:
        return "; ".join(map(str, self.directives))


def parse_policy(text: str) -> SourcePolicy:
    """Parse one serialized policy (CSP3 section 2.2.1); junk in it is passed over."""
    found: dict[str, Directive] = {}
    for chunk in text.split(";"):
        directive = _parse_directive(chunk)
        if directive is not None:
            found.setdefault(directive.name, directive)
    return SourcePolicy(directives=tuple(found.values()))


def parse_policies(lines: Iterable[bytes]) -> tuple[SourcePolicy, ...]:
    """Parse the values of all header fields of one name; policies without directives are none."""
    parsed = (parse_policy(text) for line in lines for text in line.decode("latin-1").split(","))
    return tuple(policy for policy in parsed if policy.directives)


def amend_site_policy(
    lines: Sequence[bytes],
    *,
    style_hashes: Sequence[str],
    script_hashes: Sequence[str],
    choice_url: str,
) -> tuple[bytes, ...]:
    """Give the site's own Content-Security-Policy fields with room for our notice, and no more.

    A hash (``sha256-…``, without quotes) is added to the directive that would block the inline
    element, and only there; never beside an ``'unsafe-inline'`` in force, which a hash would
    switch off. ``choice_url`` (absolute, without query) is added to ``form-action`` where the
    site has one without ``'self'``; its host comes from the request, so one that is more than a
    plain address is left out. A field that needs nothing is given back as it was.
    """
    wanted = (("style-src-elem", style_hashes), ("script-src-elem", script_hashes))
    return tuple(
        b",".join(_amend(text, wanted, choice_url) for text in line.split(b",")) for line in lines
    )


def _amend(raw: bytes, wanted: Sequence[tuple[str, Sequence[str]]], choice_url: str) -> bytes:
    text = raw.decode("latin-1")
    policy = parse_policy(text)
    changed: dict[str, Directive] = {}
    for name, hashes in wanted:
        directive = policy.in_force(name)
        if hashes and directive is not None and not _allows_all_inline(name, directive):
            own_name = name.removesuffix("-elem") if directive.name == "default-src" else None
            changed |= _with_sources(directive, (f"'{each}'" for each in hashes), own_name)
    form = policy.directive("form-action") if _PLAIN_URL.fullmatch(choice_url) else None
    if form is not None and "'self'" not in map(str.lower, form.values):
        changed |= _with_sources(form, (choice_url,))
    return _splice(text, changed).encode("latin-1") if changed else raw


def _allows_all_inline(name: str, directive: Directive) -> bool:
    """Whether ``'unsafe-inline'`` is there and in force (CSP3 section 6.7.3.2)."""
    values = [value.lower() for value in directive.values]
    if "'unsafe-inline'" not in values or any(map(_DISARMS_INLINE.fullmatch, values)):
        return False
    return not (name.startswith("script-") and "'strict-dynamic'" in values)


def _with_sources(
    directive: Directive, sources: Iterable[str], name: str | None = None
) -> dict[str, Directive]:
    """``directive``, under ``name`` if given, with the sources that it lacks; ``'none'`` goes."""
    missing = tuple(source for source in sources if source not in directive.values)
    if not missing:
        return {}
    kept = tuple(value for value in directive.values if value.lower() != "'none'")
    amended = Directive(name=name or directive.name, values=(*kept, *missing))
    return {amended.name: amended}


def without_reports(field: bytes, permits: Callable[[str], bool]) -> bytes:
    """Give a site's policy field without the ``report-uri`` addresses that are not permitted.

    A report is a request to that address with the page's own in it, and no policy stops it.
    ``permits`` is asked about each address. The very same bytes when nothing is taken out.
    """
    return b",".join(_without_reports(text, permits) for text in field.split(b","))


def _without_reports(raw: bytes, permits: Callable[[str], bool]) -> bytes:
    text = raw.decode("latin-1")
    directive = parse_policy(text).directive("report-uri")
    if directive is None or all(map(permits, directive.values)):
        return raw
    kept = tuple(filter(permits, directive.values))
    return _splice(text, {"report-uri": Directive(name="report-uri", values=kept)}).encode(
        "latin-1"
    )


def _splice(text: str, changed: dict[str, Directive]) -> str:
    """Put the changed directives in the place of those of their name, or else at the end."""
    left = dict(changed)
    chunks: list[str] = []
    for chunk in text.split(";"):
        directive = _parse_directive(chunk)
        new = left.pop(directive.name, None) if directive is not None else None
        chunks.append(chunk if new is None else f" {new}" if chunks else str(new))
    return ";".join([*chunks, *(f" {directive}" for directive in left.values())])


def _parse_directive(chunk: str) -> Directive | None:
    stripped = chunk.strip(_SPACE)
    if not stripped or not stripped.isascii():
        return None
    name, *values = _SPACES.split(stripped)
    return Directive(name=name.lower(), values=tuple(values))
