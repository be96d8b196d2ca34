"""Numbers and base64: one spelling each."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.errors import NoteRejected
from daccord.merkle.spelling import (
    MAXIMUM_NUMBER,
    decode_base64,
    encode_base64,
    encode_utf8,
    parse_decimal,
)
from tests.merkle.strategies import any_text


@given(st.binary(max_size=80))
def test_bytes_are_read_back(raw: bytes) -> None:
    text = encode_base64(raw)
    assert decode_base64(text) == decode_base64(text, length=len(raw)) == raw
    for length in (len(raw) + 1, len(raw) - 1):
        with pytest.raises(NoteRejected, match="expected"):
            decode_base64(text, length=length)


@given(any_text(st.binary(max_size=80).map(encode_base64)))
def test_whatever_base64_is_read_is_written_the_same(text: str) -> None:
    with suppress(NoteRejected):
        assert encode_base64(decode_base64(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AA",
        "AAA",
        "AA=",
        "AB==",
        "AAB=",
        "AA==AA==",
        "AAAA=",
        "=",
        "AA ==",
        "AA==\n",
        "A-A=",
        "é",
    ],
)
def test_what_is_no_base64(text: str) -> None:
    with pytest.raises(NoteRejected):
        decode_base64(text)


@given(st.integers(0, MAXIMUM_NUMBER))
def test_numbers_are_read_back(number: int) -> None:
    assert parse_decimal(str(number)) == number


@given(any_text(st.integers(0, 2**66).map(str)))
def test_whatever_number_is_read_is_written_the_same(text: str) -> None:
    with suppress(NoteRejected):
        assert str(parse_decimal(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "00",
            "01",
            "+1",
            "-1",
            "-0",
            " 1",
            "1 ",
            "1\n",
            "1_0",
            "1e3",
            "0x1",
            "1.0",
            "\u0661",
        ),
        str(MAXIMUM_NUMBER + 1),
        str(10**19 - 1),
        str(10**19),
        "9" * 5_000,
    ],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(NoteRejected):
        parse_decimal(text)


def test_text_without_bytes_is_told() -> None:
    assert encode_utf8("é") == b"\xc3\xa9"
    with pytest.raises(NoteRejected):
        encode_utf8("a\ud800")
