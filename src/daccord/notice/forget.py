"""The forms by which a record is looked up and forgotten.

Both post to one address. What is asked to be forgotten is either the record of the reader's own
cookie or that of a receipt, which is in the form again so that no page has to remember it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.addresses import FORGET_PATH

if TYPE_CHECKING:
    from daccord.notice.situation import Situation

_SECTION: Final = Markup(
    "<section id={id} tabindex=-1><h2>{title}</h2><p>{what}</p>{more}"
    "<form method=post action={action} autocomplete=off>"
    "<input type=hidden name=lang value={lang}>{fields}"
    "<p class=d-ways><button name=do value={do}>{button}</button></p></form></section>"
)
_FORM: Final = Markup(
    "<form method=post action={action} autocomplete=off>"
    "<input type=hidden name=lang value={lang}><input type=hidden name=sure value=yes>"
    "<p class=d-ways><button name=do value=forget>{button}</button></p></form>"
)
_SURE: Final = Markup(
    "<p><label class=d-sure><input type=checkbox name=sure value=yes required> <span>{}</span>"
    "</label></p>"
)
_AGAIN: Final = Markup("<textarea name=receipt hidden>{}</textarea>")
_RECEIPT: Final = Markup(
    '<p class=d-file hidden><label for=file>{file}</label> <input id=file type=file accept=".txt">'
    "</p><p><label for=text>{text}</label><textarea id=text name=receipt rows=6 required"
    ' spellcheck=false autocapitalize=off placeholder="daccord-receipt 1&#10;…">'
    "{receipt}</textarea></p>"
)


def forget_section(at: Situation, *, receipt: str = "") -> Markup:
    """What happens when a record is forgotten, and the form for it."""
    words = at.words
    happens = (
        words("This record and those before it on the same device are erased, with their salts."),
        words("The log keeps a hash in their place, which then says nothing about anybody."),
        words(
            "A consent holds only while it can be proved: what you accepted by it is refused from"
            " then on, and the cookies that came with it are removed."
        ),
        words("It cannot be undone. You may accept anew at any time."),
    )
    return _SECTION.format(
        id="forget",
        title=words("Have it forgotten"),
        what=words("You may have this record erased for good. This is what happens then:"),
        more=Markup("<ul>{}</ul>").format(
            Markup().join(Markup("<li>{}").format(each) for each in happens)
        ),
        action=FORGET_PATH,
        lang=at.language,
        fields=(_AGAIN.format(receipt) if receipt else Markup())
        + _SURE.format(words("I have kept my receipt, or do not need it.")),
        do="forget",
        button=words("Forget this consent"),
    )


def look_up_section(at: Situation, *, receipt: str = "") -> Markup:
    """The form for a receipt: is its record still kept? From there it can be forgotten."""
    words = at.words
    return _SECTION.format(
        id="receipt",
        title=words("With a receipt"),
        what=words(
            "For a consent that you gave here, on this device or another: see whether its record is"
            " still kept, and have it forgotten if you wish. The receipt goes to this site alone,"
            " and is not stored."
        ),
        more=Markup(),
        action=FORGET_PATH,
        lang=at.language,
        fields=_RECEIPT.format(
            file=words("Choose the file"), text=words("The receipt, whole"), receipt=receipt
        ),
        do="look",
        button=words("Look it up"),
    )


def lost_form(at: Situation) -> Markup:
    """The button that ends a consent whose record is gone already: there is nothing to keep."""
    return _FORM.format(action=FORGET_PATH, lang=at.language, button=at.words("End this consent"))
