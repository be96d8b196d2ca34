"""The pages for a choice that could not be taken: what happened, what holds, the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

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
    title, what = _texts(words, status)
    body = _BODY.format(
        site=declaration.site.name.in_language(language),
        title=title,
        what=what,
        back=back,
        return_=words("Back to the page"),
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
