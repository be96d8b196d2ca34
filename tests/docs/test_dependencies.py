"""What is declared is imported, what is imported is declared, and both have their reason."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from typing import TYPE_CHECKING, Final

from tests.docs.pages import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SOURCE: Final = ROOT / "src" / "daccord"
REASONS: Final = (DOCS / "decisions" / "0006-dependencies.md").read_text("utf-8")

COMES_WITH: Final = {"pydantic_core": "pydantic"}
"""Modules of a library's own second package, which it pins exactly."""

NEVER_IMPORTED: Final = {
    "uvloop": "uvicorn takes it up by itself",
    "httptools": "uvicorn takes it up by itself",
    "websockets": "uvicorn takes it up by itself",
}


def libraries(requirements: Iterable[str]) -> set[str]:
    names = {re.split(r"[\[<>=;~! ]", each)[0].lower() for each in requirements}
    return names - {"daccord"}


def imported(paths: Iterable[Path]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    found -= sys.stdlib_module_names | {"daccord"}
    return {COMES_WITH.get(name, name) for name in found}


EXTRAS: Final = PROJECT["project"]["optional-dependencies"]
CORE: Final = libraries(PROJECT["project"]["dependencies"])
DEMO: Final = libraries(EXTRAS["demo"]) | libraries(EXTRAS["server"])
OPTIONAL: Final = set().union(
    *(libraries(EXTRAS[name]) for name in ("server", "postgres", "timestamps", "parquet"))
)


def test_the_library_imports_what_it_declares() -> None:
    paths = [path for path in SOURCE.rglob("*.py") if not path.is_relative_to(SOURCE / "demo")]
    assert imported(paths) - {name.replace("-", "_") for name in OPTIONAL} == CORE


def test_the_demo_imports_what_it_declares() -> None:
    used = imported((SOURCE / "demo").rglob("*.py"))
    assert used <= CORE | DEMO
    assert DEMO - used == NEVER_IMPORTED.keys()


def test_every_dependency_has_its_reason() -> None:
    groups = PROJECT["dependency-groups"]
    every = CORE | DEMO | OPTIONAL | set().union(*(libraries(group) for group in groups.values()))
    assert every == set(re.findall(r"`([a-z0-9-]+)`", REASONS)) & every
