"""One language of the paper: its texts, its addresses, and the words for a date."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from daccord.demo.paper.newsroom import LANGUAGES, Article, Lang

TODAY: Final = date(2026, 11, 21)
"""The day of the issue: a newspaper, even an invented one, is of its day."""

_TEXTS = Path(__file__).parent / "texts.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What one language says; ``texts`` is a table of ``texts.toml``, for the templates."""

    lang: Lang
    texts: dict[str, Any]

    @property
    def front(self) -> str:
        return f"/{self.lang}/"

    @property
    def feed(self) -> str:
        return f"/{self.lang}/feed.xml"

    @property
    def session(self) -> str:
        return f"/{self.lang}/session"

    def article(self, article: Article) -> str:
        """The path of an article."""
        return f"/{self.lang}/{article.in_language(self.lang).slug}"

    def section(self, section: str) -> str:
        return f"/{self.lang}/{self.texts['sections'][section]['slug']}"

    def special(self, page: str) -> str:
        """The path of ``audience``, ``about`` or ``subscriber``."""
        return f"/{self.lang}/{self.texts['slugs'][page]}"

    def format_date(self, day: date) -> str:
        """Write a day in full, as a masthead does: ``samedi 21 novembre 2026``."""
        text: str = self.texts["date"].format(
            weekday=self.texts["days"][day.weekday()],
            day="1er" if self.lang == "fr" and day.day == 1 else day.day,
            month=self.texts["months"][day.month - 1],
            year=day.year,
        )
        return text


def load_editions() -> dict[Lang, Edition]:
    texts = tomllib.loads(_TEXTS.read_text("utf-8"))
    return {lang: Edition(lang=lang, texts=texts[lang]) for lang in LANGUAGES}


def choose_language(accept_language: str) -> Lang:
    """The reader's preferred edition by ``Accept-Language``, French where nothing decides."""
    best: tuple[float, Lang] = (0.0, LANGUAGES[0])
    for part in accept_language[:200].split(","):
        tag, _, weight = part.partition(";")
        quality = _quality(weight)
        primary = tag.strip().lower().partition("-")[0]
        for lang in LANGUAGES:
            if primary == lang and quality > best[0]:
                best = (quality, lang)
    return best[1]


def _quality(weight: str) -> float:
    name, _, value = weight.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
