"""A new key for a log: the old one vouches for it, inside the log itself.

The new key's statement is put in the log like any other. The checkpoint that covers it is signed
by both keys and kept for good. Who holds the old public key verifies that checkpoint with it, finds
the statement under its root, and has the new key from the old one's hand; who holds the new one
sees in the same note that its owner was there. Nothing that the old key signed loses its worth.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from daccord.errors import Damaged, LedgerError, NoteRejected, SettingsFault
from daccord.ledger.folders import sync_folder
from daccord.ledger.prove import tiles_of
from daccord.ledger.signing import load_signer, make_key
from daccord.ledger.statements import keys_in_log
from daccord.merkle.checkpoints import parse_checkpoint
from daccord.merkle.notes import Note, format_note, format_vkey, parse_note
from daccord.merkle.proofs import prove_inclusion
from daccord.merkle.tlog_proof import TlogProof, format_tlog_proof
from daccord.receipt.statements import KeyStatement, encode_statement

if TYPE_CHECKING:
    from pathlib import Path

    from daccord.ledger.store import Store
    from daccord.ledger.tables import LogTables
    from daccord.merkle.notes import Signer


def hand_over(store: Store, old: Signer, new: Signer) -> str:
    """Have ``old`` vouch for ``new`` in the log of ``store``; give the proof of it.

    The proof is a C2SP tlog-proof of the new key's statement, under the checkpoint that both have
    signed. May be done again. Raises `LedgerError`, and `SettingsFault` for keys of two logs or
    the same key twice.
    """
    if old.name != new.name or old.verifier == new.verifier:
        raise SettingsFault("a rotation is from one key of a log to another one of the same name")
    statement = encode_statement(KeyStatement(vkey=format_vkey(new.verifier)))
    store.publish(statement, {})
    store.merge()
    with closing(store.tables()) as tables:
        head = tables.head()
        leaf = next((leaf for leaf, body in tables.statements() if body == statement), None)
        if leaf is None or leaf >= head.size or head.checkpoint is None:
            raise LedgerError("the new key did not come into the log: nothing was changed")
        note = _sign_twice(head.checkpoint, dict(tables.checkpoints()).get(head.size), old, new)
        tables.keep_checkpoint(head.size, note)
        return _prove(tables, leaf, note)


def knows(store: Store, key: Signer) -> bool:
    """Whether the key's statement is in the tree of ``store``. Raises `LedgerError`."""
    with closing(store.tables()) as tables:
        return key.verifier in keys_in_log(tables)


def rotate_file(path: Path, new: Signer, old: Signer) -> Path:
    """Let the new key's file take the place of the one at ``path``; give where that one went.

    The old file stays, by a name with its key's id in it: at no moment is either of them gone.
    Raises `SettingsFault`.
    """
    kept = path.with_name(f"{path.stem}-{old.verifier.key_id:08x}{path.suffix}")
    try:
        if not (kept.exists() and kept.samefile(path)):
            os.link(path, kept)
        sync_folder(path.parent)
        waiting_file(path).rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise SettingsFault(
            f"the log knows {format_vkey(new.verifier)}, but its file could not take the place of "
            f"'{path}': {error.strerror}\n  hint: the new key is in '{waiting_file(path)}'"
        ) from error
    return kept


def waiting_file(path: Path) -> Path:
    """Where a new key waits until the log knows it."""
    return path.with_name(f"{path.name}.new")


def make_or_find(path: Path, origin: str, *, passphrase: bytes | None) -> Signer:
    """Make the new key beside ``path``, or find it there: a rotation that broke off goes on."""
    waiting = waiting_file(path)
    if not waiting.exists():
        make_key(waiting, origin, passphrase=passphrase)
    return load_signer(waiting, passphrase=passphrase)


def is_handover(note: str) -> bool:
    """Whether two keys of the log itself have signed a checkpoint: it has to be kept for good."""
    try:
        parsed = parse_note(note)
        origin = parse_checkpoint(parsed.text).origin
    except NoteRejected:
        return False
    return len({each.key_id for each in parsed.signatures if each.name == origin}) > 1


def _sign_twice(checkpoint: str, kept: str | None, old: Signer, new: Signer) -> str:
    """Add both signatures to a checkpoint, and those of witnesses that it has already."""
    try:
        note = parse_note(checkpoint)
        more = parse_note(kept).signatures if kept is not None else ()
    except NoteRejected as error:
        raise Damaged("checkpoint", error.reason) from None
    signatures = (*note.signatures, old.sign(note.text), new.sign(note.text), *more)
    return format_note(Note(note.text, tuple(dict.fromkeys(signatures))))


def _prove(tables: LogTables, leaf: int, note: str) -> str:
    size = parse_checkpoint(parse_note(note).text).size
    hashes = prove_inclusion(leaf, size, tiles_of(tables))
    return format_tlog_proof(TlogProof(index=leaf, hashes=hashes, checkpoint=note))
