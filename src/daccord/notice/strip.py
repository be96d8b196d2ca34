"""The strip: green, red or split, by colour, word and shape (P7).

1. Shape and colour come from the class alone, so that with CSS off the word remains.
2. *Not asked* is enforced as refused; it looks refused, and says that this is the default.
3. What needs no consent is never called accepted: nobody accepted it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from markupsafe import Markup

from daccord.consent.choice import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daccord.declaration.model import Question
    from daccord.notice.situation import Situation
    from daccord.notice.words import Words

_STRIP: Final = Markup("<b class={}>{}</b>")
_PAGE_STRIP: Final = Markup("<b id=daccord-strip class={}>{}</b>")
_CLASSES: Final = {
    Standing.GRANTED: "d-yes",
    Standing.REFUSED: "d-no",
    Standing.SPLIT: "d-some",
    Standing.NOT_ASKED: "d-no",
}


def strip_of(at: Situation, questions: Sequence[Question]) -> Markup:
    """The strip of a purpose or service that ``questions`` are about."""
    standing = at.standing(questions)
    if standing is Standing.GRANTED and all(question.exempt for question in questions):
        return _STRIP.format(_CLASSES[standing], at.words("on"))
    by_signal = at.by_signal(questions)
    return _STRIP.format(_CLASSES[standing], _word(at.words, standing, by_signal=by_signal))


def always_on_strip(words: Words) -> Markup:
    """The strip of a purpose about which there is no question."""
    return _STRIP.format(_CLASSES[Standing.GRANTED], words("always on"))


def refused_strip(words: Words) -> Markup:
    """The strip of something that does not load, for whatever reason."""
    return _STRIP.format(_CLASSES[Standing.REFUSED], words("refused"))


def page_strip(at: Situation, *, has_id: bool = True) -> Markup:
    """The strip of the page as a whole; ``has_id`` unless it is on the page twice."""
    standing = at.page_standing
    word = _page_word(at.words, standing, by_signal=at.by_signal(at.declaration.questions))
    return (_PAGE_STRIP if has_id else _STRIP).format(_CLASSES[standing], word)


def saved(words: Words) -> Markup:
    """Where "choice saved" is said (A11Y-13): hidden until the page is the target of a choice."""
    return Markup("<span id=daccord-status role=status><i class=d-ok hidden>{} </i></span>").format(
        words("Choice saved.")
    )


def _word(words: Words, standing: Standing, *, by_signal: bool) -> Markup:
    match standing:
        case Standing.GRANTED:
            return words("accepted")
        case Standing.SPLIT:
            return words("partly accepted")
        case Standing.REFUSED if by_signal:
            return words("refused by your browser’s signal")
        case Standing.REFUSED:
            return words("refused")
        case Standing.NOT_ASKED:
            return _by_default(words, words("refused"))
    assert_never(standing)


def _page_word(words: Words, standing: Standing, *, by_signal: bool) -> Markup:
    match standing:
        case Standing.GRANTED:
            return words("Cookies: accepted")
        case Standing.SPLIT:
            return words("Cookies: partly accepted")
        case Standing.REFUSED if by_signal:
            return words("Cookies: refused by your browser’s signal")
        case Standing.REFUSED:
            return words("Cookies: refused")
        case Standing.NOT_ASKED:
            return _by_default(words, words("Cookies: refused"))
    assert_never(standing)


def _by_default(words: Words, refused: Markup) -> Markup:
    # The client takes the <i> out when the reader refuses: what is left is the word for refused.
    mark = Markup("<i> {}</i>").format(words("by default"))
    return words("{refused}{by_default}", refused=refused, by_default=mark)
