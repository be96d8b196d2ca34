"""One record, and its place in the log, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from markupsafe import Markup

from daccord.consent.record import Way
from daccord.notice.dates import time_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.consent.record import Answer, ConsentRecord
    from daccord.notice.kept import Place
    from daccord.notice.situation import Situation
    from daccord.notice.words import Words

SHORT: Final = 8
"""Characters of an id or hash that are shown: enough to compare by eye, the rest is in the file."""

_FACTS: Final = Markup("<dl>{}</dl>")
_FACT: Final = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
_CODE: Final = Markup("<code>{}</code>")
_ANSWERS: Final = Markup("<h3>{}</h3><ul class=d-answers>{}</ul>")
_ANSWER: Final = Markup("<li><span>{}{}</span> <b class={}>{}</b>")
_PURPOSE: Final = Markup(" <small>{}</small>")


def record_facts(at: Situation, record: ConsentRecord) -> Markup:
    """Everything that a record holds, hashes of what was shown shortened."""
    words = at.words
    facts = [
        (words("When"), time_name(words, record.time_ms)),
        (words("On"), Markup.escape(record.site)),
        (words("How"), _way(words, record.way)),
        (words("Language of the notice"), _language(words, record.language)),
        (words("Version of the policy"), _CODE.format(record.declaration_version[:SHORT])),
        (words("Number of the record"), _CODE.format(record.id[:SHORT])),
    ]
    answers = Markup().join(
        (
            *_answers(at, record.granted, "d-yes", words("accepted")),
            *_answers(at, record.refused, "d-no", words("refused")),
        )
    )
    return _facts(facts) + _ANSWERS.format(words("What you answered"), answers)


def place_facts(at: Situation, place: Place) -> Markup:
    """Where the record stands in the log, and who has signed that."""
    words = at.words
    nobody = words("nobody but the site so far")
    facts = [
        (
            words("Place"),
            words("entry {index} (from 0) of {size}", index=place.leaf_index, size=place.tree_size),
        ),
        (words("Signed by"), Markup.escape(place.signer)),
        (words("Cosigned by"), Markup(", ").join(place.cosigners) or nobody),
    ]
    return _facts(facts)


def _facts(facts: Iterable[tuple[Markup, Markup]]) -> Markup:
    return _FACTS.format(Markup().join(_FACT.format(*fact) for fact in facts))


def _answers(at: Situation, answers: Iterable[Answer], kind: str, word: Markup) -> Iterable[Markup]:
    return (_ANSWER.format(*_names(at, answer), kind, word) for answer in answers)


def _names(at: Situation, answer: Answer) -> tuple[Markup, Markup]:
    """Name what was asked, by today's names; what is declared no more by its id."""
    declaration = at.declaration
    purpose = declaration.purpose_by_id.get(answer.purpose)
    named = Markup.escape(at.text(purpose.title)) if purpose else _CODE.format(answer.purpose)
    if answer.service is None:
        return named, Markup()
    service = declaration.service_by_id.get(answer.service)
    first = Markup.escape(at.text(service.title)) if service else _CODE.format(answer.service)
    return first, _PURPOSE.format(named)


def _way(words: Words, way: Way) -> Markup:
    match way:
        case Way.NOTICE:
            return words("with the notice, all at once")
        case Way.CUSTOMISE:
            return words("under “Customise”, one by one")
        case Way.PLACEHOLDER:
            return words("in the place of what was closed")
        case Way.WITHDRAWAL:
            return words("by withdrawing a part")
    assert_never(way)


def _language(words: Words, language: str) -> Markup:
    names = {"fr": words("French"), "en": words("English")}
    return names.get(language.partition("-")[0], _CODE.format(language))
