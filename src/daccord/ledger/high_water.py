"""How far this node has seen the log: a tree that is shorter, or another one, is not continued.

The newest signed checkpoint stands in a file beside the data, so that a ledger restored from an
old backup, or exchanged for another, is noticed at the next start as well. Without a key there is
nothing to keep but a size and a root in memory, until the process ends.

When a power loss takes the file's newest content away, an older checkpoint of the same log is left,
and the log is consistent with it.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from daccord.errors import Conflict, Damaged, LedgerError, NoteRejected, ProofRejected
from daccord.ledger.prove import tiles_of
from daccord.merkle.checkpoints import parse_checkpoint
from daccord.merkle.notes import parse_note
from daccord.merkle.proofs import check_consistency, prove_consistency

if TYPE_CHECKING:
    from daccord.ledger.tables import Head, LogTables


class Mark(NamedTuple):
    """A size and root that the log has had."""

    size: int
    root: bytes


def file_beside(ledger: Path) -> Path:
    """Name the file that goes with the SQLite file ``ledger``."""
    return ledger.with_suffix(".checkpoint")


class HighWater:
    """The newest mark, in memory and, where there is a ``path``, in its file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen = Mark(0, b"")
        self._unsaved: Head | None = None

    def read(self) -> Mark:
        """Give the newest mark; of size 0 where nothing was seen yet.

        To be read before the head that is then checked: the file is written after a commit, by
        other processes too. Raises `Damaged` for a file that is no checkpoint, `LedgerError` for
        one that cannot be read.
        """
        try:
            kept = self._read_file()
        except OSError as error:
            raise LedgerError(f"the newest checkpoint seen: {error.strerror}") from error
        return kept if kept is not None and kept.size > self._seen.size else self._seen

    def check(self, mark: Mark, head: Head, tables: LogTables) -> None:
        """Raise `Conflict` unless ``head`` is what ``mark`` has grown into."""
        if mark.size == 0:
            return
        if head.size < mark.size:
            raise Conflict(
                f"the log ends at {head.size}, but was seen with {mark.size} entries{self._hint()}"
            )
        try:
            if head.size == mark.size:
                proof: tuple[bytes, ...] = ()
            else:
                proof = prove_consistency(mark.size, head.size, tiles_of(tables))
            check_consistency(mark.size, mark.root, head.size, head.root, proof)
        except ProofRejected:
            raise Conflict(
                f"the log of {head.size} entries is not the one that was seen with "
                f"{mark.size}{self._hint()}"
            ) from None

    def advance(self, head: Head) -> None:
        """Keep ``head``, which was checked or committed, in memory."""
        if head.size > self._seen.size:
            self._seen = Mark(head.size, head.root)
        if head.checkpoint is not None:
            self._unsaved = head

    def save(self) -> None:
        """Keep the newest checkpoint in the file. Raises `LedgerError` when it cannot.

        Not at each merge: an fsync here holds up the one of an append.
        """
        head = self._unsaved
        if self._path is None or head is None or head.checkpoint is None:
            return
        try:
            kept = self._read_file()
            if kept is None or kept.size < head.size:
                _replace(self._path, head.checkpoint.encode())
        except OSError as error:
            raise LedgerError(f"the newest checkpoint seen: {error.strerror}") from error
        self._unsaved = None

    def _read_file(self) -> Mark | None:
        if self._path is None:
            return None
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            checkpoint = parse_checkpoint(parse_note(raw.decode()).text)
        except (NoteRejected, UnicodeDecodeError):
            raise Damaged(self._path.name, "the file is no checkpoint") from None
        return Mark(checkpoint.size, checkpoint.root)

    def _hint(self) -> str:
        if self._path is None or not self._path.exists():
            return ""
        return (
            f"\n  hint: '{self._path}' holds what was seen. Was an old copy put in the ledger's "
            "place?"
        )


def _replace(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` as a whole, for its owner alone."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    new = Path(name)
    try:
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
