"""What time, and a changed declaration, do to a choice: asked again only when there is reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from daccord.consent.choice import Choice, RecordId
from tests.browser.evidence import NO_TRACE
from tests.browser.press import NEW_SERVICE, added_declaration
from tests.browser.reader import FRONT, LEAD, OTHER, OWN, THIRD, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from daccord.declaration.model import Declaration
    from tests.browser.conftest import NewReader

pytestmark = pytest.mark.browser

DAYS = 182


def _refused(declaration: Declaration, day: int) -> Choice:
    return Choice(refused=frozenset(q.tag for q in declaration.questions if not q.exempt), day=day)


def _granted(declaration: Declaration, day: int) -> Choice:
    tags = frozenset(q.tag for q in declaration.questions if not q.exempt)
    return Choice(granted=tags, day=day, record=RecordId("A" * 22))


@pytest.mark.promise("P3")
@pytest.mark.law("CNIL-12")
@pytest.mark.parametrize("make", [_refused, _granted])
def test_a_choice_holds_for_six_months_and_no_longer(
    reader: Reader, declaration: Declaration, make: Callable[[Declaration, int], Choice]
) -> None:
    """On its last day it holds; on the next the reader is asked again, and nothing is granted."""
    reader.hold(make(declaration, reader.today - DAYS + 1)).open(LEAD)
    assert not reader.is_asked
    reader.leave()
    reader.hold(make(declaration, reader.today - DAYS))
    seen = reader.visit([LEAD, OTHER])
    assert seen.trace[1:] == NO_TRACE[1:]
    assert {pair for pair in seen.cookies if pair[0] == "paper.localhost"} <= OWN
    reader.open(LEAD)
    assert (reader.is_asked, reader.state) == (True, "not-asked")


@pytest.mark.law("DP-1")
@pytest.mark.promise("P3")
def test_a_refusal_is_not_asked_about_again(reader: Reader) -> None:
    """Ten pages in a row, the policy page and the other edition among them: no notice (DP-1)."""
    reader.open(FRONT).refuse()
    sections = ["/fr/littoral", "/en/", "/fr/audience", "/_daccord/policy"]
    for path in (LEAD, OTHER, THIRD, FRONT, LEAD, OTHER, *sections):
        reader.open(path)
        assert not reader.is_asked, path
    seen = reader.evidence()
    assert (seen.cookies, seen.trace) == (OWN, NO_TRACE)


@pytest.mark.law("DP-1")
@pytest.mark.promise("P3")
def test_a_refusal_holds_on_each_of_thirty_days(
    new_reader: NewReader, declaration: Declaration
) -> None:
    """The choice cookie as it was set on that many days before: no notice on any of them."""
    reader = new_reader(js=False)
    for day in range(1, 31):
        reader.hold(_refused(declaration, reader.today - day)).open(FRONT)
        assert (reader.is_asked, reader.state) == (False, "refused"), day


@pytest.mark.law("CNIL-11")
def test_a_new_service_is_asked_about_and_nothing_else(
    reader: Reader, show_paper: Callable[[str], None]
) -> None:
    """What was granted still holds; the new one is refused until the reader says yes to it."""
    reader.open(LEAD).accept()
    before = reader.choice
    show_paper("added")
    reader.open(LEAD)
    assert (reader.is_asked, reader.state) == (True, "split")
    words = reader.page.locator("#daccord .d-first").inner_text()
    assert "Commentaires et réseaux sociaux" in words, "the purpose of the new service"
    assert "Publicité selon vos lectures" not in words, "answered before, not asked again"
    assert "1 destinataire" in " ".join(words.split())
    assert reader.choice == before
    reader.accept()
    after = added_declaration()
    [new] = [q.tag for q in after.questions if q.service == NEW_SERVICE]
    assert reader.choice.granted == before.granted | {new}
    reader.open(OTHER)
    assert (reader.is_asked, reader.state) == (False, "granted")


@pytest.mark.law("CNIL-11")
def test_a_refusal_of_the_new_leaves_what_was_granted(
    reader: Reader, show_paper: Callable[[str], None]
) -> None:
    """The notice asked about the one new service alone, and says so."""
    reader.open(LEAD).accept()
    before = reader.choice
    show_paper("added")
    reader.open(LEAD).refuse()
    assert reader.choice.granted == before.granted
    assert (reader.is_asked, reader.state) == (False, "split")


@pytest.mark.law("CNIL-11")
def test_other_words_ask_nothing(reader: Reader, show_paper: Callable[[str], None]) -> None:
    """The declaration's version changes with its words; the questions do not."""
    reader.open(LEAD).refuse()
    show_paper("reworded")
    reader.open(LEAD)
    assert not reader.is_asked
    reader.unfold()
    assert "Dit autrement." in reader.page.locator("#daccord").inner_text()


@pytest.mark.law("CNIL-11")
def test_a_form_from_before_the_change_grants_nothing_new(
    reader: Reader, show_paper: Callable[[str], None]
) -> None:
    """Accept pressed on a page that was opened before the new service came: asked again."""
    reader.open(LEAD)
    show_paper("added")
    reader.accept()
    assert (reader.is_asked, reader.state) == (True, "not-asked")
    assert reader.cookie is None


def test_a_choice_keeps_its_day_when_it_is_only_read(
    new_reader: NewReader, declaration: Declaration
) -> None:
    """Reading on does not prolong a choice: the cookie is as it was."""
    reader = new_reader()
    choice = replace(_refused(declaration, reader.today - 100))
    reader.hold(choice).visit([LEAD, OTHER])
    assert reader.choice == choice


@pytest.mark.promise("P3")
@pytest.mark.xfail(
    strict=False,
    reason="one time in eight another response has expired the leftover cookies before the page"
    " is asked for, which then does not know that there is storage to clear",
)
def test_what_a_lapsed_consent_left_goes_with_the_refusal_after_it(
    new_reader: NewReader, declaration: Declaration
) -> None:
    """Accepted, run out after six months, asked again, refused: nothing of it is left."""
    reader = new_reader().open(LEAD)
    with reader.page.expect_response("**/hit"):
        reader.accept()
    reader.leave()
    reader.hold(_granted(declaration, reader.today - DAYS)).open(LEAD).refuse()
    reader.open(OTHER)
    assert reader.evidence().storage == frozenset()
