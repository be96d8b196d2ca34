"""The articles as values, read once from the folder ``articles``: one folder for each article.

``article.toml`` holds what stands around the text, per language; ``fr.html`` and ``en.html`` hold
the text itself, as HTML that the templates put in.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import date

Lang: TypeAlias = Literal["fr", "en"]
LANGUAGES: tuple[Lang, ...] = ("fr", "en")
ARTICLES = Path(__file__).parent / "articles"

_TAG_OR_CODE = re.compile(r"<[^>]*>|\{[{%].*?[%}]\}", re.DOTALL)
_WORDS_A_MINUTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article in one language, without the text itself, which is the template ``body``."""

    slug: str
    headline: str
    kicker: str
    standfirst: str
    alt: str
    caption: str
    body: str
    words: int

    @property
    def minutes(self) -> int:
        """How long reading it takes, in whole minutes, never none."""
        return max(1, round(self.words / _WORDS_A_MINUTE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article in both languages; ``post`` is the id of a post of the social network."""

    id: str
    section: str
    published: date
    place: str
    rank: int
    post: str | None
    stories: tuple[tuple[Lang, Story], ...]

    def in_language(self, lang: Lang) -> Story:
        return dict(self.stories)[lang]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsroom:
    """Every article, the lead first."""

    articles: tuple[Article, ...]

    def by_slug(self, lang: Lang, slug: str) -> Article | None:
        """The article of that address, or ``None``."""
        found = (a for a in self.articles if a.in_language(lang).slug == slug)
        return next(found, None)

    def by_id(self, article_id: str) -> Article | None:
        return next((a for a in self.articles if a.id == article_id), None)

    def of_section(self, section: str) -> tuple[Article, ...]:
        return tuple(a for a in self.articles if a.section == section)

    def related(self, article: Article) -> tuple[Article, ...]:
        """Three others: those of the same section first, then in the order of the front page."""
        others = [a for a in self.articles if a != article]
        return tuple(sorted(others, key=lambda a: a.section != article.section)[:3])


def load_newsroom(folder: Path = ARTICLES) -> Newsroom:
    """Read every article of ``folder``; a missing part is a ``KeyError`` at the start."""
    articles = (_load_article(path.parent) for path in folder.glob("*/article.toml"))
    return Newsroom(articles=tuple(sorted(articles, key=lambda a: a.rank)))


def _load_article(folder: Path) -> Article:
    raw = tomllib.loads((folder / "article.toml").read_text("utf-8"))
    return Article(
        id=folder.name,
        section=raw["section"],
        published=raw["published"],
        place=raw["place"],
        rank=raw["rank"],
        post=raw.get("post"),
        stories=tuple((lang, _load_story(folder, lang, raw[lang])) for lang in LANGUAGES),
    )


def _load_story(folder: Path, lang: Lang, raw: dict[str, Any]) -> Story:
    text = (folder / f"{lang}.html").read_text("utf-8")
    return Story(
        slug=raw["slug"],
        headline=raw["headline"],
        kicker=raw["kicker"],
        standfirst=raw["standfirst"],
        alt=raw["alt"],
        caption=raw["caption"],
        body=f"{folder.name}/{lang}.html",
        words=len(_TAG_OR_CODE.sub(" ", text).split()),
    )
