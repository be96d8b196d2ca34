"""A log in PostgreSQL checked from outside, leaf by leaf, against a tree that is built anew."""

from __future__ import annotations

from typing import Final

import psycopg

from daccord.ledger.acts import join_act
from daccord.ledger.tables import Row
from daccord.merkle.bundles import decode_entries
from daccord.merkle.checkpoints import open_checkpoint
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import Signer, new_signer
from daccord.merkle.tree import grow
from daccord.receipt.commitment import COMMITMENT_BYTES, commit

SIGNER: Final[Signer] = new_signer("paper.example/_daccord/log", bytes(range(32)))


def check_log(dsn: str, *, forgotten: int = 0) -> list[str]:
    """Check everything that a merge writes; give the ids of all records, those waiting last.

    ``forgotten`` is how many leaves may be without a row.
    """
    with psycopg.connect(dsn) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        rows = connection.execute(
            "SELECT leaf, id, act, time, previous, salt FROM record ORDER BY leaf"
        ).fetchall()
        acts: dict[int, str] = dict(connection.execute("SELECT number, body FROM act").fetchall())
        tiles = {
            (level, number): hashes
            for level, number, hashes in connection.execute("SELECT * FROM tile").fetchall()
        }
        bundles = connection.execute(
            "SELECT number, entries FROM bundle ORDER BY number"
        ).fetchall()
        statements: dict[int, str] = dict(
            connection.execute("SELECT leaf, body FROM statement WHERE leaf >= 0").fetchall()
        )
        incoming = [
            id_ for (id_,) in connection.execute("SELECT id FROM incoming ORDER BY seq").fetchall()
        ]
        heads = connection.execute("SELECT size, root, checkpoint FROM head").fetchall()
    [(size, root, note)] = heads
    assert [number for number, _ in bundles] == list(range(len(bundles)))
    entries = [entry for _, raw in bundles for entry in decode_entries(raw)]
    assert len(entries) == size
    tree = grow(0, {}, [hash_leaf(entry) for entry in entries])
    assert tree.root == root
    assert tree.tiles == tiles
    for leaf, *rest in rows:
        row = Row(*rest)
        assert entries[leaf] == commit(row.salt, join_act(acts[row.act], row))
    for leaf, body in statements.items():
        assert entries[leaf] == body.encode()
    commitments = [leaf for leaf, entry in enumerate(entries) if len(entry) == COMMITMENT_BYTES]
    assert len(commitments) == len(rows) + forgotten
    ids = [row[1] for row in rows]
    assert len(set(ids)) == len(ids)
    assert len(set(incoming)) == len(incoming)
    if size:
        checkpoint = open_checkpoint(note, [SIGNER.verifier])
        assert (checkpoint.size, checkpoint.root) == (size, root)
    return [*ids, *(id_ for id_ in incoming if id_ not in ids)]
