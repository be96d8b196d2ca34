"""How long something lasts, as a publisher writes it: ``6 months``, ``1 day``, ``session``."""

from __future__ import annotations

import re
from typing import Final

SESSION: Final = "session"

PATTERN: Final = r"^(session|[1-9][0-9]{0,3} (day|week|month|year)s?)$"

LONGEST_DAYS: Final = 36_525
"""100 years: longer than anything that is kept on purpose, so longer is a slip of the pen."""

_DURATION: Final = re.compile(
    r"(?P<count>[1-9][0-9]{0,3}) (?P<unit>day|week|month|year)s?", re.ASCII
)

# In sixteenths of a day, to stay with whole numbers: a month is 30.4375 days.
_SIXTEENTHS: Final = {"day": 16, "week": 112, "month": 487, "year": 5844}


def parse_days(text: str) -> int | None:
    """Give the whole days of ``text``, rounded down, 0 for ``session``; ``None`` if it is neither.

    A month is a twelfth of 365.25 days: 6 months are 182 days, 13 are 395, 25 are 760.
    """
    if text == SESSION:
        return 0
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    days = int(match["count"]) * _SIXTEENTHS[match["unit"]] // 16
    return days if days <= LONGEST_DAYS else None
