"""Every party says the same in both languages, and comments hang under the paper's own pages."""

from __future__ import annotations

import sqlite3
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isso.db.comments import Comments  # type: ignore[import-untyped]
from isso.db.threads import Threads  # type: ignore[import-untyped]

from daccord.demo import thirdparties
from daccord.demo.paper.edition import load_editions
from daccord.demo.paper.newsroom import load_newsroom
from daccord.demo.thirdparties.seed import SEEDS, seed_comments

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(thirdparties.__file__).parent


def keys_of(value: object, path: str = "") -> Iterator[str]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from keys_of(inner, f"{path}.{key}")


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))


def test_the_network_speaks_both_languages() -> None:
    texts = read("social/texts.toml")
    assert sorted(keys_of(texts["fr"])) == sorted(keys_of(texts["en"]))


def test_every_post_is_somebodys_and_in_both_languages() -> None:
    posts = read("social/posts.toml")
    for post in posts["posts"].values():
        assert post["account"] in posts["accounts"]
        assert set(post["text"]) == set(post["date"]) == {"fr", "en"}


def test_the_papers_posts_exist() -> None:
    posts = read("social/posts.toml")["posts"]
    assert {a.post for a in load_newsroom().articles if a.post} <= set(posts)


def test_every_article_has_comments_of_its_own() -> None:
    seeds = tomllib.loads(SEEDS.read_text("utf-8"))
    assert {article.id for article in load_newsroom().articles} <= set(seeds)


class Database:
    """As much of Isso's database as makes its own tables."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def execute(self, sql: str | list[str], args: tuple[object, ...] = ()) -> sqlite3.Cursor:
        text = sql if isinstance(sql, str) else " ".join(sql)
        with sqlite3.connect(self.path) as connection:
            return connection.execute(text, args)


def test_threads_stand_at_the_papers_own_addresses_once(tmp_path: Path) -> None:
    path = tmp_path / "comments.sqlite"
    database = Database(path)
    Threads(database)
    Comments(database)
    seed_comments(path)
    count = database.execute("SELECT count(*) FROM comments").fetchone()
    seed_comments(path)
    assert database.execute("SELECT count(*) FROM comments").fetchone() == count
    expected = {
        (edition.article(article), article.in_language(lang).headline)
        for lang, edition in load_editions().items()
        for article in load_newsroom().articles
    }
    assert set(database.execute("SELECT uri, title FROM threads")) == expected
