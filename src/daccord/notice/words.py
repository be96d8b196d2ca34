"""The notice's texts in one language, as HTML.

1. A message is its English text. Translations live in ``texts/LANGUAGE.po`` and are compiled into
   `daccord.notice.catalogues` by ``tools/compile_texts.py``, so that nothing is read at run time.
2. A message is HTML without tags or references: what is put into it is escaped, it is not.
3. A language without a catalogue is spoken to in English, and marked so (LANG-2).
"""

from __future__ import annotations

from functools import cache
from gettext import c2py
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.declaration.model import Language
from daccord.notice.catalogues import CATALOGUES

if TYPE_CHECKING:
    from collections.abc import Callable

    from daccord.notice.catalogue import Catalogue

FALLBACK: Final = Language("en")

_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})


class Words:
    """The texts of one language. Call it with an English message, get the message as HTML."""

    def __init__(self, language: Language) -> None:
        base = Language(language.partition("-")[0].lower())
        self.language = base if base in CATALOGUES else FALLBACK
        self.direction = "rtl" if self.language in _RIGHT_TO_LEFT else "ltr"
        self._catalogue: Catalogue = CATALOGUES[self.language]
        self._plural: Callable[[int], int] = c2py(self._catalogue.plural)

    def __call__(self, message: str, **values: object) -> Markup:
        """Give ``message`` in this language, its ``{names}`` filled in and escaped."""
        return Markup(self._catalogue.messages[message][0]).format(**values)  # noqa: S704 - rule 2

    def count(self, one: str, many: str, number: int) -> Markup:
        """Give ``one`` or ``many``, as this language counts, with ``{number}`` filled in."""
        forms = self._catalogue.messages[one if one == many else f"{one}\0{many}"]
        return Markup(forms[self._plural(number)]).format(number=number)  # noqa: S704 - rule 2


@cache
def words_in(language: Language) -> Words:
    """The texts of ``language``, made once."""
    return Words(language)
