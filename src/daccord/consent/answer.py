"""A choice form, read strictly, and what it changes.

The form is the one path by which a choice comes about, with and without JavaScript (law 4).
Whatever bytes arrive, the outcome is a value or `ChoiceRejected`, never a grant by accident.

1. Exactly one ``do``; no unknown field; no field twice but ``service.…`` (law 9).
2. A grant answers only questions that the form showed: where ``shown`` is not today's digest,
   what the form refuses holds, what it grants does not, and the rest is asked again (CNIL-11).
3. ``grant.SERVICE`` answers the questions of that service and nothing else (P5).
4. Refusing everything leaves an exempt purpose's objection as it was (P3); accepting everything
   lifts it (P2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from daccord.consent.choice import Choice, permits_question, unasked_questions
from daccord.consent.record import Way
from daccord.declaration.model import PurposeId, ServiceId
from daccord.errors import ChoiceRejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daccord.consent.choice import RecordId
    from daccord.declaration.model import Declaration, Question, Tag

MAXIMUM_FORM_BYTES: Final = 16_384
"""A save with 100 purposes of 10 services each stays under it."""

MAXIMUM_FIELDS: Final = 2_000

_SINGLE: Final = frozenset({"do", "shown", "ask", "back", "lang"})


class Part(Enum):
    """How one purpose was answered under customise."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    SOME = "some"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A choice form as it was posted.

    ``do`` is ``accept``, ``refuse``, ``save``, ``grant.SERVICE`` or ``refuse.SERVICE``;
    ``back`` and ``lang`` are not checked here.
    """

    do: str
    shown: str = ""
    only_new: bool = False
    back: str = "/"
    lang: str = ""
    purposes: Mapping[PurposeId, Part] = field(default_factory=dict)
    services: Mapping[PurposeId, frozenset[ServiceId]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a form makes of a choice.

    ``choice`` still has no record of its own: ``needs_record`` says that one must be durable
    before the choice may be given to the browser (law 5). ``is_refusal`` says that the answer was
    a plain refusal by somebody who had granted nothing: to be counted, not recorded (law 6).
    ``granted`` and ``refused`` are the tags after the change.
    """

    way: Way
    granted: frozenset[Tag]
    refused: frozenset[Tag]
    withdrawn: bool
    needs_record: bool
    is_refusal: bool

    def choice(self, *, day: int, record: RecordId | None) -> Choice:
        """The choice to give to the browser, on ``day``, once ``record`` is durable."""
        return Choice(
            granted=self.granted,
            refused=self.refused,
            day=day,
            record=record if self.granted else None,
            withdrawn=self.withdrawn,
        )


def parse_form(raw: bytes) -> Form:
    """Read an ``application/x-www-form-urlencoded`` body. Raises ChoiceRejected."""
    if len(raw) > MAXIMUM_FORM_BYTES:
        raise ChoiceRejected("the form is too large")
    try:
        pairs = _pairs(raw.decode("ascii"))
    except ValueError as error:
        raise ChoiceRejected("the form is not readable") from error
    single: dict[str, str] = {}
    purposes: dict[PurposeId, Part] = {}
    services: dict[PurposeId, set[ServiceId]] = {}
    for name, value in pairs:
        kind, _, purpose = name.partition(".")
        if name in _SINGLE and name not in single:
            single[name] = value
        elif kind == "purpose" and purpose and PurposeId(purpose) not in purposes:
            purposes[PurposeId(purpose)] = _part(value)
        elif kind == "service" and purpose:
            services.setdefault(PurposeId(purpose), set()).add(ServiceId(value))
        else:
            raise ChoiceRejected("the form has a field that daccord did not ask for")
    if "do" not in single:
        raise ChoiceRejected("the form does not say what to do")
    if single.get("ask", "all") not in {"all", "new"}:
        raise ChoiceRejected("the form asks neither all nor new")
    return Form(
        do=single["do"],
        shown=single.get("shown", ""),
        only_new=single.get("ask") == "new",
        back=single.get("back", "/"),
        lang=single.get("lang", ""),
        purposes=purposes,
        services={purpose: frozenset(ids) for purpose, ids in services.items()},
    )


def _pairs(text: str) -> list[tuple[str, str]]:
    """Read names and values as `urllib.parse.parse_qsl` does, strictly, at a third of its cost.

    Raises ValueError for a field without ``=``, for too many, and for what is not UTF-8.
    """
    fields = text.split("&") if text else []
    if len(fields) > MAXIMUM_FIELDS or not all("=" in each for each in fields):
        raise ValueError("not a form")
    return [
        (_decoded(name), _decoded(value))
        for name, _, value in (each.partition("=") for each in fields)
    ]


def _decoded(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote(text, errors="strict") if "%" in text else text


def _part(value: str) -> Part:
    try:
        return Part(value)
    except ValueError as error:
        raise ChoiceRejected("a purpose is answered by accept, refuse or some") from error


def answer(declaration: Declaration, before: Choice, form: Form) -> Change | None:
    """Work out what ``form`` changes about ``before`` (already within ``declaration``).

    ``None`` means: nothing changes and the reader is asked again, because the form only grants
    and was rendered from a declaration that asked other questions. Raises ChoiceRejected for a
    form that names what is not declared.
    """
    asked, way = _answers(declaration, before, form)
    if form.shown != declaration.questions_digest:
        asked = _refused_in_words(asked, form)
        if not asked:
            return None
    granted = set(before.granted)
    refused = set(before.refused)
    for question, yes in asked.items():
        granted.discard(question.tag)
        refused.discard(question.tag)
        if not yes:
            refused.add(question.tag)
        elif not question.exempt:
            granted.add(question.tag)
    return _change(before, way, frozenset(granted), frozenset(refused))


def _refused_in_words(asked: dict[Question, bool], form: Form) -> dict[Question, bool]:
    """Keep what the form refuses, and leave out what it did not even show."""
    return {
        question: False
        for question, yes in asked.items()
        if not yes and (form.do != "save" or question.purpose in form.purposes)
    }


def _change(before: Choice, way: Way, granted: frozenset[Tag], refused: frozenset[Tag]) -> Change:
    lost = before.granted - granted
    gained = granted - before.granted
    return Change(
        way=Way.WITHDRAWAL if lost and not gained else way,
        granted=granted,
        refused=refused,
        # Kept until everything withdrawn is granted again: what a refused service stored before
        # must be removed on whatever page the reader opens next (CNIL-18).
        withdrawn=bool(refused) and (before.withdrawn or bool(lost)),
        needs_record=bool(granted or before.granted),
        is_refusal=not granted and not before.granted,
    )


def _answers(
    declaration: Declaration, before: Choice, form: Form
) -> tuple[dict[Question, bool], Way]:
    """Give yes or no for each question that the form answers, and the way it was said."""
    verb, _, service = form.do.partition(".")
    if form.do in {"accept", "refuse"}:
        return _answer_all(declaration, before, form), Way.NOTICE
    if form.do == "save":
        return _answer_each(declaration, before, form), Way.CUSTOMISE
    if verb in {"grant", "refuse"} and (questions := declaration.questions_of(ServiceId(service))):
        return dict.fromkeys(questions, verb == "grant"), Way.PLACEHOLDER
    raise ChoiceRejected("the form asks for something that is not declared")


def _answer_all(declaration: Declaration, before: Choice, form: Form) -> dict[Question, bool]:
    yes = form.do == "accept"
    questions = (
        unasked_questions(declaration, before)
        if form.only_new
        else [q for q in declaration.questions if yes or not q.exempt]
    )
    return dict.fromkeys(questions, yes)


def _answer_each(declaration: Declaration, before: Choice, form: Form) -> dict[Question, bool]:
    known = {question.purpose for question in declaration.questions}
    if not form.purposes.keys() <= known or not form.services.keys() <= known:
        raise ChoiceRejected("the form names a purpose that is not declared")
    answers: dict[Question, bool] = {}
    for question in declaration.questions:
        part = form.purposes.get(question.purpose)
        if part is Part.SOME:
            yes = question.service in form.services.get(question.purpose, frozenset())
        elif part is None:
            # Nothing chosen is a refusal (CNIL-2); an exempt purpose keeps its state, since only
            # an objection changes it (CNIL-25).
            yes = question.exempt and permits_question(before, question)
        else:
            yes = part is Part.ACCEPT
        answers[question] = yes
    return answers


def unrecorded(before: Choice, change: Change, *, day: int) -> Choice | None:
    """Give what holds of ``change`` when its record could not be made durable (law 5).

    What it refuses is refused; what it newly grants stays as it was before. ``None`` when nothing
    of it can hold, so that the browser keeps what it has.
    """
    granted = before.granted & change.granted
    # A new grant keeps its old answer: refused where it was, else not asked.
    refused = change.refused | (before.refused & change.granted)
    if (granted, refused) == (before.granted, before.refused):
        return None
    return Choice(
        granted=granted,
        refused=refused,
        day=day,
        record=before.record if granted else None,
        withdrawn=bool(refused) and (before.withdrawn or granted != before.granted),
    )
