"""A holder of the old key comes to trust the new one, and nobody else's; old receipts hold."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from daccord.errors import Conflict, SettingsFault
from daccord.ledger.anchors import keep_cosigned
from daccord.ledger.rotation import (
    hand_over,
    is_handover,
    make_or_find,
    rotate_file,
    waiting_file,
)
from daccord.ledger.signing import load_signer, make_key
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.verify import verify_ledger
from daccord.merkle.checkpoints import open_checkpoint
from daccord.merkle.cosignatures import cosign
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import (
    COSIGNATURE,
    Note,
    Signer,
    format_note,
    format_vkey,
    new_signer,
    parse_note,
)
from daccord.merkle.policies import parse_policy
from daccord.merkle.proofs import check_inclusion
from daccord.merkle.tlog_proof import parse_tlog_proof
from daccord.receipt.check import check_receipt
from tests.ledger.built import ORIGIN, key_statement, new_log_signer, published

if TYPE_CHECKING:
    from pathlib import Path

    from daccord.consent.record import ConsentRecord


class Log:
    """A log that its old key has signed so far."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.sqlite"
        self.old, self.new = new_log_signer(), new_log_signer()
        self.store = self.open(self.old)
        self.before = self.append()
        self.receipt = self.store.receipt(self.before.id)
        self.proof = hand_over(self.store, self.old, self.new)
        self.store.close()
        self.store = self.open(self.new)
        self.after = self.append()

    def open(self, signer: Signer) -> SqliteStore:
        store = SqliteStore(self.path, signer=signer)
        store.publish(key_statement(signer), {})
        return store

    def append(self) -> ConsentRecord:
        value = published()
        self.store.append(value).result()
        self.store.merge()
        return value


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log(tmp_path)
    log.store.close()
    return log


@pytest.mark.promise("B3")
def test_the_old_key_vouches_for_the_new_one(log: Log) -> None:
    """By nothing but the proof and the old public key, as a stranger would."""
    proof = parse_tlog_proof(log.proof)
    for key in (log.old.verifier, log.new.verifier):  # either has signed it
        checkpoint = open_checkpoint(proof.checkpoint, [key])
    check_inclusion(
        hash_leaf(key_statement(log.new).encode()),
        proof.index,
        checkpoint.size,
        proof.hashes,
        checkpoint.root,
    )


@pytest.mark.promise("B3")
def test_whichever_key_somebody_holds_the_log_verifies(log: Log) -> None:
    for keys in ([log.old.verifier], [log.new.verifier], []):
        report = verify_ledger(log.path, keys=keys)
        assert report.ok, report.findings
    assert not verify_ledger(log.path, keys=[new_log_signer().verifier]).ok


@pytest.mark.promise("B3")
def test_old_receipts_hold_under_the_old_key_and_new_ones_under_the_new(log: Log) -> None:
    assert log.receipt is not None
    assert check_receipt(log.receipt, [log.old.verifier], now_s=2 * 10**9).passed
    store = SqliteStore(log.path, signer=log.new)
    receipt = store.receipt(log.after.id)
    store.close()
    assert receipt is not None
    assert check_receipt(receipt, [log.new.verifier], now_s=2 * 10**9).passed
    assert not check_receipt(receipt, [log.old.verifier], now_s=2 * 10**9).passed


def test_again_changes_nothing(log: Log) -> None:
    store = SqliteStore(log.path, signer=log.old)
    proof = parse_tlog_proof(hand_over(store, log.old, log.new))
    store.close()
    assert proof.index == parse_tlog_proof(log.proof).index
    assert verify_ledger(log.path, keys=[log.old.verifier]).ok


def test_what_is_no_rotation(log: Log) -> None:
    store = SqliteStore(log.path, signer=log.new)
    for other in (log.new, new_signer("paper.example/elsewhere", b"x" * 32)):
        with pytest.raises(SettingsFault, match="from one key of a log to another one"):
            hand_over(store, log.new, other)
    store.close()
    assert verify_ledger(log.path, keys=[log.old.verifier]).ok


def test_the_handover_outlives_what_witnesses_sign(log: Log) -> None:
    """Kept cosigned checkpoints make room for newer ones. This one stays, at its size and all."""
    witness = Signer("witness.example", new_log_signer()._private, algorithm=COSIGNATURE)
    policy = parse_policy(f"witness w {format_vkey(witness.verifier)}\nquorum w\n".encode())
    store = SqliteStore(log.path, signer=log.new)
    with closing(store), closing(store.tables()) as tables:
        [(size, note)] = tables.checkpoints()
        assert is_handover(note)
        for at, checkpoint in ((size, note), (tables.head().size, tables.head().checkpoint)):
            parsed = parse_note(str(checkpoint))
            signature = cosign(parsed.text, 1_763_900_000, witness)
            alone = format_note(Note(parsed.text, (parsed.signatures[0], signature)))
            assert keep_cosigned(tables, at, alone, policy)
        kept = dict(tables.checkpoints())
    assert is_handover(kept[size])
    assert len(kept) == 2
    assert verify_ledger(log.path, keys=[log.old.verifier], policy=policy).ok


def test_the_files_change_places_and_neither_is_ever_gone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    make_key(path, ORIGIN)
    old = load_signer(path)
    new = make_or_find(path, old.name, passphrase=None)
    assert make_or_find(path, old.name, passphrase=None).verifier == new.verifier  # goes on
    os.link(path, path.with_name(f"ledger-{old.verifier.key_id:08x}.key"))  # broke off here
    kept = rotate_file(path, new, old)
    assert load_signer(path).verifier == new.verifier
    assert load_signer(kept).verifier == old.verifier
    assert not waiting_file(path).exists()


def test_a_file_that_is_in_the_way_stays(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    make_key(path, ORIGIN)
    old = load_signer(path)
    new = make_or_find(path, old.name, passphrase=None)
    there = path.with_name(f"ledger-{old.verifier.key_id:08x}.key")
    there.write_text("something else")
    with pytest.raises(SettingsFault, match="its file could not take the place"):
        rotate_file(path, new, old)
    assert there.read_text() == "something else"
    assert load_signer(path).verifier == old.verifier
    assert load_signer(waiting_file(path)).verifier == new.verifier


@pytest.mark.promise("B3")
def test_a_key_that_the_log_does_not_know_signs_nothing_and_does_not_come_in(
    tmp_path: Path,
) -> None:
    """A wrong file is easily named, and what is in the log stays there for ever."""
    path = tmp_path / "ledger.sqlite"
    owner = new_log_signer()
    other_log = new_signer("other.example/log", b"a key of another log, for tests.")
    with closing(SqliteStore(path, signer=owner)) as store:
        store.publish(key_statement(owner), {})
        first = published()
        store.append(first).result()
        store.merge()
    for stranger in (other_log, new_log_signer(), None, new_log_signer()):
        if stranger is None:  # a node without a key leaves the head unsigned
            with closing(SqliteStore(path)) as store:
                store.append(published()).result()
                store.merge()
            continue
        with closing(SqliteStore(path, signer=stranger)) as store:
            store.publish(key_statement(stranger), {})  # as a site does that starts with it
            waiting = published()
            store.append(waiting).result()
            with pytest.raises(Conflict, match="key"):
                store.merge()
            with pytest.raises(Conflict, match="key"):
                hand_over(store, stranger, new_signer(stranger.name, b"n" * 32))
            assert store.find(waiting.id) == waiting
    with closing(SqliteStore(path, signer=owner)) as store:
        store.merge()
        receipt = store.receipt(waiting.id)
        assert receipt is not None
        assert check_receipt(receipt, [owner.verifier]).passed
        with closing(store.tables()) as tables:
            assert [body for _, body in tables.statements()] == [key_statement(owner)]
    assert verify_ledger(path, keys=[owner.verifier]).ok


def test_a_log_that_was_ended_goes_on_under_another_name(tmp_path: Path) -> None:
    """As a restore leaves it that has lost what was signed: its head has no signature any more."""
    path = tmp_path / "ledger.sqlite"
    owner, heir = (
        new_log_signer(),
        new_signer("paper.example/log2", b"a key of the log after it, test."),
    )
    for signer in (owner, None, heir):
        with closing(SqliteStore(path, signer=signer)) as store:
            if signer is not None:
                store.publish(key_statement(signer), {})
            last = published()
            store.append(last).result()
            store.merge()
            receipt = store.receipt(last.id)
    assert receipt is not None
    assert check_receipt(receipt, [heir.verifier]).passed
