"""The pages for a choice that could not be taken: what happened, what holds, the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.addresses import CONSENTS_PATH, in_language, policy_address
from daccord.notice.page import page
from daccord.notice.words import words_in

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration, Language
    from daccord.notice.words import Words

_BODY: Final = Markup(
    "<main class=d-error><p class=d-kicker>{site}</p><h1>{title}</h1><p>{what}</p>"
    '<p><a href="{back}">{return_}</a></p></main>'
)


def render_error(
    declaration: Declaration, status: int, *, language: Language, back: str = "/"
) -> str:
    """The page for ``status``. ``back`` is a path on this site, already made safe."""
    words = words_in(language)
    return _page(declaration, words, language, _texts(words, status), back)


def render_no_receipt(declaration: Declaration, *, language: Language) -> str:
    """The page for somebody who has no receipt to be had (404)."""
    words = words_in(language)
    said = (
        words("There is no receipt for you"),
        words("Nothing of yours is on record, or its place in the log is not signed yet."),
    )
    return _page(
        declaration,
        words,
        language,
        said,
        in_language(CONSENTS_PATH, language),
        to=words("My consents"),
    )


def render_out_of_reach(declaration: Declaration, *, language: Language) -> str:
    """The page for a ledger that cannot be read or written just now (503)."""
    words = words_in(language)
    said = (
        words("The records cannot be reached just now"),
        words("What you have accepted and refused holds as before. Please try again later."),
    )
    return _page(declaration, words, language, said, policy_address(language))


def _page(  # noqa: PLR0913 - a page depends on as much
    declaration: Declaration,
    words: Words,
    language: Language,
    said: tuple[Markup, Markup],
    back: str,
    *,
    to: Markup | None = None,
) -> str:
    title, what = said
    body = _BODY.format(
        site=declaration.site.name.in_language(language),
        title=title,
        what=what,
        back=back,
        return_=to or words("Back to the page"),
    )
    return page(words, title=title, body=body)


def _texts(words: Words, status: int) -> tuple[Markup, Markup]:
    nothing = " " + words("Nothing has changed.")
    match status:
        case 403:
            return (
                words("This choice did not come from this site"),
                words("It is taken from a page of this site alone, to protect you.") + nothing,
            )
        case 404:
            return words("There is nothing at this address"), words("The link may be old.")
        case 405:
            return (
                words("A choice is made with a button"),
                words("Following a link to this address does nothing.") + nothing,
            )
        case 413:
            return words("This form is too large"), words("It was not read.") + nothing
        case 503:
            return (
                words("Your consent could not be recorded"),
                words(
                    "Consent that cannot be proved does not hold, so nothing new is accepted."
                    " What you refuse is refused. Please try again later."
                ),
            )
        case _:
            return (
                words("This form could not be read"),
                words("It is not one that this site gave you.") + nothing,
            )
