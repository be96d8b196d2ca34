"""Where a document's head ends and its body begins, with tags or without (HTML 13.2.6.4.1 to .7).

1. Only a document gets insertions. A document says so by ``<!DOCTYPE``, ``<html>``, ``<head>`` or
   ``<body>``; what begins with other content is a fragment (a part that a script fetches) until
   one of these comes, and if none comes it stays one.
2. The body begins after ``<body>``, or before the first thing that cannot stand in a head.
3. A document of frames has no body, hence no insertion.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from daccord.enforcement.gate.loads import words

_OF_HEAD: Final = words(
    "base basefont bgsound link meta noframes noscript script style template title"
)


class Phase(Enum):
    """How far the document has come."""

    BEFORE_BODY = "before body"
    FRAGMENT = "fragment"
    DONE = "done"


class Prologue:
    """Follows the beginning of a document and says what to put in, and where."""

    __slots__ = ("_body_start", "_head", "_is_document", "_templates", "phase")

    def __init__(self, head: str, body_start: str) -> None:
        self._head = head
        self._body_start = body_start
        self._is_document = False
        self._templates = 0
        self.phase = Phase.BEFORE_BODY if head or body_start else Phase.DONE

    @property
    def is_watching(self) -> bool:
        """Whether every token must be shown to it."""
        return self.phase is Phase.BEFORE_BODY

    def doctype(self) -> None:
        """A doctype has come."""
        self._document()

    def content(self) -> str:
        """Something of the body's has come: give what belongs before it."""
        if self.phase is not Phase.BEFORE_BODY or self._templates:
            return ""
        if not self._is_document:
            self.phase = Phase.FRAGMENT
            return ""
        self.phase = Phase.DONE
        return self._take_head() + self._body_start

    def start(self, name: str) -> tuple[str, str]:
        """A start tag has come: give what belongs before it and after it."""
        if self.phase is Phase.DONE:
            return "", ""
        if self._templates:
            self._templates += name == "template"
            return "", ""
        if name in {"html", "head"}:
            self._document()
            return "", ""
        if name == "body":
            self.phase = Phase.DONE
            return self._take_head(), self._body_start
        return self._other(name), ""

    def end(self, name: str) -> str:
        """An end tag has come: give what belongs before it."""
        if self.phase is not Phase.BEFORE_BODY:
            return ""
        if name == "template":
            self._templates = max(0, self._templates - 1)
        elif name == "head" and not self._templates:
            return self._take_head() if self._is_document else ""
        elif name in {"body", "br", "html"}:
            return self.content()
        return ""

    def _other(self, name: str) -> str:
        if name == "frameset":
            self.phase = Phase.DONE
            return ""
        if name not in _OF_HEAD:
            return self.content()
        if self.phase is Phase.BEFORE_BODY:
            self._templates += name == "template"
        return ""

    def _document(self) -> None:
        self._is_document = True
        if self.phase is Phase.FRAGMENT:
            self.phase = Phase.BEFORE_BODY

    def _take_head(self) -> str:
        head, self._head = self._head, ""
        return head
