"""The strip: green, red or split, by colour, word and shape (P7).

Shape and colour come from the class alone, so that with CSS off the word remains. *Not asked* is
enforced as refused; it looks refused, and says that this is the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from markupsafe import Markup

from daccord.consent.choice import Standing

if TYPE_CHECKING:
    from daccord.notice.words import Words

_CLASSES: Final = {
    Standing.GRANTED: "d-yes",
    Standing.REFUSED: "d-no",
    Standing.SPLIT: "d-some",
    Standing.NOT_ASKED: "d-no",
}


def strip(words: Words, standing: Standing, *, by_signal: bool = False) -> Markup:
    """The strip of one purpose or service."""
    return Markup("<b class={}>{}</b>").format(
        _CLASSES[standing], _word(words, standing, by_signal=by_signal)
    )


def page_strip(words: Words, standing: Standing, *, by_signal: bool = False) -> Markup:
    """The strip of the page as a whole, with its stable id."""
    return Markup("<b id=daccord-strip class={}>{}</b>").format(
        _CLASSES[standing], _page_word(words, standing, by_signal=by_signal)
    )


def status(words: Words) -> Markup:
    """Where "choice saved" is said (A11Y-13): hidden until the page is the target of a choice."""
    return Markup("<span id=daccord-status role=status><i class=d-ok>{} </i></span>").format(
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
