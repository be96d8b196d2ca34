"""What a log sends to a witness (C2SP tlog-witness, add-checkpoint), and what shows a fork.

old <size that the witness cosigned last>
<consistency proof from there, one base64 hash a line>…
<empty line>
<checkpoint: a signed note>
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from daccord.errors import NoteRejected
from daccord.merkle.hashing import HASH_BYTES, hash_children
from daccord.merkle.notes import MAXIMUM_NOTE_BYTES
from daccord.merkle.spelling import decode_base64, encode_base64, encode_utf8, parse_decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

PROOF_LINES_MAX: Final = 63
LONGEST_BYTES: Final = MAXIMUM_NOTE_BYTES + 4_096
"""Limit: the longest note, and before it a size and 63 hashes of 45 bytes a line."""


class AddCheckpoint(NamedTuple):
    """A request: ``proof`` leads from a tree of ``old`` leaves to that of ``note``."""

    old: int
    proof: tuple[bytes, ...]
    note: str


def format_add_checkpoint(asked: AddCheckpoint) -> bytes:
    """Write a request's body."""
    lines = [f"old {asked.old}", *map(encode_base64, asked.proof), "", asked.note]
    return encode_utf8("\n".join(lines))


def parse_add_checkpoint(raw: bytes) -> AddCheckpoint:
    """Read a request's body; what follows the empty line is not looked at.

    Raises NoteRejected for anything that `format_add_checkpoint` does not write.
    """
    if len(raw) > LONGEST_BYTES:
        raise NoteRejected(f"a request of more than {LONGEST_BYTES} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise NoteRejected("not valid UTF-8") from None
    head, empty_line, note = text.partition("\n\n")
    first, *proof = head.split("\n")
    if not first.startswith("old ") or not empty_line:
        raise NoteRejected("not 'old', a proof, an empty line and a checkpoint")
    if len(proof) > PROOF_LINES_MAX:
        raise NoteRejected(f"a proof of more than {PROOF_LINES_MAX} lines")
    return AddCheckpoint(
        old=parse_decimal(first.removeprefix("old ")),
        proof=tuple(decode_base64(line, length=HASH_BYTES) for line in proof),
        note=note,
    )


def shows_fork(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether ``proof`` shows that the tree of ``new_root`` does not contain that of ``old_root``.

    Two signed checkpoints of one log and such a proof convict it; nobody else can make them. A
    consistency proof whose hashes add up to the new root consists of nodes of the new tree, so
    that the old root that they add up to is the new tree's own at that size. When it is another
    than ``old_root``, the log signed two histories. A proof that does not even add up to the new
    root shows nothing: anybody could have sent it.

    A proof from a power of two leaves out the old root, so it adds up to nothing without it.
    ``1 <= old <= new``. Algorithm: RFC 9162, 2.1.4.2.
    """
    if old == new:
        return old_root != new_root
    if not proof:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    from_old = from_new = proof[0]
    for each in proof[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            from_old, from_new = hash_children(each, from_old), hash_children(each, from_new)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            from_new = hash_children(from_new, each)
        first, last = first >> 1, last >> 1
    return last == 0 and from_new == new_root and from_old != old_root
