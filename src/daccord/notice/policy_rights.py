"""The policy's parts that are not about services: who answers, what the reader may demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.addresses import CHOICE_COOKIE
from daccord.notice.terms import duration_name

if TYPE_CHECKING:
    from daccord.notice.situation import Situation

_SECTION: Final = Markup("<section><h2>{}</h2>{}</section>")
_FACT: Final = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
_MAIL: Final = Markup('<a href="mailto:{0}">{0}</a>')


def controller_section(at: Situation) -> Markup:
    """Who decides, and how to reach them (GDPR-3)."""
    words = at.words
    controller = at.declaration.controller
    facts = [
        (words("Controller"), Markup.escape(controller.name)),
        (words("Address"), Markup.escape(controller.address)),
        (words("Contact"), _MAIL.format(controller.email)),
    ]
    if controller.privacy_officer:
        facts.append((words("Data protection officer"), Markup.escape(controller.privacy_officer)))
    facts.append(
        (
            words("Supervisory authority"),
            Markup('<a href="{}" rel=external>{}</a>').format(
                controller.authority_url, controller.authority_name
            ),
        )
    )
    return _SECTION.format(
        words("Who answers for this"),
        Markup("<dl>{}</dl>").format(Markup().join(_FACT.format(*fact) for fact in facts)),
    )


def rights_section(at: Situation) -> Markup:
    """What the reader may demand, and of whom."""
    words = at.words
    rights = (
        words("to see the data about you, and to have a copy"),
        words("to have them corrected or erased"),
        words("to have their use limited, and to object to it"),
        words("to receive those you gave, in a form that can be read by machine"),
        words("to withdraw your consent at any time, as easily as you gave it"),
        words("to decide what becomes of them after your death"),
    )
    controller = at.declaration.controller
    return _SECTION.format(
        words("Your rights"),
        Markup("<p>{}</p><ul>{}</ul><p>{}</p>").format(
            words("You have the right:"),
            Markup().join(Markup("<li>{}").format(right) for right in rights),
            words(
                "Write to {contact}. If the answer does not satisfy you, you may complain to"
                " {authority}.",
                contact=_MAIL.format(controller.email),
                authority=Markup('<a href="{}" rel=external>{}</a>').format(
                    controller.authority_url, controller.authority_name
                ),
            ),
        ),
    )


def own_cookie_section(at: Situation) -> Markup:
    """Daccord's own cookie: the one thing it keeps on the device (law 12)."""
    words = at.words
    return _SECTION.format(
        words("How your choice is remembered"),
        Markup("<p>{}</p>").format(
            words(
                "One cookie of this site, {name}, keeps your answers for {duration}. It is set"
                " when you choose, not before. A refusal holds nothing that tells you from anybody"
                " else; a consent holds the number of its record, so that it can be proved and"
                " withdrawn.",
                name=Markup("<code>{}</code>").format(CHOICE_COOKIE),
                duration=duration_name(words, at.declaration.site.choice_days),
            )
        ),
    )


def signal_section(at: Situation) -> Markup:
    """How the browser's own signal is treated (GPC-4)."""
    if not at.declaration.site.honour_gpc:
        return Markup()
    words = at.words
    return _SECTION.format(
        words("Your browser’s signal"),
        Markup("<p>{}</p>").format(
            words(
                "If your browser sends Global Privacy Control, everything that needs consent is"
                " refused and you are not asked. What you accept yourself on this site, you accept:"
                " your own choice goes before the signal."
            )
        ),
    )
