"""The scanner: text in, gated text out, following the states of the WHATWG tokenizer.

1. It goes from one construct to the next (HTML 13.2.5): text, tag, comment, and the content of
   elements that hold no markup. Only start tags are decided about, by `judge`.
2. It holds back nothing but an unfinished tag, a few bytes at the end of anything else, and the
   content of a video or audio element without ``src`` (up to `MAX_PEEKED`), whose sources decide.
3. Where browsers read the same bytes in two ways, the result is the same in both. The content of
   ``<noscript>`` is markup with scripts off and text up to ``</noscript`` with scripts on: it
   is gated as markup, and a construct in it that would run over that end is cut there. The same
   holds for ``<style>``, ``<xmp>`` and their like where only a tree builder could tell whether
   they hold markup: inside ``<select>``, and in a muddled document (see `foreign`). This cut is
   the one change that is made without anything being refused.

Not here: the text of ``<title>``, ``<textarea>`` and ``<script>`` in such places is left as it
is, since a cut would lose a writer's words or break a script; the policy still holds.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from daccord.enforcement.gate.foreign import Foreign
from daccord.enforcement.gate.judge import GATED, KEEP, RAW_CONTENT, Verdict
from daccord.enforcement.gate.loads import LOADINGS
from daccord.enforcement.gate.prologue import Prologue
from daccord.enforcement.gate.reference import decode_to_ascii, encode_value
from daccord.enforcement.gate.rules import NOTHING, ascii_markup
from daccord.enforcement.gate.skip import skip_pattern
from daccord.enforcement.gate.tag import TAG, StartTag, name_of

if TYPE_CHECKING:
    from daccord.enforcement.gate.judge import Judge
    from daccord.enforcement.gate.rules import Insertions, PlaceholderSite, Rules

MAX_HELD: Final = 4 << 20
"""Characters of one unfinished tag (pictures in ``data:`` URLs make long ones); past it the gate
gives up and passes the rest of the body on: the policy still holds."""

MAX_PEEKED: Final = 32 << 10
_LONG_TAG: Final = 64 << 10
"""Past this, a tag is read again only when a ``>`` has come: reading it is not linear then."""
_TAIL: Final = 16
"""Characters held back at the end of raw text: more than the longest end that is looked for."""
MAX_DEPTH: Final = 3
"""Of ``srcdoc`` within ``srcdoc``."""

_RAW: Final = frozenset({"iframe", "noembed", "noframes", "style", "textarea", "title", "xmp"})
_RAW_OR_MARKUP: Final = frozenset({"iframe", "noembed", "noframes", "style", "xmp"})
_JUDGED: Final = frozenset({*LOADINGS, "base", "link", "meta"})

_LEADS_AWAY: Final = re.compile(r"[:&\\]|/[\t\r\n]*/")
"""Something that any URL to another host has, in the source of its tag."""
_TAG_OPEN: Final = re.compile(r"</?[A-Za-z]")
_NOT_SPACE: Final = re.compile(r"[^\t\n\f\r ]")
_SOURCE: Final = re.compile(r"<source(?=[\t\n\f\r />])", re.IGNORECASE)
_SCRIPT_TOKEN: Final = re.compile(r"<!--(?:-?>)?|-->|</?script(?=[\t\n\f\r />])", re.IGNORECASE)
_DECLARATIONS: Final = ("<!-->", "<!--->", "<!doctype", "<![cdata[")
_COMMENT_END: Final = re.compile(r"--!?>")
_BOGUS_END: Final = re.compile(r">")
_CDATA_END: Final = re.compile(r"\]\]>")
_UTF8_MARK: Final = "\xef\xbb\xbf"
_UTF16_MARKS: Final = ("\xfe\xff", "\xff\xfe")
_CDATA: Final = "]]>"


class _Mode(Enum):
    BEGIN = "begin"
    MARKUP = "markup"
    COMMENT = "comment"
    RAW = "raw"
    SCRIPT = "script"
    REST = "rest"


class Scanner:
    """Gates one document or fragment of latin-1 text, in pieces of any size."""

    def __init__(self, rules: Rules, judge: Judge, insert: Insertions, *, depth: int = 0) -> None:
        self._rules = rules
        self._judge = judge
        self._insert = insert
        self._depth = depth
        self._prologue = Prologue(ascii_markup(insert.head), ascii_markup(insert.body_start))
        self._foreign = Foreign()
        self._in_select = False
        self._duals: list[tuple[str, int]] = []
        self._mode = _Mode.BEGIN
        self._raw_name = ""
        self._swallowing = False
        self._escape = 0
        self._comment_end = _COMMENT_END
        self._embed_tags = frozenset(key for key in rules.embeds if key[:1] not in {"#", "."})
        self._embed_names = tuple(key[1:] for key in rules.embeds if key[:1] in {"#", "."})
        self._stops: list[int] = []
        self._text = ""
        self._pos = 0
        self._end = 0
        self._final = False
        self._out: list[str] = []
        self._skip = skip_pattern(self._embed_tags, relative_is_safe=True)
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
        self._text = self._text[self._pos :] + text if self._pos < len(self._text) else text
        self._pos = 0
        self._final = final
        if len(self._text) - len(text) > _LONG_TAG and ">" not in text and not final:
            return ""
        self._find_stops()
        self._find_end()
        while self._steps[self._mode]():
            pass
        done = "".join(self._out)
        self._out.clear()
        return done

    # Where the scanner stands

    def _find_stops(self) -> None:
        """Note where the id or class of an embed stands in the text, last first."""
        self._stops = []
        for name in self._embed_names:
            at = self._text.find(name)
            while at >= 0:
                self._stops.append(at)
                at = self._text.find(name, at + 1)
        self._stops.sort(reverse=True)

    def _find_end(self) -> None:
        """Note how far the scanner may read: to the end of the text, or of a dual content."""
        self._end = len(self._text)
        if self._duals:
            found = _dual_end(tuple(name for name, _ in self._duals)).search(self._text, self._pos)
            if found is not None:
                self._end = found.start()

    @property
    def _is_cut(self) -> bool:
        return self._end < len(self._text)

    @property
    def _is_ambiguous(self) -> bool:
        return self._foreign.is_muddled or self._in_select

    def _leave_duals(self) -> None:
        """The end of a dual content is reached: it, and all inside it, is over."""
        found = _dual_end(tuple(name for name, _ in self._duals)).match(self._text, self._pos)
        ended = found[0].lstrip("</").lower() if found is not None else ""
        at = next(index for index, (name, _) in enumerate(self._duals) if name == ended)
        if self._foreign.depth != self._duals[at][1]:
            self._foreign.muddle()
        del self._duals[at:]
        self._find_end()

    def _emit_to(self, end: int) -> None:
        if end > self._pos:
            self._out.append(self._text[self._pos : end])
        self._pos = end

    # One step in each mode; each says whether there is more to do with the text at hand

    def _begin(self) -> bool:
        """Pass a byte order mark; leave UTF-16, whose bytes are not ours to read, alone."""
        text = self._text
        marks = (_UTF8_MARK, *_UTF16_MARKS)
        if not self._final and any(len(text) < len(m) and m.startswith(text) for m in marks):
            return False
        if text.startswith(_UTF16_MARKS):
            self._mode = _Mode.REST
            return True
        if text.startswith(_UTF8_MARK):
            self._emit_to(len(_UTF8_MARK))
        self._mode = _Mode.MARKUP
        return True

    def _rest(self) -> bool:
        self._emit_to(len(self._text))
        return False

    def _markup(self) -> bool:
        if self._pos == self._end:
            return self._at_end()
        if self._swallowing:
            return self._construct()
        if self._prologue.is_watching or self._foreign.is_open:
            at = self._text.find("<", self._pos, self._end)
            self._characters(at if at >= 0 else self._end)
        else:
            stop = self._next_stop()
            found = self._skip.match(self._text, self._pos, stop)
            self._emit_to(found.end() if found is not None else self._pos)
            if self._pos == stop:
                return True
        return self._construct() if self._pos < self._end else True

    def _next_stop(self) -> int:
        while self._stops and self._stops[-1] <= self._pos:
            self._stops.pop()
        return min(self._stops[-1], self._end) if self._stops else self._end

    def _at_end(self) -> bool:
        if self._is_cut:
            self._leave_duals()
            return True
        if self._final:
            self._out.append(self._prologue.content())
        return False

    def _characters(self, end: int) -> None:
        if self._prologue.is_watching and not self._duals:
            found = _NOT_SPACE.search(self._text, self._pos, end)
            if found is not None:
                self._emit_to(found.start())
                self._out.append(self._prologue.content())
        self._emit_to(end)

    def _construct(self) -> bool:
        """Read what begins with the ``<`` at hand."""
        text, at = self._text, self._pos
        if _TAG_OPEN.match(text, at) is not None:
            return self._tag()
        start = text[at + 1 : at + 3]
        if start in {"", "/"}:
            return self._unfinished()
        if start[0] == "!":
            return self._declaration()
        if start == "/>":
            self._emit_to(at + 3)
        elif start[0] in "/?":
            return self._open_comment(at + 2, _BOGUS_END)
        else:
            self._characters(at + 1)
        return True

    def _unfinished(self) -> bool:
        """What began here does not end: wait for more, unless there is none."""
        if self._is_cut:
            self._pos = self._end
            return True
        if self._final:
            self._out.append(self._prologue.content())
            if self._swallowing:
                self._pos = len(self._text)
            self._emit_to(len(self._text))
            return False
        if len(self._text) - self._pos > MAX_HELD:
            self._mode = _Mode.REST
            return True
        return False

    def _declaration(self) -> bool:
        text, at = self._text, self._pos
        start = text[at : at + 9].lower()
        if at + len(start) == len(text) and not self._final and _is_begun_declaration(start):
            return self._unfinished()
        if start.startswith("<!--"):
            for short in ("<!-->", "<!--->"):
                if text.startswith(short, at):
                    self._emit_to(at + len(short))
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
            return self._open_comment(self._pos + 9, _CDATA_END)
        if self._is_ambiguous:
            self._duals.append((_CDATA, self._foreign.depth))
            self._find_end()
        return self._open_comment(self._pos + 2, _BOGUS_END)

    def _open_comment(self, inside: int, end: re.Pattern[str]) -> bool:
        self._emit_to(min(inside, self._end))
        self._mode = _Mode.COMMENT
        self._comment_end = end
        return True

    def _comment(self) -> bool:
        found = self._comment_end.search(self._text, self._pos, self._end)
        if found is not None:
            self._emit_to(found.end())
            self._mode = _Mode.MARKUP
            return True
        if self._is_cut:
            return self._cut_comment()
        if self._final:
            self._emit_to(len(self._text))
            return False
        self._emit_to(max(self._pos, len(self._text) - _TAIL))
        return False

    def _cut_comment(self) -> bool:
        self._emit_to(self._end)
        if self._text.startswith(_CDATA, self._end) and self._comment_end is not _COMMENT_END:
            self._leave_duals()
            self._emit_to(self._pos + len(_CDATA))
        else:
            ends = {_COMMENT_END: "-->", _CDATA_END: _CDATA, _BOGUS_END: ">"}
            self._out.append(ends[self._comment_end])
        self._mode = _Mode.MARKUP
        return True

    def _raw(self) -> bool:
        found = _raw_end(self._raw_name).search(self._text, self._pos, self._end)
        if found is not None:
            return self._close_raw(found.start())
        if self._is_cut:
            return self._cut_raw(f"</{self._raw_name}>")
        return self._raw_tail()

    def _script(self) -> bool:
        """Follow ``<!--`` and ``<script`` in a script (HTML 13.2.5.15 on), which hide its end."""
        text = self._text
        waits = not (self._final or self._is_cut)
        safe = max(self._pos, self._end - _TAIL) if waits else self._end
        at = self._pos
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
        if self._is_cut:
            return self._cut_raw("--></script>" if self._escape == 2 else "</script>")
        if self._swallowing:
            self._pos = max(at, safe)
        self._emit_to(max(at, safe))
        return False

    def _raw_tail(self) -> bool:
        """The end has not come yet: pass on all but what may be its beginning."""
        end = len(self._text)
        if not self._final:
            begun = self._text.rfind("<", max(self._pos, end - _TAIL))
            end = begun if begun >= 0 else end
        if self._swallowing:
            self._pos = end
        self._emit_to(end)
        return False

    def _close_raw(self, end: int) -> bool:
        """The raw text ends; its end tag is read next, and swallowed with it."""
        if self._swallowing:
            self._pos = end
        self._emit_to(end)
        self._mode = _Mode.MARKUP
        return True

    def _cut_raw(self, end_tag: str) -> bool:
        if self._swallowing:
            self._pos = self._end
        else:
            self._emit_to(self._end)
            self._out.append(end_tag)
        self._swallowing = False
        self._foreign.end(self._raw_name)
        self._mode = _Mode.MARKUP
        return True

    # Tags

    def _tag(self) -> bool:
        found = TAG.match(self._text, self._pos, self._end)
        if found is None:
            return self._unfinished()
        raw = found[0]
        if raw[1] == "/":
            self._end_tag(raw)
            return True
        return self._start_tag(StartTag(raw))

    def _end_tag(self, raw: str) -> None:
        name = name_of(raw)
        if not self._duals:
            self._out.append(self._prologue.end(name))
        self._foreign.end(name)
        if name == "select":
            self._in_select = False
        if self._swallowing:
            self._swallowing = False
        else:
            self._out.append(raw)
        self._pos += len(raw)

    def _start_tag(self, tag: StartTag) -> bool:
        sources = self._sources_of(tag)
        if sources is None:
            return self._unfinished()
        before, after = self._prologue.start(tag.name) if not self._duals else ("", "")
        is_foreign = self._foreign.start(tag)
        verdict = self._verdict(tag, sources, is_foreign=is_foreign)
        self._pos += len(tag.raw)
        self._out.append(before)
        if tag.name == "plaintext" and not is_foreign and (self._duals or self._is_ambiguous):
            return True
        self._write(tag, verdict)
        self._out.append(after)
        if not is_foreign:
            self._enter(tag, is_swallowed=verdict.drop)
        return True

    def _write(self, tag: StartTag, verdict: Verdict) -> None:
        if verdict.site is not None:
            self._out.append(self._placeholder(verdict.site))
        if verdict.drop:
            return
        if verdict.strip or verdict.hide:
            flags = ("hidden", GATED) if verdict.hide else ()
            self._out.append(tag.rewritten(without=verdict.strip, flags=flags))
        elif tag.name == "iframe" and "srcdoc" in tag.attrs:
            self._out.append(self._with_gated_document(tag))
        else:
            self._out.append(tag.raw)

    def _placeholder(self, site: PlaceholderSite) -> str:
        return ascii_markup(self._insert.placeholder(site))

    def _enter(self, tag: StartTag, *, is_swallowed: bool) -> None:
        """Change the mode as the tokenizer does after this start tag."""
        name = tag.name
        if name == "script":
            self._enter_raw(_Mode.SCRIPT, name, is_swallowed=is_swallowed)
        elif name == "noscript" or (
            name in _RAW_OR_MARKUP and self._is_ambiguous and not is_swallowed
        ):
            self._duals.append((name, self._foreign.depth))
            self._find_end()
        elif name in _RAW:
            self._enter_raw(_Mode.RAW, name, is_swallowed=is_swallowed)
        elif name == "plaintext":
            self._mode = _Mode.REST
        elif name == "select":
            self._in_select = True
        elif name == "frameset" or (name == "template" and self._in_select):
            self._foreign.muddle()
        elif name == "base" and self._judge.has_foreign_base:
            self._skip = skip_pattern(self._embed_tags, relative_is_safe=False)

    def _enter_raw(self, mode: _Mode, name: str, *, is_swallowed: bool) -> None:
        self._mode = mode
        self._raw_name = name
        self._swallowing = is_swallowed and name in RAW_CONTENT
        self._escape = 0

    # What is decided about a tag

    def _verdict(self, tag: StartTag, sources: list[StartTag], *, is_foreign: bool) -> Verdict:
        if self._rules.embeds and not is_foreign and self._may_be_embed(tag):
            verdict = self._judge.embed(tag)
            if verdict is not KEEP:
                return self._with_strips(tag, verdict)
        if tag.name not in _JUDGED or not self._may_lead_away(tag):
            return self._judge.media(tag, sources) if sources else KEEP
        verdict = self._judge.judge(tag, foreign=is_foreign)
        if sources and not verdict.hide:
            media = self._judge.media(tag, sources)
            return Verdict(strip=verdict.strip, hide=media.hide, site=media.site)
        return verdict

    def _with_strips(self, tag: StartTag, verdict: Verdict) -> Verdict:
        """The verdict on an embed, with what it would load itself taken out too."""
        loads = self._judge.judge(tag, foreign=True)
        return Verdict(drop=verdict.drop, strip=loads.strip, hide=verdict.hide, site=verdict.site)

    def _may_be_embed(self, tag: StartTag) -> bool:
        return tag.name in self._embed_tags or any(name in tag.raw for name in self._embed_names)

    def _may_lead_away(self, tag: StartTag) -> bool:
        return (
            tag.name in {"base", "meta"}
            or self._judge.has_foreign_base
            or _LEADS_AWAY.search(tag.raw) is not None
        )

    def _sources_of(self, tag: StartTag) -> list[StartTag] | None:
        """The sources in a video or audio without ``src``; ``None`` when they are still to come."""
        if tag.name not in {"audio", "video"} or "src" in tag.attrs:
            return []
        start = self._pos + len(tag.raw)
        found = _raw_end(tag.name).search(self._text, start, self._end)
        end = self._end if found is None else found.start()
        is_whole = found is not None or self._final or self._is_cut
        if not is_whole and end - start < MAX_PEEKED:
            return None
        tags = (
            TAG.match(self._text, at.start()) for at in _SOURCE.finditer(self._text, start, end)
        )
        return [StartTag(each[0]) for each in tags if each is not None]

    def _with_gated_document(self, tag: StartTag) -> str:
        """The frame with what its ``srcdoc`` may not load taken out of that, without a trace."""
        if self._depth >= MAX_DEPTH:
            return tag.rewritten(without={"srcdoc"})
        document = decode_to_ascii(tag.raw_value("srcdoc"))
        inner = Scanner(self._rules, self._judge.nested(), NOTHING, depth=self._depth + 1)
        gated = inner.feed(document, final=True)
        if gated == document:
            return tag.raw
        return tag.rewritten(values={"srcdoc": encode_value(gated)})


def _is_begun_declaration(text: str) -> bool:
    """Whether more text may tell what ``text`` is the beginning of."""
    return any(len(text) < len(each) and each.startswith(text) for each in _DECLARATIONS)


@lru_cache(maxsize=64)
def _raw_end(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE)


@lru_cache(maxsize=64)
def _dual_end(names: tuple[str, ...]) -> re.Pattern[str]:
    elements = "|".join(name for name in names if name != _CDATA)
    parts = [rf"</(?:{elements})(?=[\t\n\f\r />])"] if elements else []
    parts += [re.escape(_CDATA)] if _CDATA in names else []
    return re.compile("|".join(parts), re.IGNORECASE)
