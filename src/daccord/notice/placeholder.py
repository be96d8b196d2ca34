"""What stands where a refused embed would be (P4, P5).

Phrasing content only, so that it may stand wherever the embed stood, a paragraph included; and no
form of its own, so that it may stand inside one: its button belongs to the notice's form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.strip import refused_strip
from daccord.notice.terms import country_name, data_names
from daccord.notice.words import words_in

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration, Language, Service
    from daccord.notice.words import Words

MAXIMUM_SIDE: Final = 4_096
"""A larger width or height is not a place to hold: it would push the page away."""

_BOX: Final = Markup(
    '<span class=daccord-box role=group aria-label="{label}" lang={lang} dir={dir}>'
    "{spacer}<span>{inside}</span></span>"
)
_SPACER: Final = Markup("<svg width={} height={} aria-hidden=true></svg>")
_GRANT: Final = Markup(
    "<button form=daccord-form name=do value=grant.{service}>{label}</button> "
    "<a href=#daccord-choices>{customise}</a>"
)


def render_placeholder(
    declaration: Declaration,
    service: Service,
    *,
    language: Language,
    width: int | None = None,
    height: int | None = None,
) -> str:
    """Say what is refused here and who would receive what, with one button for just that.

    ``width`` and ``height`` are the embed's own, in CSS pixels, where it says them in its tag:
    the place is then held.
    """
    words = words_in(language)
    title = service.title.in_language(language)
    inside = Markup("<b>{}</b> {} <span>{}</span> <span>{}</span>").format(
        title,
        refused_strip(words),
        _facts(declaration, service, words),
        _GRANT.format(
            service=service.id,
            label=words("Accept and show “{title}”", title=title),
            customise=words("Customise"),
        ),
    )
    return _box(words, label=title, inside=inside, width=width, height=height)


def render_blocked(
    host: str, *, language: Language, width: int | None = None, height: int | None = None
) -> str:
    """Say that something from ``host`` is blocked because the site does not declare it."""
    words = words_in(language)
    label = words("Blocked: {host}", host=host)
    inside = Markup("<b>{}</b> <span>{}</span>").format(
        label, words("This site does not declare it, so it cannot ask you for it.")
    )
    return _box(words, label=label, inside=inside, width=width, height=height)


def _facts(declaration: Declaration, service: Service, words: Words) -> Markup:
    recipient = service.recipient
    purposes = [declaration.purpose_by_id[purpose] for purpose in service.purposes]
    data = service.data or tuple(kind for purpose in purposes for kind in purpose.data)
    return words(
        "{recipient} ({country}) would receive: {data}.",
        recipient=Markup('<a href="{}" rel=external>{}</a>').format(
            recipient.policy_url, recipient.name
        ),
        country=country_name(words, recipient.country),
        data=data_names(words, data),
    )


def _box(words: Words, *, label: str, inside: Markup, width: int | None, height: int | None) -> str:
    held = width is not None and height is not None and max(width, height) <= MAXIMUM_SIDE
    return str(
        _BOX.format(
            label=label,
            lang=words.language,
            dir=words.direction,
            spacer=_SPACER.format(width, height) if held else "",
            inside=inside,
        )
    )
