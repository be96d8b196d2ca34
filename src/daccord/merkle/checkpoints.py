"""Checkpoints: the signed size and root of a log: https://c2sp.org/tlog-checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daccord.errors import NoteRejected
from daccord.merkle.hashing import EMPTY_ROOT, HASH_BYTES
from daccord.merkle.notes import (
    MAXIMUM_NOTE_BYTES,
    Note,
    check_line,
    format_note,
    parse_note,
    verify_note,
)
from daccord.merkle.spelling import (
    MAXIMUM_NUMBER,
    decode_base64,
    encode_base64,
    parse_decimal,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.merkle.notes import Signer, VerifierKey


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Which log (``origin``), how many leaves, and the root over them (32 bytes).

    ``extensions`` are further lines, opaque; daccord's own logs have none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise NoteRejected for what would not be read back as the same checkpoint."""
        for line in (self.origin, *self.extensions):
            check_line(line)
        if not 0 <= self.size <= MAXIMUM_NUMBER:
            raise NoteRejected("a size that no tree has")
        if len(self.root) != HASH_BYTES:
            raise NoteRejected("a root that is not 32 bytes long")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise NoteRejected("an empty tree with another root than the empty one")


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note, the lines above its signatures; raises NoteRejected."""
    if len(text) > MAXIMUM_NOTE_BYTES or not text.endswith("\n"):
        raise NoteRejected("not the text of a checkpoint")
    lines = text[:-1].split("\n")
    if len(lines) < 3:
        raise NoteRejected("a checkpoint has an origin, a size and a root")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin=origin,
        size=parse_decimal(size),
        root=decode_base64(root, length=HASH_BYTES),
        extensions=tuple(extensions),
    )


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Write the text that is signed, last newline included."""
    lines = (
        checkpoint.origin,
        str(checkpoint.size),
        encode_base64(checkpoint.root),
        *checkpoint.extensions,
    )
    return "".join([f"{line}\n" for line in lines])


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """Write the whole signed note. Raises NoteRejected if the signer is called otherwise."""
    if signer.name != checkpoint.origin:
        raise NoteRejected("a log signs under the name of its origin")
    text = format_checkpoint(checkpoint)
    return format_note(Note(text, (signer.sign(text),)))


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Read and verify a signed checkpoint.

    Raises NoteRejected unless one of ``keys`` that is called like the origin signed it: a key of
    one log says nothing about another's. See `verify_note` for signatures of other keys.
    """
    parsed = parse_note(note)
    signed = verify_note(parsed, keys)
    checkpoint = parse_checkpoint(parsed.text)
    if all(key.name != checkpoint.origin for key in signed):
        raise NoteRejected("signed by a known key, but not by one of this log")
    return checkpoint
