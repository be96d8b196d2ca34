"""A log in memory, to be witnessed: it grows, proves, and can be copied, turned back and forked."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from daccord.merkle.checkpoints import Checkpoint, format_checkpoint, sign_checkpoint
from daccord.merkle.hashing import EMPTY_ROOT, HASH_BYTES, hash_leaf
from daccord.merkle.notes import COSIGNATURE, Note, Signer, format_note, new_signer
from daccord.merkle.proofs import prove_consistency
from daccord.merkle.tree import grow
from daccord.merkle.witnessing import AddCheckpoint, format_add_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

ORIGIN = "paper.example/log"
SIGNER = new_signer(ORIGIN, b"\1" * 32)
LOGS = {ORIGIN: (SIGNER.verifier,)}


def witness_signer(name: str = "witness.example", seed: int = 2) -> Signer:
    """A witness's signer, the same for the same arguments."""
    plain = new_signer(name, bytes([seed]) * 32)
    return Signer(name, plain._private, algorithm=COSIGNATURE)


class SmallLog:
    """A log of ``size`` leaves. ``name`` makes its leaves its own."""

    def __init__(self, size: int = 0, *, name: str = "", signer: Signer = SIGNER) -> None:
        self.signer = signer
        self.size = 0
        self.root = EMPTY_ROOT
        self._edge: dict[int, bytes] = {}
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._roots = {0: EMPTY_ROOT}
        self.grow(size, name=name)

    def grow(self, count: int, *, name: str = "") -> SmallLog:
        """Append leaves, one after another, so that the root of every size is known."""
        for _ in range(count):
            leaf = hash_leaf(f"{name} {self.size}".encode())
            growth = grow(self.size, self._edge, [leaf])
            self.size, self.root, self._edge = growth.size, growth.root, dict(growth.edge)
            self._tiles.update(growth.tiles)
            self._roots[self.size] = self.root
        return self

    def copy(self) -> SmallLog:
        """The same log once more: from here on it may go its own way."""
        other = SmallLog(signer=self.signer)
        for name in ("size", "root", "_edge", "_tiles", "_roots"):
            setattr(other, name, deepcopy(getattr(self, name)))
        return other

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        size = self.size if size is None else size
        return Checkpoint(self.signer.name, size, self._roots[size])

    def note(self, size: int | None = None) -> str:
        return sign_checkpoint(self.checkpoint(size), self.signer)

    def proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        return prove_consistency(old, self.size if new is None else new, self._read)

    def request(self, old: int, new: int | None = None) -> bytes:
        """An add-checkpoint request from ``old`` leaves on."""
        return format_add_checkpoint(AddCheckpoint(old, self.proof(old, new), self.note(new)))

    def _read(self, level: int, index: int, width: int) -> bytes:
        return self._tiles[level, index][: width * HASH_BYTES]


def impossible_note(signer: Signer = SIGNER) -> str:
    """A validly signed checkpoint of an empty tree with a root that none has."""
    text = format_checkpoint(Checkpoint(signer.name, 1, b"\7" * 32)).replace("\n1\n", "\n0\n", 1)
    return format_note(Note(text, (signer.sign(text),)))


def flip(raw: bytes, positions: Iterable[int]) -> bytes:
    """``raw`` with these bits turned."""
    changed = bytearray(raw)
    for position in positions:
        changed[position // 8 % len(changed)] ^= 1 << position % 8
    return bytes(changed)
