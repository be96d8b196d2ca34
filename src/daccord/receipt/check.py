"""Whether a receipt proves what it says, step by step, offline.

1. Whatever bytes arrive, the outcome is a `Verdict`, never an exception.
2. Every step says what was looked at and what was seen. After a step that failed, those that
   stand on it are *not checked*; no step is left out in silence.
3. What no receipt can show is said too (`NOT_SHOWN`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from daccord.consent.encoding import encode_record
from daccord.errors import NoteRejected, ProofRejected, ReceiptRejected
from daccord.merkle.checkpoints import parse_checkpoint
from daccord.merkle.cosignatures import verify_cosignatures
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import ED25519, parse_note, verify_note
from daccord.merkle.proofs import check_inclusion
from daccord.merkle.spelling import encode_base64
from daccord.receipt.commitment import commit
from daccord.receipt.plain import tell_record, tell_time
from daccord.receipt.receipt import Receipt, parse_receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from daccord.merkle.notes import Note, VerifierKey
    from daccord.merkle.policies import Policy

CLOCK_TOLERANCE_SECONDS: Final = 3_600
"""Limit: a server's clock may be this far ahead of a witness's before it contradicts it."""

NOT_SHOWN: Final = (
    "who the reader is: a record names nobody; whoever holds the receipt can show it",
    "whether the reader changed or withdrew this choice later: each change has its own record",
    "whether the notice was lawful or clear: `daccord ledger show-notice` shows it as it was",
    "whether the key is really that of this publisher: it is the one you gave",
)
NOT_SHOWN_ALONE: Final = (
    "that the log shows everybody the same history, and that its time is right: for these, "
    "somebody else must have signed the checkpoint (a witness, or a time-stamp)"
)


class Outcome(Enum):
    """How one step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what it is called, how it ended, in one sentence, and the values that were seen.

    ``is_required`` is false for a step that the verdict does not wait for when it is not checked.
    """

    id: str
    outcome: Outcome
    words: str
    seen: tuple[tuple[str, str], ...] = ()
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All steps, in order; the receipt, if the bytes are one; and what remains unknown."""

    steps: tuple[Step, ...]
    receipt: Receipt | None
    not_shown: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every required step passed and none failed."""
        return all(
            step.outcome is Outcome.PASSED
            or (step.outcome is Outcome.NOT_CHECKED and not step.is_required)
            for step in self.steps
        )


def check_receipt(
    raw: bytes,
    keys: Iterable[VerifierKey],
    *,
    policy: Policy | None = None,
    now_s: int | None = None,
    check_timestamp: Callable[[str], int] | None = None,
) -> Verdict:
    """Check a receipt against the public ``keys`` of logs, old and new ones alike.

    The logs of ``policy`` count as keys too; its witnesses must have cosigned as it asks.
    ``now_s`` is the caller's clock (seconds since 1970 UTC); without it no time is held against
    it. ``check_timestamp`` takes the text of the checkpoint, without its signatures, and gives the
    time of its time-stamp, or raises `ProofRejected`; without it there is no such step.
    """
    keys = [*keys, *(policy.log_keys if policy else ())]
    try:
        receipt = parse_receipt(raw)
    except ReceiptRejected as error:
        return _unreadable(error.reason, asked=_asked(policy, check_timestamp))
    note = parse_note(receipt.proof.checkpoint)
    witnesses, cosigned = _witnesses(note, policy)
    steps = [
        Step(id="file", outcome=Outcome.PASSED, words=_READABLE, seen=_bytes(raw)),
        Step(id="record", outcome=Outcome.PASSED, words=_RECORD, seen=tell_record(receipt.record)),
        *_inclusion(receipt),
        _checkpoint(note, keys),
        witnesses,
    ]
    times = dict(cosigned)
    if check_timestamp is not None:
        stamp, time_s = _timestamp(note, check_timestamp)
        steps.append(stamp)
        if time_s is not None:
            times["time-stamp"] = time_s
    steps.append(_time(receipt, times, now_s))
    alone = () if times else (NOT_SHOWN_ALONE,)
    return Verdict(steps=tuple(steps), receipt=receipt, not_shown=NOT_SHOWN + alone)


_READABLE: Final = "The file is a receipt, written the one way a receipt is."
_RECORD: Final = "The record can be read."


def _asked(policy: Policy | None, check_timestamp: object) -> tuple[tuple[str, bool], ...]:
    """The steps after the first, and whether the verdict waits for them."""
    stamp = () if check_timestamp is None else (("timestamp", True),)
    required = (("record", True), ("commitment", True), ("inclusion", True), ("checkpoint", True))
    return (*required, ("witnesses", policy is not None), *stamp, ("time", False))


def _unreadable(reason: str, *, asked: Iterable[tuple[str, bool]]) -> Verdict:
    rest = (
        Step(
            id=name,
            outcome=Outcome.NOT_CHECKED,
            words="Not checked, because the file is not a receipt.",
            is_required=is_required,
        )
        for name, is_required in asked
    )
    words = f"The file is not a receipt: {reason}."
    first = Step(id="file", outcome=Outcome.FAILED, words=words)
    return Verdict(steps=(first, *rest), receipt=None, not_shown=(*NOT_SHOWN, NOT_SHOWN_ALONE))


def _bytes(raw: bytes) -> tuple[tuple[str, str], ...]:
    return (("bytes", str(len(raw))),)


def _inclusion(receipt: Receipt) -> tuple[Step, Step]:
    """Compute the commitment, and climb from it to the root."""
    commitment = commit(receipt.salt, encode_record(receipt.record))
    leaf_hash = hash_leaf(commitment)
    checkpoint = parse_checkpoint(parse_note(receipt.proof.checkpoint).text)
    computed = Step(
        id="commitment",
        outcome=Outcome.PASSED,
        words="Salt and record together give the commitment that the log must hold.",
        seen=(("commitment", commitment.hex()), ("leaf hash", leaf_hash.hex())),
    )
    seen = (
        ("leaf", str(receipt.proof.index)),
        ("tree size", str(checkpoint.size)),
        ("root", encode_base64(checkpoint.root)),
    )
    try:
        check_inclusion(
            leaf_hash,
            receipt.proof.index,
            checkpoint.size,
            receipt.proof.hashes,
            checkpoint.root,
        )
    except ProofRejected as error:
        outcome = Outcome.FAILED
        words = (
            f"The log of this checkpoint does not hold this record: {error.reason}. "
            "The record, the salt, the proof or the checkpoint is not what was given out."
        )
    else:
        outcome = Outcome.PASSED
        words = (
            f"The commitment is entry {receipt.proof.index} (from 0) of the {checkpoint.size} "
            "in the checkpoint's log."
        )
    return computed, Step(id="inclusion", outcome=outcome, words=words, seen=seen)


def _checkpoint(note: Note, keys: Iterable[VerifierKey]) -> Step:
    """Check that a key of the log itself signed the checkpoint."""
    origin = parse_checkpoint(note.text).origin
    own = [key for key in keys if key.name == origin and key.algorithm == ED25519]
    try:
        signed = verify_note(note, own)
    except NoteRejected as error:
        reason = error.reason if own else f"none of the given keys is one of '{origin}'"
        claimed = ", ".join(f"{each.name} {each.key_id:08x}" for each in note.signatures)
        return Step(
            id="checkpoint",
            outcome=Outcome.FAILED,
            words=f"The checkpoint is not known to be the log's: {reason}.",
            seen=(("origin", origin), ("signatures in the file", claimed)),
        )
    return Step(
        id="checkpoint",
        outcome=Outcome.PASSED,
        words=f"The log '{origin}' signed the checkpoint with a key that you gave.",
        seen=(("origin", origin), *(("key", f"{key.name} {key.key_id:08x}") for key in signed)),
    )


def _witnesses(note: Note, policy: Policy | None) -> tuple[Step, Mapping[str, int]]:
    """Check the cosignatures of the policy's witnesses; give their times (seconds) too."""
    if policy is None:
        return _unasked_witnesses(note), {}
    names = {each.key: each.name for each in policy.witnesses}
    try:
        cosigned = verify_cosignatures(note, policy.witness_keys)
    except NoteRejected as error:
        words = f"A cosignature is false: {error.reason}."
        return Step(id="witnesses", outcome=Outcome.FAILED, words=words), {}
    times = {f"witness {names[key]}": time_s for key, time_s in cosigned.items()}
    seen = tuple((name, tell_time(time_s * 1000)) for name, time_s in times.items())
    if not policy.is_met(cosigned.keys()):
        return Step(
            id="witnesses",
            outcome=Outcome.FAILED,
            words=f"The policy asks for more witnesses than the {len(times)} that cosigned.",
            seen=seen,
        ), times
    words = (
        f"The witnesses that the policy asks for have cosigned the checkpoint ({len(times)})."
        if times
        else "The policy asks for no witness, and none of those it knows has cosigned."
    )
    return Step(id="witnesses", outcome=Outcome.PASSED, words=words, seen=seen), times


def _unasked_witnesses(note: Note) -> Step:
    origin = parse_checkpoint(note.text).origin
    others = [each.name for each in note.signatures if each.name != origin]
    words = (
        "Not checked, because no policy says which witnesses to believe."
        if others
        else "No witness has cosigned the checkpoint, and no policy asks for one."
    )
    seen = (("names in the file, unverified", ", ".join(others)),) if others else ()
    return Step(
        id="witnesses",
        outcome=Outcome.NOT_CHECKED,
        words=words,
        seen=seen,
        is_required=False,
    )


def _timestamp(note: Note, check_timestamp: Callable[[str], int]) -> tuple[Step, int | None]:
    try:
        time_s = check_timestamp(note.text)
    except ProofRejected as error:
        words = f"The time-stamp is not one of this checkpoint: {error.reason}."
        return Step(id="timestamp", outcome=Outcome.FAILED, words=words), None
    return Step(
        id="timestamp",
        outcome=Outcome.PASSED,
        words="A time-stamping authority that you trust has seen the checkpoint.",
        seen=(("time", tell_time(time_s * 1000)),),
    ), time_s


def _time(receipt: Receipt, times: Mapping[str, int], now_s: int | None) -> Step:
    """Hold the record's own time against those of others: it cannot come after them."""
    record_s = receipt.record.time_ms // 1000
    clocks = dict(times) if now_s is None else {**times, "this machine": now_s}
    seen = (
        ("record", tell_time(receipt.record.time_ms)),
        *((name, tell_time(time_s * 1000)) for name, time_s in clocks.items()),
    )
    late = [name for name, time_s in clocks.items() if record_s > time_s + CLOCK_TOLERANCE_SECONDS]
    if now_s is not None:
        late += [name for name, time_s in times.items() if time_s > now_s + CLOCK_TOLERANCE_SECONDS]
    if not clocks:
        outcome, words = (
            Outcome.NOT_CHECKED,
            "Not checked: there is no other clock to hold against.",
        )
    elif late:
        outcome = Outcome.FAILED
        words = f"The times contradict each other by more than an hour: {', '.join(late)}."
    elif times:
        first = tell_time(min(times.values()) * 1000)
        outcome = Outcome.PASSED
        words = f"The record was in the log by {first}, when others saw it, and is not from later."
    else:
        outcome = Outcome.PASSED
        words = "The record's time is not in the future of this machine; it is the log's own word."
    return Step(id="time", outcome=outcome, words=words, seen=seen, is_required=False)
