"""The log's tables on the SQLite file (`daccord.ledger.tables.LogTables`).

1. A record has its leaf from the moment it is appended: SQLite lets one write at a time, so the
   order of arriving has no gaps. At ``head.size`` ends what is in the tree; what follows waits.
   A merge therefore writes tiles, bundles and the head, and no record a second time.
2. A merge is one statement (``merge`` in statements.sql), and so are the rows it starts from: the
   sqlite3 module hands the interpreter over at each, and an event loop may be busy.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from daccord.errors import Conflict, Damaged, LedgerError, NoteRejected
from daccord.ledger import schema
from daccord.ledger.sqlite_file import Refused, SqliteFile
from daccord.ledger.tables import Arrived, Head, Row, Waiting
from daccord.merkle.bundles import decode_entries
from daccord.merkle.hashing import HASH_BYTES
from daccord.merkle.tiles import TILE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from daccord.consent.choice import RecordId
    from daccord.ledger.sqlite_access import Values
    from daccord.ledger.tables import Merge

BLANK_MARGIN: Final = 256
"""Limit: rows on either side of a blank row that have to be blank for it to go (statements.sql)."""
WAL_FRAMES_MAX: Final = 8_000
"""Limit, 32 MB: above it the file of writes begins anew. It does so by itself when nothing is
written for a moment; under load no such moment comes."""
_RESTART_SECONDS: Final = 0.1
_PAGE: Final = 1_000
_TILE_HEIGHT: Final = 8


class SqliteTables:
    """One thread's view of the file at ``path``, and the merger's hands."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path)
        self._bundle: tuple[int, tuple[bytes, ...]] = (-1, ())
        self._act = lru_cache(maxsize=1_024)(self._read_act)
        self.head()

    def elect(self) -> bool:
        return True

    def head(self) -> Head:
        return _head(self._file.read("head"))

    def waiting(self, limit: int) -> Waiting:
        with self._file.one_moment():
            return self._waiting(limit)

    def commit(self, merge: Merge) -> None:
        if list(merge.dropped) != [leaf for leaf, _ in merge.merged]:
            raise Damaged("a waiting record", "it would get another leaf than it has")
        contents = bytearray()
        tiles = [
            (level, number, _put(contents, hashes), len(hashes))
            for (level, number), hashes in merge.tiles.items()
        ]
        bundles = [
            (number, _put(contents, entries), len(entries))
            for number, entries in merge.bundles.items()
        ]
        values: Values = {
            "before_size": merge.before.size,
            "before_root": merge.before.root,
            "after_size": merge.after.size,
            "after_root": merge.after.root,
            "checkpoint": merge.after.checkpoint,
            "tiles": json.dumps(tiles),
            "bundles": json.dumps(bundles),
            "contents": bytes(contents),
        }
        try:
            self._file.write("merge", values)
        except Refused as refused:
            raise Conflict("another node has merged in the meantime") from refused

    def tile(self, level: int, number: int) -> bytes | None:
        row = self._file.read("tile", {"level": level, "number": number})
        return None if row is None else _bytes(row[0], f"tile {level}/{number}")

    def bundle(self, number: int) -> bytes | None:
        row = self._file.read("bundle", {"number": number})
        return None if row is None else _bytes(row[0], f"bundle {number}")

    def act(self, number: int) -> str:
        return self._act(number)

    def leaf_of(self, record_id: RecordId) -> tuple[int, Row] | None:
        found = self.find(record_id)
        return found if found is not None and found[0] < self.head().size else None

    def following(self, record_id: RecordId) -> Sequence[RecordId]:
        return [row[0] for row in self._file.read_all("following", id=record_id)]

    def rows(self, first: int, end: int) -> Sequence[tuple[int, Row]]:
        return [read_row(row) for row in self._file.read_all("rows_between", first=first, end=end)]

    def page_after(self, leaf: int, page: int) -> Sequence[tuple[int, Row]]:
        """Rows after ``leaf``, in the tree or waiting, by leaf."""
        return [read_row(row) for row in self._file.read_all("records_after", leaf=leaf, page=page)]

    def find(self, record_id: RecordId) -> tuple[int, Row] | None:
        """The row of a record, in the tree or waiting."""
        row = self._file.read("record_of", {"id": record_id})
        return None if row is None else read_row(row)

    def entry(self, leaf: int) -> bytes | None:
        """What the log holds at ``leaf``, or ``None`` where it ends before."""
        number, place = divmod(leaf, TILE_WIDTH)
        known, entries = self._bundle
        if known != number or place >= len(entries):
            try:
                entries = decode_entries(self.bundle(number) or b"")
            except NoteRejected as error:
                raise Damaged(f"bundle {number}", error.reason) from None
            self._bundle = number, entries
        return entries[place] if place < len(entries) else None

    def statements(self) -> Iterator[tuple[int, str]]:
        leaf = -1
        while page := self._file.read_all("statements", leaf=leaf, page=_PAGE):
            yield from page
            leaf = page[-1][0]

    def text(self, digest: bytes) -> bytes | None:
        row = self._file.read("text_of", {"hash": digest})
        return None if row is None else _bytes(row[0], "text")

    def older_than(self, time_ms: int, limit: int) -> Sequence[RecordId]:
        return [row[0] for row in self._file.read_all("older_than", time=time_ms, limit=limit)]

    def keep_checkpoint(self, size: int, note: str) -> None:
        self._file.write("keep_checkpoint", {"size": size, "note": note})

    def drop_checkpoint(self, size: int) -> None:
        """Let go of a kept checkpoint that has no time-stamp."""
        self._file.write("drop_checkpoint", {"size": size})

    def checkpoints(self) -> Sequence[tuple[int, str]]:
        return [(size, note) for size, note in self._file.read_all("checkpoints")]

    def keep_timestamp(self, size: int, token: bytes) -> None:
        self._file.write("keep_timestamp", {"size": size, "token": token})

    def timestamps(self) -> Sequence[tuple[int, bytes]]:
        return [(size, token) for size, token in self._file.read_all("timestamps")]

    def publish(self, statement: str, texts: Mapping[bytes, bytes]) -> None:
        for digest, body in texts.items():
            self._file.write("add_text", {"hash": digest, "body": body})
        self._file.write("add_statement", {"body": statement})  # last: what it names is there

    def is_waiting(self, record_ids: Sequence[RecordId]) -> bool:
        """Whether one of these is durable, and not in the tree yet."""
        row = self._file.read("is_waiting", {"ids": json.dumps(record_ids)})
        return row is not None and bool(row[0])

    def is_anything_waiting(self) -> bool:
        """Whether there is something to merge."""
        row = self._file.read("is_anything_waiting")
        return row is not None and bool(row[0])

    def forget(self, record_ids: Sequence[RecordId]) -> int:
        """Make the rows of records in the tree blank, and let go of those that can go."""
        ids = json.dumps(record_ids)
        leaves = sorted(row[0] for row in self._file.read_all("leaves_of", ids=ids))
        count = self._file.write("forget_records", {"ids": ids})
        reach = 2 * BLANK_MARGIN + 1
        for first, last in _clusters(leaves):
            runs = self._file.read_all(
                "blank_runs", first=first - reach, last=last + reach, margin=BLANK_MARGIN
            )
            for run_first, run_last in runs:
                self._file.write("drop_blank_records", {"first": run_first, "last": run_last})
        return count

    def empty_wal(self) -> None:
        """Take everything that was ever forgotten out of the file of writes.

        Waits for readers, as long as for a writer. Raises `LedgerError` when one stays.
        """
        done, _ = self._file.checkpoint("TRUNCATE", schema.BUSY_SECONDS)
        if not done:
            name = self._file.path.name
            raise LedgerError(
                f"{name}: somebody is reading it, so that what was forgotten is still in "
                f"{name}-wal\n  hint: it goes with the next call, or when every process has "
                "closed the ledger"
            )

    def rest(self) -> None:
        """Bring the file of writes back, so that no append has to; then let go."""
        _, frames = self._file.checkpoint("PASSIVE", 0)
        if frames > WAL_FRAMES_MAX:
            # Holds up every append for as long as there is something left to bring back.
            self._file.checkpoint("PASSIVE", 0)
            self._file.checkpoint("RESTART", _RESTART_SECONDS)
        self.close()

    def close(self) -> None:
        self._act.cache_clear()
        self._file.close()

    def _read_act(self, number: int) -> str:
        row = self._file.read("act_of", {"number": number})
        if row is None or not isinstance(row[0], str):
            raise Damaged(f"act {number}", "it is missing")
        return row[0]

    def _waiting(self, limit: int) -> Waiting:
        head = self.head()
        statements: list[str] = []
        end = 2**62
        for leaf, body in self._file.read_all(
            "waiting_statements", first=head.size, limit=limit + 1
        ):
            if leaf != head.size + len(statements) or len(statements) == limit:
                end = leaf
                break
            statements.append(body)
        first = head.size + len(statements)
        arrived = self._waiting_rows(first, end, limit - len(statements))
        return Waiting(
            head=head,
            edge=self._edge(head.size),
            bundle=self._last_bundle(head.size),
            statements=statements,
            arrived=arrived,
            known=frozenset(),
        )

    def _waiting_rows(self, first: int, end: int, limit: int) -> list[Arrived]:
        row = self._file.read("waiting_rows", {"first": first, "end": end, "limit": limit})
        try:
            found = sorted(json.loads(row[0] if row else "[]"))
        except ValueError:
            raise Damaged("record", "a waiting one holds what is no text") from None
        if [each[0] for each in found] != list(range(first, first + len(found))) or (
            end < 2**62 and len(found) < min(limit, end - first)
        ):
            raise Damaged("record", f"one is missing among the waiting ones after leaf {first}")
        return [
            Arrived(leaf, read_row((leaf, id_, act, time_ms, previous, bytes.fromhex(salt)))[1])
            for leaf, id_, act, time_ms, previous, salt in found
        ]

    def _edge(self, size: int) -> dict[int, bytes]:
        edge, level = {}, 0
        while size >> (_TILE_HEIGHT * level):
            number, width = divmod(size >> (_TILE_HEIGHT * level), TILE_WIDTH)
            if width:
                edge[level] = (self.tile(level, number) or b"")[: width * HASH_BYTES]
            level += 1
        return edge

    def _last_bundle(self, size: int) -> bytes:
        number, width = divmod(size, TILE_WIDTH)
        return (self.bundle(number) or b"") if width else b""


def read_row(row: tuple[Any, ...]) -> tuple[int, Row]:
    """Read a row of the table ``record``. Raises `Damaged` for what was never written there."""
    leaf, id_, act, time_ms, previous, salt = row
    if not (
        isinstance(id_, str)
        and isinstance(act, int)
        and isinstance(time_ms, int)
        and (previous is None or isinstance(previous, str))
        and isinstance(salt, bytes)
    ):
        raise Damaged(f"record of leaf {leaf}", "its row was never written so")
    return leaf, Row(
        id=cast("RecordId", id_),
        act=act,
        time_ms=time_ms,
        previous=cast("RecordId | None", previous),
        salt=salt,
    )


def _head(row: tuple[Any, ...] | None) -> Head:
    if row is None:
        raise Damaged("head", "it is missing")
    size, root, checkpoint = row
    if not (
        isinstance(size, int)
        and size >= 0
        and isinstance(root, bytes)
        and len(root) == HASH_BYTES
        and (checkpoint is None or isinstance(checkpoint, str))
    ):
        raise Damaged("head", "it was never written so")
    return Head(size=size, root=root, checkpoint=checkpoint)


def _bytes(value: object, where: str) -> bytes:
    if not isinstance(value, bytes):
        raise Damaged(where, "it holds no bytes")
    return value


def _put(contents: bytearray, added: bytes) -> int:
    start = len(contents)
    contents += added
    return start


def _clusters(leaves: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give first and last of each group of ascending ``leaves`` that lie near each other."""
    first = last = None
    for leaf in leaves:
        if last is not None and first is not None and leaf - last > 2 * BLANK_MARGIN:
            yield first, last
            first = None
        first, last = leaf if first is None else first, leaf
    if first is not None and last is not None:
        yield first, last
