"""The tree grows the same whichever way it grows."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.errors import ProofRejected
from daccord.merkle.hashing import EMPTY_ROOT, hash_children, hash_leaf
from daccord.merkle.tiles import width_at
from daccord.merkle.tree import Growth, check_edge, grow, hash_tile, merge_hashes, root_of
from tests.merkle.logs import GrownLog, naive_root

pytestmark = pytest.mark.promise("B3")

LEAVES = [hash_leaf(number.to_bytes(3)) for number in range(70_000)]
sizes = st.one_of(st.integers(0, 600), st.integers(0, len(LEAVES)))


def grown(size: int) -> Growth:
    return grow(0, {}, LEAVES[:size])


@pytest.mark.parametrize("size", [*range(40), 255, 256, 257, 511, 512, 513, 600])
def test_the_root_is_what_the_definition_says(size: int) -> None:
    assert grown(size).root == naive_root(LEAVES[:size])


@given(st.lists(sizes, max_size=6).map(sorted))
def test_a_tree_grown_in_any_steps_is_the_same(stops: list[int]) -> None:
    tree = grown(0)
    tiles: dict[tuple[int, int], bytes] = {}
    for start, end in pairwise([0, *stops]):
        assert tree.size == start
        tree = grow(tree.size, tree.edge, LEAVES[start:end])
        tiles |= tree.tiles
    at_once = grown(tree.size)
    assert (tree.root, tree.edge, tiles) == (at_once.root, at_once.edge, at_once.tiles)
    assert root_of(tree.size, tree.edge) == tree.root


def test_a_tree_grown_leaf_by_leaf_is_the_same() -> None:
    tree = grown(0)
    tiles: dict[tuple[int, int], bytes] = {}
    for size, leaf in enumerate(LEAVES[:600]):
        assert tree.root == root_of(size, tree.edge) == grown(size).root
        tree = grow(size, tree.edge, [leaf])
        tiles |= tree.tiles
    assert tiles == grown(600).tiles


@given(before=sizes, added=st.integers(0, 2_000))
def test_the_tiles_that_changed_are_given_whole_and_no_others(before: int, added: int) -> None:
    old, new = grown(before), grow(before, grown(before).edge, LEAVES[:added])
    for (level, index), content in new.tiles.items():
        width = width_at(new.size, level, index)
        assert len(content) == 32 * width > 32 * width_at(before, level, index)
    changed = {
        (level, index)
        for level in range(4)
        for index in range(before >> 8 * (level + 1), (new.size >> 8 * (level + 1)) + 1)
        if width_at(new.size, level, index) > width_at(before, level, index)
    }
    assert set(new.tiles) == changed
    for level, content in new.edge.items():
        index = new.size >> 8 * (level + 1)
        assert new.tiles.get((level, index), old.edge.get(level)) == content


@given(sizes)
def test_a_hash_of_a_level_is_that_of_a_full_tile_below(size: int) -> None:
    tree = grown(size)
    for (level, index), content in tree.tiles.items():
        for at in range(len(content) // 32 if level else 0):
            below = tree.tiles[level - 1, 256 * index + at]
            assert hash_tile(below) == content[32 * at : 32 * at + 32]


def test_what_was_given_is_left_as_it_was() -> None:
    tree = grown(300)
    before = dict(tree.edge)
    grow(tree.size, tree.edge, LEAVES[:500])
    assert tree.edge == before


def test_merging_hashes_pairwise() -> None:
    a, b, c, d = LEAVES[:4]
    assert merge_hashes(a + b + c + d, 0) == a + b + c + d
    assert merge_hashes(a + b + c + d, 1) == hash_children(a, b) + hash_children(c, d)
    assert merge_hashes(b"", 8) == b""
    assert hash_children(a, b) == sha256(b"\x01" + a + b).digest()


@pytest.mark.parametrize("length", [0, 1, 31, 32, 8_160, 8_191, 8_193, 16_384])
def test_only_a_full_tile_has_a_hash(length: int) -> None:
    with pytest.raises(ProofRejected):
        hash_tile(bytes(length))


def test_an_empty_tree() -> None:
    tree = grow(0, {}, [])
    assert (tree.size, tree.root, tree.tiles, tree.edge) == (0, EMPTY_ROOT, {}, {})
    assert root_of(0, {}) == EMPTY_ROOT


@given(size=sizes, data=st.data())
def test_an_edge_that_does_not_fit_is_rejected(size: int, data: st.DataObject) -> None:
    edge = dict(grown(size).edge)
    level = data.draw(st.integers(0, 3))
    other = data.draw(st.binary(max_size=40) | st.sampled_from(LEAVES) | st.just(b""))
    if len(edge.get(level, b"")) == len(other) and level in edge:
        other += b"\x00"
    edge[level] = other
    with pytest.raises(ProofRejected, match="fit"):
        grow(size, edge, LEAVES[:1])
    with pytest.raises(ProofRejected, match="fit"):
        root_of(size, edge)
    del edge[level]
    if level in grown(size).edge:
        with pytest.raises(ProofRejected, match="fit"):
            check_edge(size, edge)


@given(st.integers(1, 600), st.integers(0, 700), st.integers(max_value=-1))
def test_the_edge_of_another_size_is_rejected(size: int, other: int, negative: int) -> None:
    if other != size:
        with pytest.raises(ProofRejected):
            check_edge(other, grown(size).edge)
    with pytest.raises(ProofRejected):
        check_edge(negative, {})
    with pytest.raises(ProofRejected):
        check_edge(2**63, {})


@pytest.mark.parametrize("leaves", [[b""], [bytes(31)], [bytes(33)], [bytes(31), bytes(33)]])
def test_a_leaf_hash_has_32_bytes(leaves: list[bytes]) -> None:
    with pytest.raises(ProofRejected, match="32 bytes"):
        grow(0, {}, leaves)


def test_no_tree_grows_beyond_63_bits() -> None:
    full = {level: bytes(32 * 255) for level in range(7)} | {7: bytes(32 * 127)}
    last = 2**63 - 1
    assert len(root_of(last, full)) == 32
    assert grow(last, full, []).size == last
    with pytest.raises(ProofRejected, match="more than"):
        grow(last, full, [LEAVES[0]])


def test_the_log_of_the_tests_is_one() -> None:
    assert GrownLog([number.to_bytes(3) for number in range(300)]).root == grown(300).root
