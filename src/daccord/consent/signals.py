"""Signals that a browser sends on the reader's behalf. They refuse; they never grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_gpc(fields: Iterable[bytes]) -> bool:
    """Whether the values of the ``Sec-GPC`` fields of a request say "do not sell or share".

    Only the exact value ``1`` does; of several fields one is enough (GPC-1).
    """
    return any(field == b"1" for field in fields)
