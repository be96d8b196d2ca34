"""The frame of daccord's own pages: no script, nothing fetched, readable without its style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.assets import PAGE_CSS

if TYPE_CHECKING:
    from daccord.notice.words import Words

_PAGE: Final = Markup(
    "<!doctype html><html lang={lang} dir={dir}><head><meta charset=utf-8>"
    '<meta name=viewport content="width=device-width,initial-scale=1">'
    "<meta name=robots content=noindex><title>{title}</title><style>{style}</style></head>"
    "<body>{body}</body></html>"
)


def page(words: Words, *, title: str, body: Markup) -> str:
    """A whole page, to be encoded as UTF-8."""
    return str(
        _PAGE.format(
            lang=words.language,
            dir=words.direction,
            title=title,
            style=Markup(PAGE_CSS),  # noqa: S704 - our own build
            body=body,
        )
    )
