"""What the pages of the site ask of a store: the public log, and one reader's own record.

Nothing is kept between two calls but connections that are idle. Every method raises `LedgerError`
when the store cannot answer.
"""

from __future__ import annotations

import hmac
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, assert_never

from daccord.consent.encoding import encode_record
from daccord.errors import Conflict, Damaged, LedgerError, NoteRejected, ReceiptRejected
from daccord.exchange.consents import Held
from daccord.exchange.log import Shelf, Wanted
from daccord.ledger.publishing import read_text
from daccord.ledger.statements import keys_in_log
from daccord.merkle.bundles import decode_entries, encode_entries
from daccord.merkle.hashing import HASH_BYTES
from daccord.merkle.notes import format_vkey, parse_note
from daccord.merkle.tiles import ENTRIES, TILE_WIDTH, width_at
from daccord.receipt.check import check_receipt
from daccord.receipt.commitment import commit
from daccord.receipt.receipt import parse_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.consent.choice import RecordId
    from daccord.ledger.store import Store
    from daccord.ledger.tables import LogTables
    from daccord.merkle.notes import VerifierKey
    from daccord.merkle.tiles import Tile

IDLE: Final = 4
"""Connections kept for the next request: as many as the pages have threads."""


class LedgerDesk:
    """Keeps the promises of `daccord.web.asgi_ledger.Ledger` on a store."""

    def __init__(self, store: Store, key: VerifierKey | None = None) -> None:
        """Answer from ``store``, whose log is signed with ``key``, if it is signed at all."""
        self._store = store
        self._key = key
        self._idle: list[LogTables] = []
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._is_closed = False

    def fetch(self, wanted: Wanted) -> bytes | None:
        """Give something of the public log; ``None`` where there is none, or none yet."""
        match wanted.shelf:
            case Shelf.CHECKPOINT:
                return self._checkpoint()
            case Shelf.KEYS:
                return "".join(f"{format_vkey(key)}\n" for key in self.keys()).encode() or None
            case Shelf.TEXT:
                with self._tables() as tables:
                    return tables.text(wanted.digest)
            case Shelf.TILE:
                return None if wanted.tile is None else self._tile(wanted.tile)
        assert_never(wanted.shelf)

    def keys(self) -> tuple[VerifierKey, ...]:
        """Give the keys that the log names, oldest first, and the one in use."""
        with self._tables() as tables:
            keys = keys_in_log(tables)
        if self._key is not None:
            keys = (*keys, self._key)  # its statement may still wait for the first merge
        return tuple(dict.fromkeys(keys))

    def held(self, record_id: RecordId) -> Held | None:
        """Give the record of that id, its receipt, and the declaration that it is under.

        A text is given only if it is the one with that hash.
        """
        record = self._store.find(record_id)
        if record is None:
            return None
        with self._tables() as tables:
            text = read_text(tables, record.declaration_version)
        return Held(record=record, receipt=self._receipt(record_id), declaration=text)

    def _receipt(self, record_id: RecordId) -> bytes | None:
        try:
            return self._store.receipt(record_id)
        except Conflict:
            # The record is durable, and its log goes no further until somebody has looked at it.
            return None

    def held_by(self, receipt: bytes) -> Held | None:
        """Give the record that ``receipt`` is of.

        ``None`` unless the receipt verifies with a key of this log, and its salt and record are
        those in the ledger: who has the salt was given the receipt.
        """
        try:
            given = parse_receipt(receipt)
        except ReceiptRejected:
            return None
        with self._tables() as tables:
            found = tables.leaf_of(given.record.id)
        if found is None or not hmac.compare_digest(found[1].salt, given.salt):
            return None
        held = self.held(given.record.id)
        is_genuine = check_receipt(receipt, self.keys()).passed
        return held if is_genuine and held is not None and held.record == given.record else None

    def is_in_log(self, receipt: bytes) -> bool:
        """Whether the log has the commitment of ``receipt`` at the leaf that it names.

        Where it does not and the receipt is genuine, the log is not the one that it was.
        """
        try:
            given = parse_receipt(receipt)
        except ReceiptRejected:
            return False
        number, place = divmod(given.proof.index, TILE_WIDTH)
        with self._tables() as tables:
            size = tables.head().size
            bundle = tables.bundle(number) if given.proof.index < size else None
        if bundle is None:
            return False
        try:
            entries = decode_entries(bundle)
        except NoteRejected as error:
            raise Damaged(f"bundle {number}", error.reason) from None
        return entries[place : place + 1] == (commit(given.salt, encode_record(given.record)),)

    def forget(self, record_id: RecordId) -> frozenset[RecordId]:
        """Erase a record, those before it, and the withdrawals that ended one of these.

        Gives their ids, ``record_id`` in any case. A withdrawal goes because nothing leads its
        reader to it any more. A later record that grants something stays: a browser holds it.
        """
        chain = {record_id: None}
        at: RecordId | None = record_id
        with self._tables() as tables:
            while at is not None:
                found = tables.leaf_of(at)
                previous = self._previous_of(at) if found is None else found[1].previous
                for later in tables.following(at):
                    if later not in chain and self._grants_nothing(later):
                        chain[later] = None
                at = previous if previous not in chain else None
                if at is not None:
                    chain[at] = None
        self._store.forget(chain)
        return frozenset(chain)

    def _previous_of(self, record_id: RecordId) -> RecordId | None:
        """Look among those that wait as well, by a connection of its own: not for each of many.

        A reader decides how many follow each other, and the threads of the pages are few.
        """
        record = self._store.find(record_id)
        return None if record is None else record.previous

    def _grants_nothing(self, record_id: RecordId) -> bool:
        record = self._store.find(record_id)
        return record is not None and not record.granted

    def close(self) -> None:
        """Let go of idle connections. Later calls work, and keep none."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for tables in idle:
            tables.close()

    def _checkpoint(self) -> bytes | None:
        """Give the newest checkpoint, with its cosignatures if it has some already."""
        with self._tables() as tables:
            head = tables.head()
            if head.checkpoint is None:
                return None
            kept = dict(tables.checkpoints()).get(head.size)
        return (kept if kept and _is_of(kept, head.checkpoint) else head.checkpoint).encode()

    def _tile(self, tile: Tile) -> bytes | None:
        """Give a tile or bundle as wide as asked for, if a checkpoint covers all of it."""
        with self._tables() as tables:
            head = tables.head()
            if head.checkpoint is None or width_at(head.size, tile.level, tile.index) < tile.width:
                return None
            if tile.level == ENTRIES:
                return _first_entries(tables.bundle(tile.index), tile)
            hashes = tables.tile(tile.level, tile.index)
        if hashes is None or len(hashes) < tile.width * HASH_BYTES:
            raise Damaged(f"tile {tile.level}/{tile.index}", "it is shorter than the tree")
        return hashes[: tile.width * HASH_BYTES]

    @contextmanager
    def _tables(self) -> Iterator[LogTables]:
        """Lend a view of the tables to one thread. One that failed is not lent again."""
        with self._lock:
            if self._process != os.getpid():
                # Connections must not cross a fork, and closing one would do just that.
                _inherited.extend(self._idle)
                self._idle, self._process = [], os.getpid()
            tables = self._idle.pop() if self._idle else None
        if tables is not None and not _answers(tables):
            tables = None
        tables = tables or self._store.tables()
        try:
            yield tables
        except BaseException:
            _close(tables)
            raise
        with self._lock:
            if len(self._idle) < IDLE and not self._is_closed:
                self._idle.append(tables)
                return
        _close(tables)


_inherited: list[LogTables] = []
"""What a forked process must neither use nor close; kept so that no collector closes it."""


def _answers(tables: LogTables) -> bool:
    """Whether a connection that was idle still stands: a database may have been restarted."""
    try:
        tables.head()
    except LedgerError:
        _close(tables)
        return False
    return True


def _close(tables: LogTables) -> None:
    try:
        tables.close()
    except LedgerError:
        return  # it was broken already


def _is_of(kept: str, checkpoint: str) -> bool:
    """Whether two notes are of one text: the same tree under more signatures."""
    try:
        return parse_note(kept).text == parse_note(checkpoint).text
    except NoteRejected:
        return False


def _first_entries(bundle: bytes | None, tile: Tile) -> bytes:
    try:
        entries = decode_entries(bundle or b"")
    except NoteRejected as error:
        raise Damaged(f"bundle {tile.index}", error.reason) from None
    if len(entries) < tile.width:
        raise Damaged(f"bundle {tile.index}", "it is shorter than the tree")
    return encode_entries(entries[: tile.width])
