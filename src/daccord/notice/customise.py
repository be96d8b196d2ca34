"""Customise: one answer per purpose, and per service inside it (P6, CNIL-9, 10).

1. A group that the reader has not answered has nothing chosen; left so, it is a refusal.
2. The boxes of services count under *by service* alone; a style sheet hides them otherwise, and
   without it they are visible.
3. What needs no consent is listed with its reason and has no control (CNIL-27); audience
   measurement can be objected to, by the same control as everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.consent.choice import Standing
from daccord.declaration.model import Exemption
from daccord.notice.strip import always_on_strip, strip_of
from daccord.notice.terms import country_name, data_names, duration_name, reason_name

if TYPE_CHECKING:
    from daccord.declaration.model import Purpose, Question, Service
    from daccord.notice.situation import Situation
    from daccord.notice.words import Words

_FIELDSET: Final = Markup(
    "<fieldset><legend>{title} {strip}</legend><p>{summary}</p>{radios}{services}</fieldset>"
)
_RADIO: Final = Markup(
    "<label><input type=radio name=purpose.{purpose} value={value}{checked}>{label}</label>"
)
_SERVICE: Final = Markup(
    "<li><label><input type=checkbox name=service.{purpose} value={service}{checked}>{title}"
    "</label>{strip}<p>{facts}</p>"
)
_SINGLE: Final = Markup("<li>{title}<p>{facts}</p>")
_CHECKED: Final = Markup(" checked")


def customise(at: Situation) -> Markup:
    """The groups of every purpose: first what needs consent, last what is always on."""
    purposes = sorted(at.declaration.purposes, key=lambda each: _rank(at, each))
    return Markup().join(
        _fieldset(at, purpose) if at.questions_of(purpose) else _always_on(at, purpose)
        for purpose in purposes
    )


def _rank(at: Situation, purpose: Purpose) -> int:
    return 0 if purpose.exempt is None else 1 if at.questions_of(purpose) else 2


def _fieldset(at: Situation, purpose: Purpose) -> Markup:
    questions = at.questions_of(purpose)
    services = [(q, at.declaration.service_by_id[q.service]) for q in questions if q.service]
    box = _SERVICE if len(services) > 1 else _SINGLE
    items = Markup().join(_service(at, box, *each) for each in services)
    return _FIELDSET.format(
        title=at.text(purpose.title),
        strip=strip_of(at, questions),
        summary=_summary(at, purpose),
        radios=_radios(at, purpose, several=len(services) > 1),
        services=Markup("<ul>{}</ul>").format(items) if items else "",
    )


def _always_on(at: Situation, purpose: Purpose) -> Markup:
    return _FIELDSET.format(
        title=at.text(purpose.title),
        strip=always_on_strip(at.words),
        summary=_summary(at, purpose),
        radios="",
        services="",
    )


def _summary(at: Situation, purpose: Purpose) -> Markup:
    summary = Markup.escape(at.text(purpose.summary))
    if purpose.exempt is None:
        return summary
    reason = at.words("No consent needed: {reason}.", reason=reason_name(at.words, purpose.exempt))
    return summary + " " + reason


def _radios(at: Situation, purpose: Purpose, *, several: bool) -> Markup:
    standing = at.standing(at.questions_of(purpose))
    return Markup().join(
        _RADIO.format(
            purpose=purpose.id,
            value=value,
            label=label,
            checked=_CHECKED if standing is chosen else "",
        )
        for value, label, chosen in _options(at.words, purpose)[: 3 if several else 2]
    )


def _options(words: Words, purpose: Purpose) -> list[tuple[str, Markup, Standing]]:
    is_objection = purpose.exempt is Exemption.AUDIENCE_MEASUREMENT
    return [
        ("refuse", words("Object") if is_objection else words("Refuse"), Standing.REFUSED),
        ("accept", words("Leave on") if is_objection else words("Accept"), Standing.GRANTED),
        ("some", words("By service"), Standing.SPLIT),
    ]


def _service(at: Situation, box: Markup, question: Question, service: Service) -> Markup:
    return box.format(
        purpose=question.purpose,
        service=service.id,
        title=at.text(service.title),
        checked=_CHECKED if at.standing((question,)) is Standing.GRANTED else "",
        strip=strip_of(at, (question,)),
        facts=_facts(at, service),
    )


def _facts(at: Situation, service: Service) -> Markup:
    """Who receives what, for how long, in one line (GDPR-3)."""
    words = at.words
    recipient = service.recipient
    facts = [Markup("{} ({})").format(recipient.name, country_name(words, recipient.country))]
    if service.data:
        facts.append(data_names(words, service.data))
    if service.cookies:
        longest = duration_name(words, max(cookie.days for cookie in service.cookies))
        facts.append(words("cookies: {duration}", duration=longest))
    kept = duration_name(words, service.retention_days)
    facts.append(words("data: {duration}", duration=kept))
    return Markup(" · ").join(facts)
