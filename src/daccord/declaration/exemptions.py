"""What does without consent, held to its conditions: rows CNIL-23, CNIL-24 and CNIL-25."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from daccord.declaration.durations import parse_days
from daccord.declaration.hosts import parse_host_source
from daccord.declaration.issues import Issue
from daccord.declaration.model import Exemption
from daccord.declaration.plain import show_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.declaration.draft import Draft

LONGEST_AUDIENCE_COOKIE_DAYS: Final = 395
"""CNIL-25: 13 months."""

LONGEST_AUDIENCE_RETENTION_DAYS: Final = 760
"""CNIL-25: 25 months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """The purposes of one service, by whether they need consent."""

    consent: tuple[str, ...]
    audience: tuple[str, ...]
    other: tuple[str, ...]


def check_exemptions(file: Draft) -> Iterator[Issue]:
    """Find services that an exemption cannot cover."""
    exemptions = _exemptions(file)
    for service in file.rows("services"):
        names = dict.fromkeys(name for _, name in service.texts("purposes"))
        known = [(name, exemptions[name]) for name in names if name in exemptions]
        audience = Exemption.AUDIENCE_MEASUREMENT.value
        split = _Split(
            consent=tuple(name for name, reason in known if reason is None),
            audience=tuple(name for name, reason in known if reason == audience),
            other=tuple(name for name, reason in known if reason not in {None, audience}),
        )
        yield from _check_mixture(service, split)
        if split.audience and not split.consent and not split.other:
            yield from _check_audience(file, service)


def _exemptions(file: Draft) -> dict[str, str | None]:
    """The exemption of each purpose of which it is sure whether it has one."""
    found: dict[str, str | None] = {}
    for purpose in file.rows("purposes"):
        name, reason = purpose.text("id"), purpose.text("exempt")
        if name is not None and (reason is not None or purpose.lacks("exempt")):
            found[name] = reason
    return found


def _check_mixture(service: Draft, split: _Split) -> Iterator[Issue]:
    """CNIL-23: what serves a purpose that needs consent is not exempt for another one."""
    exempt = split.audience + split.other
    loc = (*service.loc, "purposes")
    if split.consent and exempt:
        yield Issue(
            loc=loc,
            found=f"{_list(exempt)} (exempt) together with {_list(split.consent)} (not exempt)",
            expected="exempt purposes only, or none (CNIL-23)",
            hint="declare two services, or leave the exempt purpose out",
        )
    elif split.audience and split.other:
        yield Issue(
            loc=loc,
            found=f"{_list(split.audience)} (audience) together with {_list(split.other)}",
            expected="a service for audience measurement alone: a reader may object to it "
            "(CNIL-24, CNIL-25)",
            hint="declare two services",
        )


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(show_text, names))


def _check_audience(file: Draft, service: Draft) -> Iterator[Issue]:
    yield from _check_audience_hosts(file, service)
    yield from _check_audience_recipient(file, service)
    for cookie in service.rows("cookies"):
        yield from _check_audience_cookie(cookie)
    days = parse_days(service.text("retention") or "")
    if days is not None and days > LONGEST_AUDIENCE_RETENTION_DAYS:
        yield Issue(
            loc=(*service.loc, "retention"),
            found=show_text(service.text("retention") or ""),
            expected="at most 25 months for exempt audience measurement (CNIL-25)",
        )


def _check_audience_hosts(file: Draft, service: Draft) -> Iterator[Issue]:
    site = file.table("site")
    if site is None or not site.is_sure("hosts"):
        return
    own = [parse_host_source(text) for _, text in site.texts("hosts")]
    for loc, text in service.texts("hosts"):
        host = parse_host_source(text)
        if host and not any(each.covers(host) for each in own if each):
            yield Issue(
                loc=loc,
                found=show_text(text),
                expected="a first-party host for exempt audience measurement (CNIL-24)",
                hint="list it under site.hosts if it is the site's own; else the purpose "
                "needs consent",
            )


def _check_audience_recipient(file: Draft, service: Draft) -> Iterator[Issue]:
    recipient, controller = service.table("recipient"), file.table("controller")
    receives = recipient.text("name") if recipient else None
    controls = controller.text("name") if controller else None
    if receives is not None and controls is not None and receives != controls:
        yield Issue(
            loc=(*service.loc, "recipient", "name"),
            found=show_text(receives),
            expected=f"the controller, {show_text(controls)}: exempt audience measurement is for "
            "the publisher alone (CNIL-24)",
        )


def _check_audience_cookie(cookie: Draft) -> Iterator[Issue]:
    if cookie.truth("first_party") is False:
        yield Issue(
            loc=(*cookie.loc, "first_party"),
            found="false",
            expected="a first-party cookie for exempt audience measurement (CNIL-24)",
        )
    days = parse_days(cookie.text("duration") or "")
    if days is not None and days > LONGEST_AUDIENCE_COOKIE_DAYS:
        yield Issue(
            loc=(*cookie.loc, "duration"),
            found=show_text(cookie.text("duration") or ""),
            expected="at most 13 months for exempt audience measurement (CNIL-25)",
        )
