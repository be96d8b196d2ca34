"""What leaves the ledger as a proof is one: or nothing leaves it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from daccord.errors import Damaged
from daccord.ledger.prove import is_cosigned, receipt_of, tiles_of
from daccord.ledger.sqlite import SqliteStore
from daccord.merkle.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from daccord.merkle.cosignatures import cosign
from daccord.merkle.notes import Note, format_note, format_vkey, new_signer, parse_note
from daccord.merkle.proofs import check_consistency, prove_consistency
from daccord.receipt.check import check_receipt
from daccord.receipt.receipt import parse_receipt
from daccord.receipt.statements import KeyStatement, encode_statement
from tests.ledger.samples import new_id, record
from tests.receipt.making import LOG, ORIGIN, witness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daccord.consent.choice import RecordId
    from daccord.consent.record import ConsentRecord

KEYS = (LOG.verifier,)
KEY = encode_statement(KeyStatement(vkey=format_vkey(LOG.verifier)))


class Ledger:
    """A ledger that is signed by `LOG`, and its records."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = SqliteStore(path, signer=LOG)
        self.store.open()
        self.store.publish(KEY, {})
        self.records: list[ConsentRecord] = []

    def grow(self, count: int) -> Checkpoint:
        new = [record(time_ms=1_763_900_000_000 + each) for each in range(count)]
        for done in [self.store.append(each) for each in new]:
            done.result(timeout=10)
        self.records += new
        self.store.merge()
        return self.head()

    def head(self) -> Checkpoint:
        with closing(self.store.tables()) as tables:
            note = tables.head().checkpoint
        assert note is not None
        return open_checkpoint(note, KEYS)

    def receipt(self, record_id: RecordId) -> bytes | None:
        with closing(self.store.tables()) as tables:
            return receipt_of(tables, record_id)

    def change(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path)) as ledger, ledger:
            assert ledger.execute(sql).rowcount > 0


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite")
    yield made
    made.store.close()


@pytest.mark.promise("B3")
@pytest.mark.law("REC-4")
def test_every_record_has_a_receipt_that_passes_until_it_is_forgotten(ledger: Ledger) -> None:
    for count in (1, 2, 255, 300):
        ledger.grow(count)
    raws = {each.id: ledger.receipt(each.id) for each in ledger.records}
    for each in ledger.records:
        raw = raws[each.id]
        assert raw is not None
        verdict = check_receipt(raw, KEYS)
        assert verdict.passed
        assert verdict.receipt is not None
        assert verdict.receipt.record == each
    first, *others = ledger.records
    assert ledger.store.forget([first.id]) == 1
    assert ledger.receipt(first.id) is None
    for each in others[::50]:
        assert ledger.receipt(each.id) == raws[each.id]
    # The one that was given out stays what it is: its holder may still show it.
    given = raws[first.id]
    assert given is not None
    assert check_receipt(given, KEYS).passed


def test_what_is_unknown_or_unsigned_has_none(ledger: Ledger, tmp_path: Path) -> None:
    ledger.grow(1)
    assert ledger.receipt(new_id()) is None
    unsigned = SqliteStore(tmp_path / "unsigned.sqlite")
    unsigned.open()
    value = record()
    unsigned.append(value).result(timeout=10)
    assert unsigned.receipt(value.id) is None
    unsigned.close()


@pytest.mark.promise("B3")
def test_a_receipt_stands_on_the_newest_checkpoint_that_others_have_signed(ledger: Ledger) -> None:
    seen = ledger.grow(3)
    with closing(ledger.store.tables()) as tables:
        note = parse_note(tables.head().checkpoint or "")
        by = cosign(note.text, 1_763_900_100, witness("witness.example/w"))
        # As it may be kept: the cosignature first. A receipt has one order of its own.
        cosigned = format_note(Note(note.text, (by, *note.signatures)))
        assert is_cosigned(cosigned)
        assert not is_cosigned(format_note(note))
        tables.keep_checkpoint(seen.size, cosigned)
    newest = ledger.grow(5)
    sizes = []
    for each in ledger.records:
        raw = ledger.receipt(each.id)
        assert raw is not None
        assert check_receipt(raw, KEYS).passed
        proof = parse_receipt(raw).proof
        checkpoint = open_checkpoint(proof.checkpoint, KEYS)
        assert is_cosigned(proof.checkpoint) is (checkpoint.size == seen.size)
        sizes.append(checkpoint.size)
    assert sizes == [seen.size] * 3 + [newest.size] * 5


def test_the_log_only_grew_between_any_two_of_its_checkpoints(ledger: Ledger) -> None:
    heads = [ledger.grow(count) for count in (1, 1, 253, 1, 1, 511, 300)]
    with closing(ledger.store.tables()) as tables:
        for number, new in enumerate(heads):
            for old in heads[: number + 1]:
                proof = prove_consistency(old.size, new.size, tiles_of(tables))
                check_consistency(old.size, old.root, new.size, new.root, proof)


ANOTHER = r"record of leaf \d+: the row is not what the tree holds"
NO_RECORD = r"record of leaf \d+: the row is no record and salt"


@pytest.mark.promise("B3")
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE record SET time = time + 1", ANOTHER),
        ("UPDATE record SET previous = 'AAAAAAAAAAAAAAAAAAAAAA'", ANOTHER),
        ("UPDATE record SET salt = zeroblob(32)", ANOTHER),
        ("UPDATE record SET salt = zeroblob(31)", NO_RECORD),
        ("UPDATE act SET body = replace(body, 'statistics', 'marketing')", ANOTHER),
        ("UPDATE tile SET hashes = zeroblob(length(hashes))", ANOTHER),
        (
            "UPDATE tile SET hashes = zeroblob(length(hashes) - 32) WHERE level = 0",
            r"tile/0/000\.p/21: the tile is too short",
        ),
        ("DELETE FROM tile", r"tile/0/000\.p/21: the tile is missing"),
        (
            "UPDATE head SET checkpoint = replace(checkpoint, ' ', '  ')",
            "checkpoint: not base64",
        ),
        (
            "UPDATE statement SET body = replace(body, 'key', 'kay')",
            "statement of leaf 0: the bytes are no entry of this log",
        ),
    ],
)
def test_a_changed_ledger_gives_no_receipt(ledger: Ledger, sql: str, said: str) -> None:
    ledger.store.merge()  # the statement first
    ledger.grow(20)
    ours = ledger.records[3].id
    assert ledger.receipt(ours) is not None
    ledger.change(sql)
    with pytest.raises(Damaged, match=said) as damaged:
        ledger.receipt(ours)
    assert ours not in str(damaged.value)


def test_a_checkpoint_by_another_key_is_not_handed_out(ledger: Ledger) -> None:
    head = ledger.grow(4)
    forged = sign_checkpoint(head, new_signer(ORIGIN, bytes(32)))
    with closing(ledger.store.tables()) as tables:
        tables.keep_checkpoint(head.size, forged)
    with pytest.raises(Damaged, match="checkpoint: signed by none of the known keys"):
        ledger.receipt(ledger.records[0].id)
