"""Where the scanner stands in the text, and how far it may read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

CDATA_END: Final = "]]>"


@dataclass(slots=True)
class _Dual:
    """A dual content: the ``depth`` it was entered at, and its ``end`` as far as it is known."""

    name: str
    depth: int
    end: int


class Cursor:
    """A place in a text that grows.

    ``end`` is where reading must stop: at the end of the text, or before it at the end of the
    innermost or any outer *dual* content, one that some browsers read as text and others as
    markup. A dual content is named by its element, or by ``]]>``.
    """

    __slots__ = ("_duals", "_ends", "_stops", "end", "is_final", "out", "pos", "text")

    def __init__(self) -> None:
        self.text = ""
        self.pos = 0
        self.end = 0
        self.is_final = False
        self.out: list[str] = []
        self._duals: list[_Dual] = []
        self._stops: list[int] = []
        self._ends: dict[str, int] = {}

    def feed(self, text: str, *, final: bool, stop_at: Iterable[str]) -> None:
        """Take more text; from then on `next_stop` knows where the words ``stop_at`` stand."""
        self.text = self.text[self.pos :] + text if self.pos < len(self.text) else text
        self.pos = 0
        self.is_final = final
        self._ends.clear()
        self._stops = sorted((at for word in stop_at for at in self._places_of(word)), reverse=True)
        for dual in self._duals:
            dual.end = self._end_of(dual.name)
        self._set_end()

    def take(self) -> str:
        """Give what was written since the last time."""
        done = "".join(self.out)
        self.out.clear()
        return done

    @property
    def is_cut(self) -> bool:
        """Whether reading stops before the end of the text."""
        return self.end < len(self.text)

    @property
    def is_waiting(self) -> bool:
        """Whether what is missing at ``end`` may still come."""
        return not self.is_final and self.end == len(self.text)

    @property
    def is_in_dual(self) -> bool:
        """Whether the place lies in a dual content."""
        return bool(self._duals)

    def write_to(self, end: int) -> None:
        """Write the text up to ``end`` as it is."""
        if end > self.pos:
            self.out.append(self.text[self.pos : end])
        self.pos = end

    def next_stop(self) -> int:
        """The next place of a word to stop at after this one, or the end."""
        while self._stops and self._stops[-1] <= self.pos:
            self._stops.pop()
        return min(self._stops[-1], self.end) if self._stops else self.end

    def enter_dual(self, name: str, depth: int) -> None:
        """A dual content begins here; ``depth`` is remembered for `leave_duals`.

        One within another of the same name ends with it, and so is none of its own.
        """
        if all(dual.name != name for dual in self._duals):
            self._duals.append(_Dual(name, depth, self._end_of(name)))
            self._set_end()

    def leave_duals(self) -> int:
        """A dual content ends here, and all in it: give the depth that it was entered at."""
        at = next(index for index, dual in enumerate(self._duals) if dual.end == self.pos)
        depth = self._duals[at].depth
        del self._duals[at:]
        self._set_end()
        return depth

    def _set_end(self) -> None:
        self.end = min([dual.end for dual in self._duals], default=len(self.text))

    def _end_of(self, name: str) -> int:
        """Where the content of ``name`` ends from here on.

        What was found before and lies ahead is still the first: without that memory, many contents
        that share one far end would each search the whole text.
        """
        known = self._ends.get(name, -1)
        if known < self.pos:
            found = raw_end(name).search(self.text, self.pos)
            known = self._ends[name] = len(self.text) if found is None else found.start()
        return known

    def _places_of(self, word: str) -> list[int]:
        places = []
        at = self.text.find(word)
        while at >= 0:
            places.append(at)
            at = self.text.find(word, at + 1)
        return places


@lru_cache(maxsize=64)
def raw_end(name: str) -> re.Pattern[str]:
    """The beginning of the end tag that ends the text in ``name`` (HTML 13.2.5.11), or ``]]>``."""
    if name == CDATA_END:
        return re.compile(re.escape(CDATA_END))
    return re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE)
