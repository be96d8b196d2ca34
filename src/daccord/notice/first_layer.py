"""The first layer: who asks what, for what, and that it can be changed (CNIL-7, 8, 9, 17; P1)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.addresses import policy_address
from daccord.notice.recipients import recipients_of
from daccord.notice.situation import Ask
from daccord.notice.strip import page_strip, saved
from daccord.notice.terms import data_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.declaration.model import Data, Purpose
    from daccord.notice.situation import Situation

_LAYER: Final = Markup(
    "<div class=d-first>{saved}{strip}<h2 id=daccord-title>{title}</h2>"
    "<p>{who}</p><ul>{purposes}</ul><p>{rest}</p></div>"
)
_PURPOSE: Final = Markup("<li><b>{}</b> {}{}")
_LINK: Final = Markup('<a href="{}#recipients">{}</a>')


def first_layer(at: Situation) -> Markup:
    """What is read before choosing; every purpose that is asked about has its title and summary."""
    words = at.words
    return _LAYER.format(
        saved=saved(words),
        strip=page_strip(at),
        title=words("What you have not answered yet")
        if at.ask is Ask.NEW
        else words("Your data, your choice"),
        who=_who(at),
        purposes=Markup().join(
            _PURPOSE.format(
                at.text(purpose.title), at.text(purpose.summary), _services(at, purpose)
            )
            for purpose in at.asked_purposes
        ),
        rest=_rest(at),
    )


def _services(at: Situation, purpose: Purpose) -> Markup:
    """Which services are asked about, when others of the purpose are answered (CNIL-11)."""
    if at.ask is not Ask.NEW:
        return Markup()
    ids = {question.service for question in at.asked if question.purpose == purpose.id}
    titles = [at.text(each.title) for each in at.declaration.services if each.id in ids]
    return Markup(" ({})").format(", ".join(titles)) if titles else Markup()


def _who(at: Situation) -> Markup:
    words = at.words
    controller = Markup("<b>{}</b>").format(at.declaration.controller.name)
    data = data_names(words, _data(at))
    recipients = recipients_of(at.declaration, at.asked)
    if not recipients:
        return words(
            "{controller} asks to keep and read personal data on your device: {data}.",
            controller=controller,
            data=data,
        )
    return words(
        "{controller} and {recipients} ask to keep and read personal data on your device: {data}.",
        controller=controller,
        recipients=_LINK.format(
            policy_address(at.language),
            words.count("{number} recipient", "{number} recipients", len(recipients)),
        ),
        data=data,
    )


def _data(at: Situation) -> Iterable[Data]:
    services = {question.service for question in at.asked}
    return chain(
        chain.from_iterable(purpose.data for purpose in at.asked_purposes),
        chain.from_iterable(
            service.data for service in at.declaration.services if service.id in services
        ),
    )


def _rest(at: Situation) -> Markup:
    words = at.words
    exempt = [p for p in at.declaration.purposes if p.exempt]
    change = words(
        "You can change your mind at any time: “Cookies”, at the bottom left of every page."
    )
    if at.ask is Ask.NEW:
        return words("Your earlier choice holds for everything else.") + " " + change
    if not exempt:
        return change
    titles = Markup(", ").join(at.text(purpose.title) for purpose in exempt)
    return words("Always on, as no consent is needed: {titles}.", titles=titles) + " " + change
