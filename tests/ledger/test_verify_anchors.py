"""Cosignatures and time-stamps are verified with the ledger that keeps them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daccord.ledger.anchors import keep_stamped
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.timestamps import ask_timestamp, read_roots
from daccord.ledger.verify import verify_ledger
from daccord.merkle.cosignatures import cosign
from daccord.merkle.notes import COSIGNATURE, Note, Signer, format_note, format_vkey, parse_note
from daccord.merkle.policies import parse_policy
from tests.ledger.built import Built, build, copies, new_log_signer
from tests.ledger.test_verify import change, ids_and_places
from tests.ledger.tsa import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography import x509

pytestmark = [pytest.mark.promise("B3"), pytest.mark.law("REC-3")]

WITNESS = Signer("witness.example", new_log_signer()._private, algorithm=COSIGNATURE)
POLICY = parse_policy(f"witness w {format_vkey(WITNESS.verifier)}\nquorum w\n".encode())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "authority")


@pytest.fixture(scope="module")
def roots(authority: Authority) -> tuple[x509.Certificate, ...]:
    return read_roots(authority.root)


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory,
    authority: Authority,
    roots: tuple[x509.Certificate, ...],
) -> Built:
    """Its first kept checkpoint is cosigned, its second one stamped."""
    built = build(tmp_path_factory.mktemp("built") / "ledger.sqlite", records=300)
    store = SqliteStore(built.path)
    with closing(store), closing(store.tables()) as tables:
        [(size, note), (later, stamped)] = tables.checkpoints()
        parsed = parse_note(note)
        cosigned = (*parsed.signatures, cosign(parsed.text, 1_763_900_000, WITNESS))
        tables.keep_checkpoint(size, format_note(Note(parsed.text, cosigned)))
        with authority.served() as url:
            token, _ = ask_timestamp(url, parse_note(stamped).text, roots)
        keep_stamped(tables, later, stamped, token)
    with closing(sqlite3.connect(built.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    return built


@pytest.fixture
def fresh(built: Built, tmp_path: Path) -> Iterator[Path]:
    return copies(built, tmp_path)


def test_nothing_is_wrong(built: Built, roots: tuple[x509.Certificate, ...]) -> None:
    keys = [built.signer.verifier]
    report = verify_ledger(built.path, keys=keys, policy=POLICY, tsa_roots=roots)
    assert (report.findings, report.remarks) == ((), ())
    assert (report.counts.checkpoints, report.counts.timestamps) == (2, 1)
    remarks = verify_ledger(built.path, keys=keys).remarks
    assert [each.id for each in remarks] == ["no-root"]


@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bit_of_a_stamp(
    built: Built, fresh: Iterator[Path], roots: tuple[x509.Certificate, ...], at: int, bit: int
) -> None:
    path = next(fresh)
    with closing(sqlite3.connect(path)) as connection:
        [token] = connection.execute("SELECT token FROM timestamp").fetchone()
    at %= len(token)
    flipped = token[:at] + bytes([token[at] ^ 1 << bit]) + token[at + 1 :]
    change(path, "UPDATE timestamp SET token = ?", flipped)
    report = verify_ledger(path, keys=[built.signer.verifier], tsa_roots=roots)
    told = {each.id for each in report.findings}
    # A token may say the same in two ways where nothing is signed: its own certificates' set, say.
    assert told == {"timestamp"} or (not told and flipped != token and at > 150)


@given(at=st.integers(0, 10**6), bit=st.integers(0, 6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bit_of_a_cosigned_checkpoint(
    built: Built, fresh: Iterator[Path], at: int, bit: int
) -> None:
    path = next(fresh)
    with closing(sqlite3.connect(path)) as connection:
        [size, note] = connection.execute("SELECT size, note FROM checkpoint").fetchone()
    raw = bytearray(note.encode())
    raw[at % len(raw)] ^= 1 << bit
    text = raw.decode("utf-8", "replace")
    change(path, "UPDATE checkpoint SET note = ? WHERE size = ?", text, size)
    report = verify_ledger(path, keys=[built.signer.verifier], policy=POLICY)
    assert {each.where for each in report.findings} & {f"checkpoint, size {size}", "checkpoint"}


def test_what_is_missing(built: Built, fresh: Iterator[Path]) -> None:
    keys = [built.signer.verifier]
    path = next(fresh)
    change(path, "DELETE FROM checkpoint WHERE size = (SELECT size FROM timestamp)")
    [finding] = verify_ledger(path, keys=keys, policy=POLICY).findings
    assert (finding.id, finding.what) == ("timestamp", "the checkpoint that it stamps is not kept")
    path = next(fresh)
    change(path, "DELETE FROM checkpoint WHERE size <> (SELECT size FROM timestamp)")
    assert ids_and_places(verify_ledger(path, keys=keys, policy=POLICY)) == {
        ("policy-unmet", "checkpoint")
    }


def test_a_stamp_of_another_checkpoint(built: Built, fresh: Iterator[Path]) -> None:
    path = next(fresh)
    change(path, "UPDATE timestamp SET size = (SELECT min(size) FROM checkpoint)")
    report = verify_ledger(path, keys=[built.signer.verifier])
    assert {each.id for each in report.findings} == {"timestamp"}
