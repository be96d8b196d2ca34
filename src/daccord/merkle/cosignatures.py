"""Cosignatures: a witness says until when it saw a log only grow: https://c2sp.org/tlog-cosignature.

Ed25519, type 0x04. What is signed is a header, a time and the whole text of the checkpoint; what
stands in the note is the time (8 bytes, big-endian) and the signature (64 bytes).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from daccord.errors import NoteRejected
from daccord.merkle.notes import COSIGNATURE, SIGNATURE_BYTES, Signature, check_signature
from daccord.merkle.spelling import MAXIMUM_NUMBER, encode_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.merkle.notes import Note, Signer, VerifierKey

_STAMPED: Final = struct.Struct(f">Q{SIGNATURE_BYTES}s")


def cosign(text: str, time_s: int, signer: Signer) -> Signature:
    """Cosign the text of a checkpoint as of ``time_s``, seconds since 1970 UTC.

    Says that this is the largest tree of the log that the signer has seen, and that it is
    consistent with all before; the caller has made sure of both. Raises NoteRejected for a signer
    of another algorithm and for a time that is not from 1 to 2**63 - 1.
    """
    if signer.verifier.algorithm != COSIGNATURE:
        raise NoteRejected("a witness signs with a key of type 4")
    _check_time(time_s)
    stamped = _STAMPED.pack(time_s, signer.sign_bytes(_message(text, time_s)))
    return Signature(signer.name, signer.verifier.key_id, stamped)


def check_cosignature(text: str, signature: Signature, key: VerifierKey) -> int:
    """Give the time (seconds since 1970 UTC) as of which ``key`` cosigned ``text``.

    Raises NoteRejected when it did not.
    """
    if key.algorithm != COSIGNATURE or (signature.name, signature.key_id) != (key.name, key.key_id):
        raise NoteRejected("a signature that is not in the name of this witness")
    if len(signature.raw) != _STAMPED.size:
        raise NoteRejected("a cosignature that is not 72 bytes long")
    time_s, raw = _STAMPED.unpack(signature.raw)
    _check_time(time_s)
    check_signature(key, raw, _message(text, time_s))
    return int(time_s)


def verify_cosignatures(note: Note, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int]:
    """Give those of ``keys`` that cosigned the note, each with its time, the earliest if several.

    None is no error: whether they are enough is for a policy. Signatures of other keys are passed
    over. Raises NoteRejected when one claims to be by one of ``keys`` and is not.
    """
    known = {(key.name, key.key_id): key for key in keys if key.algorithm == COSIGNATURE}
    found: dict[VerifierKey, int] = {}
    for signature in note.signatures:
        if key := known.get((signature.name, signature.key_id)):
            time_s = check_cosignature(note.text, signature, key)
            found[key] = min(time_s, found.get(key, time_s))
    return found


def _message(text: str, time_s: int) -> bytes:
    return encode_utf8(f"cosignature/v1\ntime {time_s}\n{text}")


def _check_time(time_s: int) -> None:
    if not 1 <= time_s <= MAXIMUM_NUMBER:
        raise NoteRejected("a cosignature as of no time")
