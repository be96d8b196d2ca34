"""Proofs that can be checked offline: https://c2sp.org/tlog-proof.

A tlog-proof says where an entry stands, how its hash leads to a root, and who signed that root.
What the entry is, it leaves to whoever uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daccord.errors import NoteRejected
from daccord.merkle.checkpoints import parse_checkpoint
from daccord.merkle.hashing import HASH_BYTES
from daccord.merkle.notes import MAXIMUM_NOTE_BYTES, parse_note
from daccord.merkle.spelling import (
    MAXIMUM_NUMBER,
    decode_base64,
    encode_base64,
    parse_decimal,
)

HEADING: Final = "c2sp.org/tlog-proof@v1"

MAXIMUM_HASHES: Final = 63
"""As high as a tree of 2**63 - 1 leaves is."""
MAXIMUM_EXTRA_BYTES: Final = 32 * 1024
_LONGEST: Final = 2 * MAXIMUM_NOTE_BYTES


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Leaf index from 0, the hashes of its inclusion proof, and the signed note of a checkpoint.

    ``extra`` is opaque and authenticated by nothing. That the hashes prove anything, or that the
    note is signed by whom it should be, is not said by such a value: that is for the checks.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __post_init__(self) -> None:
        """Raise NoteRejected for what would not be read back as the same proof."""
        if not 0 <= self.index <= MAXIMUM_NUMBER:
            raise NoteRejected("an index that no leaf has")
        if len(self.hashes) > MAXIMUM_HASHES:
            raise NoteRejected("more hashes than a tree is high")
        if any(len(hashed) != HASH_BYTES for hashed in self.hashes):
            raise NoteRejected("a hash that is not 32 bytes long")
        if self.extra is not None and len(self.extra) > MAXIMUM_EXTRA_BYTES:
            raise NoteRejected("extra data longer than 32 KiB")
        parse_checkpoint(parse_note(self.checkpoint).text)


def format_tlog_proof(proof: TlogProof) -> str:
    """Write a proof: what `parse_tlog_proof` reads."""
    extra = [] if proof.extra is None else [f"extra {encode_base64(proof.extra)}"]
    lines = [HEADING, *extra, f"index {proof.index}", *map(encode_base64, proof.hashes), ""]
    return "".join([f"{line}\n" for line in lines]) + proof.checkpoint


def parse_tlog_proof(text: str) -> TlogProof:
    """Read a proof; raises NoteRejected for anything that `format_tlog_proof` does not write."""
    if len(text) > _LONGEST:
        raise NoteRejected("longer than 128 KiB")
    head, _, checkpoint = text.partition("\n\n")
    heading, *lines = head.split("\n")
    if heading != HEADING:
        raise NoteRejected("not a tlog-proof of version 1")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise NoteRejected("a tlog-proof without an index")
    if len(lines) - 1 > MAXIMUM_HASHES:
        raise NoteRejected("more hashes than a tree is high")
    return TlogProof(
        index=parse_decimal(lines[0].removeprefix("index ")),
        hashes=tuple(decode_base64(line, length=HASH_BYTES) for line in lines[1:]),
        checkpoint=checkpoint,
        extra=extra,
    )
