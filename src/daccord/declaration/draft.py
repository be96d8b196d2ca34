"""A declaration that may still be faulty, seen through what of it is sure.

The cross-checks run in the same pass as the shapes, on whatever of the file did parse. A value at
which an issue stands is not there for them, and neither is one that may be hidden behind a
misspelt key: so one mistake is not reported twice under different names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daccord.declaration.issues import Issue
    from daccord.declaration.places import Loc
    from daccord.declaration.plain import Plain


class Doubts:
    """The places of a file at which, or within which, something is wrong."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.wrong: set[Loc] = set()
        self.touched: set[Loc] = set()
        self.misspelt: set[Loc] = set()
        for issue in issues:
            self.wrong.add(issue.loc)
            self.touched.update(issue.loc[:end] for end in range(len(issue.loc) + 1))
            if issue.at_key:
                self.misspelt.add(issue.loc[:-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One value of a file that is not trusted yet, and the way to it."""

    loc: Loc
    raw: Plain
    doubts: Doubts

    def _key(self, key: str | int) -> Draft | None:
        loc = (*self.loc, key)
        if loc in self.doubts.wrong:
            return None
        if isinstance(self.raw, dict) and key in self.raw:
            return Draft(loc=loc, raw=self.raw[key], doubts=self.doubts)
        return None

    def lacks(self, key: str) -> bool:
        """Whether ``key`` is surely not given: absent, and not hidden by a misspelling."""
        absent = isinstance(self.raw, dict) and key not in self.raw
        return absent and self.loc not in self.doubts.misspelt and not self.is_wrong(key)

    def is_wrong(self, key: str) -> bool:
        """Whether something is known to be wrong at ``key`` itself."""
        return (*self.loc, key) in self.doubts.wrong

    def is_sure(self, key: str) -> bool:
        """Whether all that ``key`` holds is known, or it is known to be absent."""
        given = isinstance(self.raw, dict) and key in self.raw
        return (given and (*self.loc, key) not in self.doubts.touched) or self.lacks(key)

    def table(self, key: str) -> Draft | None:
        """The table at ``key``."""
        found = self._key(key)
        return found if found and isinstance(found.raw, dict) else None

    def text(self, key: str) -> str | None:
        """The text at ``key``."""
        found = self._key(key)
        return found.raw if found and isinstance(found.raw, str) else None

    def spelt(self, key: str) -> str | None:
        """The text at ``key`` as it stands, be it right or wrong."""
        raw = self.raw.get(key) if isinstance(self.raw, dict) else None
        return raw if isinstance(raw, str) else None

    def truth(self, key: str) -> bool | None:
        """The truth value at ``key``."""
        found = self._key(key)
        return found.raw if found and isinstance(found.raw, bool) else None

    def rows(self, key: str) -> Iterator[Draft]:
        """The tables in the array at ``key``, each as far as it is one."""
        return (each for each in self._items(key) if isinstance(each.raw, dict))

    def texts(self, key: str) -> Iterator[tuple[Loc, str]]:
        """The texts in the array at ``key``, each with its place."""
        return ((each.loc, each.raw) for each in self._items(key) if isinstance(each.raw, str))

    def keys(self) -> list[str]:
        """The keys of this table."""
        return list(self.raw) if isinstance(self.raw, dict) else []

    def length(self, key: str) -> int | None:
        """How many items the array at ``key`` has."""
        found = self._key(key)
        return len(found.raw) if found and isinstance(found.raw, list) else None

    def _items(self, key: str) -> Iterator[Draft]:
        found = self._key(key)
        items = found.raw if found and isinstance(found.raw, list) else []
        for index, raw in enumerate(items):
            loc = (*self.loc, key, index)
            if loc not in self.doubts.wrong:
                yield Draft(loc=loc, raw=raw, doubts=self.doubts)
