"""Customise: purpose by purpose, service by service, nothing ticked before, one save (P6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.reader import LEAD, OTHER, Reader

if TYPE_CHECKING:
    from daccord.consent.choice import Choice
    from daccord.declaration.model import Declaration

pytestmark = [pytest.mark.browser, pytest.mark.promise("P6")]


def _granted(choice: Choice, declaration: Declaration) -> set[tuple[str, str | None]]:
    return {
        (question.purpose, question.service)
        for question in declaration.questions
        if question.tag in choice.granted
    }


def test_one_purpose(reader: Reader, declaration: Declaration) -> None:
    """Social accepted, advertising refused: both services of the one, none of the other."""
    reader.open(LEAD).unfold()
    reader.page.locator("[name='purpose.social'][value=accept]").check()
    reader.page.locator("[name='purpose.advertising'][value=refuse]").check()
    reader.save()
    assert _granted(reader.choice, declaration) == {("social", "isso"), ("social", "murmure")}
    assert (reader.state, reader.is_asked, reader.records()) == ("split", False, 1)
    seen = reader.visit([OTHER])
    assert "social" in seen.parties
    assert seen.parties <= {"comments", "social"}


def test_one_service(reader: Reader, declaration: Declaration) -> None:
    """Inside a purpose, by service: the network without the comments."""
    reader.open(LEAD).unfold()
    reader.page.locator("[name='purpose.social'][value=some]").check()
    reader.page.locator("[name='service.social'][value=murmure]").check()
    reader.save()
    assert _granted(reader.choice, declaration) == {("social", "murmure")}
    seen = reader.visit([LEAD])
    assert seen.parties == {"social"}
    reader.open(LEAD)
    assert reader.page.locator(".comments .daccord-box").is_visible()


@pytest.mark.law("CNIL-2")
def test_saving_with_nothing_chosen_refuses(reader: Reader, declaration: Declaration) -> None:
    """A group left empty is a refusal, not a question for the next page."""
    reader.open(LEAD).unfold().save()
    assert reader.choice.refused == {q.tag for q in declaration.questions if not q.exempt}
    assert (reader.state, reader.is_asked, reader.records()) == ("refused", False, 0)


@pytest.mark.promise("P8")
def test_what_was_chosen_is_shown_when_customise_is_opened_again(reader: Reader) -> None:
    """Each group stands as it was answered, on any page, to be changed there."""
    reader.open(LEAD).unfold()
    reader.page.locator("[name='purpose.social'][value=some]").check()
    reader.page.locator("[name='service.social'][value=isso]").check()
    reader.save()
    reader.open(OTHER).unfold()
    ticked = [
        (each.get_attribute("name"), each.get_attribute("value"))
        for each in reader.page.locator("#daccord :checked").all()
    ]
    assert ticked == [
        ("purpose.social", "some"),
        ("service.social", "isso"),
        ("purpose.advertising", "refuse"),
        ("purpose.audience", "accept"),
    ]


@pytest.mark.promise("P11")
@pytest.mark.law("CNIL-25")
def test_the_audience_counter_can_be_objected_to(reader: Reader) -> None:
    """Its cookie goes, is not set again, and everything else stays as it was."""
    reader.open(LEAD)
    assert reader.cookie_named("audience")
    reader.unfold()
    reader.page.locator("[name='purpose.audience'][value=refuse]").check()
    reader.save()
    reader.visit([LEAD, OTHER])
    assert reader.cookie_named("audience") is None
