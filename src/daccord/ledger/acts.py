"""A record in two parts: the *act*, which many records share, and what is its own.

An act is a record's canonical JSON without ``id``, ``previous`` and ``time``: who accepts
everything on the same page of the same site does the same as thousands before. It is stored once,
and a row is left with 100 bytes. Both ways are cuts and joins of text, because a full verification
joins every record again: the grammar of a record (`daccord.consent.encoding`) has no other place
where the keys that are looked for here, comma and colon included, could stand.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

from daccord.errors import RecordRejected

if TYPE_CHECKING:
    from daccord.consent.choice import RecordId
    from daccord.ledger.tables import Row

_ID = ',"id":'
_PREVIOUS = ',"previous":'
_TIME = ',"time":'
_AFTER_ID = ',"language":'
_AFTER_PREVIOUS = ',"refused":'
_AFTER_TIME = ',"way":'


class Parts(NamedTuple):
    """A record in two: the text of its act, and what is its own."""

    act: str
    id: RecordId
    time_ms: int
    previous: RecordId | None


def split_record(text: str) -> Parts:
    """Take a record's canonical text (`daccord.consent.encoding`) apart; `join_act` undoes it."""
    id_at = text.index(_ID)
    id_end = text.index(_AFTER_ID, id_at)
    previous_at = text.index(_PREVIOUS, id_end)
    previous_end = text.index(_AFTER_PREVIOUS, previous_at)
    time_at = text.index(_TIME, previous_end)
    time_end = text.index(_AFTER_TIME, time_at)
    previous = text[previous_at + len(_PREVIOUS) : previous_end]
    return Parts(
        act=f"{text[:id_at]}{text[id_end:previous_at]}{text[previous_end:time_at]}{text[time_end:]}",
        id=cast("RecordId", text[id_at + len(_ID) + 1 : id_end - 1]),
        time_ms=int(text[time_at + len(_TIME) : time_end]),
        previous=None if previous == "null" else cast("RecordId", previous[1:-1]),
    )


def cut_act(record: str) -> str:
    """Give the act of a record's canonical text."""
    return split_record(record).act


def join_act(act: str, row: Row) -> bytes:
    """Give the bytes of the record that ``act`` and ``row`` make up.

    They are a record's canonical bytes if the parts are those of one; `decode_record` tells.
    Raises `RecordRejected` for parts that do not join at all.
    """
    before_id, before_previous, before_time, rest = _pieces(act)
    previous = "null" if row.previous is None else f'"{row.previous}"'
    text = (
        f'{before_id},"id":"{row.id}"{before_previous},"previous":{previous}'
        f'{before_time},"time":{row.time_ms}{rest}'
    )
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise RecordRejected("a row holds what a record has no room for") from None


@lru_cache(maxsize=4096)
def _pieces(act: str) -> tuple[str, str, str, str]:
    places = [act.find(key) for key in (_AFTER_ID, _AFTER_PREVIOUS, _AFTER_TIME)]
    if -1 in places or places != sorted(places):
        raise RecordRejected("an act that is not of any record")
    first, second, third = places
    return act[:first], act[first:second], act[second:third], act[third:]
