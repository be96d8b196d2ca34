"""From what is durable to the tree: the one implementation, for every store.

1. What is built on is checked before: the partial tiles hash to the head's root, the entries of
   the last bundle are the tree's last leaves, the head's checkpoint says the same, and the log is
   what this node has seen of it (`daccord.ledger.high_water`).
2. Everything is computed before the store takes a lock, and written in one transaction that
   compares the head. Two that believe to be elected cannot fork the log: the second one is
   refused, looks again and merges what is left.
3. A checkpoint leaves this module only after the commit of the tree that it signs.
4. A fault at any point leaves nothing but what the store holds, and that is one of two: the tree
   before, or the tree after. Whoever comes next begins by reading which.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from daccord.errors import (
    Conflict,
    Damaged,
    LedgerError,
    NoteRejected,
    ProofRejected,
    RecordRejected,
)
from daccord.ledger.acts import join_act
from daccord.ledger.statements import keys_in_log
from daccord.ledger.tables import Head, Merge
from daccord.merkle.bundles import decode_entries, encode_entries
from daccord.merkle.checkpoints import (
    Checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import parse_note
from daccord.merkle.tiles import TILE_WIDTH
from daccord.merkle.tree import grow, root_of
from daccord.receipt.commitment import commit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daccord.ledger.high_water import HighWater
    from daccord.ledger.tables import LogTables, Row, Waiting
    from daccord.merkle.notes import Signer

MERGE_MAX: Final = 1_024
"""Limit: entries of one transaction. Its lock is held for some 1 ms, and 1,024 take some 10 ms."""
RACES_MAX: Final = 20
"""Limit: how often in a row another node may be faster."""
_BREATH: Final = 32
_BREATH_SECONDS: Final = 0.0001


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What one merge did: the log's newest head, how many entries came, whether more wait."""

    head: Head
    entries: int
    more: bool


def merge_once(tables: LogTables, signer: Signer | None, high_water: HighWater) -> Merged:
    """Bring at most `MERGE_MAX` waiting entries into the tree, and sign it if there is a signer.

    A head without a checkpoint gets one, also when nothing waits. Raises `Conflict` when the log
    is not the one that was seen before, or when the key is not one of its own; `Damaged` when what
    the tables hold contradicts itself; `LedgerError` when the store cannot. The log is then as it
    was or, when the store failed in the middle of the commit, merged.
    """
    lost: Conflict | None = None
    for _ in range(RACES_MAX):
        mark = high_water.read()  # before the head: see there
        waiting = tables.waiting(MERGE_MAX)
        _check_start(waiting)
        check_signer(signer, waiting.head, tables)
        high_water.check(mark, waiting.head, tables)
        merge = _build(tables, waiting, signer)
        if merge is not None:
            try:
                tables.commit(merge)
            except Conflict as conflict:
                lost = conflict
                continue
        head = waiting.head if merge is None else merge.after
        high_water.advance(head)
        # Fewer than the limit need not be all: a store gives entries as far as their order allows.
        more = bool(waiting.statements or waiting.arrived)
        return Merged(head=head, entries=head.size - waiting.head.size, more=more)
    raise LedgerError(f"{RACES_MAX} times in a row another node merged first") from lost


def _check_start(waiting: Waiting) -> None:
    head = waiting.head
    try:
        root = root_of(head.size, waiting.edge)
    except ProofRejected as error:
        raise Damaged("head", error.reason) from None
    if root != head.root:
        raise Damaged("head", "the tiles do not hash to the root")
    bundle = f"bundle {head.size // TILE_WIDTH}"
    try:
        last = decode_entries(waiting.bundle)
    except NoteRejected as error:
        raise Damaged(bundle, error.reason) from None
    if b"".join(map(hash_leaf, last)) != waiting.edge.get(0, b""):
        raise Damaged(bundle, "the entries are not the tree's leaves")
    if head.checkpoint is None:
        return
    try:
        checkpoint = parse_checkpoint(parse_note(head.checkpoint).text)
    except NoteRejected as error:
        raise Damaged("head", f"the checkpoint: {error.reason}") from None
    if (checkpoint.size, checkpoint.root) != (head.size, head.root):
        raise Damaged("head", "the checkpoint is one of another tree")


def check_signer(signer: Signer | None, head: Head, tables: LogTables) -> None:
    """Raise `Conflict` for the key of another log, and for one that this log does not know.

    A key that did not come into the log by the one before it is nobody's, for ever: nothing that
    is appended later takes it out again. So it must sign nothing, and its statement must not come
    in; a wrong file is easily named. The first key under a name is taken as it comes, where there
    is no signature to go on from: at the beginning, and after a restore that has ended a log.
    """
    if signer is None:
        return
    if head.checkpoint is not None:
        try:
            note = parse_note(head.checkpoint)
            origin = parse_checkpoint(note.text).origin
        except NoteRejected as error:
            raise Damaged("head", f"the checkpoint: {error.reason}") from None
        if signer.name != origin:
            raise Conflict(f"the key is that of the log {signer.name!r}, not of {origin!r}")
        if signer.verifier.key_id in {each.key_id for each in note.signatures}:
            return
    # Of this name: a log that was taken back to a backup goes on under another one, and says so.
    keys = [key for key in keys_in_log(tables) if key.name == signer.name]
    if signer.verifier in keys or (head.checkpoint is None and not keys):
        return
    raise Conflict(
        f"the log {signer.name!r} does not know the key {signer.verifier.key_id:08x}: it has "
        "another one\n  hint: is it the right file? `daccord ledger rotate` gives a log a new key"
    )


def _build(tables: LogTables, waiting: Waiting, signer: Signer | None) -> Merge | None:
    """Compute what is to be written; ``None`` when that is nothing."""
    before = waiting.head
    rows = [arrived.row for arrived in waiting.arrived if arrived.row.id not in waiting.known]
    entries = [statement.encode() for statement in waiting.statements]
    first = before.size + len(entries)
    entries += _commitments(tables, rows)
    if not waiting.arrived and not entries:
        signs = signer is not None and before.size > 0 and before.checkpoint is None
        return Merge(before=before, after=_sign(before, signer)) if signs else None
    growth = grow(before.size, waiting.edge, [hash_leaf(entry) for entry in entries])
    after = Head(size=growth.size, root=growth.root)
    return Merge(
        before=before,
        after=before if not entries else _sign(after, signer),
        tiles=growth.tiles,
        bundles=_bundles(before.size, waiting.bundle, entries),
        statements=list(enumerate(waiting.statements, before.size)),
        merged=list(enumerate(rows, first)),
        dropped=[arrived.seq for arrived in waiting.arrived],
    )


def _breathe() -> None:
    """Let an event loop in this process have the interpreter.

    A sleep of nothing lets go of it and has it back before anybody else has woken up.
    """
    time.sleep(_BREATH_SECONDS)


def _commitments(tables: LogTables, rows: Sequence[Row]) -> list[bytes]:
    acts: dict[int, str] = {}
    found = []
    for position, row in enumerate(rows):
        if position % _BREATH == 0:
            _breathe()
        if row.act not in acts:
            acts[row.act] = tables.act(row.act)
        try:
            found.append(commit(row.salt, join_act(acts[row.act], row)))
        except RecordRejected as error:
            raise Damaged("a waiting record", error.reason) from None
        except ValueError:
            raise Damaged("a waiting record", "its salt is not 32 bytes long") from None
    return found


def _sign(head: Head, signer: Signer | None) -> Head:
    if signer is None:
        return Head(size=head.size, root=head.root)
    checkpoint = Checkpoint(signer.name, head.size, head.root)
    return Head(size=head.size, root=head.root, checkpoint=sign_checkpoint(checkpoint, signer))


def _bundles(size: int, partial: bytes, entries: Sequence[bytes]) -> Mapping[int, bytes]:
    bundles = {}
    number, room = divmod(size, TILE_WIDTH)
    start, end = 0, TILE_WIDTH - room
    while start < len(entries):
        bundles[number] = partial + encode_entries(entries[start:end])
        number, start, end, partial = number + 1, end, end + TILE_WIDTH, b""
    return bundles
