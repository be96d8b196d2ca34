"""What the network knows: each page view it was told of, and whose it was.

Rules:
1. A view is known by the network's own cookie, by the id that its script keeps on the site where
   it runs, or by neither. The first time both arrive together they are the same person for good.
2. A view without an id has only an address and a kind of browser: it is counted, and no more.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum


class Via(Enum):
    """What on the page called home."""

    WIDGET = "widget"
    EMBED = "embed"
    PIXEL = "pixel"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One view of one page. ``seconds`` and ``depth`` (percent) arrive when the page is left."""

    at_ms: int
    via: Via
    page: str
    title: str
    section: str = ""
    browser: str = ""
    cookie_id: str | None = None
    script_id: str | None = None
    seconds: int | None = None
    depth: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One browser, as the network tells it from others: ``id`` is the first id it was known by."""

    id: str
    ids: frozenset[str]
    views: tuple[View, ...]

    @property
    def sections(self) -> list[tuple[str, int]]:
        """What this person seems to like, most read first, each page view counted once."""
        counted = Counter(v.section for v in self.views if v.section and v.via is Via.WIDGET)
        return counted.most_common(5)


@dataclass(slots=True)
class Knowledge:
    """All of it, in the memory of the network's process. Written by its event loop only."""

    views: list[View] = field(default_factory=list)
    same_as: dict[str, str] = field(default_factory=dict)
    watchers: set[asyncio.Event] = field(default_factory=set)

    def add(self, view: View) -> None:
        """Remember a view, and link the two ids when it brings both (rule 1)."""
        if view.cookie_id and view.script_id:
            self.same_as[view.script_id] = view.cookie_id
        self.views.append(view)
        self._tell()

    def note_leaving(self, script_id: str, page: str, *, seconds: int, depth: int) -> None:
        """Complete the last view of that page by that browser with how long it was read."""
        for index in range(len(self.views) - 1, -1, -1):
            view = self.views[index]
            if (view.script_id, view.page, view.via) == (script_id, page, Via.WIDGET):
                self.views[index] = replace(view, seconds=seconds, depth=depth)
                self._tell()
                return

    def clear(self) -> None:
        """Forget everything."""
        self.views.clear()
        self.same_as.clear()
        self._tell()

    def person_of(self, view: View) -> str | None:
        """The id of the person whose view it was; ``None`` for one that nobody can be told by."""
        if view.cookie_id:
            return view.cookie_id
        return self.same_as.get(view.script_id, view.script_id) if view.script_id else None

    def people(self) -> tuple[Person, ...]:
        """Everybody known, the one seen last first; each one's views newest first."""
        by_person: dict[str, list[View]] = {}
        for view in reversed(self.views):
            if person := self.person_of(view):
                by_person.setdefault(person, []).append(view)
        return tuple(
            Person(
                id=person,
                ids=frozenset({person, *(s for s, c in self.same_as.items() if c == person)}),
                views=tuple(views),
            )
            for person, views in by_person.items()
        )

    def nameless(self) -> int:
        """How many views came without any id (rule 2)."""
        return sum(self.person_of(view) is None for view in self.views)

    def watch(self) -> asyncio.Event:
        """Give an event that is set at each change; hand it back with `unwatch`."""
        event = asyncio.Event()
        self.watchers.add(event)
        return event

    def unwatch(self, event: asyncio.Event) -> None:
        self.watchers.discard(event)

    def _tell(self) -> None:
        for event in self.watchers:
            event.set()
