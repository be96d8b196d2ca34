"""A ledger copied row by row into a new one, from either store to either store.

1. The source goes on: it is read by pages, and nothing is held for longer than one. The copy is
   the log as it was at the head that was read first. What comes later is left out; a tile that
   has grown since is cut back.
2. Rows and not pages of a file: in the copy there is nothing left over of what was forgotten, not
   even where SQLite does not look.
3. The target is one transaction. It is there whole or not at all.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol

from daccord.errors import Damaged, LedgerError, NoteRejected
from daccord.ledger.dialects import for_psycopg, load_writing
from daccord.ledger.forgotten import NOTHING
from daccord.ledger.reading import pages, read_head
from daccord.ledger.rejoined import record_of, template_of
from daccord.ledger.schema import APPLICATION_ID, create_file, open_writer
from daccord.merkle.bundles import decode_entries, encode_entries
from daccord.merkle.hashing import HASH_BYTES
from daccord.merkle.tiles import TILE_HEIGHT, TILE_WIDTH, width_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from daccord.ledger.forgotten import Forgotten
    from daccord.ledger.postgres_connection import Session
    from daccord.ledger.reading import Line, Reading

PAGE_LEAVES: Final = 4_096
_PAGE_TILES: Final = 64

COLUMNS: Final = {
    "head": ("size", "root", "checkpoint"),
    "act": ("number", "body"),
    "record": ("leaf", "id", "act", "time", "previous", "salt"),
    "incoming": ("leaf", "id", "act", "time", "previous", "salt"),
    "statement": ("leaf", "body"),
    "text": ("hash", "body"),
    "tile": ("level", "number", "hashes"),
    "bundle": ("number", "entries"),
    "checkpoint": ("size", "note"),
    "timestamp": ("size", "token"),
    "refusal": ("day", "declaration_version", "count"),
    "report": ("day", "directive", "host", "count"),
}


class Target(Protocol):
    """A new ledger while it is filled."""

    def put(self, table: str, lines: Iterable[tuple[Any, ...]]) -> None:
        """Write rows with the columns that `COLUMNS` says. Raises `LedgerError`."""
        ...


def copy_ledger(
    source: Reading,
    target: Target,
    *,
    without: Forgotten = NOTHING,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Copy everything but rows that are ``without``; give the size of the log that was copied.

    ``progress`` is told the number of leaves done and of all. Raises `LedgerError`, and `Damaged`
    where the source cannot be read.
    """
    try:
        return _copy(source, target, without, progress or (lambda _done, _all: None))
    except (TypeError, ValueError, AttributeError) as error:  # a value of another kind than ever
        raise Damaged("the ledger", "it holds what was never written there") from error


def _copy(
    source: Reading, target: Target, without: Forgotten, tell: Callable[[int, int], None]
) -> int:
    with source.one_moment():
        size, root, checkpoint = read_head(source)
        target.put("head", [(size, root, checkpoint)])
        # Waiting entries have no place in the tree yet: they are given new ones, without a gap.
        waiting = [body for (body,) in source.lines("statements_waiting")]
        arrived = _but(source, pages(source, "arrived", start=-(2**63)), without)
        numbered = enumerate(arrived, size + len(waiting))
        for page in _batches((leaf, *line[1:]) for leaf, line in numbered):
            target.put("incoming", page)
    tell(0, size)
    for first in range(0, size, PAGE_LEAVES):
        lines = source.lines("rows", first=first, end=min(first + PAGE_LEAVES, size))
        target.put("record", [line for line in lines if line[0] not in without.leaves])
        tell(min(first + PAGE_LEAVES, size), size)
    target.put("statement", source.lines("statements", first=0, end=size))
    # NULL says "waiting" where rows have no leaf before they are merged; see _SqliteTarget.
    target.put("statement", [(None, body) for body in waiting])
    _copy_tiles(source, target, size)
    # After what refers to them: what is there then is more than enough.
    for page in _batches(pages(source, "acts", start=-(2**63))):
        target.put("act", page)
    for (digest,) in pages(source, "text_names", start=b"", page=100):
        target.put("text", [(digest, body) for (body,) in source.lines("text", hash=digest)])
    for name, table in (("checkpoints", "checkpoint"), ("timestamps", "timestamp")):
        target.put(table, [line for line in source.lines(name) if line[0] <= size])
    for name, table in (("refusals", "refusal"), ("reports", "report")):
        target.put(table, source.lines(name))
    return int(size)


def _but(source: Reading, lines: Iterable[Line], without: Forgotten) -> Iterator[Line]:
    """Leave out waiting rows that were merged, and forgotten, after what is copied."""
    for line in lines:
        if without.commitments:
            _, id_, act, time, previous, salt = line
            template = template_of(source.lines("act", number=act)[0][0])
            commitment = sha256(salt + record_of(template, id_, time, previous)).digest()
            if commitment in without.commitments:
                continue
        yield line


def _copy_tiles(source: Reading, target: Target, size: int) -> None:
    level = 0
    while count := size >> (TILE_HEIGHT * level):
        for first in range(0, -(-count // TILE_WIDTH), _PAGE_TILES):
            lines = source.lines("tiles", level=level, first=first, end=first + _PAGE_TILES)
            target.put(
                "tile",
                [
                    (level, number, hashes[: HASH_BYTES * width])
                    for number, hashes in lines
                    if (width := width_at(size, level, number))
                ],
            )
        level += 1
    for first in range(0, -(-size // TILE_WIDTH), _PAGE_TILES):
        lines = source.lines("bundles", first=first, end=first + _PAGE_TILES)
        target.put(
            "bundle",
            [
                (number, _cut(number, entries, width))
                for number, entries in lines
                if (width := width_at(size, 0, number))
            ],
        )


def _cut(number: int, entries: bytes, width: int) -> bytes:
    """Give the first ``width`` entries of a bundle that may have grown since."""
    if width == TILE_WIDTH:
        return entries
    try:
        return encode_entries(decode_entries(entries)[:width])
    except NoteRejected as error:
        raise Damaged(f"bundle {number}", error.reason) from None


def _batches(lines: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    iterator = iter(lines)
    while batch := list(islice(iterator, PAGE_LEAVES)):
        yield batch


class SqliteTarget:
    """A new file at ``path``, one self-contained file at the end, for its owner alone."""

    def __init__(self, path: Path) -> None:
        self._sql = load_writing("sqlite")
        self._path = path
        self._leaves = 0
        with self._errors():
            create_file(path)
        with self._errors():
            self._connection = open_writer(path)
        # Nobody else has it yet, and a crash leaves what is thrown away: fsynced once, at the end.
        # Until then it is no ledger for whoever opens it.
        for pragma in (
            *("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -65536"),
            "application_id = 0",
        ):
            self._connection.execute(f"PRAGMA {pragma}").close()
        self._connection.execute(self._sql["begin"]).close()
        [(self._index,)] = self._connection.execute(self._sql["index_of_records"]).fetchall()
        self._connection.execute(self._sql["drop_index"]).close()

    def put(self, table: str, lines: Iterable[tuple[Any, ...]]) -> None:
        columns = COLUMNS[table]
        values = [dict(zip(columns, line, strict=True)) for line in lines]
        if table == "head":
            self._leaves = values[0]["size"]
        if table == "statement":
            for each in values:
                if each["leaf"] is None:
                    each["leaf"] = self._leaves
                    self._leaves += 1
        with self._errors():
            self._connection.executemany(self._sql[table], values)

    def finish(self) -> None:
        """Make it durable. Raises `LedgerError`."""
        with self._errors():
            self._connection.execute(self._index).close()
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}").close()
            self._connection.execute(self._sql["commit"]).close()
            # A single file, that can be read from a disk which cannot be written.
            self._connection.execute("PRAGMA journal_mode = DELETE").close()
            self._connection.close()
            descriptor = os.open(self._path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def close(self) -> None:
        """Let go of it, finished or not."""
        self._connection.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerError(f"{self._path.name}: {error}") from error
        except OSError as error:
            raise LedgerError(f"{self._path.name}: {error.strerror}") from error


class PostgresTarget:
    """An empty ledger in the database at ``url``, made if there is none."""

    def __init__(self, url: str) -> None:
        from daccord.ledger import postgres_connection, postgres_schema  # noqa: PLC0415 - an extra

        self._sql = {name: for_psycopg(sql) for name, sql in load_writing("postgres").items()}
        self._server = postgres_connection.Server(url)
        self._session: Session = self._server.connect(postgres_connection.MAINTAINING)
        try:
            with self._server.errors():
                postgres_schema.migrate(self._session, self._server)
                self._session.autocommit = False
                [(used,)] = self._session.execute(self._sql["is_used"]).fetchall()
            self._refuse(used=used)
        except BaseException:
            self.close()
            raise

    def put(self, table: str, lines: Iterable[tuple[Any, ...]]) -> None:
        with self._server.errors(), self._session.cursor() as cursor:
            if table == "record":
                with cursor.copy(self._sql[table].rstrip(b";")) as copy:
                    for line in lines:
                        copy.write_row(line)
                return
            columns = COLUMNS[table]
            cursor.executemany(
                self._sql[table],
                [dict(zip(columns, line, strict=True)) for line in lines],
            )

    def _refuse(self, *, used: bool) -> None:
        if used:
            raise LedgerError(f"{self._server.place}: there is a ledger already, and not empty")

    def finish(self) -> None:
        """Make it durable. Raises `LedgerError`."""
        with self._server.errors():
            self._session.execute(self._sql["number_acts"])
            self._session.commit()

    def close(self) -> None:
        """Let go of it; what is not finished is not there."""
        with self._server.errors():
            self._session.close()
