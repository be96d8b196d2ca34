"""The gate's two doors: whole bodies, and bodies that come in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daccord.enforcement.gate.judge import Judge
from daccord.enforcement.gate.rules import NOTHING
from daccord.enforcement.gate.scan import Scanner

if TYPE_CHECKING:
    from daccord.enforcement.gate.rules import Insertions, Rules
    from daccord.enforcement.url import Target


class Gate:
    """Gates one body that comes in pieces, cut at any byte.

    ``page`` is where the page itself lies. The body must be HTML in an ASCII-compatible charset
    (not UTF-16, ISO-2022-JP or UTF-7) and not compressed.
    """

    __slots__ = ("_scanner",)

    def __init__(self, rules: Rules, page: Target, insert: Insertions = NOTHING) -> None:
        self._scanner = Scanner(Judge(rules, page), insert)

    def feed(self, data: bytes) -> bytes:
        """Take the next piece; give what of the body is done, perhaps nothing."""
        return self._scanner.feed(data.decode("latin-1"), final=False).encode("latin-1")

    def close(self) -> bytes:
        """The body is over: give the rest of it."""
        return self._scanner.feed("", final=True).encode("latin-1")


def gate_whole(body: bytes, rules: Rules, page: Target, insert: Insertions = NOTHING) -> bytes:
    """Gate a whole body; see `Gate`. What comes out is what `Gate` gives, however it is fed."""
    scanner = Scanner(Judge(rules, page), insert)
    return scanner.feed(body.decode("latin-1"), final=True).encode("latin-1")
