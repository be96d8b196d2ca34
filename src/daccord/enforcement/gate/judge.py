"""What becomes of one start tag: pure, and the only place where that is decided.

What would load from where the reader's choice does not allow, goes, in the gentlest way:

1. *Drop* what is nothing but a load: void elements, and scripts and frames with their content.
2. *Strip* the attributes of what has content of its own (a video, an object, a table).
3. A *site* is given for what a reader would have seen, so that a placeholder can stand there;
   scripts, links and whatever is invisible (a pixel, a hidden frame) leave no trace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from daccord.declaration.model import Load
from daccord.enforcement.gate.loads import (
    LINK_RELATIONS,
    LOADINGS,
    PRELOADS,
    Shape,
    refresh_url,
    urls_in,
    words,
)
from daccord.enforcement.gate.sites import Refusal, site_of
from daccord.enforcement.gate.speculation import keep_to
from daccord.enforcement.gate.tag import TAG, StartTag
from daccord.enforcement.hosts import is_own
from daccord.enforcement.url import Reach, Target, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.declaration.model import ServiceId
    from daccord.enforcement.gate.rules import PlaceholderSite, Rules

GATED: Final = "data-daccord-gated"
"""Marks an element that was stripped and hidden: a style sheet should give it no box."""

VOID: Final = words(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param "
    "source track wbr"
)
RAW_CONTENT: Final = frozenset({"iframe", "script"})

_VANISH: Final = frozenset({"link", "meta", "script", "source", "track"})
_STRIP_ONLY: Final = frozenset({"frame", "input", "a", "area", "use", "feimage"})
_MEDIA: Final = frozenset({"audio", "object", "video"})
_NEVER_EMBEDS: Final = words("base body head html link meta noscript script style template title")
_JUDGED: Final = frozenset({*LOADINGS, "base", "link", "meta"})
_LEADS_AWAY: Final = re.compile(r"[:&\\]|/[\t\r\n]*/")
"""Something that any URL to another host has, in the source of its tag."""
_SOURCE: Final = re.compile(r"<source(?=[\t\n\f\r />])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do with a tag: ``drop`` it whole, or ``strip`` attributes and perhaps ``hide`` it."""

    drop: bool = False
    strip: frozenset[str] = frozenset()
    hide: bool = False
    site: PlaceholderSite | None = None


KEEP: Final = Verdict()
VANISH: Final = Verdict(drop=True)


def is_judged_by_content(tag: StartTag) -> bool:
    """Whether what ``tag`` loads is not said in it but in its content."""
    if tag.name == "script":
        return tag.attrs.get("type", "").strip().lower() == "speculationrules"
    return tag.name in {"audio", "video"} and "src" not in tag.attrs


class Judge:
    """Decides about the tags of one document, whose own origin is ``page``.

    It remembers one thing: where ``<base>`` has led, since relative URLs follow it.
    """

    __slots__ = ("_bases", "_page", "_rules", "embed_names", "embed_tags")

    def __init__(self, rules: Rules, page: Target) -> None:
        self._rules = rules
        self._page = page
        self._bases = [page]
        self.embed_tags = frozenset(key for key in rules.embeds if key[:1] not in {"#", "."})
        self.embed_names = tuple(key[1:] for key in rules.embeds if key[:1] in {"#", "."})

    @property
    def has_foreign_base(self) -> bool:
        """Whether a relative URL may lead off the page's own origin."""
        return len(self._bases) > 1

    def nested(self) -> Judge:
        """A judge for a document inside this one, which takes over its bases."""
        judge = Judge(self._rules, self._page)
        judge._bases = list(self._bases)
        return judge

    def verdict(self, tag: StartTag, content: str, *, is_foreign: bool) -> Verdict:
        """Decide about ``tag``, whose content is given where `is_judged_by_content` says so.

        ``is_foreign`` says that it is surely an SVG or MathML element, which cannot give its
        place to HTML.
        """
        if self._rules.embeds and not is_foreign and self._may_be_embed(tag):
            verdict = self._embed(tag)
            if verdict is not KEEP:
                return verdict
        verdict = KEEP
        if tag.name in _JUDGED and self._may_lead_away(tag):
            verdict = self._by_loads(tag, is_foreign=is_foreign)
        if content and not verdict.drop and not verdict.hide:
            inside = self._by_content(tag, content)
            return replace(inside, strip=verdict.strip) if verdict.strip else inside
        return verdict

    def _may_be_embed(self, tag: StartTag) -> bool:
        return tag.name in self.embed_tags or any(name in tag.raw for name in self.embed_names)

    def _may_lead_away(self, tag: StartTag) -> bool:
        return (
            tag.name in {"base", "meta"}
            or self.has_foreign_base
            or _LEADS_AWAY.search(tag.raw) is not None
        )

    def _by_loads(self, tag: StartTag, *, is_foreign: bool) -> Verdict:
        if tag.name == "link":
            return self._link(tag)
        if tag.name == "meta":
            return self._meta(tag)
        if tag.name == "base":
            return self._base(tag)
        loadings = LOADINGS.get(tag.name)
        if loadings is None:
            return KEEP
        refused: dict[str, Refusal] = {}
        for name, shape, load in loadings:
            if (value := tag.attrs.get(name)) is not None:
                refusal = self._first_refusal(urls_in(value, shape), load)
                if refusal is not None:
                    refused[name] = refusal
        return _verdict(tag, refused, is_foreign=is_foreign) if refused else KEEP

    def _embed(self, tag: StartTag) -> Verdict:
        """Decide about ``tag`` as a declared embed; what it would load itself goes too."""
        if tag.name in _NEVER_EMBEDS or GATED in tag.attrs:
            return KEEP
        service = self._embedding_service(tag)
        if service is None:
            return KEEP
        site = site_of(tag, Refusal(service=service, host=""))
        if tag.name in VOID or tag.name in RAW_CONTENT:
            return Verdict(drop=True, site=site)
        loads = self._by_loads(tag, is_foreign=True)
        return Verdict(strip=loads.strip, hide=True, site=site)

    def _by_content(self, tag: StartTag, content: str) -> Verdict:
        """Decide about speculation rules, or a medium by its sources: all must be refused."""
        if tag.name == "script":
            kept = keep_to(content, lambda url: self.refuses(url, None) is not None)
            return KEEP if kept else VANISH
        lost: Verdict = KEEP
        found = (TAG.match(content, each.start()) for each in _SOURCE.finditer(content))
        for source in (StartTag(each[0]) for each in found if each is not None):
            refusal = self._first_refusal([source.attrs.get("src", "")], Load.MEDIA)
            if refusal is None:
                return KEEP
            lost = Verdict(hide=True, site=site_of(tag, refusal))
        return lost

    def refuses(self, url: str, load: Load | None) -> Refusal | None:
        """Say whom ``url`` would reach without leave; ``None`` when it may load."""
        for base in self._bases:
            target = resolve(url, base)
            if target.reach is Reach.INERT or is_own(target, self._page):
                continue
            if not self._rules.may_load(target, load):
                return Refusal(service=self._rules.service_at(target), host=target.host)
        return None

    def _first_refusal(self, urls: Iterable[str], load: Load | None) -> Refusal | None:
        return next((r for url in urls if (r := self.refuses(url, load)) is not None), None)

    def _link(self, tag: StartTag) -> Verdict:
        relations = tag.attrs.get("rel", "").lower().split()
        urls = [tag.attrs["href"]] if "href" in tag.attrs else []
        urls += urls_in(tag.attrs.get("imagesrcset", ""), Shape.SOURCE_SET)
        for relation in relations:
            if relation in LINK_RELATIONS:
                load = LINK_RELATIONS[relation]
                if relation == "preload":
                    load = PRELOADS.get(tag.attrs.get("as", "").lower())
                if self._first_refusal(urls, load) is not None:
                    return VANISH
        return KEEP

    def _meta(self, tag: StartTag) -> Verdict:
        if tag.attrs.get("http-equiv", "").lower() != "refresh":
            return KEEP
        url = refresh_url(tag.attrs.get("content", ""))
        return VANISH if url is not None and self.refuses(url, None) is not None else KEEP

    def _base(self, tag: StartTag) -> Verdict:
        """Only the first ``<base href>`` counts, but one in a template does not: keep them all."""
        if "href" not in tag.attrs:
            return KEEP
        target = resolve(tag.attrs["href"], self._page)
        if target.reach is Reach.INERT or is_own(target, self._page):
            return KEEP
        if not self._rules.may_load(target, None):
            return Verdict(strip=frozenset({"href"}))
        self._bases.append(target)
        return KEEP

    def _embedding_service(self, tag: StartTag) -> ServiceId | None:
        embeds = self._rules.embeds
        found = embeds.get(tag.name) or embeds.get("#" + tag.attrs.get("id", ""))
        if found is not None:
            return found
        classes = tag.attrs.get("class", "").split()
        return next((embeds["." + name] for name in classes if "." + name in embeds), None)


def _verdict(tag: StartTag, refused: dict[str, Refusal], *, is_foreign: bool) -> Verdict:
    names = frozenset(refused)
    if is_foreign or tag.name in _STRIP_ONLY or not _is_lost(tag, names):
        return Verdict(strip=names)
    if tag.name in _VANISH:
        return VANISH
    site = site_of(tag, next(iter(refused.values())))
    if tag.name in _MEDIA:
        return Verdict(strip=names, hide=True, site=site)
    return Verdict(drop=True, site=site)


def _is_lost(tag: StartTag, refused: frozenset[str]) -> bool:
    """Whether nothing is left to load without the refused attributes."""
    if tag.name in {"img", "image"}:
        return "src" in refused or "href" in refused or "src" not in tag.attrs
    if tag.name in {"audio", "video"}:
        return "src" in refused
    if tag.name in {"table", "tbody", "td", "tfoot", "th", "thead", "tr", "body"}:
        return False
    return refused != {"attributionsrc"}
