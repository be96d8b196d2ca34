"""How a ledger is doing, without verifying it: what it holds, and what needs a person."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from daccord.errors import Conflict, Damaged, LedgerError, NoteRejected, RecordRejected
from daccord.ledger.high_water import HighWater, Mark
from daccord.ledger.reading import is_url, name_of, open_reading, read_head
from daccord.ledger.tables import Head
from daccord.merkle.cosignatures import verify_cosignatures
from daccord.merkle.notes import format_vkey, parse_note
from daccord.receipt.statements import KeyStatement, decode_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from daccord.ledger.reading import Line, Place, Reading
    from daccord.ledger.tables import LogTables
    from daccord.merkle.notes import VerifierKey
    from daccord.merkle.policies import Policy

WAITING_MS_MAX: Final = 60_000
"""Limit: a merge comes after a second. What waits for a minute waits for somebody."""
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """A kept checkpoint: its size, witnesses with the second they signed at, and time-stamps.

    Witnesses are those of the policy, verified; without a policy nobody's signature is.
    """

    size: int
    witnesses: tuple[tuple[str, int], ...]
    timestamps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What there is to say. Times are milliseconds since 1970 UTC; ``needs`` are sentences."""

    store: str
    place: str
    version: int
    size: int
    root: bytes
    is_signed: bool
    keys: tuple[str, ...]
    records: int
    forgotten: int
    statements: int
    waiting: int
    keep_days: int | None
    oldest_ms: int | None
    newest_ms: int | None
    bytes: int
    anchors: tuple[Anchored, ...]
    needs: tuple[str, ...] = field(default=())

    @property
    def bytes_per_record(self) -> int | None:
        """What a consent takes on the disk, index and tree included, once there are some."""
        return self.bytes // self.records if self.records >= 1_000 else None


def status_of(  # noqa: PLR0913 - what a ledger is looked at beside
    place: Place,
    tables: LogTables,
    *,
    high_water: Path,
    key: VerifierKey | None,
    policy: Policy | None,
    keep_days: int | None,
    now_ms: int,
) -> Status:
    """Look at the ledger at ``place``, of which ``tables`` is a view.

    ``key`` is that of the file that the site would sign with; ``keep_days`` how long the
    declaration keeps records, if that is known. Raises `LedgerError`.
    """
    seen = HighWater(high_water)
    mark = _read(seen)  # before the head: the file is written after it, by a running server
    with closing(open_reading(place)) as reading:
        size, root, checkpoint = read_head(reading)
        statements = reading.lines("statements", first=0, end=size)
        [(rows, texts)] = reading.lines("waiting_count")
        [(records,)] = reading.lines("row_count")
        [(oldest, newest)] = reading.lines("first_and_last")
        keys = tuple(_keys(statements))
        needs = [
            *_of_key(key, keys, checkpoint),
            *_of_waiting(reading, now_ms),
            *_of_retention(oldest, keep_days, now_ms),
            *_of_high_water(seen, mark, Head(size=size, root=root), tables),
        ]
        return Status(
            store="PostgreSQL" if is_url(place) else "SQLite",
            place=name_of(place),
            version=reading.lines("version")[0][0],
            size=size,
            root=root,
            is_signed=checkpoint is not None,
            keys=keys,
            records=records,
            forgotten=size - records - len(statements),
            statements=len(statements),
            waiting=rows + texts,
            keep_days=keep_days,
            oldest_ms=oldest,
            newest_ms=newest,
            bytes=int(reading.lines("bytes")[0][0]),
            anchors=tuple(_anchors(reading, policy, needs)),
            needs=tuple(needs),
        )


def _keys(statements: Sequence[Line]) -> Iterable[str]:
    for leaf, body in statements:
        try:
            decoded = decode_entry(body.encode())
        except (RecordRejected, AttributeError, UnicodeEncodeError):
            raise Damaged(f"statement, leaf {leaf}", "it is no statement of a log") from None
        if isinstance(decoded, KeyStatement):
            yield decoded.vkey


def _of_key(key: VerifierKey | None, keys: Sequence[str], checkpoint: object) -> Iterable[str]:
    if key is None:
        if checkpoint is None:
            yield "the log is not signed, and there is no key: `daccord ledger keygen` makes one"
    elif keys and format_vkey(key) not in keys:
        yield "the key in the file is not one that the log names: was a server started with it?"


def _of_waiting(reading: Reading, now_ms: int) -> Iterable[str]:
    [(oldest,)] = reading.lines("oldest_waiting")
    if oldest is not None and now_ms - oldest > WAITING_MS_MAX:
        seconds = (now_ms - oldest) // 1_000
        yield f"records have been waiting for {seconds} s: no server merges them, or none can"


def _of_retention(oldest: int | None, keep_days: int | None, now_ms: int) -> Iterable[str]:
    if oldest is None or keep_days is None:
        return
    days = (now_ms - oldest) // DAY_MS
    if days > keep_days + 1:  # a running site forgets once a day
        yield (
            f"a record is {days} days old, and the declaration keeps them for {keep_days}: "
            "`daccord ledger retain --yes` forgets what is older"
        )


def _read(seen: HighWater) -> Mark | LedgerError:
    try:
        return seen.read()
    except LedgerError as error:
        return error


def _of_high_water(
    seen: HighWater, mark: Mark | LedgerError, head: Head, tables: LogTables
) -> Iterable[str]:
    if isinstance(mark, LedgerError):
        yield f"what this node has seen of the log cannot be read: {mark}"
        return
    try:
        seen.check(mark, head, tables)
    except Conflict as conflict:
        yield f"the log is not what this node has seen of it: {conflict}"
    except Damaged as damaged:
        yield f"the log cannot be held against what this node has seen of it: {damaged}"


def _anchors(reading: Reading, policy: Policy | None, needs: list[str]) -> Iterable[Anchored]:
    stamps = [line[0] for line in reading.lines("timestamps")]
    for size, note in reading.lines("checkpoints"):
        try:
            found = verify_cosignatures(parse_note(note), policy.witness_keys if policy else ())
        except NoteRejected as error:
            needs.append(f"the kept checkpoint of size {size} is not valid: {error}")
            continue
        witnesses = tuple(sorted((key.name, time) for key, time in found.items()))
        yield Anchored(size=size, witnesses=witnesses, timestamps=stamps.count(size))
