"""The privacy policy, from the declaration and nothing else (P10, GDPR-3, CNIL-8, 27)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.actions import actions
from daccord.notice.addresses import CHOICE_PATH
from daccord.notice.customise import customise
from daccord.notice.page import page
from daccord.notice.policy_purposes import purposes_section
from daccord.notice.policy_recipients import recipients_section
from daccord.notice.policy_records import consents_link, records_section
from daccord.notice.policy_rights import (
    controller_section,
    own_cookie_section,
    rights_section,
    signal_section,
)
from daccord.notice.situation import situation
from daccord.notice.strip import page_strip, saved
from daccord.notice.terms import duration_name

if TYPE_CHECKING:
    from daccord.consent.choice import Choice
    from daccord.declaration.model import Declaration, Language
    from daccord.notice.situation import Situation

_BODY: Final = Markup(
    "<header><p class=d-kicker><a href=/>{site}</a></p><h1>{title}</h1><p class=d-lead>{lead}</p>"
    "</header><main>{choice}{sections}</main><footer><p>{version}</p>"
    '<p>{consents} · <a href="{back}">{return_}</a></p>'
    "<p id=daccord-pill><a href=#daccord>{strip}</a></p></footer>"
)
_CHOICE: Final = Markup(
    "<section id=daccord tabindex=-1 aria-labelledby=daccord-title data-state={state}>"
    "<h2 id=daccord-title>{title}</h2><p class=d-state>{saved}{strip}</p>"
    "<p>{how}</p><p>{record}</p>"
    "<form id=daccord-form method=post action={action} autocomplete=off>"
    "<input type=hidden name=shown value={shown}><input type=hidden name=lang value={lang}>"
    '<input type=hidden name=back value="{address}">'
    "<div id=daccord-choices>{choices}</div>{actions}</form></section>"
)


def render_policy_page(  # noqa: PLR0913 - a page depends on as much
    declaration: Declaration,
    choice: Choice,
    *,
    language: Language,
    gpc: bool,
    address: str,
    back: str = "/",
) -> str:
    """The whole page, for UTF-8.

    ``address`` is the page's own path and query, where the reader returns after choosing here;
    ``back`` is where they came from, a path on this site, already made safe.
    """
    at = situation(declaration, choice, language=language, gpc=gpc)
    words = at.words
    title = words("Privacy policy")
    body = _BODY.format(
        site=at.text(declaration.site.name),
        title=title,
        lead=words(
            "What this site keeps and reads on your device, for whom, why, and for how long."
            " This page and what your browser is allowed to load come from one declaration."
        ),
        choice=_choice(at, address),
        sections=Markup().join(
            section(at)
            for section in (
                purposes_section,
                recipients_section,
                own_cookie_section,
                records_section,
                signal_section,
                controller_section,
                rights_section,
            )
        ),
        version=words("Version of this policy: {version}", version=declaration.version[:16]),
        consents=consents_link(at),
        back=back,
        return_=words("Back to the page"),
        # A link to the choice, in the place where every other page has its control (A11Y-12).
        strip=page_strip(at, has_id=False),
    )
    return page(words, title=f"{title} · {at.text(declaration.site.name)}", body=body)


def _choice(at: Situation, address: str) -> Markup:
    words = at.words
    declaration = at.declaration
    return _CHOICE.format(
        state=at.page_standing.value,
        title=words("Your choice"),
        saved=saved(words),
        strip=page_strip(at),
        how=words(
            "Change or withdraw it here, or with “Cookies” at the bottom left of every page."
            " It takes effect at once and holds for {duration}.",
            duration=duration_name(words, declaration.site.choice_days),
        ),
        record=words("What is on record of it: {consents}.", consents=consents_link(at)),
        action=CHOICE_PATH,
        shown=declaration.questions_digest,
        lang=at.language,
        address=address,
        choices=customise(at),
        actions=actions(words),
    )
