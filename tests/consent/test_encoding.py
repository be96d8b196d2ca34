"""A record has one spelling, RFC 8785's, and no room for what law 7 keeps out."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from daccord.consent.choice import RecordId
from daccord.consent.encoding import (
    RECORD_BYTES_MAX,
    SITE_WITHOUT_NAME,
    decode_record,
    encode_record,
    site_of_host,
)
from daccord.consent.record import Answer, ConsentRecord, Way
from daccord.declaration.model import Language, PurposeId, ServiceId
from daccord.errors import RecordRejected
from tests.ledger.samples import COMMENTS, STATISTICS, record

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

IDS = st.from_regex(r"[A-Za-z0-9_-]{21}[AQgw]", fullmatch=True).map(RecordId)
HASHES = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True)
ANSWERS = st.builds(
    Answer,
    purpose=NAMES.map(PurposeId),
    service=st.none() | NAMES.map(ServiceId),
)
HOSTS = st.sampled_from(["paper.example", "localhost", "paper.localhost:8100", "my_app:80"])


@st.composite
def records(draw: st.DrawFn) -> ConsentRecord:
    answers = draw(st.lists(ANSWERS, unique=True, max_size=12))
    cut = draw(st.integers(min_value=0, max_value=len(answers)))
    return ConsentRecord(
        id=draw(IDS),
        time_ms=draw(st.integers(min_value=0, max_value=10**15 - 1)),
        site=draw(HOSTS),
        declaration_version=draw(HASHES),
        notice_hash=draw(HASHES),
        code_hash=draw(HASHES),
        language=Language(draw(st.sampled_from(["fr", "en", "pt-BR", "zh-Hant-TW"]))),
        way=draw(st.sampled_from(Way)),
        granted=tuple(answers[:cut]),
        refused=tuple(answers[cut:]),
        previous=draw(st.none() | IDS),
    )


@given(records())
def test_decoding_gives_back_what_was_encoded(value: ConsentRecord) -> None:
    assert decode_record(encode_record(value)) == value


@given(records())
def test_the_bytes_are_those_of_an_independent_canonicaliser(value: ConsentRecord) -> None:
    raw = encode_record(value)
    assert rfc8785.dumps(json.loads(raw)) == raw
    assert raw.isascii()
    assert b"\n" not in raw


def test_the_bytes_are_those_of_format_1() -> None:
    """The format never changes silently: these bytes stand in ledgers."""
    value = record(id_=RecordId("AAAAAAAAAAAAAAAAAAAAAA"), previous=RecordId("-_" * 10 + "-w"))
    assert encode_record(value) == (
        b'{"code":"' + b"c" * 64 + b'","declaration":"' + b"a" * 64 + b'","format":1,'
        b'"granted":[["social","isso"],["statistics",null]],"id":"AAAAAAAAAAAAAAAAAAAAAA",'
        b'"language":"fr","notice":"' + b"b" * 64 + b'",'
        b'"previous":"-_-_-_-_-_-_-_-_-_-_-w","refused":[["social","network"]],'
        b'"site":"paper.localhost:8100","time":1763900000000,"way":"customise"}'
    )


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_rejected(raw: bytes) -> None:
    with pytest.raises(RecordRejected):
        decode_record(raw)


@given(records(), st.data())
def test_changed_bytes_are_rejected_or_another_record_in_its_one_spelling(
    value: ConsentRecord, data: st.DataObject
) -> None:
    raw = bytearray(encode_record(value))
    at = data.draw(st.integers(min_value=0, max_value=len(raw) - 1))
    raw[at : at + data.draw(st.integers(min_value=0, max_value=3))] = data.draw(
        st.binary(max_size=3)
    )
    try:
        other = decode_record(bytes(raw))
    except RecordRejected:
        return
    assert encode_record(other) == bytes(raw)


def spellings(raw: bytes) -> dict[str, bytes]:
    value = json.loads(raw)
    return {
        "spaces": json.dumps(value, sort_keys=True).encode(),
        "order": json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode(),
        "newline": raw + b"\n",
        "escape": raw.replace(b'"fr"', b'"\\u0066r"'),
        "float": raw.replace(b"1763900000000", b"1763900000000.0"),
        "exponent": raw.replace(b"1763900000000", b"17639e8"),
        "leading zero": raw.replace(b":1763900000000", b":01763900000000"),
        "mark": b"\xef\xbb\xbf" + raw,
        "utf-16": raw.decode().encode("utf-16"),
        "repeated key": raw.replace(b'"format":1', b'"format":1,"format":1'),
        "further key": raw.replace(b'"format":1', b'"format":1,"ip":"x"'),
        "missing key": raw.replace(b'"format":1,', b""),
        "other format": raw.replace(b'"format":1', b'"format":2'),
        "trailing comma": raw.replace(b'"isso"]', b'"isso"],').replace(b"],,", b"],", 0),
        "second value": raw + raw,
        "answered twice": raw.replace(b'["social","network"]', b'["social","isso"]'),
        "spare bits in the id": raw.replace(
            b'"id":"AAAAAAAAAAAAAAAAAAAAAA"', b'"id":"' + b"A" * 21 + b'B"'
        ),
    }


@pytest.mark.parametrize("name", spellings(encode_record(record())))
def test_another_spelling_is_rejected(name: str) -> None:
    raw = encode_record(record(id_=RecordId("A" * 22)))
    changed = spellings(raw)[name]
    assert changed != raw
    with pytest.raises(RecordRejected):
        decode_record(changed)


@pytest.mark.parametrize("depth", [10, 30_000, 100_000])
def test_deep_or_large_bytes_are_rejected(depth: int) -> None:
    with pytest.raises(RecordRejected):
        decode_record(b"[" * depth)


CANARIES = [
    "203.0.113.7",
    "203.0.113.7:443",
    "203.0.113.7.isp.example",
    "3405803783",
    "0xcb007107",
    "2001:db8::7",
    "[2001:db8::7]",
    "[2001:db8::7]:443",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "https://paper.example/politics/article?from=mail",
    "/politics/article",
    "?from=mail",
    "#comments",
    "reader@example.org",
    "paper.example/politics",
    "user:password@paper.example",
    'x","ip":"203.0.113.7',
    "a\u2028b",
    "\ud800",
    "",
]
TEXT_FIELDS = [
    "id",
    "site",
    "declaration_version",
    "notice_hash",
    "code_hash",
    "language",
    "previous",
]


@pytest.mark.law("REC-2")
@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_no_field_holds_anything_of_the_reader(field: str, canary: str) -> None:
    changes: dict[str, Any] = {field: canary}
    with pytest.raises(RecordRejected) as caught:
        encode_record(replace(record(), **changes))
    assert canary == "" or canary not in str(caught.value)


@pytest.mark.law("REC-2")
@pytest.mark.parametrize("canary", CANARIES)
def test_no_answer_holds_anything_of_the_reader(canary: str) -> None:
    for answer in (
        Answer(purpose=PurposeId(canary), service=None),
        Answer(purpose=PurposeId("social"), service=ServiceId(canary)),
    ):
        with pytest.raises(RecordRejected):
            encode_record(record(granted=(answer,)))
        with pytest.raises(RecordRejected):
            encode_record(record(refused=(answer,)))


@pytest.mark.law("REC-1")
def test_the_fields_are_these_and_no_others() -> None:
    """A new field is a decision about the reader's privacy and gets a new format."""
    assert {field.name for field in fields(ConsentRecord)} == {
        *TEXT_FIELDS,
        "time_ms",
        "way",
        "granted",
        "refused",
    }


@given(st.sampled_from(TEXT_FIELDS), st.text(max_size=80))
def test_any_text_is_encoded_as_it_is_or_rejected(field: str, text: str) -> None:
    changes: dict[str, Any] = {field: text}
    value = replace(record(), **changes)
    try:
        raw = encode_record(value)
    except RecordRejected:
        return
    assert decode_record(raw) == value


WRONG_TYPES: SearchStrategy[Any] = st.sampled_from([True, 1.0, -1, 10**15, None, b"1", "1", (), 1j])


@given(WRONG_TYPES)
def test_a_time_is_whole_milliseconds_and_nothing_else(time_ms: Any) -> None:
    with pytest.raises(RecordRejected):
        encode_record(record(time_ms=time_ms))


def test_a_question_is_answered_once() -> None:
    with pytest.raises(RecordRejected, match="a question is answered twice"):
        encode_record(record(granted=(COMMENTS,), refused=(COMMENTS,)))
    with pytest.raises(RecordRejected, match="a question is answered twice"):
        encode_record(record(granted=(STATISTICS, STATISTICS)))


def test_a_record_has_a_limit() -> None:
    many = tuple(
        Answer(purpose=PurposeId(f"p{n}"), service=ServiceId("s" * 31)) for n in range(2_000)
    )
    assert len(encode_record(record(granted=many[:1_000]))) < RECORD_BYTES_MAX
    with pytest.raises(RecordRejected, match="larger than the limit"):
        encode_record(record(granted=many))


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("paper.example", "paper.example"),
        ("Paper.Example:8443", "paper.example:8443"),
        ("localhost:8100", "localhost:8100"),
        ("xn--dpche-bsa.example", "xn--dpche-bsa.example"),
        ("203.0.113.7", SITE_WITHOUT_NAME),
        ("127.0.0.1:8000", SITE_WITHOUT_NAME),
        ("[::1]:8000", SITE_WITHOUT_NAME),
        ("203.0.113.7.isp.example", SITE_WITHOUT_NAME),
        ("paper.example/path", SITE_WITHOUT_NAME),
        ('paper.example","ip":"x', SITE_WITHOUT_NAME),
        ("paper.example\n", SITE_WITHOUT_NAME),
        ("a" * 300, SITE_WITHOUT_NAME),
        ("", SITE_WITHOUT_NAME),
    ],
)
def test_a_host_becomes_a_site(host: str, site: str) -> None:
    assert site_of_host(host) == site


@given(st.text(max_size=300))
def test_any_host_gives_a_site_that_can_be_recorded(host: str) -> None:
    site = site_of_host(host)
    assert decode_record(encode_record(record(site=site))).site == site
