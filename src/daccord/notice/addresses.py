"""The addresses that the notice sends a reader to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from daccord.declaration.model import Language

CHOICE_PATH: Final = "/_daccord/choice"
POLICY_PATH: Final = "/_daccord/policy"
CHOICE_COOKIE: Final = "__Host-daccord"
"""On https; without the prefix on plain http, which is for trying out."""


def policy_address(language: Language) -> Markup:
    """The policy page in ``language``: no change of language on the way (DP-6)."""
    return Markup("{}?lang={}").format(POLICY_PATH, language)
