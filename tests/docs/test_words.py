"""Words that must not be anywhere in the repository, and words that must not be in its prose."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, prose

if TYPE_CHECKING:
    from pathlib import Path

# In two halves, so that this file does not name them either.
REGISTRIES: Final = [
    "".join(halves)
    for halves in (
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("yarn", "pkg.com"),
        ("un", "pkg.com"),
        ("js", "delivr.net"),
    )
]

# The regulator certifies no tool, and nothing makes a site lawful by itself (CNIL-26, STYLE 4).
CLAIMS: Final = [
    r"\b(?:is|are|be|being|fully|stays?|makes? \w+|100 ?%|(?:gdpr|rgpd|cnil)[- ])\s*compliant\b",
    r"\bcomplian(?:t|ce) (?:guaranteed|with)\b",
    r"\bcertifi(?:ed|é|ée|cation) (?:by|par|de) (?:the )?(?:la )?cnil\b",
    r"\b(?:approved|endorsed|agréée?|approuvée?) (?:by|par) (?:the )?(?:la )?cnil\b",
    r"\b(?:entièrement |100 ?% )?conforme (?:au rgpd|à la cnil|aux exigences)\b",
]

PRAISE: Final = re.compile(
    r"\b(?:simply|easily|blazing|world-class|best-in-class|state-of-the-art|seamless(?:ly)?"
    r"|powerful|effortless(?:ly)?|cutting-edge|revolutionary)\b",
    re.IGNORECASE,
)


def tracked() -> list[Path]:
    """Every text file of the repository, or of the folder where git does not know it."""
    git = shutil.which("git")
    listed = None
    if git is not None:
        listed = subprocess.run(  # noqa: S603 - our own repository
            [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
        )
    if listed is None or listed.returncode != 0:
        folders = ("src", "tests", "docs", "client/src", "bench", "requirements", "tools", "art")
        return [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [path for name in names if (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    raw = path.read_bytes()
    return "" if b"\0" in raw[:8_000] else raw.decode("utf-8", "replace")


def test_no_registry_is_named() -> None:
    pattern = re.compile("|".join(map(re.escape, REGISTRIES)), re.IGNORECASE)
    named = [str(path.relative_to(ROOT)) for path in tracked() if pattern.search(text_of(path))]
    assert not named


SPOKEN = [
    *PAGES,
    *sorted((ROOT / "src/daccord/notice/texts").glob("*.po")),
    *sorted((ROOT / "src/daccord/demo").rglob("*.toml")),
    *sorted((ROOT / "src/daccord/demo").rglob("*.html")),
    ROOT / "pyproject.toml",
]


@pytest.mark.law("CNIL-26")
@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_claimed_that_nobody_can_claim(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not [found for claim in CLAIMS for found in re.findall(claim, text, re.IGNORECASE)]


@pytest.mark.law("CNIL-26")
@pytest.mark.parametrize(
    "claim",
    [
        "daccord is compliant",
        "a GDPR-compliant notice",
        "certified by CNIL",
        "certifié par la CNIL",
        "approved by the CNIL",
        "conforme au RGPD",
    ],
)
def test_such_a_claim_would_be_found(claim: str) -> None:
    assert any(re.search(each, claim, re.IGNORECASE) for each in CLAIMS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_praise(page: Path) -> None:
    assert not PRAISE.findall(prose(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_one_sentence_a_line(page: Path) -> None:
    """So that a change of one sentence is a change of one line."""
    if page.parent == DOCS and page.name == "benchmarks.md":
        pytest.skip("written by a program")
    ends = re.compile(r"[^.!?\d][.!?]\)? (?=[A-Z][a-z])")
    found = [
        line
        for line in prose(page).splitlines()
        if not line.startswith(("|", "<!--", ">", "- ", "#", "!["))
        and not re.match(r"\s*\d\. ", line)
        and ends.search(line)
    ]
    assert not found
