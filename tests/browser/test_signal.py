"""The browser's own signal, Sec-GPC, is a refusal and never a grant (GPC rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.evidence import NO_TRACE
from tests.browser.reader import FRONT, LEAD, OTHER

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from tests.browser.conftest import NewReader

pytestmark = [pytest.mark.browser, pytest.mark.promise("P3")]

COUNTED = frozenset({("paper.localhost", "audience")})


@pytest.mark.law("GPC-1")
@pytest.mark.law("GPC-5")
@pytest.mark.law("DP-1")
def test_the_signal_refuses_and_asks_nothing(new_reader: NewReader, js: bool) -> None:  # noqa: FBT001
    """No notice, no cookie of ours, nobody contacted; the strip says whose word it is."""
    reader = new_reader(js=js, gpc=True)
    seen = reader.visit([LEAD, OTHER, FRONT])
    assert (seen.cookies, seen.trace) == (COUNTED, NO_TRACE)
    reader.open(LEAD)
    assert (reader.is_asked, reader.state) == (False, "refused")
    assert "signal de votre navigateur" in reader.strip
    assert reader.page.locator("#daccord-strip").get_attribute("class") == "d-no"


@pytest.mark.law("GPC-5")
def test_an_explicit_choice_on_the_site_wins(
    new_reader: NewReader,
    js: bool,  # noqa: FBT001
    declaration: Declaration,
) -> None:
    """Comments opened under the signal: they open, and everything else stays refused."""
    reader = new_reader(js=js, gpc=True).open(LEAD).press(".comments .daccord-box button")
    assert reader.state == "split"
    assert reader.choice.granted == {q.tag for q in declaration.questions if q.service == "isso"}
    assert not reader.is_asked
    assert reader.visit([LEAD]).parties == ({"comments"} if js else set())


@pytest.mark.law("GPC-3")
def test_the_site_says_that_it_honours_the_signal(new_reader: NewReader) -> None:
    """``/.well-known/gpc.json``, as the specification has it."""
    reader = new_reader()
    answer = reader.page.goto(f"{reader.paper}/.well-known/gpc.json")
    assert answer
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"gpc": True, "lastUpdate": "2026-11-01"}
