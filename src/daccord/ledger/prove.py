"""Proofs from the tables of a ledger: the receipts of its records.

Nothing that does not verify leaves this module: what the tables hold is taken for a claim, and
each proof is checked before it is given. That a log only grew is proved where it is asked:
`daccord.ledger.high_water`, `daccord.ledger.anchoring`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daccord.consent.encoding import decode_record
from daccord.errors import Damaged, NoteRejected, ProofRejected, RecordRejected
from daccord.ledger.acts import join_act
from daccord.ledger.statements import keys_in_log
from daccord.merkle.checkpoints import open_checkpoint, parse_checkpoint
from daccord.merkle.hashing import HASH_BYTES, hash_leaf
from daccord.merkle.notes import parse_note
from daccord.merkle.proofs import check_inclusion, prove_inclusion
from daccord.merkle.tiles import Tile, tile_path
from daccord.merkle.tlog_proof import TlogProof
from daccord.receipt.commitment import commit
from daccord.receipt.receipt import Receipt, format_receipt, order_signatures

if TYPE_CHECKING:
    from daccord.consent.choice import RecordId
    from daccord.ledger.tables import LogTables
    from daccord.merkle.checkpoints import Checkpoint
    from daccord.merkle.proofs import ReadTile


def receipt_of(tables: LogTables, record_id: RecordId) -> bytes | None:
    """Give the receipt of a record in the tree.

    Against the newest checkpoint that somebody else has cosigned or time-stamped, if it covers
    the record's leaf, and against the newest of all otherwise. ``None`` for a record that is
    unknown, waiting or forgotten, and where there is no checkpoint (a log without a key).

    Raises `Damaged` when what the tables hold does not make a receipt that verifies.
    """
    found = tables.leaf_of(record_id)
    if found is None:
        return None
    leaf, row = found
    note = _checkpoint_over(tables, leaf)
    if note is None:
        return None
    where = f"record of leaf {leaf}"
    checkpoint = _open(tables, note)
    try:
        raw_record = join_act(tables.act(row.act), row)
        record = decode_record(raw_record)
        leaf_hash = hash_leaf(commit(row.salt, raw_record))
    except (RecordRejected, ValueError):  # ValueError: a salt of another length
        raise Damaged(where, "the row is no record and salt") from None
    try:
        hashes = prove_inclusion(leaf, checkpoint.size, tiles_of(tables))
        check_inclusion(leaf_hash, leaf, checkpoint.size, hashes, checkpoint.root)
    except ProofRejected:
        raise Damaged(where, "the row is not what the tree holds") from None
    proof = TlogProof(index=leaf, hashes=hashes, checkpoint=order_signatures(note))
    return format_receipt(Receipt(record=record, salt=row.salt, proof=proof))


def tiles_of(tables: LogTables) -> ReadTile:
    """Give a reader of the tree's tiles as they were at any size up to today's.

    A partial tile is the beginning of what is stored by now. The reader raises `Damaged` for a
    tile that is not there, or shorter than it was.
    """

    def read(level: int, number: int, width: int) -> bytes:
        hashes = tables.tile(level, number)
        if hashes is None or len(hashes) < width * HASH_BYTES:
            where = tile_path(Tile(level, number, width))
            raise Damaged(
                where, "the tile is missing" if hashes is None else "the tile is too short"
            )
        return hashes[: width * HASH_BYTES]

    return read


def _checkpoint_over(tables: LogTables, leaf: int) -> str | None:
    """Choose the checkpoint to prove ``leaf`` against."""
    anchored = [
        (is_cosigned(note), size, note) for size, note in tables.checkpoints() if size > leaf
    ]
    if anchored:
        return max(anchored)[-1]
    return tables.head().checkpoint


def is_cosigned(note: str) -> bool:
    """Whether anybody but the log has signed a checkpoint; the signatures are not looked at.

    Raises `Damaged` for text that is no signed note.
    """
    try:
        parsed = parse_note(note)
    except NoteRejected as error:
        raise Damaged("checkpoint", error.reason) from None
    origin = parsed.text.partition("\n")[0]
    return any(signature.name != origin for signature in parsed.signatures)


def _open(tables: LogTables, note: str) -> Checkpoint:
    """Read a stored checkpoint, signed by a key that the log itself names, if it names any."""
    keys = keys_in_log(tables)
    try:
        if keys:
            return open_checkpoint(note, keys)
        return parse_checkpoint(parse_note(note).text)
    except NoteRejected as error:
        raise Damaged("checkpoint", error.reason) from None
