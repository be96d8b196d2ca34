"""A record in two parts: the *act*, which many records share, and what is its own.

An act is a record's canonical JSON without ``id``, ``previous`` and ``time``: who accepts
everything on the same page of the same site does the same as thousands before. It is stored once,
and a row is left with 100 bytes. Both ways are cuts and joins of text, because a full verification
joins every record again: the grammar of a record (`daccord.consent.encoding`) has no other place
where the keys that are looked for here, comma and colon included, could stand.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from daccord.errors import RecordRejected

if TYPE_CHECKING:
    from daccord.ledger.tables import Row

_AFTER_ID = ',"language":'
_AFTER_PREVIOUS = ',"refused":'
_AFTER_TIME = ',"way":'


def cut_act(record: str) -> str:
    """Give the act of a record's canonical text (`daccord.consent.encoding`)."""
    act, rest = _cut(record, ',"id":', _AFTER_ID)
    middle, rest = _cut(rest, ',"previous":', _AFTER_PREVIOUS)
    end, rest = _cut(rest, ',"time":', _AFTER_TIME)
    return act + middle + end + rest


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


def _cut(text: str, first: str, after: str) -> tuple[str, str]:
    """Give what stands before ``first``, and what stands from ``after`` on."""
    start = text.index(first)
    return text[:start], text[text.index(after, start) :]


@lru_cache(maxsize=4096)
def _pieces(act: str) -> tuple[str, str, str, str]:
    places = [act.find(key) for key in (_AFTER_ID, _AFTER_PREVIOUS, _AFTER_TIME)]
    if -1 in places or places != sorted(places):
        raise RecordRejected("an act that is not of any record")
    first, second, third = places
    return act[:first], act[first:second], act[second:third], act[third:]
