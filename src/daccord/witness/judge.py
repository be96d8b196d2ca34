"""A request to a witness and its reply, as values: https://c2sp.org/tlog-witness, add-checkpoint.

In two steps, because only the second needs to know what was cosigned before: `read_request` looks
at the request alone, `weigh` at the request and the latest checkpoint of that log. The order of
the checks, and with it the status of a request that is wrong twice, is the specification's.

1. Whoever calls `weigh` must compare and keep in one transaction (`daccord.witness.memory`), and
   send the reply only after it.
2. Nobody has to sign in here: what counts is the log's own signature. So whatever a stranger can
   send must not make a log look guilty: see `daccord.merkle.witnessing.shows_fork`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from daccord.errors import DaccordError, NoteRejected, ProofRejected
from daccord.merkle.checkpoints import Checkpoint, parse_checkpoint
from daccord.merkle.cosignatures import cosign
from daccord.merkle.hashing import EMPTY_ROOT, HASH_BYTES
from daccord.merkle.notes import (
    ED25519,
    Note,
    format_note,
    format_signature,
    format_vkey,
    parse_note,
    verify_note,
)
from daccord.merkle.proofs import check_consistency
from daccord.merkle.spelling import decode_base64, encode_base64
from daccord.merkle.witnessing import AddCheckpoint, parse_add_checkpoint, shows_fork

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daccord.merkle.notes import Signer, VerifierKey

TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"


class Reply(NamedTuple):
    """What goes back over HTTP."""

    status: int
    body: bytes
    media_type: str = TEXT


class Refused(DaccordError):
    """A request that gets no cosignature."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(reply.status)


class Guilt(StrEnum):
    """What a refused checkpoint, signed by its log, says about the log."""

    FORK = "fork"
    """Two histories, signed both: what is kept shows it to anybody."""

    UNPROVEN = "unproven"
    """No proof that it continues what was cosigned. The log may have none, or somebody else sent
    its checkpoint with a wrong proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The checkpoint of a log that was cosigned last, and when (seconds since 1970 UTC).

    ``note`` has the signatures of the log that were verified, and the witness's own.
    """

    size: int
    root: bytes
    time_s: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of a known log: its checkpoint, with the signatures that hold, and the proof."""

    origin: str
    size: int
    root: bytes
    note: Note
    old: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A checkpoint that the log signed and the witness refused, with what was sent as its proof."""

    guilt: Guilt
    time_s: int
    asked: Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The reply; ``latest`` to be kept before it is sent, or ``evidence``, or neither."""

    reply: Reply
    latest: Latest | None = None
    evidence: Evidence | None = None


def known_logs(keys: Iterable[VerifierKey]) -> dict[str, tuple[VerifierKey, ...]]:
    """Give the keys by origin: a log with several has rotated its key. Raises NoteRejected."""
    logs: dict[str, tuple[VerifierKey, ...]] = {}
    for key in keys:
        if key.algorithm != ED25519:
            raise NoteRejected(f"'{format_vkey(key)}' is a witness's key, not a log's")
        if key not in logs.get(key.name, ()):
            logs[key.name] = (*logs.get(key.name, ()), key)
    return logs


def read_request(raw: bytes, logs: Mapping[str, tuple[VerifierKey, ...]]) -> Asked:
    """Read what can be judged without memory. Raises `Refused`: 400, 403 or 404."""
    try:
        sent = parse_add_checkpoint(raw)
        note = parse_note(sent.note)
        checkpoint, root = _read_checkpoint(note.text)
    except NoteRejected as error:
        raise Refused(_say(400, f"not a request: {error.reason}")) from None
    keys = logs.get(checkpoint.origin)
    if keys is None:
        raise Refused(_say(404, "this witness does not know the log"))
    try:
        signed = verify_note(note, keys)
    except NoteRejected as error:
        raise Refused(_say(403, error.reason)) from None
    if sent.old > checkpoint.size:
        raise Refused(_say(400, "the old size is beyond the checkpoint's"))
    return _asked(sent, note, checkpoint, root, signed)


def weigh(asked: Asked, latest: Latest | None, *, now_s: int, signer: Signer) -> Verdict:
    """Cosign, or refuse: 409 or 422, and 503 while the clock is behind what it said before.

    ``now_s``: seconds since 1970 UTC. A cosignature says that nothing larger was seen by then, so
    the times of one log must not go back.
    """
    size = latest.size if latest else 0
    if asked.old != size:
        return Verdict(reply=Reply(409, f"{size}\n".encode(), SIZE))
    root = latest.root if latest else EMPTY_ROOT
    try:
        check_consistency(asked.old, root, asked.size, asked.root, asked.proof)
    except ProofRejected as error:
        guilt = _guilt(asked, root)
        evidence = Evidence(guilt=guilt, time_s=now_s, asked=asked) if guilt else None
        return Verdict(reply=_say(422, error.reason), evidence=evidence)
    if now_s < max(1, latest.time_s if latest else 0):
        return Verdict(reply=_say(503, "the witness's clock is wrong"))
    signature = cosign(asked.note.text, now_s, signer)
    try:
        note = Note(asked.note.text, (*asked.note.signatures, signature))
    except NoteRejected as error:  # as long as a note may be, before ours
        return Verdict(reply=_say(400, f"no room for a cosignature: {error.reason}"))
    return Verdict(
        reply=Reply(200, f"{format_signature(signature)}\n".encode()),
        latest=Latest(size=asked.size, root=asked.root, time_s=now_s, note=format_note(note)),
    )


def _read_checkpoint(text: str) -> tuple[Checkpoint, bytes]:
    """Read a checkpoint and its root, apart: an empty tree with a wrong root is not malformed.

    `Checkpoint` cannot hold it, but it may be validly signed, and the specification wants 422.
    """
    origin, size, root, rest = (*text.split("\n", 3), "", "", "", "")[:4]
    if size != "0":
        checkpoint = parse_checkpoint(text)
        return checkpoint, checkpoint.root
    claimed = decode_base64(root, length=HASH_BYTES)
    mended = "\n".join([origin, size, encode_base64(EMPTY_ROOT), rest])
    return parse_checkpoint(mended), claimed


def _asked(
    sent: AddCheckpoint,
    note: Note,
    checkpoint: Checkpoint,
    root: bytes,
    signed: tuple[VerifierKey, ...],
) -> Asked:
    ids = {(key.name, key.key_id) for key in signed}
    own = {(each.name, each.key_id): each for each in note.signatures}
    return Asked(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=root,
        note=Note(note.text, tuple(own[each] for each in own if each in ids)),
        old=sent.old,
        proof=sent.proof,
    )


def _guilt(asked: Asked, root: bytes) -> Guilt | None:
    """Say what a request with a proof that does not hold shows; ``root`` is that of ``old``."""
    if asked.size == 0:  # a root that no empty tree has
        return Guilt.FORK
    if asked.old == 0 or (asked.old, root) == (asked.size, asked.root):
        return None  # the checkpoint is fine; only the proof should have been empty
    if shows_fork(asked.old, root, asked.size, asked.root, asked.proof):
        return Guilt.FORK
    return Guilt.UNPROVEN


def _say(status: int, reason: str) -> Reply:
    return Reply(status, f"{reason}\n".encode())
