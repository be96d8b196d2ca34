"""Entry bundles: what is read is what was written."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daccord.errors import NoteRejected
from daccord.merkle.bundles import decode_entries, encode_entries

entries = st.lists(st.binary(max_size=40), max_size=256).map(tuple)


@given(entries)
def test_what_is_written_is_read_back(given_: tuple[bytes, ...]) -> None:
    assert decode_entries(encode_entries(given_)) == given_


@given(st.binary(max_size=300) | entries.map(encode_entries))
@example(b"\x00")
@example(b"\x00\x01")
@example(b"\x00\x00" * 257)
def test_whatever_is_read_is_written_the_same(bundle: bytes) -> None:
    with suppress(NoteRejected):
        assert encode_entries(decode_entries(bundle)) == bundle


@given(entries, st.integers(0, 200), st.binary(min_size=1, max_size=3))
def test_a_bundle_that_was_cut_or_went_on_is_noticed(
    given_: tuple[bytes, ...], cut: int, more: bytes
) -> None:
    bundle = encode_entries(given_)
    for other in (bundle[:cut], bundle + more):
        with suppress(NoteRejected):
            assert (decode_entries(other) == given_) == (other == bundle)


def test_an_entry_has_a_length_of_16_bits() -> None:
    longest = bytes(65_535)
    assert encode_entries([longest, b"x"]) == b"\xff\xff" + longest + b"\x00\x01x"
    assert decode_entries(encode_entries([longest])) == (longest,)
    with pytest.raises(NoteRejected, match="65,535"):
        encode_entries([longest + b"x"])


def test_a_bundle_is_as_wide_as_a_tile() -> None:
    assert len(decode_entries(encode_entries([b""] * 256))) == 256
    with pytest.raises(NoteRejected, match="256"):
        encode_entries([b""] * 257)
    with pytest.raises(NoteRejected, match="256"):
        decode_entries(b"\x00\x00" * 257)
    assert decode_entries(b"") == ()


@pytest.mark.parametrize(
    "bundle", [b"\x00", b"\x00\x01", b"\x00\x00\x00", b"\x00\x02a", b"\xff\xff"]
)
def test_what_is_no_bundle(bundle: bytes) -> None:
    with pytest.raises(NoteRejected, match="within an entry"):
        decode_entries(bundle)
