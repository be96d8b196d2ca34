"""The documentation as data: its pages, their headings, links, and marked snippets.

A comment before a block of code says what the block is for: ``<!-- file: app.py -->``. Readers do
not see it; the tests do what it says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"

PAGES: Final = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *(page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts),
)

_STEP: Final = re.compile(
    r"^<!-- (?P<kind>[a-z]+)(?:: (?P<about>[^\n]+?))? -->\n"
    r"(?:```(?P<language>\w+)\n(?P<text>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_NO_WORD: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One mark of a page: what is to be done, about what, and the block under it, if any."""

    kind: str
    about: str
    text: str


def steps(page: Path) -> Iterator[Step]:
    """The marks of a page, in order."""
    for found in _STEP.finditer(page.read_text("utf-8")):
        yield Step(kind=found["kind"], about=found["about"] or "", text=found["text"] or "")


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of code in one language."""
    return [text for name, text in _FENCE.findall(page.read_text("utf-8")) if name == language]


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return _FENCE.sub("", page.read_text("utf-8"))


def headings(page: Path) -> list[str]:
    """The headings, marks of code taken off."""
    return [each.replace("`", "") for each in _HEADING.findall(prose(page))]


def anchors(page: Path) -> set[str]:
    """The fragments that a forge gives to the headings."""
    return {_NO_WORD.sub("", each.lower()).replace(" ", "-") for each in headings(page)}


def links(page: Path) -> list[str]:
    """Where the page leads to."""
    return _LINK.findall(prose(page))
