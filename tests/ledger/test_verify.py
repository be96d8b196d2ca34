"""Whatever is done to a ledger behind its back, the verification says what and where."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from daccord.consent.encoding import encode_record
from daccord.errors import LedgerError
from daccord.ledger import findings as findings_module
from daccord.ledger import verify as verify_module
from daccord.ledger.acts import split_record
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.verify import verify_ledger
from daccord.merkle.bundles import decode_entries, encode_entries
from daccord.merkle.checkpoints import Checkpoint, sign_checkpoint
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import Note, format_note, parse_note
from daccord.merkle.tree import grow
from daccord.receipt.commitment import commit
from tests.ledger.built import (
    Built,
    build,
    copies,
    key_statement,
    new_log_signer,
    published,
    version_statement,
)
from tests.ledger.samples import new_id, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daccord.ledger.findings import Report


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("built") / "ledger.sqlite")


@pytest.fixture
def fresh(built: Built, tmp_path: Path) -> Iterator[Path]:
    return copies(built, tmp_path)


def check(built: Built, path: Path) -> Report:
    return verify_ledger(path, keys=[built.signer.verifier])


def change(path: Path, sql: str, *values: object) -> int:
    with closing(sqlite3.connect(path)) as connection:
        count = connection.execute(sql, values).rowcount
        connection.commit()
    return count


def ids_and_places(report: Report) -> set[tuple[str, str]]:
    return {(each.id, each.where) for each in report.findings}


@pytest.mark.promise("B3")
@pytest.mark.law("REC-3")
def test_nothing_is_wrong_with_a_ledger_that_nobody_touched(built: Built) -> None:
    report = check(built, built.path)
    assert report.ok, report.findings
    assert report.remarks == ()
    counts = report.counts
    assert counts.size == built.size == 602
    assert (counts.records, counts.forgotten, counts.statements) == (580, 20, 2)
    assert (counts.waiting, counts.texts, counts.checkpoints) == (1, 4, 2)


def test_an_empty_ledger_is_one(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "ledger.sqlite")
    store.open()
    store.close()
    report = verify_ledger(tmp_path / "ledger.sqlite")
    assert (report.ok, report.remarks, report.counts.size) == (True, (), 0)


@pytest.mark.parametrize("records", [1, 253, 254, 255, 509, 510, 511])
def test_any_size_verifies(tmp_path: Path, records: int) -> None:
    path = tmp_path / "ledger.sqlite"
    store = SqliteStore(path)
    futures = [store.append(record()) for _ in range(records)]
    assert not [each for each in futures if each.exception()]
    store.merge()
    store.close()
    report = verify_ledger(path)
    assert report.ok, report.findings
    assert report.counts.records == records
    assert {each.id for each in report.remarks} == {"unsigned", "unpublished"}


# What may be changed: table, its key, the column. In the tree, but for what is public.
COLUMNS = [
    ("act", "number", "number"),
    ("act", "number", "body"),
    ("record", "leaf", "leaf"),
    ("record", "leaf", "id"),
    ("record", "leaf", "act"),
    ("record", "leaf", "time"),
    ("record", "leaf", "previous"),
    ("record", "leaf", "salt"),
    ("statement", "leaf", "body"),
    ("statement", "leaf", "leaf"),
    ("text", "hash", "hash"),
    ("text", "hash", "body"),
    ("tile", "rowid", "level"),
    ("tile", "rowid", "number"),
    ("tile", "rowid", "hashes"),
    ("bundle", "number", "number"),
    ("bundle", "number", "entries"),
    ("head", "one", "size"),
    ("head", "one", "root"),
    ("head", "one", "checkpoint"),
    ("checkpoint", "size", "size"),
    ("checkpoint", "size", "note"),
]

# Where a change of each table may be told, by the beginning of the words.
PLACES = {
    "act": ("act ", "record, leaf"),
    "record": ("record, leaf", "waiting row"),
    "statement": ("statement, ",),
    "text": ("text ", "statement, "),
    "tile": ("tile ", "bundle "),
    "bundle": ("bundle ", "tile ", "record, leaf", "statement, ", "head"),
    "head": ("head", "bundle ", "tile ", "record", "statement, ", "waiting row", "checkpoint"),
    "checkpoint": ("checkpoint",),
}


class Spot(NamedTuple):
    """One value and the key of its row."""

    table: str
    key: str
    column: str
    value: Any
    key_value: Any


def spot(path: Path, column: tuple[str, str, str], row: int) -> Spot:
    table, key, name = column
    with closing(sqlite3.connect(path)) as connection:
        # The forgotten are blank rows, and the waiting one is protected by nothing but the file.
        where = "WHERE id IS NOT NULL AND leaf < (SELECT size FROM head)" * (table == "record")
        lines = connection.execute(
            f"SELECT {name}, {key} FROM {table} {where} ORDER BY {key}"  # noqa: S608
        ).fetchall()
    value, key_value = lines[row % len(lines)]
    return Spot(table, key, name, value, key_value)


def altered(value: Any, how: int) -> Any:
    """Another value of the same kind, one bit or one character away, shorter or longer."""
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 1, value + 2**40, value ^ (1 << how % 60)][how % 5]
    if value is None:
        return new_id()
    if how % 7 == 0:
        return value[:-1]
    if how % 7 == 1:
        return value + value[-1:]
    at = how // 7 % len(value)
    if isinstance(value, str):
        other = chr(ord(value[at]) ^ 1 << how % 5) if ord(value[at]) < 128 else "x"
        return value[:at] + other + value[at + 1 :]
    return value[:at] + bytes([value[at] ^ 1 << how % 8]) + value[at + 1 :]


def alter(path: Path, column: tuple[str, str, str], row: int, how: int) -> bool:
    """Change one value; say whether that changed anything."""
    here = spot(path, column, row)
    value = altered(here.value, how)
    sql = f"UPDATE {here.table} SET {here.column} = ? WHERE {here.key} = ?"  # noqa: S608
    try:
        change(path, sql, value, here.key_value)
    except sqlite3.IntegrityError:  # the name is taken
        value = here.value + 2**40 if isinstance(here.value, int) else new_id()
        change(path, sql, value, here.key_value)
    return bool(value != here.value)


@pytest.mark.promise("B3")
@pytest.mark.law("REC-3")
@given(column=st.sampled_from(COLUMNS), row=st.integers(0, 1_000), how=st.integers(0, 7 * 8_192))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_of_any_column_is_told_with_its_place(
    built: Built, fresh: Iterator[Path], column: tuple[str, str, str], row: int, how: int
) -> None:
    path = next(fresh)
    assume(alter(path, column, row, how))
    report = check(built, path)
    assert any(each.where.startswith(PLACES[column[0]]) for each in report.findings), report


@pytest.mark.parametrize("column", COLUMNS, ids=".".join)
@pytest.mark.parametrize("how", [0, 1, 2, 23, 4_001])
def test_every_column_is_looked_at(
    built: Built, fresh: Iterator[Path], column: tuple[str, str, str], how: int
) -> None:
    """As above, so that no column is left to chance."""
    path = next(fresh)
    assert alter(path, column, 1, how)
    report = check(built, path)
    assert any(each.where.startswith(PLACES[column[0]]) for each in report.findings), report


@pytest.mark.parametrize(
    ("table", "key", "expected"),
    [
        ("act", "number", "row-act"),
        ("statement", "leaf", "statement-missing"),
        ("text", "hash", "text-missing"),
        ("tile", "rowid", "tile-missing"),
        ("bundle", "number", "bundle-missing"),
        ("head", "one", "head-form"),
    ],
)
def test_any_row_that_is_dropped_is_missed(
    built: Built, fresh: Iterator[Path], table: str, key: str, expected: str
) -> None:
    with closing(sqlite3.connect(built.path)) as connection:
        keys = [each[0] for each in connection.execute(f"SELECT {key} FROM {table}")]  # noqa: S608
    for each in keys:
        path = next(fresh)
        assert change(path, f"DELETE FROM {table} WHERE {key} = ?", each) == 1  # noqa: S608
        assert expected in {finding.id for finding in check(built, path).findings}


def test_a_record_that_is_dropped_counts_as_forgotten(built: Built, fresh: Iterator[Path]) -> None:
    """The log cannot tell: that is what forgetting means. The publisher compares the count."""
    path = next(fresh)
    assert change(path, "DELETE FROM record WHERE leaf = 300") == 1
    report = check(built, path)
    assert report.ok
    assert report.counts.forgotten == 21


@pytest.mark.law("REC-4")
def test_what_is_left_of_a_record_that_was_not_properly_forgotten(
    built: Built, fresh: Iterator[Path]
) -> None:
    path = next(fresh)
    assert change(path, "UPDATE record SET id = NULL WHERE leaf = 300") == 1
    assert ids_and_places(check(built, path)) == {("row-forgotten", "record, leaf 300")}


def test_rows_that_change_places(built: Built, fresh: Iterator[Path]) -> None:
    path = next(fresh)
    change(path, "UPDATE record SET leaf = -1 WHERE leaf = 300")
    change(path, "UPDATE record SET leaf = 300 WHERE leaf = 301")
    change(path, "UPDATE record SET leaf = 301 WHERE leaf = -1")
    assert ids_and_places(check(built, path)) == {
        ("row-commitment", "record, leaf 300"),
        ("row-commitment", "record, leaf 301"),
    }


def test_a_row_that_is_put_in(built: Built, fresh: Iterator[Path]) -> None:
    """In the place of a forgotten one, beyond the waiting ones, before all, at a statement's."""
    insert = "INSERT OR REPLACE INTO record VALUES (?, ?, 1, 0, NULL, ?)"
    for leaf, expected in [
        (12, ("row-commitment", "record, leaf 12")),
        (built.size + 5, ("row-missing", "waiting rows")),
        (-5, ("row-leaf", "record, leaf -5")),
        (1, ("row-leaf", "record, leaf 1")),
    ]:
        path = next(fresh)
        change(path, insert, leaf, new_id(), secrets.token_bytes(32))
        assert expected in ids_and_places(check(built, path))


def test_other_rows_that_are_put_in(built: Built, fresh: Iterator[Path]) -> None:
    other, texts = key_statement(new_log_signer()), {b"t" * 32: b"text"}
    for sql, values, expected in [
        ("INSERT INTO act VALUES (99, ?)", ("{}",), ("act-form", "act 99")),
        (
            "INSERT INTO statement VALUES (?, 7)",
            (other,),
            ("statement-leaf", "statement, leaf 7"),
        ),
        (
            "INSERT INTO text VALUES (?, ?)",
            next(iter(texts.items())),
            ("text-hash", f"text {(b't' * 32).hex()}"),
        ),
        ("INSERT INTO tile VALUES (0, 3, ?)", (b"h" * 32,), ("tile-extra", "tile 0/3")),
        ("INSERT INTO tile VALUES (2, 0, ?)", (b"h" * 32,), ("tile-extra", "tile 2/0")),
        ("INSERT INTO bundle VALUES (3, ?)", (b"\0\1x",), ("bundle-extra", "bundle 3")),
        (
            "INSERT INTO checkpoint VALUES (9, ?)",
            (built.checkpoints[0],),
            ("checkpoint-size", "checkpoint, size 9"),
        ),
    ]:
        path = next(fresh)
        assert change(path, sql, *values) == 1
        assert expected in ids_and_places(check(built, path)), sql


def test_a_column_too_many_or_an_index_too_few(built: Built, fresh: Iterator[Path]) -> None:
    for sql in ("ALTER TABLE record ADD COLUMN address TEXT", "DROP INDEX record_by_half_id"):
        path = next(fresh)
        change(path, sql)
        [finding] = check(built, path).findings
        assert (finding.id, finding.where) == ("store", "the store")
        assert "record" in finding.what


def test_which_of_two_that_differ_was_changed(built: Built, fresh: Iterator[Path]) -> None:
    """Row, bundle and tile of one leaf: two witnesses against one, or the tree above."""
    for leaf in (300, 590):  # in a full tile, and in the last one
        number, at = divmod(leaf, 256)
        path = next(fresh)
        with closing(sqlite3.connect(path)) as connection:
            [raw] = connection.execute(
                "SELECT entries FROM bundle WHERE number = ?", (number,)
            ).fetchone()
            [hashes] = connection.execute(
                "SELECT hashes FROM tile WHERE level = 0 AND number = ?", (number,)
            ).fetchone()
        entries = list(decode_entries(raw))
        entries[at] = secrets.token_bytes(32)
        other = hashes[: at * 32] + hash_leaf(entries[at]) + hashes[at * 32 + 32 :]
        change(
            path, "UPDATE bundle SET entries = ? WHERE number = ?", encode_entries(entries), number
        )
        assert ids_and_places(check(built, path)) == {
            ("leaf-hash", f"bundle {number}, leaf {leaf}")
        }
        path = next(fresh)
        change(path, "UPDATE tile SET hashes = ? WHERE level = 0 AND number = ?", other, number)
        assert ids_and_places(check(built, path)) == {
            ("leaf-hash", f"tile 0/{number}, leaf {leaf}")
        }


def rewrite(path: Path, leaf: int, built: Built, *, sign: bool) -> None:
    """Put another record at ``leaf``, and everything that follows from it, as the owner could."""
    with closing(sqlite3.connect(path)) as connection:
        entries = [
            entry
            for (raw,) in connection.execute("SELECT entries FROM bundle ORDER BY number")
            for entry in decode_entries(raw)
        ]
        value, salt = published(), secrets.token_bytes(32)
        raw_record = encode_record(value)
        connection.execute(
            "INSERT INTO act VALUES (50, ?)", (split_record(raw_record.decode()).act,)
        )
        connection.execute(
            "UPDATE record SET id = ?, act = 50, time = ?, previous = NULL, salt = ?"
            " WHERE leaf = ?",
            (value.id, value.time_ms, salt, leaf),
        )
        entries[leaf] = commit(salt, raw_record)
        grown = grow(0, {}, [hash_leaf(entry) for entry in entries])
        for (level, number), hashes in grown.tiles.items():
            connection.execute(
                "UPDATE tile SET hashes = ? WHERE level = ? AND number = ?", (hashes, level, number)
            )
        for number in range(0, len(entries), 256):
            connection.execute(
                "UPDATE bundle SET entries = ? WHERE number = ?",
                (encode_entries(entries[number : number + 256]), number // 256),
            )
        connection.execute("UPDATE head SET root = ?", (grown.root,))
        if sign:
            checkpoint = Checkpoint(built.signer.name, grown.size, grown.root)
            connection.execute(
                "UPDATE head SET checkpoint = ?", (sign_checkpoint(checkpoint, built.signer),)
            )
        connection.commit()


@pytest.mark.promise("B3")
def test_a_history_rewritten_with_everything_that_follows_from_it(
    built: Built, fresh: Iterator[Path]
) -> None:
    """Without the key the signature tells; with it, every checkpoint that was kept by anybody."""
    path = next(fresh)
    rewrite(path, 150, built, sign=False)
    assert {("root", "head"), ("checkpoint-root", "checkpoint, size 202")} <= ids_and_places(
        check(built, path)
    )
    path = next(fresh)
    rewrite(path, 150, built, sign=True)
    assert ids_and_places(check(built, path)) == {
        ("checkpoint-root", "checkpoint, size 202"),
        ("checkpoint-root", "checkpoint, size 402"),
    }
    change(path, "DELETE FROM checkpoint")
    assert check(built, path).ok  # nobody has kept anything: nothing is proved against the owner
    report = verify_ledger(
        path, keys=[built.signer.verifier], earlier={"of a reader": built.checkpoints[1]}
    )
    assert ids_and_places(report) == {("checkpoint-root", "of a reader")}


@pytest.mark.promise("B3")
def test_a_log_that_went_back(built: Built, tmp_path: Path) -> None:
    short = build(tmp_path / "short.sqlite", records=300)
    report = verify_ledger(
        short.path, keys=[built.signer.verifier], earlier={"the day before": built.checkpoints[2]}
    )
    assert ("checkpoint-ahead", "the day before") in ids_and_places(report)
    before = {f"at {n}": note for n, note in enumerate(built.checkpoints)}
    report = verify_ledger(built.path, earlier=before)
    assert report.ok


def test_signed_by_somebody_else(built: Built, fresh: Iterator[Path]) -> None:
    path = next(fresh)
    stranger = new_log_signer()
    report = verify_ledger(path, keys=[stranger.verifier])
    assert {each.id for each in report.findings} == {"checkpoint-signature", "key-unvouched"}
    head = parse_note(built.checkpoints[2])
    forged = format_note(Note(head.text, (stranger.sign(head.text),)))
    change(path, "UPDATE head SET checkpoint = ?", forged)
    assert ids_and_places(verify_ledger(path)) == {("checkpoint-signature", "head")}


def test_a_key_that_nobody_vouches_for(tmp_path: Path) -> None:
    """Somebody names a key of their own in the log, and signs: the old one's holder is told."""
    path = tmp_path / "ledger.sqlite"
    old, new = new_log_signer(), new_log_signer()
    store = SqliteStore(path, signer=old)
    for signer in (old, new):
        store.publish(key_statement(signer), {})
        store.append(record()).result()
        store.merge()
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        [size, root] = connection.execute("SELECT size, root FROM head").fetchone()
        [leaf] = connection.execute("SELECT max(leaf) FROM statement").fetchone()
    assert verify_ledger(path, keys=[old.verifier]).ok  # so far it is the old key's word
    note = sign_checkpoint(Checkpoint(new.name, size, root), new)
    change(path, "UPDATE head SET checkpoint = ?", note)
    report = verify_ledger(path, keys=[old.verifier])
    assert ids_and_places(report) == {
        ("checkpoint-signature", "head"),
        ("key-unvouched", f"statement, leaf {leaf}"),
    }
    assert verify_ledger(path, keys=[new.verifier]).ok  # it vouches for all that is below it


def test_a_version_that_the_log_does_not_hold_is_remarked(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    store = SqliteStore(path)
    store.publish(*version_statement())
    for value in (published(), record(), record(), published(language="en")):
        store.append(value).result()
    store.merge()
    store.close()
    remarks = [each for each in verify_ledger(path).remarks if each.id == "unpublished"]
    assert [each.what for each in remarks] == [
        "the log does not hold what the readers of 3 records were shown"
    ]


@given(
    at=st.integers(0, 2**30),
    bit=st.integers(0, 7),
    length=st.sampled_from([1, 1, 1, 16, 4_096]),
)
@example(at=100, bit=0, length=1)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_told_or_it_says_what_it_said(
    built: Built, fresh: Iterator[Path], at: int, bit: int, length: int
) -> None:
    """A flipped bit, a torn sector, a page of rubbish: never another error, never a wrong yes."""
    path = next(fresh)
    raw = bytearray(path.read_bytes())
    at %= len(raw) - length + 1
    for position in range(at, at + length):
        raw[position] ^= 1 << bit
    path.write_bytes(raw)
    try:
        report = check(built, path)
    except LedgerError:
        return
    if report.ok:
        assert contents(path) == contents(built.path)


def contents(path: Path) -> list[object]:
    """All that proves anything."""
    with closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(f"SELECT * FROM {table} {where}").fetchall()  # noqa: S608
            for table, where in [
                ("act", ""),
                ("record", "WHERE leaf < 602 ORDER BY leaf"),
                ("statement", "ORDER BY leaf"),
                ("text", "ORDER BY hash"),
                ("tile", "ORDER BY level, number"),
                ("bundle", "ORDER BY number"),
                ("head", ""),
                ("checkpoint", "ORDER BY size"),
            ]
        ]


@pytest.mark.parametrize("keep", [0, 100, 4_096, 10_000, 60_000])
def test_half_a_file(built: Built, fresh: Iterator[Path], keep: int) -> None:
    path = next(fresh)
    os.truncate(path, keep)
    try:
        report = check(built, path)
    except LedgerError:
        return
    assert not report.ok


def test_what_is_no_ledger(tmp_path: Path) -> None:
    text, other, later = (tmp_path / name for name in ("text", "other.sqlite", "later.sqlite"))
    text.write_bytes(b"no database at all, but longer than a header of one " * 10)
    change(other, "CREATE TABLE mine (x)")
    SqliteStore(later).open()
    change(later, "PRAGMA user_version = 99")
    for path, expected in [
        (tmp_path / "none", "there is no ledger at"),
        (tmp_path, "there is a folder, not a ledger at"),
        (text, "file is not a database"),
        (other, "is an SQLite database, but not a ledger of daccord"),
        (later, "the ledger is of version 99, from a later daccord"),
        (tmp_path / "none\0", "there is no ledger at"),
    ]:
        with pytest.raises(LedgerError, match=expected):
            verify_ledger(path)


def test_several_processes_find_the_same(
    built: Built, fresh: Iterator[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut into stretches of one tile each, by one process and by two."""
    monkeypatch.setattr(verify_module, "STRETCH_TILES", 1)
    path = next(fresh)
    change(path, "UPDATE record SET time = time + 1 WHERE leaf IN (5, 300, 600)")
    told: list[tuple[int, int]] = []
    one = verify_ledger(path, progress=lambda done, size: told.append((done, size)))
    two = verify_ledger(path, processes=2)
    assert one == two
    assert ids_and_places(one) == {
        ("row-commitment", f"record, leaf {leaf}") for leaf in (5, 300, 600)
    }
    assert told == [(0, built.size), (256, built.size), (512, built.size), (602, built.size)]


def test_a_thousand_findings_are_enough_and_all_are_counted(
    built: Built, fresh: Iterator[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings_module, "FINDINGS_MAX", 10)
    path = next(fresh)
    change(path, "UPDATE record SET time = time + 1 WHERE id IS NOT NULL AND leaf < 602")
    report = check(built, path)
    assert (report.ok, report.found, len(report.findings)) == (False, 580, 10)


def test_a_text_that_nobody_names_is_remarked(built: Built, fresh: Iterator[Path]) -> None:
    path = next(fresh)
    text = b"written, and then the power was lost"
    change(path, "INSERT INTO text VALUES (?, ?)", sha256(text).digest(), text)
    report = check(built, path)
    assert (report.ok, [each.id for each in report.remarks]) == (True, ["text-unnamed"])


def test_a_running_ledger_verifies(tmp_path: Path) -> None:
    """Verified over and over while another thread appends, merges and forgets."""
    path = tmp_path / "ledger.sqlite"
    store = SqliteStore(path, signer=new_log_signer())
    store.open()
    sizes = set()
    for _ in range(30):
        ids = [published() for _ in range(50)]
        futures = [store.append(each) for each in ids]
        report = verify_ledger(path)
        assert report.ok, report.findings
        sizes.add(report.counts.size)
        futures[-1].result()
        store.forget([ids[0].id])
    store.close()
    assert len(sizes) > 10
