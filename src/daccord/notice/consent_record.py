"""One record, and its place in the log, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from markupsafe import Markup

from daccord.consent.record import Way
from daccord.notice.dates import time_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.consent.record import Answer
    from daccord.declaration.model import Text
    from daccord.notice.kept import Kept, Place, Titles
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


def record_facts(at: Situation, kept: Kept) -> Markup:
    """Everything that a record holds, hashes of what was shown shortened."""
    words = at.words
    record = kept.record
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
            *_answers(at, kept.titles, record.granted, "d-yes", words("accepted")),
            *_answers(at, kept.titles, record.refused, "d-no", words("refused")),
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


def _answers(
    at: Situation, titles: Titles, answers: Iterable[Answer], kind: str, word: Markup
) -> Iterable[Markup]:
    return (_ANSWER.format(*_names(at, titles, answer), kind, word) for answer in answers)


def _names(at: Situation, titles: Titles, answer: Answer) -> tuple[Markup, Markup]:
    """Name what was asked as it was called then; what has no title by its id."""
    purpose = _name(at, titles.purposes.get(answer.purpose), answer.purpose)
    if answer.service is None:
        return purpose, Markup()
    service = _name(at, titles.services.get(answer.service), answer.service)
    return service, _PURPOSE.format(purpose)


def _name(at: Situation, title: Text | None, name: str) -> Markup:
    return _CODE.format(name) if title is None else Markup.escape(at.text(title))


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
