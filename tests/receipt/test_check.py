"""What a verdict says: every step, in order, whatever was done to the file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daccord.consent.encoding import encode_record
from daccord.errors import ProofRejected
from daccord.merkle.checkpoints import parse_checkpoint
from daccord.merkle.notes import new_signer, parse_note
from daccord.receipt.check import NOT_SHOWN, NOT_SHOWN_ALONE, Outcome, Step, Verdict, check_receipt
from daccord.receipt.commitment import commit
from daccord.receipt.receipt import format_receipt
from tests.consent.test_encoding import records
from tests.ledger.samples import record
from tests.receipt.making import (
    LOG,
    ORIGIN,
    make_raw,
    make_receipt,
    policy_of,
    receipt_in_a_large_log,
    witness,
    witnessed,
)

if TYPE_CHECKING:
    from daccord.consent.record import ConsentRecord

KEYS = (LOG.verifier,)
REQUIRED = ("file", "record", "commitment", "inclusion", "checkpoint")
ALL = (*REQUIRED, "witnesses", "time")
SEEN_S = 1_763_900_100
"""When the witnesses below cosign: 100 s after the record of `samples.record`."""


def step(verdict: Verdict, name: str) -> Step:
    (found,) = (each for each in verdict.steps if each.id == name)
    return found


def outcomes(verdict: Verdict) -> dict[str, str]:
    return {each.id: each.outcome.value for each in verdict.steps}


@pytest.mark.promise("B3")
@given(records(), st.integers(0, 300), st.integers(0, 300))
def test_a_receipt_of_a_log_passes(value: ConsentRecord, before: int, after: int) -> None:
    verdict = check_receipt(
        format_receipt(make_receipt(value, before=before, after=after)), iter(KEYS)
    )
    assert verdict.passed
    assert tuple(each.id for each in verdict.steps) == ALL
    assert all(step(verdict, name).outcome is Outcome.PASSED for name in REQUIRED)
    assert verdict.receipt is not None
    assert verdict.receipt.record == value


def test_every_step_says_what_was_seen() -> None:
    value = record()
    receipt = make_receipt(value)
    verdict = check_receipt(format_receipt(receipt), KEYS)
    told = dict(step(verdict, "record").seen)
    assert told["time"] == "2025-11-23T12:13:20.000Z"
    assert told["granted"] == "social (isso), statistics"
    assert told["refused"] == "social (network)"
    assert told["site"] == "paper.localhost:8100"
    assert told["way"].startswith("customise: ")
    assert told["follows"] == "no earlier record"
    assert told["declaration"] == value.declaration_version
    assert told["notice"] == value.notice_hash
    assert told["code"] == value.code_hash
    commitment = commit(receipt.salt, encode_record(value)).hex()
    assert dict(step(verdict, "commitment").seen)["commitment"] == commitment
    assert dict(step(verdict, "inclusion").seen)["tree size"] == "13"
    key = f"{ORIGIN} {LOG.verifier.key_id:08x}"
    assert step(verdict, "checkpoint").seen == (("origin", ORIGIN), ("key", key))
    assert verdict.not_shown == (*NOT_SHOWN, NOT_SHOWN_ALONE)


@given(st.binary())
def test_whatever_bytes_give_a_verdict(raw: bytes) -> None:
    verdict = check_receipt(raw, KEYS, now_s=SEEN_S)
    assert not verdict.passed
    assert outcomes(verdict)["file"] == "failed"
    assert tuple(each.id for each in verdict.steps) == ALL
    assert {each.outcome for each in verdict.steps[1:]} == {Outcome.NOT_CHECKED}


WITNESSES = (witness("one.example/w"), witness("two.example/w"))
POLICY = policy_of(WITNESSES, count="all")
GOOD = format_receipt(witnessed(make_receipt(record()), WITNESSES, SEEN_S))


def check_good(raw: bytes) -> Verdict:
    return check_receipt(raw, KEYS, policy=POLICY, now_s=SEEN_S)


def test_the_receipt_that_is_tampered_with_below_is_good() -> None:
    verdict = check_good(GOOD)
    assert verdict.passed
    assert set(outcomes(verdict).values()) == {"passed"}
    assert verdict.not_shown == NOT_SHOWN


def refused_for_a_reason(raw: bytes) -> None:
    verdict = check_good(raw)
    assert not verdict.passed
    failed = [each for each in verdict.steps if each.outcome is Outcome.FAILED]
    assert failed
    assert all(each.words for each in failed)


@pytest.mark.promise("B3")
def test_no_bit_can_be_flipped() -> None:
    """Every single one of them, and each time a step says what is wrong."""
    for at in range(len(GOOD)):
        for bit in range(8):
            refused_for_a_reason(GOOD[:at] + bytes([GOOD[at] ^ 1 << bit]) + GOOD[at + 1 :])


@pytest.mark.promise("B3")
def test_no_line_can_be_dropped_repeated_or_moved() -> None:
    lines = GOOD.splitlines(keepends=True)
    for at, line in enumerate(lines):
        rest = [*lines[:at], *lines[at + 1 :]]
        refused_for_a_reason(b"".join(rest))
        refused_for_a_reason(b"".join([*lines[: at + 1], *lines[at:]]))
        for to in range(len(rest) + 1):
            moved = b"".join([*rest[:to], line, *rest[to:]])
            if moved != GOOD:
                refused_for_a_reason(moved)


@given(st.integers(0, len(GOOD)), st.integers(0, 3), st.binary(max_size=3))
@example(0, 0, b"\xef\xbb\xbf")
@example(len(GOOD), 0, b"\n")
def test_nothing_else_can_be_written_into_it(at: int, gone: int, new: bytes) -> None:
    changed = GOOD[:at] + new + GOOD[at + gone :]
    if changed != GOOD:
        refused_for_a_reason(changed)


@given(records())
def test_another_record_salt_or_place_is_not_in_the_log(other: ConsentRecord) -> None:
    receipt = make_receipt(record())
    forged = [
        replace(receipt, record=other),
        replace(receipt, salt=bytes(32)),
        replace(receipt, proof=replace(receipt.proof, index=receipt.proof.index + 1)),
        replace(receipt, proof=replace(receipt.proof, index=10**6)),
        replace(receipt, proof=replace(receipt.proof, hashes=receipt.proof.hashes[1:])),
    ]
    for each in forged:
        verdict = check_receipt(format_receipt(each), KEYS)
        assert not verdict.passed
        assert outcomes(verdict)["inclusion"] == "failed"
        assert outcomes(verdict)["checkpoint"] == "passed"


def test_a_receipt_of_a_large_log_passes() -> None:
    raw = format_receipt(receipt_in_a_large_log(record(), index=7_654_321, size=10**7))
    assert check_receipt(raw, KEYS).passed


def test_an_old_key_still_verifies_old_receipts() -> None:
    new = new_signer(ORIGIN, bytes(32))
    keys = (LOG.verifier, new.verifier)
    for signer in (LOG, new):
        raw = format_receipt(make_receipt(record(), signer=signer))
        assert check_receipt(raw, keys).passed
        own = tuple(key for key in keys if key != signer.verifier)
        verdict = check_receipt(raw, own)
        assert not verdict.passed
        assert step(verdict, "checkpoint").words == (
            "The checkpoint is not known to be the log's: signed by none of the known keys."
        )


def test_the_key_of_another_log_is_no_key() -> None:
    """Even if the same private key signs for both: the name is part of what is trusted."""
    other = new_signer("another.example/log", bytes(range(32)))
    verdict = check_receipt(make_raw(record()), (other.verifier,))
    assert not verdict.passed
    assert step(verdict, "checkpoint").words == (
        f"The checkpoint is not known to be the log's: none of the given keys is one of '{ORIGIN}'."
    )


def test_a_witness_key_among_the_keys_signs_no_checkpoint() -> None:
    both = witness(ORIGIN)
    receipt = witnessed(make_receipt(record()), (both,), SEEN_S)
    verdict = check_receipt(format_receipt(receipt), (both.verifier,))
    assert outcomes(verdict)["checkpoint"] == "failed"


def test_without_any_key_nothing_passes() -> None:
    verdict = check_receipt(GOOD, ())
    assert not verdict.passed
    assert outcomes(verdict)["inclusion"] == "passed"
    assert outcomes(verdict)["checkpoint"] == "failed"


def test_the_logs_of_a_policy_are_keys() -> None:
    policy = policy_of(WITNESSES, count="all", log=LOG.verifier)
    assert check_receipt(GOOD, (), policy=policy).passed


def test_witnesses_are_named_with_their_times() -> None:
    verdict = check_good(GOOD)
    at = "2025-11-23T12:15:00.000Z"
    assert step(verdict, "witnesses").seen == (("witness w0", at), ("witness w1", at))
    assert step(verdict, "time").words == (
        f"The record was in the log by {at}, when others saw it, and is not from later."
    )


@pytest.mark.parametrize(
    ("cosigners", "count", "passed"),
    [(0, "any", False), (1, "any", True), (1, "all", False), (2, "all", True)],
)
def test_a_policy_is_met_or_not(cosigners: int, count: str, *, passed: bool) -> None:
    receipt = witnessed(make_receipt(record()), WITNESSES[:cosigners], SEEN_S)
    verdict = check_receipt(format_receipt(receipt), KEYS, policy=policy_of(WITNESSES, count=count))
    assert verdict.passed is passed
    assert outcomes(verdict)["witnesses"] == ("passed" if passed else "failed")


def test_witnesses_that_nobody_asked_for_are_not_believed() -> None:
    verdict = check_receipt(GOOD, KEYS)
    assert verdict.passed
    assert step(verdict, "witnesses").outcome is Outcome.NOT_CHECKED
    names = "one.example/w, two.example/w"
    assert step(verdict, "witnesses").seen == (("names in the file, unverified", names),)
    assert verdict.not_shown == (*NOT_SHOWN, NOT_SHOWN_ALONE)


def test_a_record_from_after_its_witness_is_a_contradiction() -> None:
    late = record(time_ms=(SEEN_S + 3_700) * 1000)
    raw = format_receipt(witnessed(make_receipt(late), WITNESSES, SEEN_S))
    verdict = check_receipt(raw, KEYS, policy=POLICY)
    assert not verdict.passed
    assert outcomes(verdict)["time"] == "failed"
    assert outcomes(verdict)["witnesses"] == "passed"


def test_a_record_from_the_future_is_a_contradiction() -> None:
    raw = make_raw(record(time_ms=SEEN_S * 1000))
    assert check_receipt(raw, KEYS, now_s=SEEN_S - 3_600).passed
    assert not check_receipt(raw, KEYS, now_s=SEEN_S - 3_601).passed
    assert check_receipt(raw, KEYS).passed


def test_a_witness_from_the_future_is_a_contradiction() -> None:
    assert not check_receipt(GOOD, KEYS, policy=POLICY, now_s=SEEN_S - 3_601).passed


def test_a_time_stamp_is_checked_over_the_text_of_the_checkpoint() -> None:
    receipt = make_receipt(record())
    texts: list[str] = []

    def check(text: str) -> int:
        texts.append(text)
        return SEEN_S

    verdict = check_receipt(format_receipt(receipt), KEYS, check_timestamp=check)
    assert verdict.passed
    assert step(verdict, "timestamp").seen == (("time", "2025-11-23T12:15:00.000Z"),)
    assert verdict.not_shown == NOT_SHOWN
    assert texts == [parse_note(receipt.proof.checkpoint).text]
    assert parse_checkpoint(texts[0]).origin == ORIGIN


def test_a_false_time_stamp_is_a_failure() -> None:
    def check(_text: str) -> int:
        raise ProofRejected("it is of something else")

    verdict = check_receipt(make_raw(record()), KEYS, check_timestamp=check)
    assert not verdict.passed
    assert step(verdict, "timestamp").words == (
        "The time-stamp is not one of this checkpoint: it is of something else."
    )


@given(st.integers(0, 10**15 - 1), st.integers(1, 2**63 - 1))
def test_no_time_is_too_far(time_ms: int, seen_s: int) -> None:
    raw = format_receipt(witnessed(make_receipt(record(time_ms=time_ms)), WITNESSES, seen_s))
    verdict = check_receipt(raw, KEYS, policy=POLICY, now_s=SEEN_S)
    assert outcomes(verdict)["witnesses"] == "passed"
    assert all(value for each in verdict.steps for _, value in each.seen)
