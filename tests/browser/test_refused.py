"""Refuse all: one press, and then nothing but what needs no consent (P3, B1, B2, B4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.evidence import NO_TRACE
from tests.browser.reader import FRONT, LEAD, OTHER, OWN, THIRD, Reader

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from tests.browser.conftest import NewReader

pytestmark = [pytest.mark.browser, pytest.mark.promise("P3")]


@pytest.mark.promise("B1")
@pytest.mark.promise("B2")
@pytest.mark.law("CNIL-3")
@pytest.mark.law("SAN-9")
@pytest.mark.law("CSP-1")
def test_nobody_else_is_contacted_after_refusing(reader: Reader, declaration: Declaration) -> None:
    """One press; for three pages after, no cookie, no storage, no request, no connection."""
    reader.open(LEAD).refuse()
    here = reader.evidence()
    assert (here.cookies, here.trace) == (OWN, NO_TRACE)
    assert not reader.is_asked
    seen = reader.visit([LEAD, OTHER, FRONT])
    assert (seen.cookies, seen.trace) == (OWN, NO_TRACE)
    assert reader.choice.refused == {q.tag for q in declaration.questions if not q.exempt}


@pytest.mark.promise("B1")
def test_nobody_is_even_connected_to(resident: Reader) -> None:
    """Chromium with a profile of its own connects ahead where a page lets it: not here."""
    resident.open(LEAD).refuse()
    seen = resident.visit([LEAD, OTHER, THIRD])
    assert (seen.cookies, seen.trace) == (OWN, NO_TRACE)


@pytest.mark.promise("B4")
@pytest.mark.law("REC-5")
def test_two_who_refuse_cannot_be_told_apart(new_reader: NewReader) -> None:
    """Same cookies, to the byte, and nothing in the ledger: refusals are only counted."""
    held = []
    for js in (True, False):
        reader = new_reader(js=js).open(LEAD).refuse()
        held.append({(c["name"], c["value"]) for c in reader.context.cookies()})
    assert held[0] == held[1]
    assert reader.records() == 0


@pytest.mark.law("CNIL-12")
@pytest.mark.law("CK-1")
def test_the_choice_is_kept_for_six_months_and_from_scripts(new_reader: NewReader) -> None:
    """Refusal and grant last alike, 182 days; no script reads them; no other host gets them."""
    for act in ("refuse", "accept"):
        reader = new_reader().open(FRONT).press(f"#daccord-{act}")
        cookies = reader.context.cookies(reader.paper)
        [cookie] = [each for each in cookies if each["name"] == "daccord"]
        days = (cookie["expires"] - reader.page.evaluate("Date.now() / 1000")) / 86_400
        assert 181.9 < days <= 182
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
        assert (cookie["domain"], cookie["path"]) == ("paper.localhost", "/")
