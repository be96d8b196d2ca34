"""Where each key and value of a TOML text stands, since `tomllib` does not say.

Only for text that `tomllib` has read without complaint: nothing is checked here, and what is not
understood is passed over, so that at worst a place is missing. Lines and columns count from 1,
columns in characters.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Loc = tuple[str | int, ...]
"""The way to a value from the top: ``("services", 2, "cookies", 0, "duration")``."""

_LINE_BREAK: Final = re.compile(r"\n")
_BLANK: Final = re.compile(r"[ \t]*")
_BLANK_LINES: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE: Final = re.compile(r"[^,\]}#\n]*")
_BASIC: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL: Final = re.compile(r"'[^'\n]*'")
# Up to two quotes may stand directly before the three that end a multi-line text.
_BASIC_LINES: Final = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL)
_LITERAL_LINES: Final = re.compile(r"'''(?:[^']|'(?!''))*'{3,5}")


_DEEPEST: Final = 64
"""Parts of one dotted key that are followed: a declaration has some six."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Offsets into the text: of the key (for an array's item, the item) and of the value."""

    key: int
    value: int


class Places:
    """The places of one text, by way from the top."""

    def __init__(self, text: str) -> None:
        self._line_starts = [0, *(match.end() for match in _LINE_BREAK.finditer(text))]
        self._places: Mapping[Loc, Place] = _Scan(text).places

    def __contains__(self, loc: Loc) -> bool:
        return loc in self._places

    def __iter__(self) -> Iterator[Loc]:
        return iter(self._places)

    def key(self, loc: Loc) -> tuple[int, int]:
        """Give line and column of the key at ``loc``, or of the nearest one around it."""
        return self._line_and_column(self._nearest(loc).key)

    def value(self, loc: Loc) -> tuple[int, int]:
        """Give line and column of the value at ``loc``, or of the nearest key around it."""
        place = self._places.get(loc)
        return self._line_and_column(place.value) if place else self.key(loc)

    def _nearest(self, loc: Loc) -> Place:
        while loc:
            if loc in self._places:
                return self._places[loc]
            loc = loc[:-1]
        return Place(key=0, value=0)

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[Loc, Place] = {}
        self.table: Loc = ()
        self.rows: dict[Loc, int] = {}
        self.read_document()

    def read_document(self) -> None:
        self.skip(_BLANK_LINES)
        while self.at < len(self.text):
            before = self.at
            if self.text.startswith("[", self.at):
                self.read_header()
            else:
                self.read_pair(self.table)
            self.skip(_BLANK_LINES)
            if self.at == before:
                return

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def note(self, loc: Loc, *, key: int, value: int) -> None:
        self.places.setdefault(loc, Place(key=key, value=value))

    def read_header(self) -> None:
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        keys = self.read_dotted_key()
        self.skip(_BLANK)
        self.at += brackets
        loc: Loc = ()
        for part, offset in keys[:_DEEPEST]:
            loc = (*self.last_row(loc), part)
            self.note(loc, key=offset, value=offset)
        if brackets == 2:
            self.rows[loc] = self.rows.get(loc, 0) + 1
            loc = self.last_row(loc)
            self.note(loc, key=keys[-1][1], value=keys[-1][1])
        self.table = loc

    def last_row(self, loc: Loc) -> Loc:
        return (*loc, self.rows[loc] - 1) if loc in self.rows else loc

    def read_dotted_key(self) -> list[tuple[str, int]]:
        keys = []
        while True:
            self.skip(_BLANK)
            offset = self.at
            keys.append((self.read_key(), offset))
            self.skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def read_key(self) -> str:
        if self.text.startswith("'", self.at):
            return self.skip(_LITERAL)[1:-1]
        if self.text.startswith('"', self.at):
            return _unescape(self.skip(_BASIC))
        return self.skip(_BARE_KEY)

    def read_pair(self, table: Loc) -> None:
        loc = table
        keys = self.read_dotted_key()
        self.at += 1  # the equals sign
        self.skip(_BLANK)
        for part, offset in keys[:-1][:_DEEPEST]:
            loc = (*loc, part)
            self.note(loc, key=offset, value=offset)
        part, offset = keys[-1]
        self.note((*loc, part), key=offset, value=self.at)
        self.read_value((*loc, part))

    def read_value(self, loc: Loc) -> None:
        start = self.text[self.at : self.at + 3]
        if start.startswith("["):
            self.read_array(loc)
        elif start.startswith("{"):
            self.read_inline_table(loc)
        elif start == '"""':
            self.skip(_BASIC_LINES)
        elif start == "'''":
            self.skip(_LITERAL_LINES)
        else:
            quoted = {'"': _BASIC, "'": _LITERAL}.get(start[:1])
            self.skip(quoted or _BARE_VALUE)

    def read_array(self, loc: Loc) -> None:
        self.at += 1
        index = 0
        while self.more_before("]"):
            self.note((*loc, index), key=self.at, value=self.at)
            self.read_value((*loc, index))
            index += 1

    def read_inline_table(self, loc: Loc) -> None:
        self.at += 1
        while self.more_before("}"):
            self.read_pair(loc)

    def more_before(self, end: str) -> bool:
        """Go to the next member, past a comma; or past ``end``, and say that there is none."""
        before = self.at
        self.skip(_BLANK_LINES)
        if self.text.startswith(",", self.at):
            self.at += 1
            self.skip(_BLANK_LINES)
        if self.text.startswith(end, self.at):
            self.at += 1
            return False
        # No headway: not what tomllib reads, so leave rather than turn for ever.
        return self.at < len(self.text) and (self.at > before or self.text[before - 1] in "[{")


def _unescape(quoted: str) -> str:
    """Read a quoted key as `tomllib` reads it, escapes and all."""
    value = tomllib.loads(f"x = {quoted}")["x"]
    return value if isinstance(value, str) else quoted
