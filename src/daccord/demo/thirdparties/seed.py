"""The first comments of each article: invented, friendly, and really in Isso's database."""

from __future__ import annotations

import sqlite3
import time
import tomllib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isso.utils import Bloomfilter  # type: ignore[import-untyped] # it ships no types

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = Path(__file__).parent / "seed.toml"
ARTICLES = Path(__file__).parent.parent / "paper" / "articles"
ADDRESS = "127.0.0.0"  # Isso keeps addresses with their last part cut off
HOUR_SECONDS = 3600


def seed_comments(database: Path) -> None:
    """Fill Isso's database at ``database``, unless it has comments already."""
    with closing(sqlite3.connect(database)) as connection, connection:
        if connection.execute("SELECT 1 FROM comments LIMIT 1").fetchone():
            return
        for uri, title, comments in _threads():
            thread = connection.execute(
                "INSERT INTO threads (uri, title) VALUES (?, ?)", (uri, title)
            ).lastrowid
            parent = None
            for comment in comments:
                identity = _insert(connection, thread, comment, parent)
                parent = parent if comment.get("reply") else identity


def _threads() -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Give each article's thread: its path, its headline and its comments, oldest first.

    Read from the articles' files, not through the paper's code: Isso's process shares nothing
    with the paper but the names of the pages, as it would anywhere. A test compares the two.
    """
    seeds = tomllib.loads(SEEDS.read_text("utf-8"))
    for file in sorted(ARTICLES.glob("*/article.toml")):
        article = tomllib.loads(file.read_text("utf-8"))
        for lang in ("fr", "en"):
            told = article[lang]
            comments = seeds.get(file.parent.name, seeds["any"])[lang]
            yield f"/{lang}/{told['slug']}", told["headline"], comments


def _insert(
    connection: sqlite3.Connection, thread: int | None, comment: dict[str, Any], parent: int | None
) -> int | None:
    return connection.execute(
        "INSERT INTO comments (tid, parent, created, modified, mode, remote_addr, text, author,"
        " likes, voters) VALUES (?, ?, ?, NULL, 1, ?, ?, ?, ?, ?)",
        (
            thread,
            parent if comment.get("reply") else None,
            time.time() - comment["hours"] * HOUR_SECONDS,
            ADDRESS,
            comment["text"],
            comment["author"],
            comment.get("likes", 0),
            bytes(Bloomfilter(iterable=[ADDRESS]).array),
        ),
    ).lastrowid
