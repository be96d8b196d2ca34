"""One language's texts, as they are compiled from its ``.po`` file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The messages of one language.

    ``messages`` maps the English text (``one NUL many`` where it counts) to its forms.
    ``plural`` is the C expression of the language's ``Plural-Forms``. ``review`` says whether a
    person with the law of that language in mind has read it (LANG-3): ``reviewed`` or ``draft``.
    """

    messages: Mapping[str, tuple[str, ...]]
    plural: str
    review: str
