"""Any mapping as plain data: what a declaration may be made of, and a mark where it is not.

1. The copy is a tree: no cycle, at most `DEEPEST` levels and `MOST_VALUES` values.
2. What cannot stand in a declaration becomes a `Foreign`, which no type of the schema accepts; so
   it is reported at its place like any other fault, and never raises here (law 9).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Plain = object
"""A dict with text keys, a list, a scalar of TOML, or a Foreign."""

DEEPEST: Final = 16
MOST_VALUES: Final = 100_000

_SCALARS: Final = (bool, int, float, dt.date, dt.time)
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Foreign:
    """Stands for a value that has no place in a declaration; ``kind`` says what it was."""

    kind: str


class _Copier:
    def __init__(self) -> None:
        self.values = 0
        self.open: set[int] = set()

    def copy(self, value: object) -> Plain:
        self.values += 1
        if self.values > MOST_VALUES:
            return Foreign(f"more than {MOST_VALUES} values")
        if isinstance(value, str):
            return _plain_text(value)
        if isinstance(value, _SCALARS):
            return value
        if isinstance(value, Mapping | list | tuple):
            return self.copy_within(value)
        return Foreign("null" if value is None else f"a value of type {type(value).__name__}")

    def copy_within(self, value: Mapping[object, object] | Sequence[object]) -> Plain:
        if id(value) in self.open:
            return Foreign("a value that contains itself")
        if len(self.open) >= DEEPEST:
            return Foreign(f"more than {DEEPEST} levels of nesting")
        self.open.add(id(value))
        try:
            if isinstance(value, Mapping):
                return {_plain_key(key): self.copy(each) for key, each in value.items()}
            return [self.copy(each) for each in value]
        finally:
            self.open.remove(id(value))


def plain_copy(value: object) -> Plain:
    """Give ``value`` as a tree of plain data. Never raises, for whatever JSON or TOML can hold."""
    return _Copier().copy(value)


def _plain_text(text: str) -> str | Foreign:
    exact = str.__str__(text)
    try:
        exact.encode()
    except UnicodeEncodeError:
        return Foreign("text that is not Unicode")
    return exact


def _plain_key(key: object) -> str:
    text = _plain_text(key) if isinstance(key, str) else None
    return text if isinstance(text, str) else f"<key of type {type(key).__name__}>"


def describe(value: Plain) -> str:
    """Say what ``value`` is, as a person would find it in the file: at most some 80 characters."""
    if isinstance(value, str):
        return show_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Foreign):
        return value.kind
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    if isinstance(value, list):
        return f"an array of {len(value)}" if value else "an empty array"
    return _describe_scalar(value)


def _describe_scalar(value: Plain) -> str:
    if isinstance(value, int):
        # int() to text has a limit of its own (sys.set_int_max_str_digits).
        return str(value) if -(10**18) < value < 10**18 else "a number of more than 18 digits"
    if isinstance(value, dt.date | dt.time):
        return f"the {'time' if isinstance(value, dt.time) else 'date'} {value.isoformat()}"
    return f"the number {value}"


def show_text(text: str) -> str:
    """Give ``text`` in quotes, shortened, with nothing in it that could control a terminal."""
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
    return json.dumps(printable(short), ensure_ascii=False)


def printable(text: str) -> str:
    """Give ``text`` with a replacement mark for each character that is not to be printed."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
