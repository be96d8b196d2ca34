"""Which language the reader is spoken to in (LANG-4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.declaration.model import Language
from daccord.notice.language import negotiate_language
from daccord.notice.words import words_in
from tests.notice.sample import NEWSPAPER

pytestmark = pytest.mark.law("LANG-4")


@pytest.mark.parametrize(
    ("page", "header", "expected"),
    [
        ("en", "fr", "en"),
        ("en-GB", "fr", "en"),
        ("EN", None, "en"),
        ("de", "en", "en"),
        (None, "en;q=0.3, fr;q=0.8", "fr"),
        (None, "de, en-US;q=0.9, fr;q=0.8", "en"),
        (None, "en;q=0, fr;q=0.1", "fr"),
        (None, "*", "fr"),
        (None, "", "fr"),
        (None, None, "fr"),
        ("", "en", "en"),
        (None, "en;q=2, ;;,", "fr"),
        (None, "en ; q=0.5", "en"),
    ],
)
def test_the_page_speaks_first_then_the_reader_then_the_site(
    page: str | None, header: str | None, expected: str
) -> None:
    assert negotiate_language(page, header, NEWSPAPER) == expected


def test_a_region_of_the_sites_own_is_met_exactly_before_its_base() -> None:
    declaration = replace(NEWSPAPER, languages=(Language("pt-BR"), Language("pt-PT")))
    assert negotiate_language("pt-pt", None, declaration) == "pt-PT"
    assert negotiate_language("pt", None, declaration) == "pt-BR"


@given(page=st.none() | st.text(), header=st.none() | st.text())
def test_whatever_is_sent_the_answer_is_a_language_of_the_site(
    page: str | None, header: str | None
) -> None:
    assert negotiate_language(page, header, NEWSPAPER) in NEWSPAPER.languages


@pytest.mark.law("LANG-2")
def test_a_language_without_texts_is_spoken_to_in_english_and_marked_so() -> None:
    assert words_in(Language("oc")).language == "en"
    assert words_in(Language("fr-CA")).language == "fr"
