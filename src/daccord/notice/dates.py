"""Moments as people read them, in their language and in universal time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from daccord.notice.words import Words

_TIME: Final = Markup("<time datetime={}>{}</time>")


def time_name(words: Words, time_ms: int) -> Markup:
    """Name a moment, milliseconds since 1970 UTC, to the minute.

    Universal time, and said so: without a script nobody knows the reader's own.
    """
    at = datetime.fromtimestamp(time_ms // 1000, UTC)
    said = words(
        "{day} {month} {year} at {hour}:{minute} UTC",
        day=words("1") if at.day == 1 else at.day,
        month=_months(words)[at.month - 1],
        year=at.year,
        hour=at.hour,
        minute=f"{at.minute:02}",
    )
    return _TIME.format(f"{at:%Y-%m-%dT%H:%M:%SZ}", said)


def _months(words: Words) -> tuple[Markup, ...]:
    return (
        words("January"),
        words("February"),
        words("March"),
        words("April"),
        words("May"),
        words("June"),
        words("July"),
        words("August"),
        words("September"),
        words("October"),
        words("November"),
        words("December"),
    )
