"""The subscribers' space: a session, a text size, articles kept for later.

The cookie is strictly necessary, as authentication is (CNIL-23): it is set only when the reader
opens the space, lasts as long as the browser is open, and holds a random key to what stands here
in memory. Nothing of it is joined with the audience counts.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

COOKIE: Final = "session"
MAX_NAME: Final = 40
MAX_SESSIONS: Final = 10_000

Size: TypeAlias = Literal["normal", "large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One open session: ``kept`` are ids of articles, the newest last."""

    name: str
    size: Size = "normal"
    kept: tuple[str, ...] = ()


class Subscribers:
    """The open sessions, in memory: they end when the paper stops."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Subscriber] = OrderedDict()

    def open(self, name: str) -> str:
        """Open a session and give its key; beyond `MAX_SESSIONS` the oldest one ends."""
        key = secrets.token_urlsafe(18)
        self._open[key] = Subscriber(name=" ".join(name.split())[:MAX_NAME])
        if len(self._open) > MAX_SESSIONS:
            self._open.popitem(last=False)
        return key

    def find(self, key: str) -> Subscriber | None:
        return self._open.get(key)

    def close(self, key: str) -> None:
        self._open.pop(key, None)

    def set_size(self, key: str, size: Size) -> None:
        if subscriber := self.find(key):
            self._open[key] = replace(subscriber, size=size)

    def keep(self, key: str, article_id: str) -> None:
        """Keep an article for later, or let go of one that is kept."""
        if subscriber := self.find(key):
            others = tuple(kept for kept in subscriber.kept if kept != article_id)
            had = article_id in subscriber.kept
            self._open[key] = replace(subscriber, kept=others if had else (*others, article_id))
