"""The file of a receipt: one spelling, whatever arrives, and small."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.consent.encoding import RECORD_BYTES_MAX, encode_record
from daccord.consent.record import Answer, ConsentRecord, Way
from daccord.declaration.model import Language, PurposeId
from daccord.errors import ReceiptRejected, RecordRejected
from daccord.merkle.notes import Note, Signature, format_note, parse_note
from daccord.merkle.tlog_proof import TlogProof, format_tlog_proof, parse_tlog_proof
from daccord.notice.evidence import CODE_HASH, notice_hash
from daccord.receipt.receipt import (
    RECEIPT_BYTES_MAX,
    Receipt,
    format_receipt,
    order_signatures,
    parse_receipt,
)
from daccord.server.settings import read_declaration
from tests.consent.test_encoding import records
from tests.ledger.samples import new_id, record
from tests.receipt.making import SALT, make_raw, make_receipt, receipt_in_a_large_log

DEMO = "src/daccord/demo/daccord.toml"


@given(records(), st.integers(0, 600), st.integers(0, 600))
def test_a_receipt_is_read_back(value: ConsentRecord, before: int, after: int) -> None:
    receipt = make_receipt(value, before=before, after=after)
    raw = format_receipt(receipt)
    assert parse_receipt(raw) == receipt
    assert raw.endswith(b"\n")
    assert b"\r" not in raw


def test_it_is_laid_out_as_the_reference_says() -> None:
    value = record()
    receipt = make_receipt(value)
    lines = format_receipt(receipt).decode().split("\n")
    assert lines[0] == "daccord-receipt 1"
    assert lines[1].encode() == encode_record(value)
    assert lines[2] == "salt ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM="
    assert lines[3:5] == ["c2sp.org/tlog-proof@v1", "index 5"]
    empty = lines.index("")
    assert "\n".join(lines[empty + 1 :]) == receipt.proof.checkpoint


def test_from_the_fourth_line_on_it_is_a_tlog_proof() -> None:
    receipt = make_receipt(record())
    proof = format_receipt(receipt).decode().split("\n", 3)[3]
    assert parse_tlog_proof(proof) == receipt.proof


@pytest.mark.promise("B3")
def test_it_takes_no_more_than_2000_bytes_in_a_log_of_ten_million() -> None:
    """Everything that the demo's newspaper asks, answered under customise after an earlier yes."""
    declaration = read_declaration(DEMO)
    questions = [question for question in declaration.questions if not question.exempt]
    answers = tuple(Answer(purpose=each.purpose, service=each.service) for each in questions)
    language = Language("fr")
    value = ConsentRecord(
        id=new_id(),
        time_ms=1_795_000_000_000,
        site="www.paper.example",
        declaration_version=declaration.version,
        notice_hash=notice_hash(declaration, language),
        code_hash=CODE_HASH,
        language=language,
        way=Way.CUSTOMISE,
        granted=answers[:3],
        refused=answers[3:],
        previous=new_id(),
    )
    receipt = receipt_in_a_large_log(value, index=1_234_567, size=10**7)
    assert len(receipt.proof.hashes) == 24
    raw = format_receipt(receipt)
    assert parse_receipt(raw) == receipt
    assert len(raw) <= 2000


GOOD = make_raw(record())


@given(st.binary())
def test_whatever_bytes_are_a_receipt_or_rejected(raw: bytes) -> None:
    check_one_spelling(raw)


@given(st.data())
def test_whatever_is_done_to_one_is_a_receipt_or_rejected(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 4)))
    new = data.draw(st.binary(max_size=4) | st.sampled_from([b"\n", b"\r\n", b" ", b"\n\n", b"="]))
    check_one_spelling(GOOD[:start] + new + GOOD[end:])


def check_one_spelling(raw: bytes) -> None:
    try:
        receipt = parse_receipt(raw)
    except ReceiptRejected:
        return
    assert format_receipt(receipt) == raw


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"daccord-receipt 1", b"daccord-receipt 2", "first line"),
        (b"daccord-receipt 1", b"\xef\xbb\xbfdaccord-receipt 1", "first line"),
        (b"\n", b"\r\n", "first line"),
        (b'"format":1', b'"format": 1', "second line is no record"),
        (b"salt Z", b"salt  Z", "third line"),
        (b"salt Z", b"Salt Z", "third line"),
        (b"goM=\n", b"goN=\n", "third line"),
        (b"goM=\n", b"goM\n", "third line"),
        (b"goM=\n", b"goM=\nextra AAAA\n", "proof is not readable"),
        (b"index 5", b"index 05", "proof is not readable"),
        (b"index 5\n", b"extra AAAA\nindex 5\n", "'extra' line"),
        (b"\n\npaper.example", b"\n\n\npaper.example", "proof is not readable"),
        (b"\n13\n", b"\n013\n", "proof is not readable"),
        (b"\n13\n", b"\n13\n\n", "proof is not readable"),
        (b"daccord-receipt 1", b"\xff", "not UTF-8"),
    ],
)
def test_what_is_wrong_is_named(old: bytes, new: bytes, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(ReceiptRejected) as caught:
        parse_receipt(GOOD.replace(old, new))
    assert reason in caught.value.reason


@pytest.mark.parametrize("lines", [0, 1, 2, 3])
def test_a_file_that_ends_too_early_is_rejected(lines: int) -> None:
    with pytest.raises(ReceiptRejected):
        parse_receipt(b"".join(GOOD.splitlines(keepends=True)[:lines]))


def test_a_file_that_is_too_large_is_rejected_before_it_is_read() -> None:
    with pytest.raises(ReceiptRejected, match="larger than a receipt can be"):
        parse_receipt(GOOD + b"\n" * RECEIPT_BYTES_MAX)


def test_no_value_of_the_file_is_in_a_rejection() -> None:
    """A reason may stand in a log, and the salt, the id and the record are a reader's (law 7)."""
    value = record()
    lines = make_raw(value).split(b"\n")
    for number in range(lines.index(b"")):
        broken = [*lines]
        broken[number] += b"?"
        with pytest.raises(ReceiptRejected) as caught:
            parse_receipt(b"\n".join(broken))
        assert value.id not in str(caught.value)
        assert "ZGVmZ2" not in str(caught.value)


def test_a_receipt_has_no_extra_line_and_a_salt_of_32_bytes() -> None:
    receipt = make_receipt(record())
    extra = TlogProof(receipt.proof.index, receipt.proof.hashes, receipt.proof.checkpoint, b"more")
    assert "extra bW9yZQ==" in format_tlog_proof(extra)
    with pytest.raises(ReceiptRejected):
        Receipt(record=receipt.record, salt=SALT, proof=extra)
    with pytest.raises(ReceiptRejected):
        Receipt(record=receipt.record, salt=SALT[1:], proof=receipt.proof)


def test_the_largest_receipt_is_read_back() -> None:
    """The largest record that there can be, and a checkpoint as long as any."""
    names = [f"{number:04}" for number in range(RECORD_BYTES_MAX)]
    value = record(refused=(), granted=())
    for length in (1_800, 1_700, 1_600):
        answers = tuple(
            Answer(purpose=PurposeId(f"p{name}-{'x' * 20}"), service=None)
            for name in names[:length]
        )
        try:
            encode_record(replace(value, granted=answers))
        except RecordRejected:
            continue
        value = replace(value, granted=answers)
        break
    assert len(encode_record(value)) > RECORD_BYTES_MAX * 0.9
    receipt = make_receipt(value, before=300, after=300)
    note = parse_note(receipt.proof.checkpoint)
    lines = tuple(Signature(f"{name}.{'y' * 200}", 1, b"z" * 500) for name in names[:63])
    checkpoint = order_signatures(format_note(Note(note.text, (*note.signatures, *lines))))
    large = replace(receipt, proof=replace(receipt.proof, checkpoint=checkpoint))
    raw = format_receipt(large)
    assert len(raw) <= RECEIPT_BYTES_MAX
    assert parse_receipt(raw) == large
