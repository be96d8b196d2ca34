"""“My consents”: what is recorded of a reader's consent, and the ways to take it along and away.

1. It says what is true of this reader now: recorded, recorded but not signed yet, gone from the
   ledger, or nothing at all. Nothing at all is the common case, and a plain one (law 6).
2. Everything works without a script; a script reads a receipt's file into the form.
3. To be forgotten takes two deliberate acts, and what they do is said beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.addresses import CONSENTS_PATH, RECEIPT_PATH, VERIFY_PATH, in_language
from daccord.notice.assets import RECEIPT_JS
from daccord.notice.consent_record import place_facts, record_facts
from daccord.notice.forget import forget_section, look_up_section, lost_form
from daccord.notice.frame import frame
from daccord.notice.kept import Kept, Missing
from daccord.notice.situation import situation
from daccord.notice.terms import duration_name

if TYPE_CHECKING:
    from daccord.consent.choice import Choice
    from daccord.declaration.model import Declaration, Language
    from daccord.notice.situation import Situation

_SECTION: Final = Markup("<section><h2>{}</h2>{}</section>")
_P: Final = Markup("<p>{}</p>")
_DONE: Final = Markup("<p id=done class=d-done role=status tabindex=-1>{}</p>")
_WAYS: Final = Markup(
    '<p class=d-ways><a class=d-button href="{receipt}" download>{download}</a>'
    '<a class="d-button d-plain" href="{verify}">{check}</a></p>'
)


def render_consents_page(  # noqa: PLR0913 - a page depends on as much
    declaration: Declaration,
    choice: Choice,
    kept: Kept | None,
    *,
    language: Language,
    gpc: bool,
    is_done: bool,
) -> str:
    """The page of the reader whose cookie holds ``choice``, within ``declaration``; for UTF-8.

    ``kept`` is the record that the cookie names, if the ledger has it; ``is_done`` says that
    something was just forgotten.
    """
    at = situation(declaration, choice, language=language, gpc=gpc)
    parts = [_DONE.format(at.words("Forgotten: the record and its salt are erased."))]
    parts = parts if is_done else []
    if choice.record is None:
        parts.append(_nothing(at))
    elif kept is None:
        parts.append(_lost(at))
    else:
        parts += [_recorded(at, kept), _place(at, kept), forget_section(at)]
    parts.append(look_up_section(at))
    return _render(at, at.words("My consents"), Markup().join(parts))


def render_looked_up(  # noqa: PLR0913 - a page depends on as much
    declaration: Declaration,
    choice: Choice,
    found: Kept | Missing,
    *,
    receipt: str,
    language: Language,
    gpc: bool,
) -> str:
    """The page that says what became of a receipt, ``receipt`` as the reader gave it."""
    at = situation(declaration, choice, language=language, gpc=gpc)
    if isinstance(found, Kept):
        parts = (_recorded(at, found), _place(at, found), forget_section(at, receipt=receipt))
    else:
        parts = (_missing(at, found), look_up_section(at, receipt=receipt), Markup())
    return _render(at, at.words("A receipt, looked up"), Markup().join(parts))


def _render(at: Situation, title: Markup, sections: Markup) -> str:
    words = at.words
    return frame(
        at,
        title=title,
        lead=words(
            "What this site has on record of your consent, what proves it, and how to have it"
            " forgotten."
        ),
        sections=sections,
        script=RECEIPT_JS,
    )


def _nothing(at: Situation) -> Markup:
    words = at.words
    return _SECTION.format(
        words("Nothing is on record about you"),
        _P.format(
            words(
                "Nothing that needs your consent is accepted on this device. So the ledger has no"
                " record of you, and your choice holds nothing that tells you from anybody else: a"
                " refusal is counted, never recorded."
            )
        )
        + _P.format(
            words(
                "If you accepted something before and withdrew it, its record is kept for"
                " {duration}, unless you had it forgotten. Nothing here leads from you to it any"
                " more; only its receipt does.",
                duration=duration_name(words, at.declaration.site.record_days),
            )
        ),
    )


def _lost(at: Situation) -> Markup:
    words = at.words
    return _SECTION.format(
        words("The record of your consent is gone"),
        _P.format(
            words(
                "This browser still holds a consent whose record is no longer in the ledger: it was"
                " forgotten by its receipt, or its time was over. What cannot be proved should not"
                " go on. End it here; you may choose anew at any time."
            )
        )
        + lost_form(at),
    )


def _recorded(at: Situation, kept: Kept) -> Markup:
    return _SECTION.format(at.words("What is recorded"), record_facts(at, kept))


def _place(at: Situation, kept: Kept) -> Markup:
    words = at.words
    if kept.place is None:
        said = words(
            "The record is safe, but no signed checkpoint of the log covers it, so there is no"
            " receipt to be had yet."
        )
        return _SECTION.format(words("In the log"), _P.format(said))
    ways = _WAYS.format(
        receipt=in_language(RECEIPT_PATH, at.language),
        download=words("Download the receipt"),
        verify=in_language(VERIFY_PATH, at.language),
        check=words("Check a receipt"),
    )
    what = _P.format(
        words(
            "The receipt is one small file. It proves this consent to anybody you show it to,"
            " without this site and without a network; and with it you can have the record"
            " forgotten from any device."
        )
    )
    # The receipt that was looked up is in the reader's hands already.
    own = kept.record.id == at.choice.record
    return _SECTION.format(
        words("In the log"), place_facts(at, kept.place) + (ways + what if own else Markup())
    )


def _missing(at: Situation, why: Missing) -> Markup:
    words = at.words
    match why:
        case Missing.FORGOTTEN:
            title = words("Forgotten")
            what = words(
                "This receipt is genuine, and its record is no longer in the ledger. The log keeps"
                " a hash in its place, which says nothing without your receipt."
            )
        case Missing.CONTRADICTED:
            title = words("Not in the log")
            what = words(
                "A key of this log has signed this receipt, and the log does not hold what it"
                " proves. This site has lost a part of its log, or rewritten it. Keep the receipt:"
                " it shows that."
            )
        case Missing.FOREIGN:
            title = words("Not a receipt of this log")
            what = words(
                "It can be read, but this log has not signed it, or something in it was changed."
            )
        case Missing.UNREADABLE:
            title = words("Not a receipt")
            what = words(
                "This is not a whole receipt. Paste all of the file, from its first line to its"
                " last."
            )
    link = Markup('<p><a href="{}">{}</a></p>').format(
        in_language(VERIFY_PATH, at.language), words("Check it step by step")
    )
    back = Markup('<p><a href="{}">{}</a></p>').format(
        in_language(CONSENTS_PATH, at.language), words("My consents")
    )
    return _SECTION.format(title, _P.format(what) + link + back)
