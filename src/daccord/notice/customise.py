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

from daccord.consent.choice import Standing, State, permits_question
from daccord.declaration.model import Exemption
from daccord.notice.addresses import policy_address
from daccord.notice.strip import strip
from daccord.notice.terms import country_name, data_names, duration_name, reason_name

if TYPE_CHECKING:
    from daccord.declaration.model import Purpose, Question, Service
    from daccord.notice.situation import Situation

_FIELDSET: Final = Markup(
    "<fieldset><legend>{title} {strip}</legend><p>{summary}</p>{radios}{services}</fieldset>"
)
_RADIO: Final = Markup(
    "<label><input type=radio name=purpose.{purpose} value={value}{checked}>{label}</label>"
)
_SERVICE: Final = Markup(
    "<li><label><input type=checkbox name=service.{purpose} value={service}{checked}>{title}"
    "</label> {strip}<p>{facts}</p>"
)
_ALWAYS: Final = Markup("<li><b>{}</b> {} <i>{}</i>")
_CHECKED: Final = Markup(" checked")


def customise(at: Situation) -> Markup:
    """The groups of every purpose, then what is always on, then where to read everything."""
    asked = [purpose for purpose in at.declaration.purposes if at.questions_of(purpose)]
    always = [purpose for purpose in at.declaration.purposes if not at.questions_of(purpose)]
    return Markup().join(
        [
            *(_fieldset(at, purpose) for purpose in asked),
            _always(at, always) if always else Markup(),
            Markup("<p><a href={}>{}</a></p>").format(
                policy_address(at.language), at.words("Everything in detail: privacy policy")
            ),
        ]
    )


def _fieldset(at: Situation, purpose: Purpose) -> Markup:
    questions = at.questions_of(purpose)
    services = [(q, at.declaration.service_by_id[q.service]) for q in questions if q.service]
    summary = Markup.escape(at.text(purpose.summary))
    if purpose.exempt is Exemption.AUDIENCE_MEASUREMENT:
        summary += " " + at.words("No consent is needed, and you may object.")
    return _FIELDSET.format(
        title=at.text(purpose.title),
        strip=_strip(at, questions),
        summary=summary,
        radios=_radios(at, purpose, several=len(services) > 1),
        services=Markup("<ul>{}</ul>").format(
            Markup().join(
                _service(at, question, service, several=len(services) > 1)
                for question, service in services
            )
        )
        if services
        else "",
    )


def _strip(at: Situation, questions: tuple[Question, ...]) -> Markup:
    return strip(at.words, at.standing(questions), by_signal=at.by_signal(questions))


def _radios(at: Situation, purpose: Purpose, *, several: bool) -> Markup:
    words = at.words
    standing = at.standing(at.questions_of(purpose))
    options = [
        ("refuse", words("Refuse"), Standing.REFUSED),
        ("accept", words("Accept"), Standing.GRANTED),
        ("some", words("By service"), Standing.SPLIT),
    ]
    return Markup().join(
        _RADIO.format(
            purpose=purpose.id,
            value=value,
            label=label,
            checked=_CHECKED if standing is chosen else "",
        )
        for value, label, chosen in options[: 3 if several else 2]
    )


def _service(at: Situation, question: Question, service: Service, *, several: bool) -> Markup:
    title = at.text(service.title)
    box = _SERVICE if several else _SINGLE
    return box.format(
        purpose=question.purpose,
        service=service.id,
        title=title,
        checked=_CHECKED if _is_granted(at, question) else "",
        strip=_strip(at, (question,)) if several else "",
        facts=service_facts(at, service),
    )


_SINGLE: Final = Markup("<li>{title}{strip}<p>{facts}</p>")


def _is_granted(at: Situation, question: Question) -> bool:
    if question.exempt:
        return permits_question(at.choice, question)
    return at.choice.state(question) is State.GRANTED


def service_facts(at: Situation, service: Service) -> Markup:
    """Who receives what, for how long, in one line (GDPR-3)."""
    words = at.words
    recipient = service.recipient
    facts = [Markup("{} ({})").format(recipient.name, country_name(words, recipient.country))]
    if service.data:
        facts.append(data_names(words, service.data))
    if service.cookies:
        longest = max(cookie.days for cookie in service.cookies)
        facts.append(words("cookies: {duration}", duration=duration_name(words, longest)))
    facts.append(words("kept: {duration}", duration=duration_name(words, service.retention_days)))
    return Markup(" · ").join(facts)


def _always(at: Situation, purposes: list[Purpose]) -> Markup:
    items = Markup().join(
        _ALWAYS.format(
            at.text(purpose.title),
            at.text(purpose.summary),
            at.words("Reason: {reason}.", reason=reason_name(at.words, purpose.exempt)),
        )
        for purpose in purposes
        if purpose.exempt
    )
    return Markup("<p>{}</p><ul>{}</ul>").format(at.words("Always on"), items)
