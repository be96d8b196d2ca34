"""The texts: complete, reviewed or said not to be, and compiled from what is committed."""

from __future__ import annotations

import importlib.util
import re
import string
import sys
from pathlib import Path
from typing import Any

import pytest

from daccord.notice.catalogues import CATALOGUES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> Any:
    pytest.importorskip("babel")
    spec = importlib.util.spec_from_file_location("texts", ROOT / "tools" / "compile_texts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["texts"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.law("LANG-1")
@pytest.mark.law("FR-1")
def test_every_message_has_a_text_in_every_language(tool: Any) -> None:
    assert sorted(tool.faults()) == []


def test_what_is_shipped_is_what_the_sources_compile_to(tool: Any) -> None:
    notice = ROOT / "src" / "daccord" / "notice"
    assert (notice / "catalogues.py").read_text() == tool.compiled_catalogues()
    assert (notice / "territories.py").read_text() == tool.compiled_territories()


@pytest.mark.law("LANG-3")
def test_every_catalogue_says_whether_it_was_reviewed() -> None:
    assert {catalogue.review for catalogue in CATALOGUES.values()} <= {"draft", "reviewed"}
    assert {"fr", "en"} <= CATALOGUES.keys()


def names(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_fills_in_the_same_names(language: str) -> None:
    for message, forms in CATALOGUES[language].messages.items():
        for form in forms:
            assert names(form) == names(message.partition("\0")[0]), message


def test_french_is_printed_with_french_spaces_and_apostrophes() -> None:
    for forms in CATALOGUES["fr"].messages.values():
        for form in forms:
            assert "'" not in form
            assert not re.search(r"(?<!\u00a0)[:;?»]|«(?!\u00a0)", form), form
