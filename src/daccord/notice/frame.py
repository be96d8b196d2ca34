"""What “my consents” and the page that checks receipts have around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.addresses import CONSENTS_PATH, VERIFY_PATH, in_language, policy_address
from daccord.notice.page import page
from daccord.notice.strip import page_strip

if TYPE_CHECKING:
    from daccord.notice.situation import Situation

_BODY: Final = Markup(
    "<header><p class=d-kicker><a href=/>{site}</a></p><h1>{title}</h1><p class=d-lead>{lead}</p>"
    '</header><main>{sections}</main><footer><nav aria-label="{label}"><p>{links}</p></nav>'
    '<p id=daccord-pill><a href="{policy}#daccord">{strip}</a></p></footer>'
    "<script>{script}</script>"
)
_LINK: Final = Markup('<a href="{}">{}</a>')


def frame(at: Situation, *, title: Markup, lead: Markup, sections: Markup, script: str) -> str:
    """A whole page of ours, to be encoded as UTF-8, with the control that every page has (P8).

    ``script`` is our own build.
    """
    words = at.words
    site = at.text(at.declaration.site.name)
    policy = policy_address(at.language)
    links = (
        (in_language(CONSENTS_PATH, at.language), words("My consents")),
        (in_language(VERIFY_PATH, at.language), words("Check a receipt")),
        (policy, words("Privacy policy")),
    )
    body = _BODY.format(
        site=site,
        title=title,
        lead=lead,
        sections=sections,
        label=words("Pages"),
        links=Markup(" · ").join(_LINK.format(*link) for link in links),
        policy=policy,
        strip=page_strip(at, has_id=False),
        script=Markup(script),  # noqa: S704 - our own build
    )
    return page(words, title=f"{title} · {site}", body=body)
