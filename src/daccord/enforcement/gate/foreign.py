"""Whether the scanner stands in SVG or MathML, where other rules of tokenizing hold.

There ``<style>`` and ``<title>`` hold markup, ``<![CDATA[`` is text and ``/>`` closes. The stack of
open elements is followed exactly (HTML 13.2.6, 13.2.6.5) while tags are well nested; at the
first thing that only a whole tree builder could tell, the document counts as *muddled* to its
end, and the scanner then takes care that both readings are safe.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from daccord.enforcement.gate.judge import VOID
from daccord.enforcement.gate.loads import words

if TYPE_CHECKING:
    from daccord.enforcement.gate.tag import StartTag

_BREAKS_OUT: Final = words(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li "
    "listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul "
    "var"
)
_HTML_INSIDE_SVG: Final = frozenset({"desc", "foreignobject", "title"})
_HTML_INSIDE_MATH: Final = frozenset({"mi", "mn", "mo", "ms", "mtext"})


class Space(Enum):
    """The namespace of an open element."""

    HTML = "html"
    MATH = "math"
    SVG = "svg"


class Foreign:
    """The open elements from the outermost SVG or MathML element inwards."""

    __slots__ = ("_open", "has_broken_out", "is_muddled")

    def __init__(self) -> None:
        self._open: list[tuple[str, Space]] = []
        self.is_muddled = False
        self.has_broken_out = False

    @property
    def is_open(self) -> bool:
        """Whether any SVG or MathML element is open, as far as can be told."""
        return bool(self._open)

    @property
    def depth(self) -> int:
        """How many elements are open from the outermost foreign one inwards."""
        return len(self._open)

    @property
    def holds_markup(self) -> bool:
        """Whether the current element is surely foreign, so that CDATA is text."""
        return bool(self._open) and self._open[-1][1] is not Space.HTML

    def muddle(self) -> None:
        """Give up telling, to the end of the document."""
        self.is_muddled = True
        self._open.clear()

    def start(self, tag: StartTag) -> bool:
        """Note a start tag; say whether its element is surely foreign.

        ``has_broken_out`` says then whether the tag ended foreign content that was open.
        """
        self.has_broken_out = False
        if self.is_muddled:
            return False
        if tag.name in {"svg", "math"}:
            return self._start_root(tag)
        if not self._open:
            return False
        space = self._space_of(tag)
        if space is Space.HTML:
            self._start_html(tag)
            return False
        if tag.name == "annotation-xml":
            self.muddle()
            return False
        if not tag.is_self_closing:
            self._open.append((tag.name, space))
        return True

    def end(self, name: str) -> None:
        """Note an end tag."""
        if not self._open:
            return
        if self._open[-1][1] is Space.HTML:
            if self._open[-1][0] != name:
                self.muddle()
                return
            self._open.pop()
            return
        for at in range(len(self._open) - 1, -1, -1):
            opened, space = self._open[at]
            if space is Space.HTML:
                break
            if opened == name and name not in {"br", "p"}:
                del self._open[at:]
                return
        self.muddle()

    def _start_root(self, tag: StartTag) -> bool:
        space = Space.SVG if tag.name == "svg" else Space.MATH
        if self._open and self._space_of(tag) is not Space.HTML:
            space = self._open[-1][1]
        if not tag.is_self_closing:
            self._open.append((tag.name, space))
        return True

    def _start_html(self, tag: StartTag) -> None:
        """An HTML element in an integration point, or one that ended the foreign content."""
        if self._open and tag.name not in VOID:
            self._open.append((tag.name, Space.HTML))

    def _space_of(self, tag: StartTag) -> Space:
        """The namespace that the tree builder gives ``tag`` here; breaks out where it would."""
        name, space = self._open[-1]
        if space is Space.HTML or self._is_integration_point(name, space, tag.name):
            return Space.HTML
        if tag.name in _BREAKS_OUT or (
            tag.name == "font" and tag.attrs.keys() & {"color", "face", "size"}
        ):
            self._break_out()
            return Space.HTML
        return space

    def _break_out(self) -> None:
        self.has_broken_out = True
        while self._open:
            name, space = self._open[-1]
            if space is Space.HTML or self._is_integration_point(name, space, ""):
                return
            self._open.pop()

    @staticmethod
    def _is_integration_point(name: str, space: Space, inner: str) -> bool:
        if space is Space.SVG:
            return name in _HTML_INSIDE_SVG
        return name in _HTML_INSIDE_MATH and inner not in {"mglyph", "malignmark"}
