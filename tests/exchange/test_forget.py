"""The form to be forgotten by, read strictly (law 9)."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.errors import ChoiceRejected
from daccord.exchange.forget import Do, parse_forget_form, pasted


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_rejected(raw: bytes) -> None:
    try:
        form = parse_forget_form(raw)
    except ChoiceRejected:
        return
    assert form.do in Do


NAMES = st.sampled_from(["do", "sure", "receipt", "lang", "back", ""])
VALUES = st.sampled_from(["look", "forget", "yes", "no", "", "x", "daccord-receipt 1\r\n"])


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_nothing_is_forgotten_by_accident(pairs: list[tuple[str, str]]) -> None:
    """Only by exactly one button, and exactly one box that is ticked."""
    try:
        form = parse_forget_form(urlencode(pairs).encode())
    except ChoiceRejected:
        return
    if form.do is Do.FORGET:
        assert pairs.count(("do", "forget")) == pairs.count(("sure", "yes")) == 1
        assert len({name for name, _ in pairs}) == len(pairs)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")), min_size=1))
def test_what_a_form_does_to_lines_is_undone(lines: list[str]) -> None:
    """Line ends of a form, the last one lost, space around: the file comes back."""
    file = "\n".join(["first", *lines, "last"]) + "\n"
    for sent in (file, file.replace("\n", "\r\n"), file[:-1], f"\r\n  {file}\r\n"):
        fields = {"do": "look", "receipt": sent}
        assert parse_forget_form(urlencode(fields).encode()).receipt == file.encode()


@pytest.mark.parametrize("text", ["", " ", "\r\n", "\t\n "])
def test_an_empty_field_is_no_receipt(text: str) -> None:
    assert pasted(text) == b""
