"""A writer of TOML in every style there is, which notes where it puts each key and value.

The witness for `daccord.declaration.places`: it shares no code with it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

Loc = tuple[str | int, ...]
Spot = tuple[int, int]


class TomlWriter:
    """Writes one document, choosing by ``chance``; ``spots`` are (key, value) by way."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.newline = chance.choice(["\n", "\n", "\r\n"])
        self.text = ""
        self.spots: dict[Loc, tuple[Spot, Spot]] = {}

    # -- the ground

    def spot(self) -> Spot:
        return self.text.count("\n") + 1, len(self.text) - self.text.rfind("\n")

    def put(self, text: str) -> None:
        self.text += text

    def blank(self) -> None:
        self.put(self.chance.choice(["", "", " ", "\t", "  "]))

    def end_line(self) -> None:
        self.blank()
        self.put(self.chance.choice(["", "", '# [x] = "é', "#"]) + self.newline)
        if self.chance.random() < 0.2:
            self.put(self.newline)

    def note(self, loc: Loc, key: Spot, value: Spot) -> None:
        self.spots.setdefault(loc, (key, value))

    # -- keys

    def put_key(self, key: str) -> None:
        bare = key != "" and key.isascii() and key.replace("-", "a").replace("_", "a").isalnum()
        styles = ["basic"] + (["bare"] * 3 if bare else [])
        if "'" not in key and key.isprintable():
            styles.append("literal")
        style = self.chance.choice(styles)
        if style == "bare":
            self.put(key)
        elif style == "literal":
            self.put(f"'{key}'")
        else:
            self.put(self.basic(key))

    def basic(self, text: str) -> str:
        # JSON's escapes are TOML's, but for DEL, which TOML wants escaped, and for surrogate pairs.
        plain = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
        if self.chance.random() < 0.3:
            return '"' + "".join(f"\\U{ord(each):08x}" for each in text) + '"'
        return plain

    def put_keys(self, loc: Loc, keys: list[str]) -> Spot:
        """Write a dotted key below ``loc``; note all of it but the last; give the last's spot."""
        for key in keys[:-1]:
            here = self.spot()
            self.put_key(key)
            loc = (*loc, key)
            self.note(loc, here, here)
            self.blank()
            self.put(".")
            self.blank()
        here = self.spot()
        self.put_key(keys[-1])
        return here

    # -- values

    def put_value(self, loc: Loc, value: Any) -> None:
        if isinstance(value, dict):
            self.put_inline_table(loc, value)
        elif isinstance(value, list):
            self.put_array(loc, value)
        elif isinstance(value, str):
            self.put_text(value)
        elif isinstance(value, bool):
            self.put("true" if value else "false")
        elif hasattr(value, "isoformat"):
            self.put(str(value) if self.chance.random() < 0.5 else value.isoformat())
        else:
            self.put(str(value))

    def put_text(self, text: str) -> None:
        styles = ["basic"]
        if "'" not in text and text.isprintable():
            styles.append("literal")
        if all(each.isprintable() or each in "\n\t" for each in text):
            styles.append("basic-lines")
            # Two quotes may stand before the closing three, but no run of three anywhere.
            if "'''" not in text and not text.endswith("'''"):
                styles.append("literal-lines")
        style = self.chance.choice(styles)
        first = self.chance.choice(["", self.newline]) or (
            self.newline if text.startswith("\n") else ""
        )
        if style == "basic":
            self.put(self.basic(text))
        elif style == "literal":
            self.put(f"'{text}'")
        elif style == "literal-lines":
            self.put(f"'''{first}{text.replace(chr(10), self.newline)}'''")
        else:
            self.put(f'"""{first}{self.basic_lines(text)}"""')

    def basic_lines(self, text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"""', '""\\"')
        closing = escaped.endswith('"') and not escaped.endswith('\\"')
        if closing and self.chance.random() < 0.5:
            escaped = escaped[:-1] + '\\"'
        folded = f"\\{self.newline}  " if self.chance.random() < 0.3 else ""
        if escaped[:1].isspace():
            folded = ""
        return folded + escaped.replace("\n", self.newline)

    def put_array(self, loc: Loc, values: list[Any]) -> None:
        self.put("[")
        for index, value in enumerate(values):
            self.between()
            here = self.spot()
            self.note((*loc, index), here, here)
            self.put_value((*loc, index), value)
            self.between()
            if index < len(values) - 1 or self.chance.random() < 0.3:
                self.put(",")
        self.between()
        self.put("]")

    def between(self) -> None:
        self.put(self.chance.choice(["", "", " ", self.newline, f' # ], "{self.newline}', "\t"]))

    def put_inline_table(self, loc: Loc, table: dict[str, Any]) -> None:
        self.put("{")
        for index, (key, value) in enumerate(table.items()):
            self.blank()
            self.put_pair(loc, [key], value)
            self.blank()
            if index < len(table) - 1:
                self.put(",")
        self.blank()
        self.put("}")

    def put_pair(self, loc: Loc, keys: list[str], value: Any) -> None:
        key_spot = self.put_keys(loc, keys)
        self.blank()
        self.put("=")
        self.blank()
        self.note((*loc, *keys), key_spot, self.spot())
        self.put_value((*loc, *keys), value)

    # -- tables

    def put_document(self, table: dict[str, Any]) -> None:
        self.put_members((), [], table)

    def put_members(self, loc: Loc, header: list[tuple[str, Loc]], table: dict[str, Any]) -> None:
        """Write a table below its header, of which ``header`` has each key and its loc."""
        below: list[tuple[str, Any]] = []
        for key, value in table.items():
            style = self.chance.random()
            if isinstance(value, dict) and value and style < 0.3:
                for inner, each in value.items():
                    self.blank()
                    self.put_pair(loc, [key, inner], each)
                    self.end_line()
            elif self.may_have_header(value) and style < 0.8:
                below.append((key, value))
            else:
                self.blank()
                self.put_pair(loc, [key], value)
                self.end_line()
        for key, value in below:
            self.put_below(loc, header, key, value)

    def may_have_header(self, value: Any) -> bool:
        rows = isinstance(value, list) and value and all(isinstance(each, dict) for each in value)
        return isinstance(value, dict) or bool(rows)

    def put_below(self, loc: Loc, header: list[tuple[str, Loc]], key: str, value: Any) -> None:
        here = (*loc, key)
        if isinstance(value, list):
            for index, row in enumerate(value):
                spot = self.put_header("[[", [*header, (key, here)])
                self.note((*here, index), spot, spot)
                self.put_members((*here, index), [*header, (key, (*here, index))], row)
            return
        self.put_header("[", [*header, (key, here)])
        self.put_members(here, [*header, (key, here)], value)

    def put_header(self, brackets: str, header: list[tuple[str, Loc]]) -> Spot:
        self.blank()
        self.put(brackets)
        spot = (0, 0)
        for index, (key, loc) in enumerate(header):
            self.blank()
            spot = self.spot()
            self.put_key(key)
            self.note(loc, spot, spot)
            self.blank()
            if index < len(header) - 1:
                self.put(".")
        self.put("]" * len(brackets))
        self.end_line()
        return spot
