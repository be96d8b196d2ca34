"""Addresses of the log: one spelling each, and whatever is asked for gets a value (law 9)."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.exchange.addresses import CHECKPOINT_PATH, KEYS_PATH, LOG_PREFIX
from daccord.exchange.log import Shelf, Wanted, log_error, log_reply, read_log_address
from daccord.merkle.tiles import ENTRIES, Tile, tile_path

TILES = st.builds(
    Tile,
    level=st.integers(ENTRIES, 63),
    index=st.integers(0, 2**40),
    width=st.integers(1, 256),
)


def address_of(wanted: Wanted) -> str:
    match wanted.shelf:
        case Shelf.CHECKPOINT:
            return CHECKPOINT_PATH
        case Shelf.KEYS:
            return KEYS_PATH
        case Shelf.TEXT:
            return f"{LOG_PREFIX}text/{wanted.digest.hex()}"
        case Shelf.TILE:
            assert wanted.tile is not None
            return LOG_PREFIX + tile_path(wanted.tile)


@given(TILES)
def test_a_tile_has_its_address(tile: Tile) -> None:
    assert read_log_address(LOG_PREFIX + tile_path(tile)) == Wanted(shelf=Shelf.TILE, tile=tile)


WORDS = (
    "tile/",
    "entries/",
    "text/",
    "0",
    "000",
    "001",
    "x",
    ".p/",
    "256",
    "keys",
    "/",
    "?",
    "..",
    "é",
)
PARTS = st.sampled_from([*WORDS, "a" * 64, "A" * 64, "\n"])


@given(st.one_of(st.text(), st.lists(PARTS, max_size=8).map("".join)))
def test_whatever_is_asked_for_is_the_one_spelling_or_nothing(text: str) -> None:
    wanted = read_log_address(LOG_PREFIX + text)
    assert wanted is None or address_of(wanted) == LOG_PREFIX + text


@given(TILES, st.integers(0, 40))
def test_a_letter_in_percents_is_another_spelling(tile: Tile, at: int) -> None:
    path = LOG_PREFIX + tile_path(tile)
    place = len(LOG_PREFIX) + at % (len(path) - len(LOG_PREFIX))
    spelt = f"{path[:place]}%{ord(path[place]):02X}{path[place + 1 :]}"
    assert read_log_address(spelt) is None
    assert read_log_address(path + "?") is None
    assert read_log_address(quote(path, safe="/")) is not None


@pytest.mark.parametrize("shelf", Shelf)
def test_nothing_of_the_log_becomes_a_document_of_the_site(shelf: Shelf) -> None:
    wanted = Wanted(shelf=shelf)
    for reply in (log_reply(wanted, b"<script>"), log_reply(wanted, None), log_error(503)):
        fields = dict(reply.headers)
        assert fields[b"x-content-type-options"] == b"nosniff"
        assert re.search(rb"sandbox(;|$)", fields[b"content-security-policy"])
        assert fields[b"content-type"].split(b";")[0] in {
            b"text/plain",
            b"application/octet-stream",
        }
        assert b"set-cookie" not in fields
