"""Cosignatures: what is signed is what is checked, and nothing else passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.errors import NoteRejected
from daccord.merkle.cosignatures import check_cosignature, cosign, verify_cosignatures
from daccord.merkle.notes import (
    Note,
    Signature,
    format_note,
    format_vkey,
    new_signer,
    parse_note,
)
from tests.merkle.go_witness import GoRejected, GoWitness
from tests.witness.logs import SIGNER, SmallLog, flip, witness_signer

WITNESS = witness_signer()
OTHER = witness_signer("other.example", 3)
LOG = SmallLog(3)
TEXT = parse_note(LOG.note()).text
times = st.integers(1, 2**63 - 1)


def note_with(*signatures: Signature) -> Note:
    return Note(TEXT, (SIGNER.sign(TEXT), *signatures))


@given(times)
def test_a_cosignature_gives_its_time(time_s: int) -> None:
    signature = cosign(TEXT, time_s, WITNESS)
    assert check_cosignature(TEXT, signature, WITNESS.verifier) == time_s
    again = parse_note(format_note(note_with(signature)))
    assert verify_cosignatures(again, [WITNESS.verifier]) == {WITNESS.verifier: time_s}


def test_the_message_is_the_specifications() -> None:
    """Header, time and text; time and signature, big-endian: https://c2sp.org/tlog-cosignature."""
    signature = cosign(TEXT, 1_679_315_147, WITNESS)
    message = f"cosignature/v1\ntime 1679315147\n{TEXT}".encode()
    expected = bytes.fromhex("00000000641850cb") + WITNESS.sign_bytes(message)
    assert signature.raw == expected


@given(st.lists(st.integers(0, 72 * 8 - 1), min_size=1, max_size=3, unique=True))
def test_no_bit_may_change(positions: list[int]) -> None:
    signature = cosign(TEXT, 1_700_000_000, WITNESS)
    forged = Signature(signature.name, signature.key_id, flip(signature.raw, positions))
    with pytest.raises(NoteRejected):
        check_cosignature(TEXT, forged, WITNESS.verifier)
    with pytest.raises(NoteRejected):
        verify_cosignatures(note_with(forged), [WITNESS.verifier])


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_refused(raw: bytes) -> None:
    forged = Signature(WITNESS.name, WITNESS.verifier.key_id, raw)
    with pytest.raises(NoteRejected):
        check_cosignature(TEXT, forged, WITNESS.verifier)


def test_another_text_is_not_cosigned() -> None:
    signature = cosign(TEXT, 1, WITNESS)
    other = parse_note(LOG.note(2)).text
    with pytest.raises(NoteRejected, match="not by it"):
        check_cosignature(other, signature, WITNESS.verifier)


@pytest.mark.parametrize("time_s", [0, -1, 2**63])
def test_no_time_is_no_cosignature(time_s: int) -> None:
    with pytest.raises(NoteRejected, match="as of no time"):
        cosign(TEXT, time_s, WITNESS)


def test_a_signed_time_of_zero_is_refused() -> None:
    """What another cosigner may sign as a mirror says nothing about the largest tree."""
    raw = WITNESS.sign_bytes(f"cosignature/v1\ntime 0\n{TEXT}".encode())
    zero = Signature(WITNESS.name, WITNESS.verifier.key_id, bytes(8) + raw)
    with pytest.raises(NoteRejected, match="as of no time"):
        check_cosignature(TEXT, zero, WITNESS.verifier)


def test_a_log_is_no_witness_of_itself() -> None:
    with pytest.raises(NoteRejected, match="type 4"):
        cosign(TEXT, 1, SIGNER)
    with pytest.raises(NoteRejected, match="not in the name"):
        check_cosignature(TEXT, SIGNER.sign(TEXT), SIGNER.verifier)
    assert verify_cosignatures(note_with(), [SIGNER.verifier]) == {}


def test_strangers_are_passed_over_and_the_earliest_time_counts() -> None:
    note = note_with(
        *(cosign(TEXT, time_s, WITNESS) for time_s in (30, 20)), cosign(TEXT, 1, OTHER)
    )
    assert verify_cosignatures(note, [WITNESS.verifier]) == {WITNESS.verifier: 20}
    both = [OTHER.verifier, WITNESS.verifier]
    assert verify_cosignatures(note, both) == {WITNESS.verifier: 20, OTHER.verifier: 1}


def test_the_same_key_under_another_name_is_a_stranger() -> None:
    namesake = witness_signer("elsewhere.example", 2)
    note = note_with(cosign(TEXT, 1, namesake))
    assert verify_cosignatures(note, [WITNESS.verifier]) == {}


def test_one_private_key_signs_differently_as_log_and_as_witness() -> None:
    """The header separates the two, should somebody give a witness the key of a log."""
    log = new_signer(WITNESS.name, b"\2" * 32)
    signature = cosign(TEXT, 1, WITNESS)
    as_log = Signature(log.name, log.verifier.key_id, signature.raw[8:])
    with pytest.raises(NoteRejected):
        check_cosignature(TEXT, as_log, WITNESS.verifier)


@pytest.fixture(scope="module")
def go() -> GoWitness:
    return GoWitness.build()


def test_go_reads_our_cosignatures(go: GoWitness) -> None:
    """Go's `note`, with a verifier for cosignature/v1 of its own, takes the same and no others."""
    vkeys = [format_vkey(key) for key in (SIGNER.verifier, WITNESS.verifier, OTHER.verifier)]
    good, other = cosign(TEXT, 1_679_315_147, WITNESS), cosign(TEXT, 2**63 - 1, OTHER)
    seen = go.open_checkpoint(format_note(note_with(good, other)), *vkeys)
    names = tuple(f"{each.name}+{each.verifier.key_id:08x}" for each in (SIGNER, WITNESS, OTHER))
    assert (seen.size, seen.root, seen.signers) == (LOG.size, LOG.root, names)
    for position in (0, 63, 64, 72 * 8 - 1):
        bent = Signature(good.name, good.key_id, flip(good.raw, [position]))
        with pytest.raises(GoRejected):
            go.open_checkpoint(format_note(note_with(bent)), *vkeys)
