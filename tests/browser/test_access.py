"""axe-core finds nothing, on any kind of page, in any state, in our parts and in the paper's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.proofs import download, forget, press
from tests.browser.reader import LEAD, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import NewReader

AXE: Final = Path(__file__).parents[2] / "client" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.law("A11Y-1"),
    pytest.mark.law("A11Y-2"),
    pytest.mark.skipif(not AXE.is_file(), reason="needs `npm ci` in client/"),
]

# What third parties draw once they are let in is theirs: Isso's form, the network's post.
THEIRS: Final = ["#isso-thread", "iframe", ".murmure-follow"]

PAGES: Final = {
    "fr": (
        *("/fr/", LEAD, "/fr/littoral", "/fr/audience", "/fr/nowhere", "/_daccord/policy?lang=fr"),
        *("/_daccord/consents?lang=fr", "/_daccord/verify?lang=fr", "/_daccord/receipt?lang=fr"),
    ),
    "en": (
        *("/en/", "/en/la-gourmande-relit", "/_daccord/policy?lang=en", "/_daccord/choice"),
        *("/_daccord/consents?lang=en", "/_daccord/verify?lang=en"),
    ),
}
STATES: Final[dict[str, Callable[[Reader], Reader]]] = {
    "refused": Reader.refuse,
    "granted": Reader.accept,
    "comments only": lambda r: r.refuse().press(".comments .daccord-box button"),
    "asked in part": lambda r: r.press(".comments .daccord-box button"),
    "withdrawn": lambda r: r.accept().withdraw(),
}


def findings(reader: Reader) -> list[str]:
    """Every finding of axe-core, best practices included."""
    reader.page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = reader.page.evaluate("x => axe.run({exclude: x})", THEIRS)
    return [
        f"{finding['id']}: {node['html'][:160]}"
        for finding in found["violations"]
        for node in finding["nodes"]
    ]


@pytest.mark.parametrize("language", PAGES)
def test_every_kind_of_page(new_reader: NewReader, language: str) -> None:
    """Front, article, section, figures, not found, policy, error: with the notice asking."""
    reader = new_reader(language=language)
    found = {path: findings(reader.open(path)) for path in PAGES[language]}
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_an_article(new_reader: NewReader, state: str) -> None:
    """Closed strip, then customise opened; `tests/notice` does the same in every language."""
    reader = STATES[state](new_reader().open(LEAD))
    assert findings(reader) == []
    reader.unfold()
    assert findings(reader) == []


@pytest.mark.parametrize("language", PAGES)
def test_every_state_of_a_consent(new_reader: NewReader, tmp_path: Path, language: str) -> None:
    """Recorded, checked and found good, checked and found bad, looked up, forgotten, gone."""
    reader = new_reader(language=language).open(LEAD).accept()
    page = reader.page
    found = {}
    reader.open(f"/_daccord/consents?lang={language}")
    found["recorded"] = findings(reader)
    receipt = download(reader, tmp_path)
    reader.open(f"/_daccord/verify?lang={language}")
    page.locator("summary").click()
    for name, text in (("good", receipt.read_text("utf-8")), ("bad", "no receipt")):
        page.locator("#text").fill(text)
        page.locator("#check").click()
        page.locator(f"#step-summary b.{'d-yes' if name == 'good' else 'd-no'}").wait_for()
        found[name] = findings(reader)
    for name in ("looked up", "gone"):
        reader.open(f"/_daccord/consents?lang={language}")
        page.locator("#text").fill(receipt.read_text("utf-8"))
        press(reader, "button[value=look]")
        found[name] = findings(reader)
        if name == "looked up":
            forget(reader)
            found["forgotten"] = findings(reader)
    assert {state: each for state, each in found.items() if each} == {}
