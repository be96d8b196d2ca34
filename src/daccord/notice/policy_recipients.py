"""The list of recipients: everybody, always there, each with a link (CNIL-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.recipients import recipients_of
from daccord.notice.terms import country_name

if TYPE_CHECKING:
    from daccord.declaration.model import Recipient
    from daccord.notice.situation import Situation

_SECTION: Final = Markup("<section id=recipients tabindex=-1><h2>{}</h2>{}{}</section>")
_LIST: Final = Markup("<h3>{}</h3><ul class=d-recipients>{}</ul>")
_ITEM: Final = Markup('<li><a href="{}" rel=external>{}</a> <span>{} · {}</span>')


def recipients_section(at: Situation) -> Markup:
    """Those who receive data with consent, as counted on the first layer; then all others."""
    words = at.words
    declaration = at.declaration
    consent = [q for q in declaration.questions if not q.exempt]
    asking = recipients_of(declaration, consent)
    names = {recipient.name for recipient in asking}
    others = {
        service.recipient.name: service.recipient
        for service in declaration.services
        if service.recipient.name not in names
    }
    return _SECTION.format(
        words("Who receives data"),
        _list(at, words("With your consent"), asking),
        _list(at, words("Without consent, as none is needed"), tuple(others.values())),
    )


def _list(at: Situation, title: Markup, recipients: tuple[Recipient, ...]) -> Markup:
    if not recipients:
        return Markup()
    return _LIST.format(title, Markup().join(_item(at, recipient) for recipient in recipients))


def _item(at: Situation, recipient: Recipient) -> Markup:
    services = Markup(", ").join(
        at.text(service.title)
        for service in at.declaration.services
        if service.recipient.name == recipient.name
    )
    return _ITEM.format(
        recipient.policy_url, recipient.name, country_name(at.words, recipient.country), services
    )
