"""A reader's choice: for each question granted, refused or not asked (law 2).

A choice is a value. It is small and hashable, because what the browser may load is computed from
it once and then kept in memory. Nothing in it tells one reader who refused from another (law 6):
`record` and nothing else is an identifier, and a choice that grants nothing has none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.declaration.model import Declaration, Question, ServiceId, Tag

RecordId = NewType("RecordId", str)
"""22 base64url characters: 16 random bytes that name one record of the ledger."""


class State(Enum):
    """The three answers. *Not asked* is treated as refused, and is still a value of its own."""

    GRANTED = "granted"
    REFUSED = "refused"
    NOT_ASKED = "not-asked"


class Standing(Enum):
    """One word for several questions together: what the strip shows (P7)."""

    GRANTED = "granted"
    REFUSED = "refused"
    SPLIT = "split"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a reader answered.

    ``granted`` and ``refused`` hold tags of questions and share none. ``day`` counts days since
    1970-01-01 UTC: no finer, so that the time of a refusal is not an identifier. ``record`` names
    the ledger's record of the latest change and is there exactly when ``granted`` is not empty.
    ``withdrawn`` says that something now refused was once granted, so that what it stored on the
    device must still be removed.
    """

    granted: frozenset[Tag] = frozenset()
    refused: frozenset[Tag] = frozenset()
    day: int = 0
    record: RecordId | None = None
    withdrawn: bool = False

    def __post_init__(self) -> None:
        if self.granted & self.refused:
            raise ValueError("a question cannot be both granted and refused")
        if bool(self.granted) is not (self.record is not None):
            raise ValueError("a choice has a record exactly when it grants something")

    def state(self, question: Question) -> State:
        """The answer to one question."""
        if question.tag in self.granted:
            return State.GRANTED
        return State.REFUSED if question.tag in self.refused else State.NOT_ASKED


ANY_RECORD: Final = RecordId("0" * 22)
"""Stands for whichever record, where only the answers of a choice matter."""

NOT_ASKED = Choice()
"""The choice of a reader who has not been asked, and of every malformed one (law 9)."""


def within(declaration: Declaration, choice: Choice) -> Choice:
    """Give the part of ``choice`` that answers questions of ``declaration``.

    What is no longer declared falls away; what is newly declared is not asked (CNIL-11).
    """
    tags = frozenset(declaration.question_by_tag)
    granted = choice.granted & tags
    return replace(
        choice,
        granted=granted,
        refused=choice.refused & tags,
        record=choice.record if granted else None,
    )


def refuse_unasked(declaration: Declaration, choice: Choice) -> Choice:
    """Give ``choice`` with every question that needs consent and is not asked refused (GPC-5).

    An explicit answer of the reader stays as it is: a signal never grants and never overrules.
    """
    unasked = {question.tag for question in unasked_questions(declaration, choice)}
    return replace(choice, refused=choice.refused | unasked) if unasked else choice


def anonymous(choice: Choice) -> Choice:
    """Give ``choice`` with nothing in it that differs between readers who answered alike."""
    record = ANY_RECORD if choice.granted else None
    return replace(choice, day=0, record=record)


def unasked_questions(declaration: Declaration, choice: Choice) -> tuple[Question, ...]:
    """The questions that need consent and have no answer: what the notice must ask."""
    return tuple(
        question
        for question in declaration.questions
        if not question.exempt and choice.state(question) is State.NOT_ASKED
    )


def permits_question(choice: Choice, question: Question) -> bool:
    """Whether the answer allows it: consent needs a yes, an exemption only the lack of a no."""
    state = choice.state(question)
    return state is State.GRANTED or (question.exempt and state is not State.REFUSED)


def permits(declaration: Declaration, choice: Choice, service: ServiceId) -> bool:
    """Whether ``service`` may do anything: every question about it must allow it."""
    return all(permits_question(choice, question) for question in declaration.questions_of(service))


def permitted_services(declaration: Declaration, choice: Choice) -> frozenset[ServiceId]:
    """The services that ``choice`` allows; those that need no question are always among them."""
    return frozenset(
        service.id for service in declaration.services if permits(declaration, choice, service.id)
    )


def standing(choice: Choice, questions: Iterable[Question]) -> Standing:
    """Sum up the answers to ``questions``.

    Not asked and refused together are *refused*: both are enforced alike, and the word must be
    true of what happens (P7). Only when nothing at all is answered is it *not asked*.
    No questions at all is *refused*: nothing is followed.
    """
    states = [
        State.GRANTED
        if question.exempt and permits_question(choice, question)
        else choice.state(question)
        for question in questions
    ]
    if not states:
        return Standing.REFUSED
    if all(state is State.GRANTED for state in states):
        return Standing.GRANTED
    if State.GRANTED in states:
        return Standing.SPLIT
    return Standing.REFUSED if State.REFUSED in states else Standing.NOT_ASKED


def standing_of_page(declaration: Declaration, choice: Choice) -> Standing:
    """The page's standing as a whole: of everything that needs consent, exempt things apart."""
    return standing(choice, (q for q in declaration.questions if not q.exempt))
