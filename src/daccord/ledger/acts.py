"""A record in two parts: the *act*, which many records share, and what is its own.

An act is a record's canonical JSON without ``id``, ``previous`` and ``time``: who accepts
everything on the same page of the same site does the same as thousands before. It is stored once,
and a row is left with 100 bytes. Both ways are cuts and joins of text, because a full verification
joins every record again: the grammar of a record (`daccord.consent.encoding`) has no other place
where the keys that are looked for here, comma and colon included, could stand.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from daccord.consent.encoding import encode_record_text
from daccord.errors import RecordRejected

if TYPE_CHECKING:
    from daccord.consent.choice import RecordId
    from daccord.consent.record import ConsentRecord
    from daccord.ledger.tables import Row

_ID = ',"id":'
_PREVIOUS = ',"previous":'
_TIME = ',"time":'
_AFTER_ID = ',"language":'
_AFTER_PREVIOUS = ',"refused":'
_AFTER_TIME = ',"way":'

KNOWN_ACTS_MAX: Final = 1_024
"""Limit: acts kept in mind, at most 4 kB each. A site has some dozens."""
_KNOWN_BYTES_MAX = 4_096
_TIME_MAX = 10**15
_OWN_ID = re.compile("[A-Za-z0-9_-]{21}[AQgw]")  # as in daccord.consent.encoding
_known_acts: dict[tuple[object, ...], str] = {}


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


def parts_of(record: ConsentRecord) -> Parts:
    """Give what `encode_record_text` and `split_record` give, in a quarter of the time.

    Raises what `encode_record` raises, `RecordRejected`, and for the same values: an act is kept
    in mind once a record with it was encoded, and what is a record's own is looked at each time.
    """
    key = (
        record.site,
        record.declaration_version,
        record.notice_hash,
        record.code_hash,
        record.language,
        record.way,
        record.granted,
        record.refused,
    )
    try:
        act = _known_acts.get(key)
    except TypeError:  # not to be hashed: of a type that no record has
        act = None
    id_, time_ms, previous = record.id, record.time_ms, record.previous
    if (
        act is not None
        and type(id_) is str
        and type(time_ms) is int
        and 0 <= time_ms < _TIME_MAX
        and _OWN_ID.fullmatch(id_) is not None
        and (
            previous is None or (type(previous) is str and _OWN_ID.fullmatch(previous) is not None)
        )
    ):
        return Parts(act, id_, time_ms, previous)
    parts = split_record(encode_record_text(record))
    if len(parts.act) <= _KNOWN_BYTES_MAX:
        if len(_known_acts) >= KNOWN_ACTS_MAX:
            _known_acts.clear()
        _known_acts[key] = parts.act
    return parts


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
