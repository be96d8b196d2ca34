"""All ways, in the order of the table in ``docs/concepts/limits.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.browser import (
    escapes_doors,
    escapes_fields,
    escapes_markup,
    escapes_navigation,
    escapes_scripts,
    escapes_workers,
)

if TYPE_CHECKING:
    from tests.browser.escapes import Escape

CHAPTERS: Final[dict[str, tuple[Escape, ...]]] = {
    "In the page": escapes_markup.WAYS,
    "In the fields of the response": escapes_fields.WAYS,
    "By a script": escapes_scripts.WAYS,
    "By a worker": escapes_workers.WAYS,
    "Through another document of the site": escapes_doors.WAYS,
    "By leading elsewhere": escapes_navigation.WAYS,
}
ESCAPES: Final = {way.name: way for ways in CHAPTERS.values() for way in ways}
