"""Forgetting what is older than the publisher keeps it (REC-4, GDPR article 5(1)(e)).

The leaves stay: what was proved of the log, and of every other record, is provable still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daccord.consent.choice import RecordId
    from daccord.ledger.tables import LogTables

BATCH: Final = 500
"""Limit: each batch holds the store's write lock, and a reader may be waiting for it."""

DAILY_MIN: Final = 10_000
DAILY_SHARE: Final = 20
"""Limits of a day without a person: a twentieth of the log, or `DAILY_MIN` where that is more.

A log of five years loses one part in 1,800 a day. A clock that jumps ahead would have all of it
forgotten, and nothing brings that back.
"""


def daily_limit(size: int) -> int:
    """Give how many records of a log of ``size`` entries may go on one day by themselves."""
    return max(DAILY_MIN, size // DAILY_SHARE)


def forget_older(
    tables: LogTables,
    forget: Callable[[Sequence[RecordId]], int],
    *,
    before_ms: int,
    limit: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Forget every record in the tree from before ``before_ms``; give how many there were.

    ``before_ms`` is milliseconds since 1970 UTC, exclusive; with a ``limit`` the oldest so many
    go, and the rest stays. ``forget`` is `Store.forget`;
    ``progress`` is told the number so far after each batch. Raises `LedgerError`; what was
    forgotten until then stays forgotten, and another call does the rest.
    """
    count = 0
    while ids := tables.older_than(before_ms, _room(count, limit)):
        forgotten = forget(ids)
        count += forgotten
        if progress is not None:
            progress(count)
        if forgotten == 0:  # another process was faster with these, or they cannot be: no ring
            break
    return count


def _room(count: int, limit: int | None) -> int:
    return BATCH if limit is None else min(BATCH, limit - count)
