"""The frame of daccord's own pages: nothing fetched, readable without style or script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.assets import PAGE_CSS

if TYPE_CHECKING:
    from daccord.notice.words import Words

_PAGE: Final = Markup(
    "<!doctype html><html lang={lang} dir={dir}><head><meta charset=utf-8>{policy}"
    '<meta name=viewport content="width=device-width,initial-scale=1">'
    "<meta name=robots content=noindex><title>{title}</title><style>{style}</style></head>"
    "<body>{body}</body></html>"
)


_POLICY: Final = Markup('<meta http-equiv=Content-Security-Policy content="{}">')


def page(words: Words, *, title: str, body: Markup, policy: str = "") -> str:
    """A whole page, to be encoded as UTF-8.

    ``policy`` is for a page that is to keep its Content-Security-Policy when it is saved.
    """
    return str(
        _PAGE.format(
            lang=words.language,
            dir=words.direction,
            policy=_POLICY.format(policy) if policy else "",
            title=title,
            style=Markup(PAGE_CSS),  # noqa: S704 - our own build
            body=body,
        )
    )
