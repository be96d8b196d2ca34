"""Marks of tests are of promises and laws that exist; every promise of this release has a test."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from typing import Final

import pytest

from tests.docs.pages import DOCS, ROOT

TESTS: Final = ROOT / "tests"
GUARANTEE: Final = DOCS / "concepts" / "guarantee.md"

PROMISES: Final = {*(f"P{number}" for number in range(1, 14)), *(f"B{n}" for n in range(1, 7))}
KEPT_NOW: Final = PROMISES - {"B5"}
"""B5 is of the audit's issue; P10 is there, its breadth comes later."""


@cache
def marked() -> dict[str, set[str]]:
    """By promise, the files of tests that carry its mark, as decorator or for a whole file."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.promise"):
                for argument in node.args:
                    promise = ast.literal_eval(argument)
                    found[str(promise)].add(path.relative_to(TESTS).as_posix())
    return found


def rows() -> dict[str, str]:
    """By promise, its row on the page of guarantees."""
    text = GUARANTEE.read_text("utf-8")
    return {row[1]: row[0] for row in re.finditer(r"^\| ([PB]\d+) \|.*$", text, re.MULTILINE)}


def test_only_promises_that_exist_are_named() -> None:
    assert marked().keys() <= PROMISES


@pytest.mark.parametrize("promise", sorted(KEPT_NOW))
def test_a_promise_has_a_test(promise: str) -> None:
    assert marked()[promise]


@pytest.mark.parametrize("promise", sorted(KEPT_NOW))
def test_the_page_of_guarantees_names_a_test_of_it(promise: str) -> None:
    named = set(re.findall(r"\(\.\./\.\./tests/([^)]+)\)", rows()[promise]))
    assert named
    assert named <= marked()[promise]
