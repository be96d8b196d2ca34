"""DuckDuckGo's autoconsent answers the real newspaper for its reader: everything is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.evidence import NO_TRACE
from tests.browser.reader import LEAD, OTHER, OWN

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from tests.browser.conftest import NewReader

AUTOCONSENT: Final = (
    Path(__file__).parents[2]
    / "client/node_modules/@duckduckgo/autoconsent/dist/autoconsent.standalone.js"
)
DONE: Final = (
    "() => autoconsentStandalone.messages.find(each => each.type === 'optOutResult')?.result"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.promise("P3"),
    pytest.mark.skipif(not AUTOCONSENT.is_file(), reason="needs `npm ci` in client/"),
]


@pytest.mark.parametrize("path", [LEAD, "/en/"])
def test_a_machine_refuses_everything(
    new_reader: NewReader, declaration: Declaration, path: str
) -> None:
    """It finds *Refuse all* by itself, presses it, and what holds is what a reader would have."""
    reader = new_reader().open(path)
    reader.page.evaluate(AUTOCONSENT.read_text("utf-8"))
    reader.page.wait_for_function(DONE)
    reader.page.locator("#daccord.d-saved").wait_for()
    assert reader.state == "refused"
    assert reader.choice.refused == {q.tag for q in declaration.questions if not q.exempt}
    seen = reader.visit([LEAD, OTHER])
    assert (seen.cookies, seen.trace) == (OWN, NO_TRACE)
