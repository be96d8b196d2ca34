"""The three buttons that end a choice.

*Save* is first in the form, so that Enter in a group saves. Accept and refuse stand in a group of
their own, which never breaks: side by side and alike on every width (CNIL-3, 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from daccord.notice.words import Words

_ACTIONS: Final = Markup(
    "<div class=d-do><button id=daccord-save name=do value=save>{save}</button>"
    "<div><button id=daccord-refuse name=do value=refuse>{refuse}</button>"
    "<button id=daccord-accept name=do value=accept>{accept}</button></div></div>"
)


def actions(words: Words) -> Markup:
    """Save, refuse all, accept all."""
    return _ACTIONS.format(
        save=words("Save my choices"), refuse=words("Refuse all"), accept=words("Accept all")
    )
