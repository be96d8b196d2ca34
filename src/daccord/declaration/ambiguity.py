"""What two services claim at once, so that no choice could be enforced on it.

The browser's policy knows hosts, and the cookie filter names: where two services with different
purposes share one, refusing the one and granting the other cannot both hold (CNIL-14: one tracker,
one set of purposes).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daccord.declaration.hosts import HostSource, parse_host_source
from daccord.declaration.issues import Issue
from daccord.declaration.names import patterns_overlap
from daccord.declaration.plain import show_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daccord.declaration.draft import Draft
    from daccord.declaration.places import Loc


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """Something that a service says is its own; ``kind`` is cookie, an area, or embed."""

    loc: Loc
    service: Draft
    text: str
    kind: str

    def contradicts(self, other: _Claim) -> bool:
        """Whether both cannot be enforced: other service, other purposes."""
        return self.service.loc != other.service.loc and (
            _purposes(self.service) != _purposes(other.service)
        )


def check_ambiguity(file: Draft) -> Iterator[Issue]:
    """Find what more than one service claims."""
    # Of a service whose purposes are in doubt it is not known whether they differ.
    services = [each for each in file.rows("services") if each.is_sure("purposes")]
    yield from _check_hosts(services)
    yield from _check_site_hosts(file, services)
    yield from _check_names([claim for each in services for claim in _names(each)])
    yield from _check_embeds(file)


def _purposes(service: Draft) -> frozenset[str]:
    return frozenset(name for _, name in service.texts("purposes"))


def _issue(claim: _Claim, other: _Claim, what: str) -> Issue:
    return Issue(
        loc=claim.loc,
        found=f"{show_text(claim.text)}, which {_name(other)} has as {show_text(other.text)}",
        expected=f"{what} of one service only, unless both have the same purposes",
        hint="name them more closely, or give both services the same purposes",
    )


def _name(claim: _Claim) -> str:
    return f"services[{claim.service.loc[-1]}]"


def _check_hosts(services: Iterable[Draft]) -> Iterator[Issue]:
    claims = [
        (_Claim(loc=loc, service=service, text=text, kind="host"), source)
        for service in services
        for loc, text in service.texts("hosts")
        if (source := parse_host_source(text))
    ]
    by_host: dict[str, list[tuple[_Claim, HostSource]]] = defaultdict(list)
    for claim, source in claims:
        by_host[source.host].append((claim, source))
    seen: set[Loc] = set()
    for claim, source in claims:
        for other, against in _candidates(by_host, source):
            if claim.contradicts(other) and source.overlaps(against):
                early, late = sorted((claim, other), key=_order)
                if late.loc not in seen:
                    seen.add(late.loc)
                    yield _issue(late, early, "a host")
                break


def _order(claim: _Claim) -> tuple[int, int]:
    return int(claim.loc[1]), int(claim.loc[-1])


def _candidates(
    by_host: dict[str, list[tuple[_Claim, HostSource]]], source: HostSource
) -> Iterator[tuple[_Claim, HostSource]]:
    """What could overlap with ``source``: the same host, or a wildcard over one above it."""
    host = source.host
    while host:
        yield from by_host.get(host, ())
        host = host.partition(".")[2]


def _check_site_hosts(file: Draft, services: Iterable[Draft]) -> Iterator[Issue]:
    """The site's own hosts always load, so a refusal of one would not hold (P3)."""
    site = file.table("site")
    own = [
        (text, source)
        for _, text in (site.texts("hosts") if site else ())
        if (source := parse_host_source(text))
    ]
    needing = {row.text("id") for row in file.rows("purposes") if row.lacks("exempt")}
    for service in services:
        if _purposes(service).isdisjoint(needing):
            continue
        for loc, text in service.texts("hosts"):
            source = parse_host_source(text)
            clash = next((name for name, each in own if source and each.overlaps(source)), None)
            if clash is not None:
                yield Issue(
                    loc=loc,
                    found=f"{show_text(text)}, which site.hosts has as {show_text(clash)}",
                    expected="a host that is not the site's own, since the service needs consent",
                    hint="the site's own hosts always load: take it out of site.hosts",
                )


def _names(service: Draft) -> Iterator[_Claim]:
    hosts = service.length("hosts")
    for cookie in service.rows("cookies"):
        name, own = cookie.text("name"), cookie.truth("first_party")
        without_hosts = hosts == 0 or service.lacks("hosts")
        # The cookies of other origins never meet those of this one.
        if name is not None and (own or (own is None and without_hosts)):
            yield _Claim(loc=(*cookie.loc, "name"), service=service, text=name, kind="a cookie")
    for key in service.rows("storage"):
        name, area = key.text("name"), key.text("area")
        if name is not None and area is not None:
            kind = f"a storage key ({area})"
            yield _Claim(loc=(*key.loc, "name"), service=service, text=name, kind=kind)


def _check_names(claims: list[_Claim]) -> Iterator[Issue]:
    exact: dict[tuple[str, str], list[_Claim]] = defaultdict(list)
    wild: dict[str, list[_Claim]] = defaultdict(list)
    for claim in claims:
        candidates = (
            [
                each
                for (kind, _), each_kind in exact.items()
                if kind == claim.kind
                for each in each_kind
            ]
            if "*" in claim.text
            else exact[claim.kind, claim.text]
        )
        for other in (*candidates, *wild[claim.kind]):
            if claim.contradicts(other) and patterns_overlap(claim.text, other.text):
                yield _issue(claim, other, claim.kind)
                break
        if "*" in claim.text:
            wild[claim.kind].append(claim)
        else:
            exact[claim.kind, claim.text].append(claim)


def _check_embeds(file: Draft) -> Iterator[Issue]:
    """One placeholder stands in an element's place, so one service fills it."""
    seen: dict[str, Draft] = {}
    for service in file.rows("services"):
        for loc, selector in service.texts("embeds"):
            first = seen.setdefault(selector, service)
            if first.loc != service.loc:
                yield Issue(
                    loc=loc,
                    found=f"{show_text(selector)}, which services[{first.loc[-1]}] fills already",
                    expected="a selector of one service only",
                )
