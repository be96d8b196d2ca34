"""What is put into every page: the notice while something is asked, the strip always.

1. One form, one path: every button of it and of the placeholders posts it (law 4).
2. The first button in the form is *save*: pressing Enter in a group saves, never grants all.
3. Accept and refuse stand once on each layer, side by side, alike (CNIL-3, 4, 5; EDPB-A).
4. Nothing is chosen in advance (CNIL-10), and nothing but a button sends the form (CNIL-2).
5. A page on which nothing is asked has no script; withdrawal leaves one that clears storage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.consent.choice import Standing
from daccord.notice.actions import actions
from daccord.notice.addresses import CHOICE_PATH, policy_address
from daccord.notice.assets import CLEAR_JS, NOTICE_CSS, NOTICE_JS
from daccord.notice.clearing import clearing
from daccord.notice.customise import customise
from daccord.notice.first_layer import first_layer
from daccord.notice.situation import Ask, situation
from daccord.notice.strip import page_strip, saved

if TYPE_CHECKING:
    from daccord.consent.choice import Choice
    from daccord.declaration.model import Declaration, Language
    from daccord.notice.situation import Situation

_STYLE: Final = Markup(f"<style>{NOTICE_CSS}</style>")  # noqa: S704 - our own build
_NOTICE_SCRIPT: Final = Markup(f"<script>{NOTICE_JS}</script>")  # noqa: S704 - our own build
_CLEAR_SCRIPT: Final = Markup(f"<script>{CLEAR_JS}</script>")  # noqa: S704 - our own build

_ASKING: Final = Markup(
    "<div id=daccord class=d-ask data-state={state} role=dialog aria-labelledby=daccord-title"
    " tabindex=-1 lang={lang} dir={dir}>"
)
_ASKED: Final = Markup(
    "<section id=daccord data-state={state} aria-labelledby=daccord-title"
    " tabindex=-1 lang={lang} dir={dir}>"
)
_FORM: Final = Markup(
    "<form id=daccord-form method=post action={action} autocomplete=off>"
    "<input type=hidden name=shown value={shown}>"
    "<input type=hidden name=ask value={ask}>"
    "<input type=hidden name=lang value={lang}>"
    '<input type=hidden name=back value="'
)
_REST: Final = Markup(
    '">{first}<details><summary id=daccord-customise>{customise}</summary>'
    "<div id=daccord-choices>{choices}<p><a href={policy}>{detail}</a></div></details>{withdraw}"
    "{actions}</form>"
)
_STRIP: Final = Markup("<div id=daccord-title class=d-first>{saved}{strip}</div>")
_WITHDRAW: Final = Markup("<button id=daccord-withdraw name=do value=refuse>{}</button>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The inserted block without the reader's own address.

    The block is ``before_back`` + the page's path and query, escaped for an attribute in double
    quotes + ``after_back``. Both are Unicode text to be encoded with ``xmlcharrefreplace`` into
    the page's charset; style and scripts in them are ASCII.
    """

    before_back: str
    after_back: str


def render_notice(
    declaration: Declaration, choice: Choice, *, language: Language, gpc: bool
) -> Pieces:
    """Render what is put into a page, right after ``<body>``.

    ``choice`` must be within ``declaration``. The result depends on ``language``, ``gpc`` and
    ``choice.granted``, ``.refused`` and ``.withdrawn`` alone: cache it by these.
    """
    at = situation(declaration, choice, language=language, gpc=gpc)
    is_asking = at.ask is not Ask.NOTHING
    root = (_ASKING if is_asking else _ASKED).format(
        state=at.page_standing.value, lang=at.words.language, dir=at.words.direction
    )
    return Pieces(
        before_back=str(_STYLE + root + _form(at)),
        after_back=str(
            _rest(at)
            + clearing(at)
            + (Markup("</div>") if is_asking else Markup("</section>"))
            + (_NOTICE_SCRIPT if is_asking else Markup())
            + (_CLEAR_SCRIPT if at.choice.withdrawn else Markup())
        ),
    )


def _form(at: Situation) -> Markup:
    return _FORM.format(
        action=CHOICE_PATH,
        shown=at.declaration.questions_digest,
        ask=(Ask.NEW if at.ask is Ask.NEW else Ask.ALL).value,
        lang=at.language,
    )


def _rest(at: Situation) -> Markup:
    words = at.words
    return _REST.format(
        first=_strip(at) if at.ask is Ask.NOTHING else first_layer(at),
        customise=words("Customise"),
        choices=customise(at),
        policy=policy_address(at.language),
        detail=words("Everything in detail: privacy policy"),
        withdraw=_withdraw(at),
        actions=actions(words),
    )


def _strip(at: Situation) -> Markup:
    return _STRIP.format(saved=saved(at.words), strip=page_strip(at))


def _withdraw(at: Situation) -> Markup:
    is_granted = at.page_standing in {Standing.GRANTED, Standing.SPLIT}
    if at.ask is not Ask.NOTHING or not is_granted:
        return Markup()
    return _WITHDRAW.format(at.words("Withdraw"))
