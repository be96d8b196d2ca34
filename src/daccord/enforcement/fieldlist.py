"""Header fields that are lists: parted at the commas that part them, every byte kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MEMBER: Final = re.compile(rb'(?:<[^>]*>|"(?:[^"\\]|\\.)*"|[^,<"])+(?:[<"].*)?|[<"].*', re.DOTALL)
"""One member. An angle bracket or a quote that is not closed takes all that is left with it."""


def keep_members(field: bytes, keeps: Callable[[bytes], bool]) -> bytes:
    """Give ``field`` with the members that ``keeps``: the same bytes if that is all of them."""
    members = [found[0] for found in _MEMBER.finditer(field)]
    kept = [member for member in members if keeps(member)]
    return field if len(kept) == len(members) else b",".join(kept).strip()
