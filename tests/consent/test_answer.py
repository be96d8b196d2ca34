"""What a choice form makes of a choice: laws that hold for every declaration and every form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daccord.consent.answer import Change, Form, Part, _pairs, answer, parse_form, unrecorded
from daccord.consent.choice import (
    NOT_ASKED,
    Choice,
    RecordId,
    Standing,
    State,
    anonymous,
    permits,
    permitted_services,
    refuse_unasked,
    standing_of_page,
    unasked_questions,
    within,
)
from daccord.consent.record import Way
from daccord.declaration.model import Exemption, PurposeId, ServiceId, Tag
from daccord.errors import ChoiceRejected
from tests.declarations import declaration, declarations, purpose, service

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration

RECORD = RecordId("A" * 22)
NEXT = RecordId("B" * 22)


@st.composite
def answered(draw: st.DrawFn, of: Declaration) -> Choice:
    """Any choice that could stand: each question granted, refused or not asked."""
    states = {q: draw(st.sampled_from(State)) for q in of.questions}
    granted = frozenset(q.tag for q, s in states.items() if s is State.GRANTED and not q.exempt)
    refused = frozenset(q.tag for q, s in states.items() if s is State.REFUSED)
    return Choice(granted=granted, refused=refused, day=1, record=RECORD if granted else None)


@st.composite
def forms(draw: st.DrawFn, of: Declaration) -> Form:
    services = [s.id for s in of.services if of.questions_of(s.id)]
    verbs = ["accept", "refuse", "save"]
    verbs += [f"{verb}.{each}" for verb in ("grant", "refuse") for each in services]
    asked = sorted({q.purpose for q in of.questions})
    picked = draw(st.lists(st.sampled_from(asked), unique=True)) if asked else []
    return Form(
        do=draw(st.sampled_from(verbs)),
        shown=draw(st.sampled_from([of.questions_digest, "another0"])),
        only_new=draw(st.booleans()),
        purposes={each: draw(st.sampled_from(Part)) for each in picked},
        services={
            each: frozenset(draw(st.lists(st.sampled_from(services)))) if services else frozenset()
            for each in picked
        },
    )


@st.composite
def acts(draw: st.DrawFn) -> tuple[Declaration, Choice, Form, Change | None]:
    of = draw(declarations())
    before = draw(answered(of))
    form = draw(forms(of))
    return of, before, form, answer(of, before, form)


@given(acts())
def test_a_grant_needs_the_questions_that_were_shown(
    act: tuple[Declaration, Choice, Form, Change | None],
) -> None:
    of, before, form, change = act
    if form.shown != of.questions_digest and change is not None:
        assert change.granted <= before.granted


@given(acts())
def test_refusing_never_grants_and_accepting_never_refuses(
    act: tuple[Declaration, Choice, Form, Change | None],
) -> None:
    _, before, form, change = act
    if change is None:
        return
    if form.do.startswith("refuse"):
        assert change.granted <= before.granted
    if form.do == "accept" or form.do.startswith("grant."):
        assert change.refused <= before.refused


@pytest.mark.promise("B4")
@given(acts())
def test_a_record_is_needed_exactly_where_consent_is_or_was(
    act: tuple[Declaration, Choice, Form, Change | None],
) -> None:
    _, before, _, change = act
    if change is None:
        return
    assert change.needs_record is bool(change.granted or before.granted)
    assert change.is_refusal is not change.needs_record
    after = change.choice(day=2, record=NEXT)
    assert (after.record is None) is (not after.granted)


@given(acts())
def test_without_a_record_nothing_new_is_granted_and_every_refusal_holds(
    act: tuple[Declaration, Choice, Form, Change | None],
) -> None:
    """Law 5."""
    _, before, _, change = act
    if change is None:
        return
    holds = unrecorded(before, change, day=2)
    after = before if holds is None else holds
    assert after.granted <= before.granted
    assert after.granted <= change.granted
    assert change.refused <= after.refused | change.granted
    assert change.refused - before.refused <= after.refused
    if holds is not None:
        assert holds.record == (before.record if holds.granted else None)


@pytest.mark.promise("P2")
@given(declarations())
def test_accept_all_grants_everything_in_one_action(of: Declaration) -> None:
    change = answer(of, NOT_ASKED, Form(do="accept", shown=of.questions_digest))
    assert change is not None
    after = change.choice(day=1, record=RECORD if change.granted else None)
    assert permitted_services(of, after) == {each.id for each in of.services}
    assert unasked_questions(of, after) == ()


@pytest.mark.promise("P3")
@given(declarations(), st.data())
def test_refuse_all_leaves_only_what_is_exempt(of: Declaration, data: st.DataObject) -> None:
    before = data.draw(answered(of))
    change = answer(of, before, Form(do="refuse", shown=of.questions_digest))
    assert change is not None
    assert change.granted == frozenset()
    after = change.choice(day=1, record=None)
    assert unasked_questions(of, after) == ()
    exempt = {q.service for q in of.questions if q.exempt}
    needs_consent = {q.service for q in of.questions if not q.exempt} - {None}
    assert permitted_services(of, after).isdisjoint(needs_consent)
    objected = {q.service for q in of.questions if before.state(q) is State.REFUSED}
    assert permitted_services(of, after) >= {s for s in exempt if s and s not in objected}


NEWSPAPER = declaration(
    [
        purpose("audience", exempt=Exemption.AUDIENCE_MEASUREMENT),
        purpose("social"),
        purpose("advertising"),
    ],
    [
        service("counter", ["audience"]),
        service("comments", ["social"]),
        service("network", ["social"]),
        service("adverts", ["advertising"]),
        service("mixed", ["social", "advertising"]),
    ],
)
SHOWN = NEWSPAPER.questions_digest


def after(form: Form, before: Choice = NOT_ASKED) -> Choice:
    change = answer(NEWSPAPER, before, form)
    assert change is not None
    return change.choice(day=1, record=RECORD)


def allowed(choice: Choice) -> set[ServiceId]:
    return set(permitted_services(NEWSPAPER, choice))


@pytest.mark.promise("P5")
def test_opening_the_comments_grants_nothing_else() -> None:
    choice = after(Form(do="grant.comments", shown=SHOWN))
    assert allowed(choice) == {"counter", "comments"}
    assert len(unasked_questions(NEWSPAPER, choice)) == 4
    assert standing_of_page(NEWSPAPER, choice) is Standing.SPLIT


@pytest.mark.promise("P6")
def test_customise_by_purpose_and_by_service() -> None:
    choice = after(
        Form(
            do="save",
            shown=SHOWN,
            purposes={
                PurposeId("social"): Part.SOME,
                PurposeId("advertising"): Part.ACCEPT,
                PurposeId("audience"): Part.REFUSE,
            },
            services={PurposeId("social"): frozenset({ServiceId("comments")})},
        )
    )
    # "mixed" needs both of its purposes, and only advertising allows it.
    assert allowed(choice) == {"comments", "adverts"}
    assert unasked_questions(NEWSPAPER, choice) == ()


@pytest.mark.law("CNIL-2")
@pytest.mark.promise("P12")
def test_saving_with_nothing_chosen_refuses_and_leaves_the_exempt_alone() -> None:
    choice = after(Form(do="save", shown=SHOWN))
    assert allowed(choice) == {"counter"}
    assert choice.record is None
    assert standing_of_page(NEWSPAPER, choice) is Standing.REFUSED


@pytest.mark.law("CNIL-18")
@pytest.mark.promise("P8")
def test_withdrawal_is_one_act_and_is_remembered_as_such() -> None:
    granted = after(Form(do="accept", shown=SHOWN))
    change = answer(NEWSPAPER, granted, Form(do="refuse", shown=SHOWN))
    assert change is not None
    assert change.way is Way.WITHDRAWAL
    assert change.needs_record
    choice = change.choice(day=1, record=NEXT)
    assert choice.withdrawn
    assert choice.record is None
    again = answer(NEWSPAPER, choice, Form(do="accept", shown=SHOWN))
    assert again is not None
    assert not again.withdrawn


@pytest.mark.law("CNIL-11")
def test_a_new_service_is_asked_about_and_the_rest_stays_answered() -> None:
    choice = after(Form(do="accept", shown=SHOWN))
    wider = declaration(NEWSPAPER.purposes, [*NEWSPAPER.services, service("late", ["social"])])
    new = next(q for q in wider.questions if q.service == "late")
    # The factory numbers tags by place: give the new question one of its own, as a hash would.
    known = {(q.purpose, q.service): q for q in NEWSPAPER.questions}
    wider = replace(
        wider,
        questions=tuple(
            known.get((q.purpose, q.service), replace(q, tag=Tag("late"))) for q in wider.questions
        ),
        questions_digest="digest01",
    )
    assert unasked_questions(wider, within(wider, choice)) == (replace(new, tag=Tag("late")),)
    assert not permits(wider, choice, ServiceId("late"))
    change = answer(wider, choice, Form(do="refuse", shown="digest01", only_new=True))
    assert change is not None
    assert change.granted == choice.granted
    assert change.refused == {"late"}


@given(declarations(), st.data())
def test_a_choice_stays_a_value_whatever_is_done_to_it(
    of: Declaration, data: st.DataObject
) -> None:
    """Policies are kept by it, so it must stay hashable and equal to itself."""
    before = data.draw(answered(of))
    for after in (within(of, before), refuse_unasked(of, before), anonymous(before)):
        assert hash(after) == hash(replace(after))
    assert anonymous(before) == anonymous(replace(before, day=9))


@pytest.mark.law("GPC-5")
@given(declarations(), st.data())
def test_a_signal_refuses_and_never_overrules(of: Declaration, data: st.DataObject) -> None:
    before = data.draw(answered(of))
    signalled = refuse_unasked(of, before)
    assert signalled.granted == before.granted
    assert unasked_questions(of, signalled) == ()
    assert permitted_services(of, signalled) == permitted_services(of, before)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"do",
        b"do=accept&do=refuse",
        b"do=accept&shown=x&shown=y",
        b"do=accept&surprise=1",
        b"do=accept&ask=everything",
        b"do=save&purpose.social=yes",
        b"do=save&purpose.social=accept&purpose.social=refuse",
        b"do=save&purpose.=accept",
        b"do=save&service.=x",
        b"shown=abc",
        b"do=%ff",
        b"do=accept;shown=x",
        "do=é".encode(),
        b"do=accept&" + b"x" * 20_000,
        b"do=grant.nothing",
        b"do=grant.",
        b"do=save&purpose.nothing=accept",
        b"do=save&service.nothing=comments",
        b"do=ACCEPT",
        b"do=accept%00",
    ],
)
def test_what_is_not_our_form_is_rejected(body: bytes) -> None:
    with pytest.raises(ChoiceRejected):
        answer(NEWSPAPER, NOT_ASKED, parse_form(body))


@given(st.binary(max_size=200) | st.text(max_size=60).map(lambda t: quote(t).encode()))
@example(b"do=accept&shown=digest00")
def test_any_bytes_are_a_form_or_rejected(body: bytes) -> None:
    try:
        change = answer(NEWSPAPER, NOT_ASKED, parse_form(body))
    except ChoiceRejected:
        return
    assert change is None or not change.granted or b"digest00" in body


@given(st.text("ab=&+%20C3A9ffé;#", max_size=20).map(quote) | st.text("ab=&+%20C3A9f;#"))
def test_fields_are_those_that_the_standard_library_reads(text: str) -> None:
    """The independent witness of our own, faster reading."""

    def theirs() -> list[tuple[str, str]] | None:
        try:
            return parse_qsl(
                text, keep_blank_values=True, strict_parsing=bool(text), errors="strict"
            )
        except ValueError:
            return None

    try:
        ours: list[tuple[str, str]] | None = _pairs(text)
    except ValueError:
        ours = None
    assert ours == theirs()


@given(st.data())
def test_a_rendered_form_is_read_as_it_was_meant(data: st.DataObject) -> None:
    form = data.draw(forms(NEWSPAPER))
    fields = [("do", form.do), ("shown", form.shown), ("back", "/é?a=b&c#d")]
    fields += [("ask", "new")] if form.only_new else []
    fields += [(f"purpose.{each}", part.value) for each, part in form.purposes.items()]
    fields += [(f"service.{each}", one) for each, ids in form.services.items() for one in ids]
    read = parse_form(urlencode(fields).encode())
    assert answer(NEWSPAPER, NOT_ASKED, read) == answer(NEWSPAPER, NOT_ASKED, form)
    assert read.back == "/é?a=b&c#d"
