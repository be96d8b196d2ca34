"""The scanner: text in, gated text out, following the states of the WHATWG tokenizer.

1. It goes from one construct to the next (HTML 13.2.5): text, tag, comment, and the content of
   elements that hold no markup. Only start tags are decided about, by `judge`.
2. It holds back nothing but an unfinished tag, a few bytes at the end of anything else, and (up to
   `MAX_PEEKED`) content that decides: sources of a video or audio element, speculation rules.
3. Where browsers read the same bytes in two ways, the result is the same in both. The content of
   ``<noscript>`` is markup with scripts off and text up to ``</noscript`` with scripts on: it
   is gated as markup, and a construct in it that would run over that end is cut there. The same
   holds for ``<style>``, ``<xmp>`` and their like where only a tree builder could tell whether
   they hold markup: inside ``<select>``, and in a muddled document (see `foreign`). This cut is
   the one change that is made without anything being refused.

Not here: the text of ``<textarea>`` and ``<script>`` in such places is left as it is, since a cut
would lose a writer's words or break a script; the policy still holds.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from daccord.enforcement.gate.cursor import CDATA_END, Cursor, raw_end
from daccord.enforcement.gate.foreign import Foreign
from daccord.enforcement.gate.judge import (
    GATED,
    KEEP,
    RAW_CONTENT,
    Judge,
    Verdict,
    is_judged_by_content,
)
from daccord.enforcement.gate.nested import FRAMES, data_text, srcdoc_text, srcdoc_value
from daccord.enforcement.gate.prologue import Prologue
from daccord.enforcement.gate.rules import NOTHING, ascii_markup
from daccord.enforcement.gate.skip import skip_pattern
from daccord.enforcement.gate.tag import TAG, StartTag, name_of

if TYPE_CHECKING:
    from daccord.enforcement.gate.rules import Insertions

MAX_HELD: Final = 4 << 20
"""Characters of one unfinished tag (pictures in ``data:`` URLs make long ones); past it the gate
gives up and passes the rest of the body on: the policy still holds."""

MAX_PEEKED: Final = 16 << 10
"""Characters of content that are looked at to decide about its element."""
_LONG_TAG: Final = 64 << 10
"""Past this, a tag is read again only when a quarter more has come, lest pages of many small
pieces take a time that grows with their square."""
_TAIL: Final = 16
"""Characters held back at the end of raw text: more than the longest end that is looked for."""
MAX_DEPTH: Final = 3
"""Of documents within documents."""

_RAW: Final = frozenset({"iframe", "noembed", "noframes", "style", "textarea", "title", "xmp"})
_RAW_OR_MARKUP: Final = _RAW - {"textarea"}

_CONTENT_END: Final = {
    "audio": re.compile(r"</?(?:audio|video)(?=[\t\n\f\r />])", re.IGNORECASE),
    "script": raw_end("script"),
}
_CONTENT_END["video"] = _CONTENT_END["audio"]
_TAG_OPEN: Final = re.compile(r"</?[A-Za-z]")
_NOT_SPACE: Final = re.compile(r"[^\t\n\f\r ]")
_SCRIPT_TOKEN: Final = re.compile(r"<!--(?:-?>)?|-->|</?script(?=[\t\n\f\r />])", re.IGNORECASE)
_DECLARATIONS: Final = ("<!-->", "<!--->", "<!doctype", "<![cdata[")
_COMMENT_END: Final = re.compile(r"--!?>")
_BOGUS_END: Final = re.compile(r">")
_CDATA_END: Final = re.compile(r"\]\]>")
_UTF8_MARK: Final = "\xef\xbb\xbf"
_UTF16_MARKS: Final = ("\xfe\xff", "\xff\xfe")


class _Mode(Enum):
    BEGIN = "begin"
    MARKUP = "markup"
    COMMENT = "comment"
    RAW = "raw"
    SCRIPT = "script"
    REST = "rest"


class Scanner:
    """Gates one document or fragment of latin-1 text, in pieces of any size."""

    def __init__(self, judge: Judge, insert: Insertions, *, depth: int = 0) -> None:
        self._judge = judge
        self._insert = insert
        self._depth = depth
        self._prologue = Prologue(ascii_markup(insert.head), ascii_markup(insert.body_start))
        self._foreign = Foreign()
        self._in_select = False
        self._mode = _Mode.BEGIN
        self._raw_name = ""
        self._swallowing = False
        self._escape = 0
        self._wake = 0
        self._comment_end = _COMMENT_END
        self._at = Cursor()
        self._skip = skip_pattern(judge.embed_tags, relative_is_safe=True)
        self._steps = {
            _Mode.BEGIN: self._begin,
            _Mode.MARKUP: self._markup,
            _Mode.COMMENT: self._comment,
            _Mode.RAW: self._raw,
            _Mode.SCRIPT: self._script,
            _Mode.REST: self._rest,
        }

    def feed(self, text: str, *, final: bool) -> str:
        """Take more text, the last of it when ``final``; give what is done."""
        at = self._at
        at.feed(text, final=final, stop_at=self._judge.embed_names)
        if final or len(at.text) >= self._wake:
            self._wake = 0
            while self._steps[self._mode]():
                pass
        return at.take()

    @property
    def _is_ambiguous(self) -> bool:
        return self._foreign.is_muddled or self._in_select

    # One step in each mode; each says whether there is more to do with the text at hand

    def _begin(self) -> bool:
        """Pass a byte order mark; leave UTF-16, whose bytes are not ours to read, alone."""
        text = self._at.text
        marks = (_UTF8_MARK, *_UTF16_MARKS)
        if not self._at.is_final and any(len(text) < len(m) and m.startswith(text) for m in marks):
            return False
        if text.startswith(_UTF16_MARKS):
            self._mode = _Mode.REST
            return True
        if text.startswith(_UTF8_MARK):
            self._at.write_to(len(_UTF8_MARK))
        self._mode = _Mode.MARKUP
        return True

    def _rest(self) -> bool:
        self._at.write_to(len(self._at.text))
        return False

    def _markup(self) -> bool:
        if self._at.pos == self._at.end:
            return self._at_end()
        if self._swallowing:
            return self._construct()
        if self._prologue.is_watching or self._foreign.is_open:
            at = self._at.text.find("<", self._at.pos, self._at.end)
            self._characters(at if at >= 0 else self._at.end)
        else:
            stop = self._at.next_stop()
            found = self._skip.match(self._at.text, self._at.pos, stop)
            self._at.write_to(found.end() if found is not None else self._at.pos)
            if self._at.pos == stop:
                return True
        return self._construct() if self._at.pos < self._at.end else True

    def _at_end(self) -> bool:
        if self._at.is_cut:
            self._leave_duals()
            return True
        if self._at.is_final:
            self._at.out.append(self._prologue.content())
        return False

    def _leave_duals(self) -> None:
        if self._at.leave_duals() != self._foreign.depth:
            self._foreign.muddle()

    def _characters(self, end: int) -> None:
        if self._prologue.is_watching and not self._at.is_in_dual:
            found = _NOT_SPACE.search(self._at.text, self._at.pos, end)
            if found is not None:
                self._at.write_to(found.start())
                self._at.out.append(self._prologue.content())
        self._at.write_to(end)

    def _construct(self) -> bool:
        """Read what begins with the ``<`` at hand."""
        text, at = self._at.text, self._at.pos
        if _TAG_OPEN.match(text, at) is not None:
            return self._tag()
        start = text[at + 1 : at + 3]
        if start in {"", "/"}:
            return self._unfinished()
        if start[0] == "!":
            return self._declaration()
        if start == "/>":
            self._at.write_to(at + 3)
        elif start[0] in "/?":
            return self._open_comment(at + 2, _BOGUS_END)
        else:
            self._characters(at + 1)
        return True

    def _unfinished(self) -> bool:
        """What began here does not end: wait for more, unless there is none."""
        if self._at.is_cut:
            return self._cut_tag()
        if self._at.is_final:
            self._at.out.append(self._prologue.content())
            if self._swallowing:
                self._at.pos = len(self._at.text)
            self._at.write_to(len(self._at.text))
            return False
        held = len(self._at.text) - self._at.pos
        if held > MAX_HELD:
            self._mode = _Mode.REST
            return True
        if held > _LONG_TAG:
            self._wake = held + held // 4
        return False

    def _cut_tag(self) -> bool:
        self._at.pos = self._at.end
        if self._swallowing:
            self._swallowing = False
            self._foreign.end(self._raw_name)
        return True

    def _declaration(self) -> bool:
        text, at = self._at.text, self._at.pos
        start = text[at : at + 9].lower()
        if at + len(start) == len(text) and self._at.is_waiting and _is_begun_declaration(start):
            return self._unfinished()
        if start.startswith("<!--"):
            for short in ("<!-->", "<!--->"):
                if text.startswith(short, at):
                    self._at.write_to(at + len(short))
                    return True
            return self._open_comment(at + 4, _COMMENT_END)
        if text.startswith("<![CDATA[", at):
            return self._cdata()
        if start == "<!doctype":
            self._prologue.doctype()
        return self._open_comment(at + 2, _BOGUS_END)

    def _cdata(self) -> bool:
        """Text in foreign content, a bogus comment elsewhere; both where that cannot be told."""
        if self._foreign.holds_markup:
            return self._open_comment(self._at.pos + 9, _CDATA_END)
        if self._is_ambiguous:
            self._at.enter_dual(CDATA_END, self._foreign.depth)
        return self._open_comment(self._at.pos + 2, _BOGUS_END)

    def _open_comment(self, inside: int, end: re.Pattern[str]) -> bool:
        self._at.write_to(min(inside, self._at.end))
        self._mode = _Mode.COMMENT
        self._comment_end = end
        return True

    def _comment(self) -> bool:
        found = self._comment_end.search(self._at.text, self._at.pos, self._at.end)
        if found is not None:
            self._at.write_to(found.end())
            self._mode = _Mode.MARKUP
            return True
        if self._at.is_cut:
            return self._cut_comment()
        if self._at.is_final:
            self._at.write_to(len(self._at.text))
            return False
        self._at.write_to(max(self._at.pos, len(self._at.text) - _TAIL))
        return False

    def _cut_comment(self) -> bool:
        self._at.write_to(self._at.end)
        if (
            self._at.text.startswith(CDATA_END, self._at.end)
            and self._comment_end is not _COMMENT_END
        ):
            self._leave_duals()
            self._at.write_to(self._at.pos + len(CDATA_END))
        else:
            ends = {_COMMENT_END: "-->", _CDATA_END: CDATA_END, _BOGUS_END: ">"}
            self._at.out.append(ends[self._comment_end])
        self._mode = _Mode.MARKUP
        return True

    def _raw(self) -> bool:
        found = raw_end(self._raw_name).search(self._at.text, self._at.pos, self._at.end)
        if found is not None:
            return self._close_raw(found.start())
        if self._at.is_cut:
            return self._cut_raw(f"</{self._raw_name}>")
        return self._raw_tail()

    def _script(self) -> bool:
        """Follow ``<!--`` and ``<script`` in a script (HTML 13.2.5.15 on), which hide its end."""
        text = self._at.text
        safe = self._at.end
        if self._at.is_waiting:
            safe = max(self._at.pos, safe - _TAIL)
        at = self._at.pos
        while (found := _SCRIPT_TOKEN.search(text, at)) is not None and found.start() < safe:
            at = found.end()
            word = found[0].lower()
            if word == "</script":
                if self._escape < 2:
                    return self._close_raw(found.start())
                self._escape = 1
            elif word == "<script":
                self._escape = 2 if self._escape else 0
            elif word.endswith(">"):
                self._escape = 0
            else:
                self._escape = self._escape or 1
        if self._at.is_cut:
            return self._cut_raw("--></script>" if self._escape == 2 else "</script>")
        if self._swallowing:
            self._at.pos = max(at, safe)
        self._at.write_to(max(at, safe))
        return False

    def _raw_tail(self) -> bool:
        """The end has not come yet: pass on all but what may be its beginning."""
        end = len(self._at.text)
        if not self._at.is_final:
            begun = self._at.text.rfind("<", max(self._at.pos, end - _TAIL))
            end = begun if begun >= 0 else end
        if self._swallowing:
            self._at.pos = end
        self._at.write_to(end)
        return False

    def _close_raw(self, end: int) -> bool:
        """The raw text ends; its end tag is read next, and swallowed with it."""
        if self._swallowing:
            self._at.pos = end
        self._at.write_to(end)
        self._mode = _Mode.MARKUP
        return True

    def _cut_raw(self, end_tag: str) -> bool:
        if self._swallowing:
            self._at.pos = self._at.end
        else:
            self._at.write_to(self._at.end)
            self._at.out.append(end_tag)
        self._swallowing = False
        self._foreign.end(self._raw_name)
        self._mode = _Mode.MARKUP
        return True

    # Tags

    def _tag(self) -> bool:
        found = TAG.match(self._at.text, self._at.pos, self._at.end)
        if found is None:
            return self._unfinished()
        raw = found[0]
        if raw[1] == "/":
            self._end_tag(raw)
            return True
        return self._start_tag(StartTag(raw))

    def _end_tag(self, raw: str) -> None:
        name = name_of(raw)
        if not self._at.is_in_dual:
            self._at.out.append(self._prologue.end(name))
        self._foreign.end(name)
        if name == "select":
            self._in_select = False
        if self._swallowing:
            self._swallowing = False
        else:
            self._at.out.append(raw)
        self._at.pos += len(raw)

    def _start_tag(self, tag: StartTag) -> bool:
        content = self._deciding_content(tag) if is_judged_by_content(tag) else ""
        if content is None:
            return self._unfinished()
        before, after = self._prologue.start(tag.name) if not self._at.is_in_dual else ("", "")
        is_foreign = self._foreign.start(tag)
        verdict = self._judge.verdict(tag, content, is_foreign=is_foreign)
        if verdict is KEEP and tag.name in FRAMES and not is_foreign:
            verdict = self._with_data_judged(tag, verdict)
        if verdict.drop and self._foreign.has_broken_out:
            # Without the tag the browser stays in the foreign content that it would have ended.
            self._foreign.muddle()
        self._at.pos += len(tag.raw)
        self._at.out.append(before)
        if (
            tag.name == "plaintext"
            and not is_foreign
            and (self._at.is_in_dual or self._is_ambiguous)
        ):
            return True
        self._write(tag, verdict)
        self._at.out.append(after)
        if not is_foreign:
            self._enter(tag, is_swallowed=verdict.drop)
        return True

    def _write(self, tag: StartTag, verdict: Verdict) -> None:
        if verdict.site is not None:
            self._at.out.append(ascii_markup(self._insert.placeholder(verdict.site)))
        if verdict.drop:
            return
        if verdict.strip or verdict.hide:
            flags = ("hidden", GATED) if verdict.hide else ()
            self._at.out.append(tag.rewritten(without=verdict.strip, flags=flags))
        elif tag.name == "iframe" and "srcdoc" in tag.attrs:
            self._at.out.append(self._with_gated_srcdoc(tag))
        else:
            self._at.out.append(tag.raw)

    def _enter(self, tag: StartTag, *, is_swallowed: bool) -> None:
        """Change the mode as the tokenizer does after this start tag."""
        name = tag.name
        if name == "script":
            self._enter_raw(_Mode.SCRIPT, name, is_swallowed=is_swallowed)
        elif name == "noscript" or (
            name in _RAW_OR_MARKUP and self._is_ambiguous and not is_swallowed
        ):
            self._at.enter_dual(name, self._foreign.depth)
        elif name in _RAW:
            self._enter_raw(_Mode.RAW, name, is_swallowed=is_swallowed)
        elif name == "plaintext":
            self._mode = _Mode.REST
        elif name == "select":
            self._in_select = True
        elif name == "frameset" or (name == "template" and self._in_select):
            self._foreign.muddle()
        elif name == "base" and self._judge.has_foreign_base:
            self._skip = skip_pattern(self._judge.embed_tags, relative_is_safe=False)

    def _enter_raw(self, mode: _Mode, name: str, *, is_swallowed: bool) -> None:
        self._mode = mode
        self._raw_name = name
        self._swallowing = is_swallowed and name in RAW_CONTENT
        self._escape = 0

    def _deciding_content(self, tag: StartTag) -> str | None:
        """The content of ``tag``, or its beginning; ``None`` when it is still to come."""
        text, start = self._at.text, self._at.pos + len(tag.raw)
        end = min(self._at.end, start + MAX_PEEKED)
        found = _CONTENT_END[tag.name].search(text, start, end)
        if found is not None:
            end = found.start()
        elif self._at.is_waiting and end < start + MAX_PEEKED:
            return None
        return text[start:end]

    def _with_gated_srcdoc(self, tag: StartTag) -> str:
        """The frame with what its ``srcdoc`` may not load taken out of that, without a trace."""
        document = srcdoc_text(tag.raw_value("srcdoc"))
        gated = self._gate_nested(document)
        if gated == document:
            return tag.raw
        return tag.rewritten(values={"srcdoc": srcdoc_value(gated)})

    def _with_data_judged(self, tag: StartTag, verdict: Verdict) -> Verdict:
        """Take a frame's ``data:`` document out when anything in it may not load."""
        name = FRAMES.get(tag.name, "")
        url = tag.attrs.get(name, "") if "data:" in tag.raw.lower() or "&" in tag.raw else ""
        document = data_text(url) if url else None
        if document is None or self._gate_nested(document) == document:
            return verdict
        if tag.name in RAW_CONTENT:
            return Verdict(drop=True)
        return Verdict(strip=frozenset({name}))

    def _gate_nested(self, document: str) -> str:
        if self._depth >= MAX_DEPTH:
            return ""
        inner = Scanner(self._judge.nested(), NOTHING, depth=self._depth + 1)
        return inner.feed(document, final=True)


def _is_begun_declaration(text: str) -> bool:
    """Whether more text may tell what ``text`` is the beginning of."""
    return any(len(text) < len(each) and each.startswith(text) for each in _DECLARATIONS)
