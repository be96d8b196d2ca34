"""Signed notes: one spelling, strictly read; no signature is forged, none of a known key false."""

from __future__ import annotations

import pickle
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, example, given
from hypothesis import strategies as st

from daccord.errors import NoteRejected
from daccord.merkle.notes import (
    COSIGNATURE,
    ED25519,
    MAXIMUM_NOTE_BYTES,
    Note,
    Signature,
    Signer,
    VerifierKey,
    compute_key_id,
    format_note,
    format_signature,
    format_vkey,
    new_signer,
    parse_note,
    parse_signature,
    parse_vkey,
    verify_note,
)
from tests.merkle.strategies import (
    any_signers,
    any_text,
    names,
    notes,
    seeds,
    signatures,
    signers,
    texts,
)

pytestmark = pytest.mark.promise("B3")

A = new_signer("a.example/log", b"\x01" * 32)
B = new_signer("b.example/log", b"\x02" * 32)
TEXT = "a line\nand another\n"


def signed(text: str, *by: Signer) -> Note:
    return Note(text, tuple(signer.sign(text) for signer in by))


@given(notes)
def test_what_is_written_is_read_back(note: Note) -> None:
    assert parse_note(format_note(note)) == note


@given(any_text(notes.map(format_note)))
@example("")
@example("\n\n")
@example("a\n\n\N{EM DASH} a AAAAAAA=")
@example("a\n\n\N{EM DASH} a AAAAAAA=\n")
@example("a\n\n\N{EM DASH} a AAAAAAA=x")
@example("a\n\n\N{EM DASH} a AAAAAAB=\n")
@example("a\r\n\r\n\N{EM DASH} a AAAAAAA=\r\n")
def test_whatever_is_read_is_written_the_same(text: str) -> None:
    with suppress(NoteRejected):
        assert format_note(parse_note(text)) == text


@given(signatures)
def test_a_signature_line_is_read_back(signature: Signature) -> None:
    assert parse_signature(format_signature(signature)) == signature


@given(any_text(signatures.map(format_signature)))
def test_whatever_signature_line_is_read_is_written_the_same(line: str) -> None:
    with suppress(NoteRejected):
        assert format_signature(parse_signature(line)) == line


@given(any_signers())
def test_a_verifier_key_is_read_back(signer: Signer) -> None:
    assert parse_vkey(format_vkey(signer.verifier)) == signer.verifier


@given(any_text(any_signers().map(lambda signer: format_vkey(signer.verifier))))
@example("")
@example("+")
@example("++")
@example("a+00000000+")
def test_whatever_key_is_read_is_written_the_same(vkey: str) -> None:
    with suppress(NoteRejected):
        assert format_vkey(parse_vkey(vkey)) == vkey


@given(texts, names, seeds)
def test_a_signed_note_is_verified(text: str, name: str, seed: bytes) -> None:
    signer = new_signer(name, seed)
    assert verify_note(parse_note(format_note(signed(text, signer))), [signer.verifier]) == (
        signer.verifier,
    )


@given(texts, texts)
def test_a_signature_is_for_one_text(text: str, other: str) -> None:
    assume(text != other)
    with pytest.raises(NoteRejected, match="not by it"):
        verify_note(Note(other, (A.sign(text),)), [A.verifier])


@given(st.integers(0, 511))
def test_a_flipped_bit_in_a_signature_rejects_the_note(bit: int) -> None:
    signature = A.sign(TEXT)
    raw = (int.from_bytes(signature.raw) ^ (1 << bit)).to_bytes(64)
    with pytest.raises(NoteRejected, match="not by it"):
        verify_note(Note(TEXT, (Signature(A.name, signature.key_id, raw),)), [A.verifier])


@given(st.binary(min_size=1, max_size=100))
def test_no_other_bytes_are_a_signature(raw: bytes) -> None:
    assume(raw != A.sign(TEXT).raw)
    with pytest.raises(NoteRejected, match="not by it"):
        verify_note(Note(TEXT, (Signature(A.name, A.verifier.key_id, raw),)), [A.verifier])


def test_a_signature_has_one_spelling_of_its_scalar() -> None:
    # S and S + L sign alike unless S < L is asked for: RFC 8032 section 5.1.7, step 1
    order = 2**252 + 27742317777372353535851937790883648493
    raw = A.sign(TEXT).raw
    larger = (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    with pytest.raises(NoteRejected, match="not by it"):
        verify_note(
            Note(TEXT, (Signature(A.name, A.verifier.key_id, raw[:32] + larger),)), [A.verifier]
        )


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    nonsense = Signature("c.example/log", 7, b"no signature at all")
    same_name = Signature(A.name, A.verifier.key_id ^ 1, b"\x00" * 64)
    same_id = Signature("d.example/log", A.verifier.key_id, b"\x00" * 64)
    others = (nonsense, same_name, same_id)
    note = Note(TEXT, (*others, A.sign(TEXT), B.sign(TEXT)))
    assert verify_note(note, [A.verifier]) == (A.verifier,)
    assert verify_note(note, [B.verifier, A.verifier]) == (A.verifier, B.verifier)
    with pytest.raises(NoteRejected, match="none"):
        verify_note(Note(TEXT, others), [A.verifier, B.verifier])
    with pytest.raises(NoteRejected, match="none"):
        verify_note(note, [])


def test_one_false_signature_of_a_known_key_rejects_the_note() -> None:
    false = Signature(B.name, B.verifier.key_id, A.sign(TEXT).raw)
    for order in ((A.sign(TEXT), false), (false, A.sign(TEXT)), (B.sign(TEXT), false)):
        with pytest.raises(NoteRejected, match="not by it"):
            verify_note(Note(TEXT, order), [A.verifier, B.verifier])
    assert verify_note(Note(TEXT, (A.sign(TEXT), false)), [A.verifier]) == (A.verifier,)


def test_a_key_that_signed_twice_counts_once() -> None:
    note = signed(TEXT, A, A, B, A)
    assert verify_note(note, [A.verifier, A.verifier]) == (A.verifier,)


def test_a_cosigners_key_does_not_sign_a_text() -> None:
    cosigner = Signer("w.example", Ed25519PrivateKey.from_private_bytes(b"\x05" * 32), algorithm=4)
    with pytest.raises(NoteRejected, match="cosigner"):
        cosigner.sign(TEXT)
    plain = Signature(cosigner.name, cosigner.verifier.key_id, cosigner.sign_bytes(TEXT.encode()))
    with pytest.raises(NoteRejected, match="none"):
        verify_note(Note(TEXT, (plain,)), [cosigner.verifier])


def test_two_keys_of_one_name_and_id_are_told() -> None:
    # ids are 32 bits: a second key with the same one is found in minutes, so it is made by hand
    twin = object.__new__(VerifierKey)
    for field, value in (
        ("name", A.name),
        ("key_id", A.verifier.key_id),
        ("algorithm", ED25519),
        ("public", B.verifier.public),
    ):
        object.__setattr__(twin, field, value)
    with pytest.raises(NoteRejected, match="two known keys"):
        verify_note(signed(TEXT, A), [A.verifier, twin])


def test_a_key_that_is_no_point_verifies_nothing() -> None:
    public = b"\xff" * 32
    key = VerifierKey("a", compute_key_id("a", ED25519, public), ED25519, public)
    with pytest.raises(NoteRejected):
        verify_note(Note(TEXT, (Signature("a", key.key_id, bytes(64)),)), [key])


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "a\tb", "a\nb", "a+b", "a\u2028b", "a\xa0b", "a\u3000", "a\x00", "\ud800"],
)
def test_names_that_no_key_has(name: str) -> None:
    for make in (
        lambda: new_signer(name, bytes(32)),
        lambda: Signature(name, 0, b"x"),
        lambda: VerifierKey(name, 0, ED25519, bytes(32)),
    ):
        with pytest.raises(NoteRejected):
            make()


@pytest.mark.parametrize(
    "vkey",
    [
        "{name}+{id}",
        "{name}+{id}+{key}+",
        "{name}+{ID}+{key}",
        "{name}+0{id}+{key}",
        "{name}+{id}+{key}=",
        "{name}+{id}+ {key}",
        "{name}x+{id}+{key}",
        "{name}+{id}+{key}\n",
        "{name} {id} {key}",
        "+{id}+{key}",
        "{name}+00000000+{key}",
        "{name}+{id}+",
        "{name}+{id}+AQ==",
    ],
)
def test_what_is_no_verifier_key(vkey: str) -> None:
    name, key_id, key = format_vkey(A.verifier).split("+", 2)
    assert any(letter in "abcdef" for letter in key_id)
    with pytest.raises(NoteRejected):
        parse_vkey(vkey.format(name=name, id=key_id, ID=key_id.upper(), key=key))


@pytest.mark.parametrize("algorithm", [0, 2, 3, 5, 6, 0xFA, 0xFF])
def test_algorithms_that_are_not_ours_are_told(algorithm: int) -> None:
    public = A.verifier.public
    with pytest.raises(NoteRejected, match="algorithm"):
        VerifierKey("a", compute_key_id("a", algorithm, public), algorithm, public)


def test_the_same_key_has_another_id_for_another_use() -> None:
    ids = {compute_key_id("a", algorithm, bytes(32)) for algorithm in (ED25519, COSIGNATURE)}
    assert len(ids) == 2


@pytest.mark.parametrize("text", ["", "a", "a\n\tb\n", "a\r\n", "\x00\n", "\x1f\n", "\ud800\n"])
def test_texts_that_no_note_has(text: str) -> None:
    with pytest.raises(NoteRejected):
        Note(text, (Signature("a", 0, b"x"),))


def test_limits() -> None:
    one = Signature("a", 0, b"x")
    assert len(parse_note(format_note(Note(TEXT, (one,) * 64))).signatures) == 64
    with pytest.raises(NoteRejected, match="64"):
        Note(TEXT, (one,) * 65)
    with pytest.raises(NoteRejected, match="64"):
        parse_note(TEXT + "\n" + f"{format_signature(one)}\n" * 65)
    with pytest.raises(NoteRejected):
        Note(TEXT, ())
    with pytest.raises(NoteRejected):
        Signature("a", 2**32, b"x")
    with pytest.raises(NoteRejected):
        Signature("a", 0, b"")
    frame = len(format_note(Note("\n", (one,))).encode())
    longest = Note("x" * (MAXIMUM_NOTE_BYTES - frame) + "\n", (one,))
    assert parse_note(format_note(longest)) == longest
    for text in ("x" + longest.text, "é" * (len(longest.text) // 2 + 1) + "\n"):
        with pytest.raises(NoteRejected, match="64 KiB"):
            Note(text, (one,))
    for longer in ("x" + format_note(longest), "x" * 2**20):
        with pytest.raises(NoteRejected, match="64 KiB"):
            parse_note(longer)


@given(signers)
def test_a_signer_shows_nothing_of_its_key(signer: Signer) -> None:
    seed = signer._private.private_bytes_raw()
    shown = repr(signer) + str(signer)
    assert format_vkey(signer.verifier) in shown
    assert seed.hex() not in shown
    assert not hasattr(signer, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(signer)
