"""Which anchored checkpoints are kept with the ledger, and which one counts.

Kept are the newest one that satisfies the policy and every one that was time-stamped; as long as
none satisfies it, the newest that anybody cosigned. A receipt stands on the newest of these that
covers its leaf (`daccord.ledger.prove`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daccord.errors import Damaged, NoteRejected
from daccord.ledger.rotation import is_handover
from daccord.merkle.cosignatures import verify_cosignatures
from daccord.merkle.notes import Note, format_note, parse_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daccord.ledger.tables import LogTables
    from daccord.merkle.notes import Signature, VerifierKey
    from daccord.merkle.policies import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A kept checkpoint: who of the policy cosigned it and as of when; how often stamped."""

    size: int
    note: str
    cosigners: Mapping[VerifierKey, int]
    is_met: bool


def read_whole_anchors(tables: LogTables, policy: Policy) -> tuple[Anchor, ...]:
    """Give the kept checkpoints that can be read, by size.

    One damaged row must not end all anchoring. It stays where it is, for `daccord.ledger.verify`
    to name.
    """
    found = []
    for size, note in tables.checkpoints():
        with suppress(Damaged):
            found.append(_anchor(size, note, policy))
    return tuple(found)


def keep_cosigned(tables: LogTables, size: int, note: str, policy: Policy) -> bool:
    """Keep a checkpoint that was cosigned, if it is the best there is, and let go of older ones.

    Says whether it is kept. In this order, so that there is one at every moment.
    """
    new = _anchor(size, note, policy)
    if not new.cosigners:
        return False
    kept = [each for each in read_whole_anchors(tables, policy) if each.cosigners]
    if not new.is_met and any(each.is_met for each in kept):
        return False
    if any(each.size > size and each.is_met >= new.is_met for each in kept):
        return False
    tables.keep_checkpoint(size, _with_handover(tables, size, note))
    for each in kept:
        if each.size != size and not is_handover(each.note):
            tables.drop_checkpoint(each.size)
    return True


def _with_handover(tables: LogTables, size: int, note: str) -> str:
    """Leave what both keys of a rotation have signed as it is, under ``note``'s signatures too."""
    kept = dict(tables.checkpoints()).get(size)
    if kept is None or not is_handover(kept) or text_of(kept) != text_of(note):
        return note
    return add_signatures(note, parse_note(kept).signatures)


def keep_stamped(tables: LogTables, size: int, note: str, token: bytes) -> None:
    """Keep a time-stamp of a checkpoint, and the checkpoint, with the cosignatures that it has.

    The checkpoint is looked for twice: until the token is kept, another node may let go of it.
    """
    _keep_unless_kept(tables, size, note)
    tables.keep_timestamp(size, token)
    _keep_unless_kept(tables, size, note)


def text_of(checkpoint: str) -> str:
    """Give the text of the head's checkpoint: what is cosigned and stamped. Raises `Damaged`."""
    try:
        return parse_note(checkpoint).text
    except NoteRejected as error:
        raise Damaged("head", f"the checkpoint: {error.reason}") from None


def add_signatures(note: str, signatures: Iterable[Signature]) -> str:
    """Write ``note`` with these signatures too, each once, after those it has."""
    parsed = parse_note(note)
    return format_note(Note(parsed.text, tuple(dict.fromkeys((*parsed.signatures, *signatures)))))


def _keep_unless_kept(tables: LogTables, size: int, note: str) -> None:
    if all(kept != size for kept, _ in tables.checkpoints()):
        tables.keep_checkpoint(size, note)


def _anchor(size: int, note: str, policy: Policy) -> Anchor:
    try:
        cosigners = verify_cosignatures(parse_note(note), policy.witness_keys)
    except NoteRejected as error:
        raise Damaged(f"checkpoint {size}", error.reason) from None
    return Anchor(size=size, note=note, cosigners=cosigners, is_met=policy.is_met(cosigners))
