"""The tables under a log: what the merge, the proofs, the verifier and the backup ask of a store.

Rows and bytes only. What an entry means, how hashes come about and what is signed is decided above
(`daccord.ledger.sequencer`, `.prove`, `.verify`), once for all stores.

Every method raises `LedgerError` when the store cannot answer, and `Damaged` when what it holds
cannot be what was written. Used by one thread at a time; make one for each thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from daccord.merkle.hashing import EMPTY_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from daccord.consent.choice import RecordId


class Row(NamedTuple):
    """A consent as a store keeps it. ``act`` numbers the rest of its record (`LogTables.act`).

    ``time_ms`` is milliseconds since 1970 UTC; ``salt`` is 32 bytes.
    """

    id: RecordId
    act: int
    time_ms: int
    previous: RecordId | None
    salt: bytes


class Arrived(NamedTuple):
    """A row that is durable and not in the tree yet. ``seq`` is the order of arriving.

    Where one writes at a time (SQLite) a row has its leaf from then on, and ``seq`` is that.
    """

    seq: int
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The log's size and root, and the signed note of just these, if there is a key."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """All that one merge starts from, read at one moment.

    ``edge`` are the rightmost partial tiles by level, ``bundle`` the rightmost partial entry
    bundle (empty when there is none), ``statements`` those without a leaf, ``arrived`` the oldest
    rows without one, ``known`` the ids among them that are in the tree already.
    """

    head: Head
    edge: Mapping[int, bytes]
    bundle: bytes
    statements: Sequence[str]
    arrived: Sequence[Arrived]
    known: frozenset[RecordId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """All that one merge writes, in one transaction or not at all.

    ``tiles`` maps (level, number) to the whole content, ``bundles`` a number likewise.
    ``merged`` are the rows with their leaf indices, ``dropped`` the ``seq`` of every row that is
    no longer waiting: those merged, and those that were in the tree already.
    """

    before: Head
    after: Head
    tiles: Mapping[tuple[int, int], bytes] = field(default_factory=dict)
    bundles: Mapping[int, bytes] = field(default_factory=dict)
    statements: Sequence[tuple[int, str]] = ()
    merged: Sequence[tuple[int, Row]] = ()
    dropped: Sequence[int] = ()


class LogTables(Protocol):
    """One connection's view of the tables."""

    def elect(self) -> bool:
        """Whether this one is to merge. An economy, not a safeguard: `commit` is the safeguard."""
        ...

    def head(self) -> Head:
        """The newest head; the empty one when nothing was merged."""
        ...

    def waiting(self, limit: int) -> Waiting:
        """What the next merge starts from, with at most ``limit`` statements and rows.

        Statements go before rows. Where entries have their leaves already, these are what comes
        next and can go in that order, so fewer than ``limit`` need not be all.
        """
        ...

    def commit(self, merge: Merge) -> None:
        """Write ``merge``, durably, all or nothing.

        Locks the head first; raises `Conflict` and writes nothing when it is not ``merge.before``
        (size and root). On any other error the merge may or may not have been written: read
        `head` again before anything else.
        """
        ...

    def tile(self, level: int, number: int) -> bytes | None:
        """The hashes of a tile as far as they go (32 bytes each), or ``None``."""
        ...

    def bundle(self, number: int) -> bytes | None:
        """An entry bundle as far as it goes, or ``None``."""
        ...

    def act(self, number: int) -> str:
        """The canonical JSON that the records of act ``number`` share: no id, previous, time."""
        ...

    def leaf_of(self, record_id: RecordId) -> tuple[int, Row] | None:
        """Leaf index and row of a record in the tree; ``None`` if unknown, waiting or forgotten."""
        ...

    def following(self, record_id: RecordId) -> Sequence[RecordId]:
        """Ids of the records, waiting ones too, that name this one as the one before them."""
        ...

    def rows(self, first: int, end: int) -> Sequence[tuple[int, Row]]:
        """The rows that are left with ``first <= leaf < end``, by leaf."""
        ...

    def statements(self) -> Iterator[tuple[int, str]]:
        """Statements in the tree, by leaf."""
        ...

    def text(self, digest: bytes) -> bytes | None:
        """The public text with this SHA-256."""
        ...

    def older_than(self, time_ms: int, limit: int) -> Sequence[RecordId]:
        """At most ``limit`` ids of records in the tree from before ``time_ms``, by leaf."""
        ...

    def keep_checkpoint(self, size: int, note: str) -> None:
        """Keep a checkpoint with its cosignatures; the note of a known size is replaced."""
        ...

    def drop_checkpoint(self, size: int) -> None:
        """Let go of a kept checkpoint that has no time-stamp; nothing where there is none such."""
        ...

    def checkpoints(self) -> Sequence[tuple[int, str]]:
        """The checkpoints that are kept, by size."""
        ...

    def keep_timestamp(self, size: int, token: bytes) -> None:
        """Keep an RFC 3161 time-stamp of the checkpoint of ``size``."""
        ...

    def timestamps(self) -> Sequence[tuple[int, bytes]]:
        """The time-stamps that are kept, by size."""
        ...

    def close(self) -> None:
        """Let go of the connection. May be called again."""
        ...
