"""The log's tables in PostgreSQL: `daccord.ledger.tables.LogTables`.

Why no fork is possible, whoever believes to be elected: `commit` first locks the row of head and
compares it with what the merge was computed from. A second merger waits at that lock. When it gets
it, READ COMMITTED gives it the row as the first one committed it (FOR UPDATE waits, then reads
anew), so it sees another size and root, and writes nothing. No statement before that lock decides
anything, and none after it reads what a merge decides by; no stricter isolation is needed, and
there is nothing to be retried. All of a merge is in the one transaction that holds the lock.

What a merge takes from ``incoming`` is what it sees: rows become visible out of order of ``seq``.
No mark says how far a merge came, so that none is passed over for ever.

The advisory lock is of the session: it goes when the session does. The sequencer asks each second;
its session is ended by the server (from version 14 on) when it asks for nothing for five: a process
that was stopped, while its kernel still answers. Another node is then elected.
"""

from __future__ import annotations

from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar

from daccord.errors import Conflict, Damaged
from daccord.ledger.postgres_connection import READING, Limits, Lost, Server, Session
from daccord.ledger.postgres_schema import check_schema
from daccord.ledger.tables import Arrived, Head, Merge, Row, Waiting
from daccord.merkle.hashing import HASH_BYTES
from daccord.merkle.tiles import TILE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from daccord.consent.choice import RecordId

_LEVELS: Final = 8
"""Limit: 256^8 leaves are more than a bigint counts."""
_PAGE: Final = 1_000

_T = TypeVar("_T")


class PostgresLog:
    """One session's view of the tables, opened when it is first needed.

    After a fault the session is given up, its lock with it, and the next call opens another one.
    """

    def __init__(self, server: Server, limits: Limits = READING) -> None:
        self._server = server
        self._limits = limits
        self._session: Session | None = None
        self._elected = False

    def elect(self) -> bool:
        return self._even_if_lost(self._elect)

    def _elect(self) -> bool:
        with self._using() as session:
            if self._elected:
                session.run("is_there")
                return True
            self._elected = bool(_one(session, "elect")[0])
            return self._elected

    def head(self) -> Head:
        with self._using() as session:
            return _head(session)

    def waiting(self, limit: int) -> Waiting:
        return self._even_if_lost(lambda: self._waiting(limit))

    def _waiting(self, limit: int) -> Waiting:
        with self._using() as session, _at_one_moment(session):
            head = _head(session)
            edge = {level: head.size >> 8 * (level + 1) for level in range(_LEVELS)}
            tiles = session.run("edge", {"levels": list(edge), "numbers": list(edge.values())})
            bundle = session.run("bundle", {"number": head.size // TILE_WIDTH}).fetchone()
            statements = session.run("waiting_statements", {"page": limit}).fetchall()
            rows = session.run("waiting_rows", {"page": limit}).fetchall()
            return Waiting(
                head=head,
                edge=dict(tiles.fetchall()),
                bundle=b"" if bundle is None else bundle[0],
                statements=[body for (body,) in statements],
                arrived=[Arrived(seq, Row(*row)) for seq, *row, _ in rows],
                known=frozenset(row[1] for row in rows if row[-1]),
            )

    def commit(self, merge: Merge) -> None:
        """Write ``merge``; see `LogTables.commit`. Each statement here may be the last one run."""
        with self._using() as session:
            session.run("begin")
            try:
                _lock_head(session, merge.before)
                _write(session, merge)
            except Conflict:
                session.run("rollback")
                raise
            session.run("commit")

    def is_waiting(self, record_ids: Sequence[RecordId]) -> bool:
        """Whether any of these is durable and not in the tree."""
        return bool(self._rows("waits", {"ids": list(record_ids)}))

    def tile(self, level: int, number: int) -> bytes | None:
        hashes = self._value("tile", {"level": level, "number": number})
        if hashes is not None and (len(hashes) % HASH_BYTES or not hashes):
            raise Damaged(f"tile {number} of level {level}", f"{len(hashes)} bytes are no hashes")
        return hashes

    def bundle(self, number: int) -> bytes | None:
        return self._value("bundle", {"number": number})

    def act(self, number: int) -> str:
        found = self._rows("act", {"number": number})
        if not found:
            raise Damaged(f"act {number}", "it is missing")
        body: str = found[0][0]
        return body

    def leaf_of(self, record_id: RecordId) -> tuple[int, Row] | None:
        found = self._rows("leaf_of", {"id": record_id})
        return _placed(found[0]) if found else None

    def following(self, record_id: RecordId) -> Sequence[RecordId]:
        return [id_ for (id_,) in self._rows("following", {"id": record_id})]

    def rows(self, first: int, end: int) -> Sequence[tuple[int, Row]]:
        return [_placed(row) for row in self._rows("rows", {"first": first, "end": end})]

    def statements(self) -> Iterator[tuple[int, str]]:
        leaf = -1
        while page := self._rows("statements_after", {"leaf": leaf, "page": _PAGE}):
            yield from page
            leaf = page[-1][0]

    def text(self, digest: bytes) -> bytes | None:
        return self._value("text", {"hash": digest})

    def older_than(self, time_ms: int, limit: int) -> Sequence[RecordId]:
        return [id_ for (id_,) in self._rows("older_than", {"time": time_ms, "page": limit})]

    def keep_checkpoint(self, size: int, note: str) -> None:
        with self._using() as session:
            session.run("keep_checkpoint", {"size": size, "note": note})

    def drop_checkpoint(self, size: int) -> None:
        with self._using() as session:
            session.run("drop_checkpoint", {"size": size})

    def checkpoints(self) -> Sequence[tuple[int, str]]:
        return self._rows("checkpoints")

    def keep_timestamp(self, size: int, token: bytes) -> None:
        with self._using() as session:
            session.run("keep_timestamp", {"size": size, "token": token})

    def timestamps(self) -> Sequence[tuple[int, bytes]]:
        return self._rows("timestamps")

    def publish(self, statement: str, texts: Mapping[bytes, bytes]) -> None:
        """Write a statement, unless it is there, and the texts that are not. Durable on return."""
        with self._using() as session, session.transaction():
            if texts:
                session.run(
                    "publish_texts", {"hashes": list(texts), "bodies": list(texts.values())}
                )
            session.run("publish_statement", {"digest": digest_of(statement), "body": statement})

    def rest(self) -> None:
        """Keep the session: the lock of who is elected is the session's."""

    def close(self) -> None:
        session, self._session, self._elected = self._session, None, False
        if session is not None:
            session.close()

    def _rows(self, name: str, values: Mapping[str, object] | None = None) -> list[Any]:
        with self._using() as session:
            return session.run(name, values).fetchall()

    def _value(self, name: str, values: Mapping[str, object]) -> bytes | None:
        rows = self._rows(name, values)
        value: bytes | None = rows[0][0] if rows else None
        return value

    def _even_if_lost(self, ask: Callable[[], _T]) -> _T:
        """Ask again, once, where the session had gone while nobody asked for anything."""
        had_been_open = self._session is not None
        try:
            return ask()
        except Lost:
            if not had_been_open:
                raise
        return ask()

    @contextmanager
    def _using(self) -> Iterator[Session]:
        """Give the session; give it up after any fault but a `Conflict`, which leaves it sound."""
        with self._server.errors():
            try:
                if self._session is None:
                    self._session = self._server.connect(self._limits)
                    check_schema(self._session)
                yield self._session
            except Conflict:
                raise
            except BaseException:
                self.close()
                raise


@contextmanager
def _at_one_moment(session: Session) -> Iterator[None]:
    session.run("begin_reading")
    yield
    session.run("commit")


def _one(session: Session, name: str) -> tuple[Any, ...]:
    row = session.run(name).fetchone()
    if row is None:
        raise Damaged("head", "the one row of it is missing")
    return tuple(row)


def _head(session: Session) -> Head:
    size, root, checkpoint = _one(session, "head")
    return Head(size=size, root=root, checkpoint=checkpoint)


def _placed(row: tuple[Any, ...]) -> tuple[int, Row]:
    leaf, *rest = row
    return leaf, Row(*rest)


def _lock_head(session: Session, before: Head) -> None:
    """Hold up every other merge until this one ends. Raises `Conflict` where one came first."""
    size, root = _one(session, "lock_head")
    if (size, root) != (before.size, before.root):
        raise Conflict(
            f"the log has {size} entries by now, and the merge was computed from {before.size}"
        )


def _write(session: Session, merge: Merge) -> None:
    """Write all but the head's lock and the commit. Raises `Conflict` where a row had gone."""
    if merge.tiles:
        session.run(
            "put_tiles",
            {
                "levels": [level for level, _ in merge.tiles],
                "numbers": [number for _, number in merge.tiles],
                "contents": list(merge.tiles.values()),
            },
        )
    if merge.bundles:
        session.run(
            "put_bundles",
            {"numbers": list(merge.bundles), "contents": list(merge.bundles.values())},
        )
    if merge.statements:
        placed = session.run(
            "place_statements",
            {
                "leaves": [leaf for leaf, _ in merge.statements],
                "digests": [digest_of(body) for _, body in merge.statements],
            },
        ).rowcount
        _expect(placed, merge.statements)
    if merge.merged:
        leaves = [leaf for leaf, _ in merge.merged]
        session.run("put_records", {"leaves": leaves, **columns([r for _, r in merge.merged])})
    if merge.dropped:
        _expect(session.run("drop_incoming", {"seqs": list(merge.dropped)}).rowcount, merge.dropped)
    after = merge.after
    session.run(
        "put_head", {"size": after.size, "root": after.root, "checkpoint": after.checkpoint}
    )


def _expect(found: int, wanted: Sequence[object]) -> None:
    """Hold that what was read as waiting is waiting still: nothing is merged twice."""
    if found != len(wanted):
        raise Conflict(f"of {len(wanted)} entries only {found} were still waiting")


def columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Give rows as the arrays that a statement unnests."""
    return {
        "ids": [row.id for row in rows],
        "acts": [row.act for row in rows],
        "times": [row.time_ms for row in rows],
        "previous": [row.previous for row in rows],
        "salts": [row.salt for row in rows],
    }


def digest_of(body: str) -> bytes:
    """SHA-256 of a text, by which act and statement are unique."""
    return sha256(body.encode()).digest()
