"""Paths of tiles and bundles: one spelling each."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daccord.errors import NoteRejected
from daccord.merkle.tiles import (
    ENTRIES,
    MAXIMUM_INDEX,
    Tile,
    entries_path,
    parse_tile_path,
    tile_path,
    width_at,
)
from tests.merkle.strategies import any_text

tiles = st.builds(
    Tile,
    st.integers(ENTRIES, 63),
    st.integers(0, MAXIMUM_INDEX) | st.integers(0, 2_000),
    st.integers(1, 256),
)


@given(tiles)
def test_what_is_written_is_read_back(tile: Tile) -> None:
    assert parse_tile_path(tile_path(tile)) == tile


@given(any_text(tiles.map(tile_path)))
@example("tile/0/x000/001")
@example("tile/0/000.p/256")
@example("tile/-1/000")
def test_whatever_is_read_is_written_the_same(path: str) -> None:
    with suppress(NoteRejected):
        assert tile_path(parse_tile_path(path)) == path


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(2, 999, 255), "tile/2/999.p/255"),
        (Tile(1, 1_000), "tile/1/x001/000"),
        (Tile(63, 1_234_067, 3), "tile/63/x001/x234/067.p/3"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
        (Tile(0, MAXIMUM_INDEX), "tile/0/x036/x028/x797/x018/x963/967"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    assert tile_path(tile) == path
    assert parse_tile_path(path) == tile


def test_bundles_have_paths_like_tiles() -> None:
    assert entries_path(1_067, 3) == "tile/entries/x001/067.p/3"
    assert entries_path(1_067) == "tile/entries/x001/067"


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000"),
        *("tile/00/000", "tile/64/000", "tile/-1/000", "tile/+1/000", "tile/entry/000"),
        *("tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/1000", "tile/0/x000/000"),
        *("tile/0/x000/x001/000", "tile/0/001/000", "tile/0/x001", "tile/0/X001/000"),
        *("tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p"),
        *("tile/0/000.p/999", "tile/0/000.P/1", "tile/0/000p/1", "tile/0/000.p/-1"),
        *(
            "tile/0/../0/000",
            "tile/0/%30%30%30",
            "tile/0/000\n",
            " tile/0/000",
            "tile/0/\u0660\u0660\u0661",
        ),
        "tile/0/x036/x028/x797/x018/x963/968",  # beyond the largest tree
        "tile/0/" + "x001/" * 20 + "000",
        "tile/0/" + "x000/" * 2_000 + "000",  # more digits than Python reads as a number
        "TILE/0/000",
        "tile/data/000",
    ],
)
def test_what_is_no_path_of_a_tile(path: str) -> None:
    with pytest.raises(NoteRejected):
        parse_tile_path(path)


@pytest.mark.parametrize(
    "tile",
    [
        Tile(-2, 0),
        Tile(64, 0),
        Tile(0, -1),
        Tile(0, MAXIMUM_INDEX + 1),
        Tile(0, 0, 0),
        Tile(0, 0, 257),
    ],
)
def test_tiles_that_cannot_be_have_no_path(tile: Tile) -> None:
    with pytest.raises(NoteRejected):
        tile_path(tile)


@given(st.integers(0, 2**63 - 1), st.integers(0, 7))
def test_the_widths_of_a_level_add_up(size: int, level: int) -> None:
    hashes = size // 256**level
    last = hashes // 256
    assert width_at(size, level, last) == hashes % 256
    assert width_at(size, level, last + 1) == 0
    assert last == 0 or width_at(size, level, last - 1) == 256
    assert width_at(size, ENTRIES, last) == width_at(size, 0, last)
