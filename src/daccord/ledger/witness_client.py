"""A log's side of https://c2sp.org/tlog-witness: ask one witness, understand what it says.

What a witness says is believed only where its own key has signed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from daccord.errors import AnchorFailed, NoteRejected
from daccord.ledger.posting import post
from daccord.merkle.cosignatures import check_cosignature
from daccord.merkle.notes import MAXIMUM_SIGNATURES, Signature, parse_signature
from daccord.merkle.spelling import parse_decimal
from daccord.merkle.witnessing import AddCheckpoint, format_add_checkpoint

if TYPE_CHECKING:
    from daccord.merkle.notes import VerifierKey

SIZE_TYPE: Final = "text/x.tlog.size"
_INCONSISTENT: Final = 422
_CONFLICT: Final = 409
_SIGNED: Final = 200


class Cosigned(NamedTuple):
    """The witness's signature of the checkpoint, and its time: seconds since 1970 UTC."""

    signature: Signature
    time_s: int


class Elsewhere(NamedTuple):
    """The witness cosigned another size last: the proof has to begin there."""

    size: int


class Inconsistent(NamedTuple):
    """To the witness, the checkpoint does not continue what it cosigned."""

    old: int


class Unusable(NamedTuple):
    """No answer, or none that helps; ``reason`` has nothing of what the witness wrote."""

    reason: str


Reaction = Cosigned | Elsewhere | Inconsistent | Unusable


def ask_witness(url: str, key: VerifierKey, asked: AddCheckpoint, *, timeout_s: float) -> Reaction:
    """Ask the witness with submission prefix ``url`` for its cosignature. Waits.

    Raises nothing but SettingsFault, for a URL that cannot be asked.
    """
    try:
        answer = post(
            f"{url.rstrip('/')}/add-checkpoint",
            format_add_checkpoint(asked),
            media_type="text/plain; charset=utf-8",
            timeout_s=timeout_s,
        )
    except AnchorFailed as error:
        return Unusable(str(error))
    if answer.status == _SIGNED:
        return _find_cosignature(answer.body, key, asked.note)
    if answer.status == _CONFLICT:
        return _read_size(answer.media_type, answer.body)
    if answer.status == _INCONSISTENT:
        return Inconsistent(asked.old)
    return Unusable(_WORDS.get(answer.status, f"it answered {answer.status}"))


_WORDS: Final = {
    403: "it does not take the log's key (403): send it the log's verifier key",
    404: "it does not know the log (404): send it the log's verifier key",
}


def _find_cosignature(body: bytes, key: VerifierKey, note: str) -> Reaction:
    """Find what ``key`` has signed among the lines; everything else is passed over."""
    text = note[: note.rfind("\n\n") + 1]
    try:
        lines = body.decode().split("\n")[:MAXIMUM_SIGNATURES]
    except UnicodeDecodeError:
        lines = []
    for line in lines:
        try:
            signature = parse_signature(line)
            return Cosigned(signature, check_cosignature(text, signature, key))
        except NoteRejected:
            continue
    return Unusable("it answered without a cosignature by its key")


def _read_size(media_type: str, body: bytes) -> Reaction:
    try:
        line = body.decode("ascii")
        size = parse_decimal(line.removesuffix("\n"))
    except (NoteRejected, UnicodeDecodeError):
        return Unusable("it answered 409 without a size")
    if media_type != SIZE_TYPE or not line.endswith("\n"):
        return Unusable("it answered 409 without a size")
    return Elsewhere(size)
