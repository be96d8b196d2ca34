"""What one rendering depends on: what is declared, what this reader answered, which language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from daccord.consent.choice import (
    Standing,
    refuse_unasked,
    standing,
    standing_of_page,
    unasked_questions,
)
from daccord.notice.words import words_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.consent.choice import Choice
    from daccord.declaration.model import Declaration, Language, Purpose, Question, Text
    from daccord.notice.words import Words


class Ask(Enum):
    """What the notice asks; the values are those of the form's ``ask`` field."""

    NOTHING = ""
    ALL = "all"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A reader before a page.

    ``choice`` is as enforced: with a signal, what was not asked is refused in it, and
    ``signalled`` holds those questions. ``asked`` are the questions that the notice asks.
    """

    declaration: Declaration
    choice: Choice
    words: Words
    language: Language
    ask: Ask
    asked: tuple[Question, ...]
    signalled: frozenset[Question]

    def text(self, text: Text) -> str:
        """A publisher's text in the language of this rendering."""
        return text.in_language(self.language)

    def standing(self, questions: Iterable[Question]) -> Standing:
        """How ``questions`` stand."""
        return standing(self.choice, questions)

    def by_signal(self, questions: Iterable[Question]) -> bool:
        """Whether any of ``questions`` is refused by a signal alone."""
        return not self.signalled.isdisjoint(questions)

    @property
    def page_standing(self) -> Standing:
        """How the page stands as a whole."""
        return standing_of_page(self.declaration, self.choice)

    @property
    def asked_purposes(self) -> tuple[Purpose, ...]:
        """The purposes that the notice asks about, in the order of the declaration."""
        ids = {question.purpose for question in self.asked}
        return tuple(purpose for purpose in self.declaration.purposes if purpose.id in ids)

    def questions_of(self, purpose: Purpose) -> tuple[Question, ...]:
        """Every question about ``purpose``, asked before or not."""
        return tuple(q for q in self.declaration.questions if q.purpose == purpose.id)


def situation(
    declaration: Declaration, choice: Choice, *, language: Language, gpc: bool
) -> Situation:
    """Work out what a page shows to a reader whose ``choice`` is within ``declaration``.

    ``gpc`` says that the reader's browser sends the signal and the site honours it.
    """
    unasked = unasked_questions(declaration, choice)
    answered = any(
        not question.exempt and question not in unasked for question in declaration.questions
    )
    ask = Ask.NOTHING if gpc or not unasked else Ask.NEW if answered else Ask.ALL
    return Situation(
        declaration=declaration,
        choice=refuse_unasked(declaration, choice) if gpc else choice,
        words=words_in(language),
        language=language,
        ask=ask,
        asked=() if ask is Ask.NOTHING else unasked,
        signalled=frozenset(unasked) if gpc else frozenset(),
    )
