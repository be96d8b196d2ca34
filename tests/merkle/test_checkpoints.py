"""Checkpoints: one spelling, and only the log's own key speaks for it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daccord.errors import NoteRejected
from daccord.merkle.checkpoints import (
    Checkpoint,
    format_checkpoint,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from daccord.merkle.hashing import EMPTY_ROOT
from daccord.merkle.notes import Note, Signer, format_note, new_signer, parse_note
from tests.merkle.strategies import any_text, checkpoints, signed_checkpoints

pytestmark = pytest.mark.promise("B3")

LOG = new_signer("paper.example/log", b"\x01" * 32)
NEXT = new_signer("paper.example/log", b"\x02" * 32)
OTHER = new_signer("other.example/log", b"\x03" * 32)
ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(LOG.name, 109_482, ROOT)


@given(checkpoints())
def test_what_is_written_is_read_back(checkpoint: Checkpoint) -> None:
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


@given(any_text(checkpoints().map(format_checkpoint)))
@example("a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
@example("a\n00\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
@example("a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n")
@example("a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n")
def test_whatever_is_read_is_written_the_same(text: str) -> None:
    with suppress(NoteRejected):
        assert format_checkpoint(parse_checkpoint(text)) == text


@given(signed_checkpoints())
def test_a_signed_checkpoint_opens_with_its_key(both: tuple[str, Signer]) -> None:
    note, signer = both
    checkpoint = open_checkpoint(note, [OTHER.verifier, signer.verifier])
    assert sign_checkpoint(checkpoint, signer) == note


@given(st.data())
def test_any_change_to_a_signed_checkpoint_is_noticed(data: st.DataObject) -> None:
    note = sign_checkpoint(CHECKPOINT, LOG)
    other = data.draw(any_text(st.just(note)).filter(lambda other: other != note))
    # what can still open is the same text with something about signatures of others in it
    with suppress(NoteRejected):
        assert open_checkpoint(other, [LOG.verifier]) == CHECKPOINT
        assert parse_note(other).text == parse_note(note).text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a\n1\n",
        "a\n1\n{root}",
        "a\n1\n{root}x",
        "\n1\n{root}\n",
        "a\n\n{root}\n",
        "a\n1\n{root}\n\n",
        "a\n1\n{root}\n\nx\n",
        "a\n01\n{root}\n",
        "a\n+1\n{root}\n",
        "a\n-1\n{root}\n",
        "a\n1.0\n{root}\n",
        "a\n1_0\n{root}\n",
        "a\n\u0661\n{root}\n",
        "a\n 1\n{root}\n",
        "a\n9223372036854775808\n{root}\n",
        "a\n99999999999999999999999\n{root}\n",
        "a\n0\n{root}\n",
        "a\n1\n {root}\n",
        "a\n1\n{root}=\n",
        "a\n1\nAAAA\n",
        "a\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",  # stray bits in the last letter
        "a\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
        "a\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8-\n",
        "a\r\n1\r\n{root}\r\n",
        "a\x00\n1\n{root}\n",
        "\ud800\n1\n{root}\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(NoteRejected):
        parse_checkpoint(text.format(root="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))


def test_an_origin_may_have_spaces_where_a_key_may_not() -> None:
    found = parse_checkpoint(
        "a log of old\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n"
    )
    assert found == Checkpoint("a log of old", 0, EMPTY_ROOT, ("more",))


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("", 1, ROOT, ()),
        ("a\nb", 1, ROOT, ()),
        ("a", -1, ROOT, ()),
        ("a", 2**63, ROOT, ()),
        ("a", 1, ROOT[1:], ()),
        ("a", 0, ROOT, ()),
        ("a", 1, ROOT, ("",)),
        ("a", 1, ROOT, ("a\nb",)),
    ],
)
def test_checkpoints_that_cannot_be(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    with pytest.raises(NoteRejected):
        Checkpoint(origin, size, root, extensions)


def test_a_log_signs_under_its_own_name_only() -> None:
    with pytest.raises(NoteRejected, match="origin"):
        sign_checkpoint(CHECKPOINT, OTHER)


def test_a_known_key_of_another_log_does_not_speak_for_this_one() -> None:
    text = format_checkpoint(CHECKPOINT)
    note = format_note(Note(text, (OTHER.sign(text),)))
    with pytest.raises(NoteRejected, match="not by one of this log"):
        open_checkpoint(note, [LOG.verifier, OTHER.verifier])
    both = format_note(Note(text, (OTHER.sign(text), LOG.sign(text))))
    assert open_checkpoint(both, [LOG.verifier, OTHER.verifier]) == CHECKPOINT


def test_after_a_rotation_old_and_new_checkpoints_open_with_both_keys() -> None:
    later = Checkpoint(LOG.name, CHECKPOINT.size + 1, bytes(32))
    keys = [LOG.verifier, NEXT.verifier]
    assert open_checkpoint(sign_checkpoint(CHECKPOINT, LOG), keys) == CHECKPOINT
    assert open_checkpoint(sign_checkpoint(later, NEXT), keys) == later
    with pytest.raises(NoteRejected, match="none"):
        open_checkpoint(sign_checkpoint(later, NEXT), [LOG.verifier])


def test_a_signed_note_that_is_no_checkpoint_is_rejected() -> None:
    text = "paper.example/log\nhello\n"
    with pytest.raises(NoteRejected):
        open_checkpoint(format_note(Note(text, (LOG.sign(text),))), [LOG.verifier])
