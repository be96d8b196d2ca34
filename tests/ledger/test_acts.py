"""A record cut into what it shares and what is its own is the same record when joined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.consent.choice import RecordId
from daccord.consent.encoding import decode_record, encode_record, encode_record_text
from daccord.errors import RecordRejected
from daccord.ledger.acts import cut_act, join_act
from daccord.ledger.tables import Row
from tests.consent.test_encoding import records
from tests.ledger.samples import record

if TYPE_CHECKING:
    from daccord.consent.record import ConsentRecord


def row_of(value: ConsentRecord) -> Row:
    return Row(value.id, 1, value.time_ms, value.previous, bytes(32))


@given(records())
def test_cutting_and_joining_gives_the_record_back(value: ConsentRecord) -> None:
    act = cut_act(encode_record_text(value))
    assert join_act(act, row_of(value)) == encode_record(value)


@given(records())
def test_an_act_is_the_record_without_its_three_own_fields(value: ConsentRecord) -> None:
    fields = json.loads(encode_record(value))
    for own in ("id", "previous", "time"):
        del fields[own]
    act = cut_act(encode_record_text(value))
    assert json.loads(act) == fields
    assert act == json.dumps(fields, sort_keys=True, separators=(",", ":"))


def test_two_readers_who_do_the_same_share_an_act() -> None:
    one, other = record(time_ms=1), record(time_ms=2, previous=record().id)
    assert cut_act(encode_record_text(one)) == cut_act(encode_record_text(other))


@given(st.text(), st.text(), st.text() | st.none(), st.integers())
def test_whatever_a_table_holds_is_joined_or_rejected(
    act: str, record_id: str, previous: str | None, time_ms: int
) -> None:
    some = cut_act(encode_record_text(record()))
    own = None if previous is None else RecordId(previous)
    for each in (act, some, some + act, act + some):
        try:
            raw = join_act(each, Row(RecordId(record_id), 1, time_ms, own, bytes(32)))
            assert encode_record(decode_record(raw)) == raw
        except RecordRejected:
            continue


def test_parts_that_do_not_join_are_rejected() -> None:
    with pytest.raises(RecordRejected):
        join_act("{}", row_of(record()))
