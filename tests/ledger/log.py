"""A log looked at from outside: everything computed again, by the definitions and not by our tree.

Slow and plain on purpose. Knows `Store.tables` and what RFC 6962 says; the store's own code for
trees, proofs and merging is not used.
"""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from daccord.consent.encoding import decode_record, encode_record
from daccord.ledger.acts import join_act
from daccord.merkle.bundles import decode_entries
from daccord.merkle.checkpoints import Checkpoint, open_checkpoint
from daccord.merkle.notes import format_vkey, new_signer
from daccord.merkle.proofs import check_inclusion
from daccord.receipt.receipt import parse_receipt
from daccord.receipt.statements import KeyStatement, encode_statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daccord.consent.record import ConsentRecord
    from daccord.ledger.store import Store
    from daccord.merkle.notes import Signer

ORIGIN: Final = "paper.example/_daccord/log"
SIGNER: Final = new_signer(ORIGIN, b"a key for tests, and for nothing")
KEY_STATEMENT: Final = encode_statement(KeyStatement(vkey=format_vkey(SIGNER.verifier)))

Found = list["ConsentRecord | str | None"]
"""By leaf: the record, the statement, or ``None`` for what was forgotten."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01" + root_of(hashes[:split]) + root_of(hashes[split:])).digest()


def check_log(store: Store, signer: Signer | None = SIGNER) -> Found:
    """Hold every table against every other; give what each leaf stands for."""
    with closing(store.tables()) as tables:
        head = tables.head()
        bundles = [tables.bundle(n) for n in range((head.size + 255) // 256)]
        entries = [entry for bundle in bundles for entry in decode_entries(bundle or b"")]
        assert len(entries) == head.size
        assert tables.bundle(len(bundles)) is None
        hashes = [leaf_hash(entry) for entry in entries]
        assert root_of(hashes) == head.root
        level = 0
        while hashes or level == 0:
            numbers = range((len(hashes) + 255) // 256)
            assert b"".join(tables.tile(level, n) or b"" for n in numbers) == b"".join(hashes)
            assert tables.tile(level, len(numbers)) is None
            full = len(hashes) // 256 * 256
            hashes = [root_of(hashes[at : at + 256]) for at in range(0, full, 256)]
            level += 1
        found: Found = [None] * head.size
        for leaf, statement in tables.statements():
            assert entries[leaf] == statement.encode()
            found[leaf] = statement
        ids = set()
        for leaf, row in tables.rows(0, head.size):
            assert found[leaf] is None
            raw = join_act(tables.act(row.act), row)
            assert entries[leaf] == sha256(row.salt + raw).digest()
            assert len(row.salt) == 32
            found[leaf] = decode_record(raw)
            ids.add(row.id)
        assert len(ids) == sum(not isinstance(each, str | None) for each in found)
        assert all(
            len(entry) == 32 for entry, each in zip(entries, found, strict=True) if each is None
        )
        if head.checkpoint is not None and signer is not None:
            assert open_checkpoint(head.checkpoint, [signer.verifier]) == Checkpoint(
                signer.name, head.size, head.root
            )
        return found


def check_proved(
    store: Store,
    record: ConsentRecord,
    signer: Signer = SIGNER,
    *,
    receipt: bytes | None = None,
) -> None:
    """Hold the receipt of ``record`` (a given one, or the store's) against the key alone."""
    raw = store.receipt(record.id) if receipt is None else receipt
    assert raw is not None
    found = parse_receipt(raw)
    assert found.record == record
    checkpoint = open_checkpoint(found.proof.checkpoint, [signer.verifier])
    leaf = leaf_hash(sha256(found.salt + encode_record(record)).digest())
    check_inclusion(leaf, found.proof.index, checkpoint.size, found.proof.hashes, checkpoint.root)
