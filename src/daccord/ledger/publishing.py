"""What the log holds of the declaration version that a record names (CNIL-21 a, d).

The statement that it went live stands in the tree like any consent, and the texts behind its
hashes are kept by hash. Nothing is believed here: each hash is computed again, and the statement's
place in the tree is proved against the newest head.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from daccord.consent.encoding import encode_record
from daccord.errors import Damaged, ProofRejected
from daccord.ledger.prove import tiles_of
from daccord.ledger.statements import read_statements
from daccord.merkle.hashing import HASH_BYTES, hash_leaf
from daccord.merkle.proofs import check_inclusion, prove_inclusion
from daccord.merkle.tiles import TILE_WIDTH
from daccord.receipt.commitment import commit
from daccord.receipt.statements import VersionStatement, encode_statement

if TYPE_CHECKING:
    from daccord.consent.record import ConsentRecord
    from daccord.ledger.tables import LogTables
    from daccord.receipt.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Where the statement of a version stands: ``leaf`` (from 0) of the log's ``size`` entries."""

    statement: VersionStatement
    leaf: int
    size: int


def find_publication(tables: LogTables, record: ConsentRecord) -> Publication | None:
    """Find the statement that names the declaration, code and notice of ``record``.

    ``None`` when the log has none. Raises `Damaged` when one is kept that is not in the tree.
    """
    wanted = (record.language, record.notice_hash)
    for leaf, entry in read_statements(tables):
        if (
            isinstance(entry, VersionStatement)
            and entry.declaration_version == record.declaration_version
            and entry.code_hash == record.code_hash
            and wanted in entry.notices
        ):
            size = _check_leaf(tables, leaf, hash_leaf(encode_statement(entry).encode()))
            return Publication(statement=entry, leaf=leaf, size=size)
    return None


def read_text(tables: LogTables, digest: str) -> bytes | None:
    """Give the public text with the hex SHA-256 ``digest``, or ``None`` where there is none.

    Raises `Damaged` for one that has another hash.
    """
    text = tables.text(bytes.fromhex(digest))
    if text is not None and sha256(text).hexdigest() != digest:
        raise Damaged(f"text {digest}", "it has another hash")
    return text


def holds_receipt(tables: LogTables, receipt: Receipt) -> bool:
    """Whether the leaf that ``receipt`` speaks of is, in this log, the one of its record."""
    number, offset = divmod(receipt.proof.index, TILE_WIDTH)
    hashes = tables.tile(0, number) or b""
    leaf_hash = hash_leaf(commit(receipt.salt, encode_record(receipt.record)))
    return hashes[offset * HASH_BYTES : (offset + 1) * HASH_BYTES] == leaf_hash


def _check_leaf(tables: LogTables, leaf: int, leaf_hash: bytes) -> int:
    """Raise `Damaged` unless the head's tree has ``leaf_hash`` at ``leaf``; give its size."""
    head = tables.head()
    try:
        proof = prove_inclusion(leaf, head.size, tiles_of(tables))
        check_inclusion(leaf_hash, leaf, head.size, proof, head.root)
    except ProofRejected:
        raise Damaged(f"statement of leaf {leaf}", "it is not what the tree holds") from None
    return head.size
