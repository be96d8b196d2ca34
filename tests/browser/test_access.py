"""axe-core finds nothing, on any kind of page, in any state, in our parts and in the paper's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

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
    "fr": ("/fr/", LEAD, "/fr/littoral", "/fr/audience", "/fr/nowhere", "/_daccord/policy?lang=fr"),
    "en": ("/en/", "/en/la-gourmande-relit", "/_daccord/policy?lang=en", "/_daccord/choice"),
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
