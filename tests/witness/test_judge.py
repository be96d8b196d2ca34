"""A witness's judgement, without HTTP or files: every status, in the specification's order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from daccord.errors import NoteRejected
from daccord.merkle.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from daccord.merkle.cosignatures import cosign, verify_cosignatures
from daccord.merkle.hashing import EMPTY_ROOT
from daccord.merkle.notes import (
    Note,
    Signature,
    format_note,
    new_signer,
    parse_note,
    parse_signature,
)
from daccord.merkle.proofs import check_consistency
from daccord.merkle.witnessing import AddCheckpoint, format_add_checkpoint, parse_add_checkpoint
from daccord.witness.judge import (
    Guilt,
    Latest,
    Refused,
    Verdict,
    known_logs,
    read_request,
    weigh,
)
from tests.witness.logs import LOGS, ORIGIN, SIGNER, SmallLog, flip, impossible_note, witness_signer

pytestmark = pytest.mark.promise("B3")

WITNESS = witness_signer()
STRANGER = new_signer(ORIGIN, b"\x09" * 32)
NOW = 1_800_000_000


def judge(raw: bytes, latest: Latest | None = None, *, now_s: int = NOW) -> Verdict:
    try:
        asked = read_request(raw, LOGS)
    except Refused as refused:
        return Verdict(reply=refused.reply)
    return weigh(asked, latest, now_s=now_s, signer=WITNESS)


def cosigned(log: SmallLog, size: int) -> Latest:
    """What a witness remembers that cosigned ``log`` at ``size``."""
    latest = judge(log.request(0, size)).latest
    assert latest is not None
    return latest


def body(old: int, proof: tuple[bytes, ...], note: str) -> bytes:
    return format_add_checkpoint(AddCheckpoint(old, proof, note))


LOG = SmallLog(12)
FORK = SmallLog(4).grow(8, name="other")
AT_5, AT_12 = cosigned(LOG, 5), cosigned(LOG, 12)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 2**40))
def test_a_log_that_grew_is_cosigned(old: int, more: int, now_s: int) -> None:
    new = min(12, old + more)
    before = judge(LOG.request(0, old), now_s=1).latest
    verdict = judge(LOG.request(old, new), before, now_s=now_s)
    assert verdict.reply.status == 200
    assert verdict.evidence is None
    line = verdict.reply.body.decode()
    assert line.endswith("\n")
    signature = parse_signature(line.removesuffix("\n"))
    text = parse_note(LOG.note(new)).text
    given_back = Note(text, (SIGNER.sign(text), signature))
    assert verify_cosignatures(given_back, [WITNESS.verifier]) == {WITNESS.verifier: now_s}
    kept = verdict.latest
    assert kept is not None
    assert (kept.size, kept.root, kept.time_s) == (new, LOG.checkpoint(new).root, now_s)
    assert kept.note == format_note(given_back)


def test_the_note_that_is_kept_has_no_strangers_in_it() -> None:
    """Only the log's signatures that were verified, and the witness's: no advertising."""
    note = parse_note(LOG.note(5))
    other = cosign(note.text, 1, witness_signer("other.example", 3))
    crowded = Note(note.text, (other, *note.signatures, STRANGER.sign(note.text)))
    kept = judge(body(0, (), format_note(crowded))).latest
    assert kept is not None
    assert kept.note == AT_5.note
    assert parse_note(kept.note).signatures[:-1] == note.signatures


REQUESTS = {
    "not a request": (b"hello", None, 400),
    "not a note": (b"old 0\n\nhello\n", None, 400),
    "a note that is no checkpoint": (
        body(0, (), format_note(Note("hello\n", (SIGNER.sign("hello\n"),)))),
        None,
        400,
    ),
    "64 lines": (body(0, (b"\0" * 32,) * 64, LOG.note(5)), None, 400),
    "too long": (LOG.request(0) + b"\n" * 100_000, None, 400),
    "no signature line": (LOG.request(0).partition("\n\n— ".encode())[0] + b"\n\n", None, 400),
    "an unknown log": (
        SmallLog(5, signer=new_signer("other.example/log", b"\1" * 32)).request(0),
        None,
        404,
    ),
    "an unknown log, before its signature": (
        SmallLog(5).request(0).replace(ORIGIN.encode(), b"other.example/log"),
        None,
        404,
    ),
    "an unknown key": (SmallLog(5, signer=STRANGER).request(0), None, 403),
    "an unknown key, before the old size": (
        body(9, (), SmallLog(5, signer=STRANGER).note()),
        None,
        403,
    ),
    "an old size beyond the new": (body(6, (), LOG.note(5)), None, 400),
    "an old size beyond the new, before the conflict": (body(6, (), LOG.note(5)), AT_12, 400),
    "first seen from elsewhere": (LOG.request(3, 5), None, 409),
    "behind": (LOG.request(3, 7), AT_5, 409),
    "ahead": (LOG.request(7, 12), AT_5, 409),
    "from nothing again": (LOG.request(0, 12), AT_5, 409),
    "the conflict before the proof": (body(3, (b"\1" * 32,), LOG.note(12)), AT_5, 409),
    "an older checkpoint": (LOG.request(5, 5), AT_12, 409),
    "a proof from nothing": (body(0, (b"\1" * 32,), LOG.note(5)), None, 422),
    "no proof": (body(5, (), LOG.note(12)), AT_5, 422),
    "a wrong proof": (body(5, LOG.proof(6), LOG.note(12)), AT_5, 422),
    "half a proof": (body(5, LOG.proof(5)[:-1], LOG.note(12)), AT_5, 422),
    "a proof too long": (body(5, (*LOG.proof(5), b"\0" * 32), LOG.note(12)), AT_5, 422),
    "a fork": (FORK.request(5), AT_5, 422),
    "a fork of one size": (FORK.request(12), AT_12, 422),
    "the same with a proof": (body(12, (b"\0" * 32,), LOG.note(12)), AT_12, 422),
    "an empty tree with a root": (body(0, (), impossible_note()), None, 422),
    "an empty tree with a root, too late": (body(0, (), impossible_note()), AT_5, 409),
    "the same again": (LOG.request(12), AT_12, 200),
    "an empty tree": (SmallLog().request(0), None, 200),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_statuses(name: str) -> None:
    raw, latest, status = REQUESTS[name]
    verdict = judge(raw, latest)
    assert verdict.reply.status == status, verdict.reply
    assert (verdict.latest is not None) == (status == 200)
    if status == 409:
        size = latest.size if latest else 0
        assert verdict.reply == (409, f"{size}\n".encode(), "text/x.tlog.size")


def test_a_false_signature_of_a_known_key_spoils_a_true_one() -> None:
    note = parse_note(LOG.note(5))
    true = note.signatures[0]
    false = Signature(true.name, true.key_id, flip(true.raw, [7]))
    for signatures in ((true, false), (false, true)):
        raw = body(0, (), format_note(Note(note.text, signatures)))
        assert judge(raw).reply.status == 403


@given(st.lists(st.integers(0, len(LOG.request(5)) * 8 - 1), min_size=1, max_size=2, unique=True))
def test_no_bit_of_a_request_may_change(positions: list[int]) -> None:
    """But for the name and key of a signature, nothing can change and the request still count."""
    raw = flip(LOG.request(5), positions)
    assert judge(raw, AT_5).reply.status in {400, 403, 404, 409, 422}


@given(st.binary(max_size=400))
def test_any_bytes_get_a_reply(raw: bytes) -> None:
    assert judge(raw, AT_5).reply.status == 400


def test_a_note_without_room_for_a_cosignature_is_refused() -> None:
    """Before it is kept, and so before anything is signed."""
    text = parse_note(LOG.note(5)).text
    statuses = []
    for length in range(65_536 - 300, 65_536 - 130):
        long = f"{text}{'x' * (length - len(text))}\n"
        verdict = judge(body(0, (), format_note(Note(long, (SIGNER.sign(long),)))))
        assert (verdict.latest is None) == (verdict.reply.status == 400)
        statuses.append(verdict.reply.status)
    assert sorted(set(statuses)) == [200, 400]
    assert statuses == sorted(statuses)


def test_a_rotated_key_counts_and_a_witness_key_is_no_logs() -> None:
    newer = new_signer(ORIGIN, b"\5" * 32)
    logs = known_logs([SIGNER.verifier, newer.verifier, newer.verifier])
    assert logs == {ORIGIN: (SIGNER.verifier, newer.verifier)}
    assert read_request(SmallLog(5, signer=newer).request(0), logs).size == 5
    with pytest.raises(NoteRejected, match="a witness's key, not a log's"):
        known_logs([WITNESS.verifier])


@pytest.mark.parametrize("now_s", [NOW - 1, 0, -5])
def test_a_clock_that_went_back_signs_nothing(now_s: int) -> None:
    """A cosignature of an earlier time would contradict the one before."""
    verdict = judge(LOG.request(5), AT_5, now_s=now_s)
    assert (verdict.reply.status, verdict.latest) == (503, None)
    assert judge(LOG.request(5), AT_5, now_s=NOW).reply.status == 200


@pytest.mark.parametrize(
    ("name", "guilt"),
    [
        ("a fork", Guilt.FORK),
        ("a fork of one size", Guilt.FORK),
        ("an empty tree with a root", Guilt.FORK),
        ("no proof", Guilt.UNPROVEN),
        ("a wrong proof", Guilt.UNPROVEN),
        ("half a proof", Guilt.UNPROVEN),
        ("a proof from nothing", None),
        ("the same with a proof", None),
        ("behind", None),
    ],
)
def test_what_a_refusal_says_about_the_log(name: str, guilt: Guilt | None) -> None:
    raw, latest, _ = REQUESTS[name]
    evidence = judge(raw, latest).evidence
    assert (evidence.guilt if evidence else None) == guilt
    if evidence:
        assert evidence.time_s == NOW
        assert format_note(evidence.asked.note) == parse_add_checkpoint(raw).note


def test_a_fork_from_a_power_of_two_cannot_be_told_from_a_wrong_proof() -> None:
    """Such a proof leaves out the old root, so it can show agreement only; the checkpoint stays."""
    fork = SmallLog(3).grow(9, name="other")
    evidence = judge(fork.request(4), cosigned(LOG, 4)).evidence
    assert evidence is not None
    assert evidence.guilt == Guilt.UNPROVEN


class Witnessed(RuleBasedStateMachine):
    """Copies of one log that grow apart, ask in any order, and are never cosigned apart."""

    @initialize()
    def begin(self) -> None:
        self.logs = [SmallLog()]
        self.latest: Latest | None = None
        self.now_s = 0
        self.cosigned: list[tuple[Checkpoint, int]] = []
        self.names = 0

    @rule(which=st.integers(0, 3), count=st.integers(1, 5), apart=st.booleans())
    def grow(self, which: int, count: int, apart: bool) -> None:  # noqa: FBT001 - a rule's
        self.names += 1
        name = f"{self.names}" if apart else ""
        self.logs[which % len(self.logs)].grow(count, name=name)

    @rule(which=st.integers(0, 3))
    def copy(self, which: int) -> None:
        if len(self.logs) < 4:
            self.logs.append(self.logs[which % len(self.logs)].copy())

    @rule(
        which=st.integers(0, 3),
        old=st.none() | st.integers(0, 30),
        new=st.none() | st.integers(0, 30),
        seconds=st.integers(0, 9),
    )
    def ask(self, which: int, old: int | None, new: int | None, seconds: int) -> None:
        log = self.logs[which % len(self.logs)]
        self.now_s += seconds
        new = log.size if new is None else min(new, log.size)
        if old is None:
            old = self.latest.size if self.latest else 0
        old = min(old, new)
        verdict = judge(log.request(old, new), self.latest, now_s=self.now_s)
        if verdict.latest is None:
            assert verdict.reply.status in {409, 422, 503}
            return
        self.latest = verdict.latest
        checkpoint = open_checkpoint(verdict.latest.note, [SIGNER.verifier])
        [time_s] = verify_cosignatures(parse_note(verdict.latest.note), [WITNESS.verifier]).values()
        self.cosigned.append((checkpoint, time_s))
        self.check_last(log)

    def check_last(self, log: SmallLog) -> None:
        """All that was ever cosigned is the beginning of the log that was cosigned now."""
        last, last_s = self.cosigned[-1]
        for earlier, time_s in self.cosigned:
            assert earlier.size <= last.size
            assert 1 <= time_s <= last_s
            proof = log.proof(earlier.size, last.size)
            check_consistency(earlier.size, earlier.root, last.size, last.root, proof)

    @invariant()
    def memory_is_the_last(self) -> None:
        if getattr(self, "cosigned", None):
            assert self.latest is not None
            remembered = parse_checkpoint(parse_note(self.latest.note).text)
            assert remembered == self.cosigned[-1][0]
            assert remembered.size or remembered.root == EMPTY_ROOT


TestWitnessed = Witnessed.TestCase
