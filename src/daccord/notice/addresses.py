"""The addresses that the notice sends a reader to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.declaration.addresses import OWN_PREFIX

if TYPE_CHECKING:
    from daccord.declaration.model import Language

CHOICE_PATH: Final = f"{OWN_PREFIX}choice"
POLICY_PATH: Final = f"{OWN_PREFIX}policy"
CONSENTS_PATH: Final = f"{OWN_PREFIX}consents"
RECEIPT_PATH: Final = f"{OWN_PREFIX}receipt"
FORGET_PATH: Final = f"{OWN_PREFIX}forget"
VERIFY_PATH: Final = f"{OWN_PREFIX}verify"
CHOICE_COOKIE: Final = "__Host-daccord"
"""On https; without the prefix on plain http, which is for trying out."""


def in_language(path: str, language: Language) -> Markup:
    """A page of ours in ``language``: no change of language on the way (DP-6)."""
    return Markup("{}?lang={}").format(path, language)


def policy_address(language: Language) -> Markup:
    """The policy page in ``language``."""
    return in_language(POLICY_PATH, language)
