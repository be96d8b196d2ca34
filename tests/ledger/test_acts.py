"""A record cut into what it shares and what is its own is the same record when joined."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.consent.choice import RecordId
from daccord.consent.encoding import decode_record, encode_record, encode_record_text
from daccord.errors import RecordRejected
from daccord.ledger import acts
from daccord.ledger.acts import join_act, parts_of, split_record
from daccord.ledger.tables import Row
from tests.consent.test_encoding import records
from tests.ledger.samples import record

if TYPE_CHECKING:
    from daccord.consent.record import ConsentRecord


def row_of(value: ConsentRecord) -> Row:
    return Row(value.id, 1, value.time_ms, value.previous, bytes(32))


@given(records())
def test_cutting_and_joining_gives_the_record_back(value: ConsentRecord) -> None:
    act = split_record(encode_record_text(value)).act
    assert join_act(act, row_of(value)) == encode_record(value)


@given(records())
def test_an_act_is_the_record_without_its_three_own_fields(value: ConsentRecord) -> None:
    fields = json.loads(encode_record(value))
    for own in ("id", "previous", "time"):
        del fields[own]
    act = split_record(encode_record_text(value)).act
    assert json.loads(act) == fields
    assert act == json.dumps(fields, sort_keys=True, separators=(",", ":"))


def test_two_readers_who_do_the_same_share_an_act() -> None:
    one, other = record(time_ms=1), record(time_ms=2, previous=record().id)
    assert parts_of(one).act == parts_of(other).act


@given(st.text(), st.text(), st.text() | st.none(), st.integers())
def test_whatever_a_table_holds_is_joined_or_rejected(
    act: str, record_id: str, previous: str | None, time_ms: int
) -> None:
    some = parts_of(record()).act
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


@given(records(), records())
def test_the_short_way_to_the_parts_is_the_long_one(
    value: ConsentRecord, other: ConsentRecord
) -> None:
    own = replace(value, id=other.id, time_ms=other.time_ms, previous=other.previous)
    for each in (value, value, own, other):  # an act is known the second time
        assert parts_of(each) == split_record(encode_record_text(each))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "x"},
        {"id": "A" * 21 + "B"},
        {"id": None},
        {"id": 7},
        {"time_ms": -1},
        {"time_ms": 10**15},
        {"time_ms": True},
        {"time_ms": 1.0},
        {"time_ms": "1"},
        {"previous": ""},
        {"previous": "A" * 22 + '"'},
        {"previous": 7},
        {"site": "203.0.113.7"},
        {"site": ["paper.example"]},
        {"granted": ({},)},
        {"way": "notice"},
        {"language": 7},
    ],
)
def test_what_is_no_record_is_refused_though_its_act_is_known(changes: dict[str, Any]) -> None:
    value = record()
    parts_of(value)
    wrong = replace(value, **changes)
    with pytest.raises((RecordRejected, AttributeError)) as long:
        encode_record_text(wrong)
    with pytest.raises(long.type):
        parts_of(wrong)


def test_acts_kept_in_mind_are_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "KNOWN_ACTS_MAX", 3)
    monkeypatch.setattr(acts, "_known_acts", {})
    for number in range(10):
        parts_of(record(site=f"s{number}.example"))
        assert len(acts._known_acts) <= 3
