"""A start tag: read as the WHATWG tokenizer reads it (HTML 13.2.5.6 to 13.2.5.40), written anew.

1. Names are ASCII without case; of two attributes with one name the first counts.
2. A tag that is edited is written from its own source, attribute by attribute, so that nothing
   kept is spelt anew. All attributes with a removed name go: the second would count otherwise.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from daccord.enforcement.gate.reference import decode_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

SPACE: Final = r" \t\n\f\r"

ATTRIBUTE: Final = (
    rf"[^{SPACE}/>][^{SPACE}/>=]*+"
    rf"(?:[{SPACE}]*+=[{SPACE}]*+"
    rf"(?:\"[^\"]*+\"|'[^']*+'|[^{SPACE}\"'>][^{SPACE}>]*+|(?=>))"
    rf"|(?![{SPACE}]*+=))"
)
"""One attribute; no match where its value is not complete."""

TAG: Final = re.compile(rf"</?[A-Za-z][^{SPACE}/>]*+(?:[{SPACE}/]++|{ATTRIBUTE})*+>")
"""A complete start or end tag; no match is one that the text ends within."""

_NAME: Final = re.compile(rf"</?([A-Za-z][^{SPACE}/>]*)")
_PARTS: Final = re.compile(
    rf"([^{SPACE}/>][^{SPACE}/>=]*+)"
    rf"(?:[{SPACE}]*+=[{SPACE}]*+"
    rf"(?:\"([^\"]*+)\"|'([^']*+)'|([^{SPACE}\"'>][^{SPACE}>]*+)|(?=>)))?+"
)


def name_of(raw: str) -> str:
    """The lower-case name of the tag at the start of ``raw``."""
    found = _NAME.match(raw)
    return found[1].lower() if found else ""


class StartTag:
    """A complete start tag, from ``<`` to ``>``."""

    __slots__ = ("__dict__", "name", "raw")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.name = name_of(raw)

    @cached_property
    def attrs(self) -> dict[str, str]:
        """Names in lower case with their decoded values, empty for an attribute without."""
        attrs: dict[str, str] = {}
        for found in self._parts():
            name = found[1].lower()
            if name not in attrs:
                attrs[name] = decode_value(found[2] or found[3] or found[4] or "")
        return attrs

    @property
    def is_self_closing(self) -> bool:
        """Whether it ends in ``/>`` with the slash not part of a value."""
        if not self.raw.endswith("/>"):
            return False
        ends = [part.end() for part in self._parts()]
        return not ends or ends[-1] < len(self.raw) - 1

    def raw_value(self, name: str) -> str:
        """The value of ``name`` as it is written."""
        for found in self._parts():
            if found[1].lower() == name:
                return found[2] or found[3] or found[4] or ""
        return ""

    def rewritten(
        self,
        *,
        without: Collection[str] = (),
        flags: Collection[str] = (),
        values: Mapping[str, str] | None = None,
    ) -> str:
        """The tag ``without`` these attributes, with ``flags`` set and ``values`` replaced.

        ``values`` are written as given, in double quotes. An attribute that cannot be written in
        another place (its name begins with ``=``) goes too.
        """
        parts = [self.raw[: 1 + len(self.name)], *(f for f in flags if f not in self.attrs)]
        for found in self._parts():
            name = found[1].lower()
            if name in without or name.startswith("="):
                continue
            if values is not None and name in values:
                parts.append(f'{found[1]}="{values[name]}"')
                continue
            written = found[0].rstrip(" \t\n\f\r")
            parts.append(found[1] if _has_no_value(found) else written)
        return " ".join(parts) + (" />" if self.is_self_closing else ">")

    def _parts(self) -> Iterator[re.Match[str]]:
        return _PARTS.finditer(self.raw, 1 + len(self.name))


def _has_no_value(found: re.Match[str]) -> bool:
    return found[2] is None and found[3] is None and found[4] is None
