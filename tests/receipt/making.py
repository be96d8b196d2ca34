"""Receipts to test with: of real logs held in memory, and of large ones that are made up."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daccord.consent.encoding import encode_record
from daccord.merkle.checkpoints import Checkpoint, sign_checkpoint
from daccord.merkle.cosignatures import cosign
from daccord.merkle.hashing import HASH_BYTES, hash_children, hash_leaf
from daccord.merkle.notes import (
    COSIGNATURE,
    Note,
    Signer,
    format_note,
    format_vkey,
    new_signer,
    parse_note,
)
from daccord.merkle.policies import parse_policy
from daccord.merkle.proofs import prove_inclusion
from daccord.merkle.tlog_proof import TlogProof
from daccord.merkle.tree import grow
from daccord.receipt.commitment import commit
from daccord.receipt.receipt import Receipt, format_receipt, order_signatures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daccord.consent.record import ConsentRecord
    from daccord.merkle.notes import VerifierKey
    from daccord.merkle.policies import Policy

ORIGIN = "paper.example/consents"
LOG = new_signer(ORIGIN, bytes(range(32)))
SALT = bytes(range(100, 132))


@dataclass
class Tree:
    """A log in memory: its entries and its tiles."""

    entries: Sequence[bytes]
    size: int = 0
    root: bytes = b""
    tiles: Mapping[tuple[int, int], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        growth = grow(0, {}, [hash_leaf(entry) for entry in self.entries])
        self.size, self.root, self.tiles = growth.size, growth.root, growth.tiles

    def read_tile(self, level: int, number: int, width: int) -> bytes:
        return self.tiles[level, number][: width * HASH_BYTES]

    def checkpoint(self, signer: Signer = LOG) -> str:
        return sign_checkpoint(Checkpoint(signer.name, self.size, self.root), signer)


def make_receipt(
    record: ConsentRecord,
    *,
    before: int = 5,
    after: int = 7,
    salt: bytes = SALT,
    signer: Signer = LOG,
) -> Receipt:
    """The receipt of ``record`` in a log with other entries before and after it."""
    others = [index.to_bytes(32) for index in range(before + after)]
    tree = Tree([*others[:before], commit(salt, encode_record(record)), *others[before:]])
    proof = TlogProof(
        index=before,
        hashes=prove_inclusion(before, tree.size, tree.read_tile),
        checkpoint=tree.checkpoint(signer),
    )
    return Receipt(record=record, salt=salt, proof=proof)


def make_raw(record: ConsentRecord) -> bytes:
    return format_receipt(make_receipt(record))


def receipt_in_a_large_log(record: ConsentRecord, *, index: int, size: int) -> Receipt:
    """A receipt that verifies, in a log of which only the path to the record was ever made."""
    some = random.Random(size)  # noqa: S311 - hashes that nobody has to guess
    path: list[tuple[bytes, bool]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        path.append((some.randbytes(HASH_BYTES), index >= middle))
        start, end = (middle, end) if index >= middle else (start, middle)
    root = hash_leaf(commit(SALT, encode_record(record)))
    for hashed, is_left in reversed(path):
        root = hash_children(hashed, root) if is_left else hash_children(root, hashed)
    return Receipt(
        record=record,
        salt=SALT,
        proof=TlogProof(
            index=index,
            hashes=tuple(hashed for hashed, _ in reversed(path)),
            checkpoint=sign_checkpoint(Checkpoint(ORIGIN, size, root), LOG),
        ),
    )


def witness(name: str) -> Signer:
    """A witness whose key is made from its name."""
    private = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
    return Signer(name, private, algorithm=COSIGNATURE)


def witnessed(receipt: Receipt, witnesses: Sequence[Signer], time_s: int) -> Receipt:
    """``receipt`` with the cosignatures of ``witnesses`` under its checkpoint."""
    note = parse_note(receipt.proof.checkpoint)
    signatures = (*note.signatures, *(cosign(note.text, time_s, each) for each in witnesses))
    checkpoint = order_signatures(format_note(Note(note.text, signatures)))
    return replace(receipt, proof=replace(receipt.proof, checkpoint=checkpoint))


def policy_text(witnesses: Sequence[Signer], *, count: str, log: VerifierKey | None = None) -> str:
    """A policy that asks for ``count`` of ``witnesses``, called w0, w1 and so on."""
    names = [f"w{number}" for number in range(len(witnesses))]
    return "".join(
        [
            "" if log is None else f"log {format_vkey(log)}\n",
            *(
                f"witness {name} {format_vkey(each.verifier)}\n"
                for name, each in zip(names, witnesses, strict=True)
            ),
            f"group enough {count} {' '.join(names)}\n",
            "quorum enough\n",
        ]
    )


def policy_of(witnesses: Sequence[Signer], *, count: str, log: VerifierKey | None = None) -> Policy:
    return parse_policy(policy_text(witnesses, count=count, log=log).encode())
