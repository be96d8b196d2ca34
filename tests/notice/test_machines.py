"""Machines that refuse for their reader can do so, with no rule of ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.notice.reader import reading, stored
from tests.notice.sample import ALL, ISSO, choice

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.notice.paper import Paper

AUTOCONSENT = (
    Path(__file__).parents[2]
    / "client/node_modules/@duckduckgo/autoconsent/dist/autoconsent.standalone.js"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not AUTOCONSENT.is_file(), reason="needs `npm ci` in client/"),
]

TOLD = ("autoconsent", "Running rule", "...rule result", "waiting for", "init on", "cmp", "CMP")
RESULT = """() => new Promise(done => {
  const look = () => {
    const { messages } = window.autoconsentStandalone;
    const last = messages.find(each => each.type === "autoconsentDone");
    last ? done([last.cmp, messages.find(each => each.type === "optOutResult").result])
      : setTimeout(look, 50);
  };
  look();
})"""


@pytest.mark.promise("P3")
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("in_part", [False, True], ids=["not asked", "in part"])
def test_autoconsent_refuses_everything(
    chromium: Browser, paper: Paper, language: str, *, in_part: bool
) -> None:
    before = choice(ISSO, only={ISSO}) if in_part else None
    path = f"/article?lang={language}"
    with reading(chromium, paper, path, choice=before, bypass_csp=True, complaints=("",)) as page:
        page.add_script_tag(path=AUTOCONSENT)
        if not in_part:
            assert page.evaluate(RESULT) == ["HEURISTIC-REJECT", True]
        expect(page.get_by_role("dialog")).to_have_count(0)
        now = stored(page)
        assert now is not None
        assert paper.granted_posts == ["refuse"]
        # What the reader granted by hand stays theirs.
        assert (now.granted, now.refused) == (
            ({ISSO}, ALL - {ISSO}) if in_part else (frozenset(), ALL)
        )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_autoconsent_leaves_a_choice_alone(chromium: Browser, paper: Paper, language: str) -> None:
    """The strip offers to withdraw; that is no question, and no machine may answer it."""
    path = f"/article?lang={language}"
    with reading(
        chromium, paper, path, choice=choice(*ALL), bypass_csp=True, complaints=("",)
    ) as page:
        page.add_script_tag(path=AUTOCONSENT)
        page.wait_for_timeout(3_000)
        seen = page.evaluate("() => window.autoconsentStandalone.messages.map(each => each.type)")
        assert "popupFound" not in seen
        assert paper.granted_posts == []
