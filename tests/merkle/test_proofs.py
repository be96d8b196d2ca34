"""A larger tree proves every smaller one and each of its leaves; and nothing else is proved."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from daccord.errors import ProofRejected
from daccord.merkle.hashing import EMPTY_ROOT, hash_leaf
from daccord.merkle.proofs import (
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
)
from daccord.merkle.tiles import width_at
from daccord.merkle.tree import root_of
from tests.merkle.logs import GrownLog, naive_consistency, naive_inclusion, numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.promise("B3")

COUNT = 600
LOG = GrownLog(numbered(70_000))
LEAVES = [hash_leaf(entry) for entry in LOG.entries]
read = LOG.read_tile


def root_at(size: int) -> bytes:
    """The root of a smaller tree, from the tiles of the larger one."""
    edge = {}
    for level in range(4):
        index = size >> 8 * (level + 1)
        if width := width_at(size, level, index):
            edge[level] = read(level, index, width)
    return root_of(size, edge)


ROOTS = [root_at(size) for size in range(COUNT + 1)]


def test_every_leaf_is_proved_in_every_tree() -> None:
    for size in [*range(1, 70), *range(250, 260), 300, 511, 512, 513, COUNT]:
        for index in range(size):
            proof = prove_inclusion(index, size, read)
            check_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


def test_every_tree_proves_every_smaller_one() -> None:
    for new in [*range(70), *range(254, 260), 511, 512, 513, COUNT]:
        for old in range(new + 1):
            proof = prove_consistency(old, new, read)
            check_consistency(old, ROOTS[old], new, ROOTS[new], proof)


@given(st.integers(1, COUNT), st.data())
def test_proofs_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    assert prove_inclusion(index, size, read) == naive_inclusion(index, LEAVES[:size])
    old = index + 1
    assert prove_consistency(old, size, read) == naive_consistency(old, LEAVES[:size])


@given(st.integers(1, LOG.size), st.data())
def test_large_trees_prove_leaves_and_smaller_trees(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(0, size))
    root = root_at(size)
    check_inclusion(LEAVES[index], index, size, prove_inclusion(index, size, read), root)
    check_consistency(old, root_at(old), size, root, prove_consistency(old, size, read))


def flip(hashed: bytes, bit: int) -> bytes:
    return (int.from_bytes(hashed) ^ (1 << bit)).to_bytes(len(hashed))


@st.composite
def changes(draw: st.DrawFn, proof: Sequence[bytes]) -> tuple[bytes, ...]:
    """Another proof than this one: a hash dropped, added, moved, cut, or a bit flipped."""
    hashes = list(proof)
    hows = ["add", "add end", *(["drop", "flip", "cut", "lengthen"] if hashes else [])]
    how = draw(st.sampled_from([*hows, *(["swap", "repeat"] if len(hashes) > 1 else [])]))
    at = draw(st.integers(0, max(len(hashes) - 1, 0)))
    if how in ("add", "add end"):
        added = draw(st.sampled_from([*LEAVES[:20], *ROOTS[:20], *hashes]))
        hashes.insert(at if how == "add" else len(hashes), added)
    elif how == "drop":
        del hashes[at]
    elif how == "flip":
        hashes[at] = flip(hashes[at], draw(st.integers(0, 255)))
    elif how == "cut":
        hashes[at] = hashes[at][: draw(st.integers(0, 31))]
    elif how == "lengthen":
        hashes[at] += draw(st.binary(min_size=1, max_size=32))
    else:
        other = draw(st.integers(0, len(hashes) - 1).filter(lambda other: other != at))
        moved = hashes[at]
        hashes[at] = hashes[other]
        if how == "swap":
            hashes[other] = moved
    assume(hashes != list(proof))
    return tuple(hashes)


@given(st.integers(1, COUNT), st.data())
def test_no_other_inclusion_proof_is_taken(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = data.draw(changes(prove_inclusion(index, size, read)))
    with pytest.raises(ProofRejected):
        check_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


@given(st.integers(1, COUNT), st.data())
def test_an_inclusion_proof_is_taken_for_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, leaf, root = prove_inclusion(index, size, read), LEAVES[index], ROOTS[size]
    others = st.integers(-2, COUNT + 2)
    bit = data.draw(st.integers(0, 255))
    elsewhere = data.draw(others.filter(lambda other: other != index))
    wrong = [
        (leaf, elsewhere, size, root),
        (flip(leaf, bit), index, size, root),
        (leaf, index, size, flip(root, bit)),
        (leaf[1:], index, size, root),
        (leaf, index, size, root + b"\x00"),
        (leaf, index, -size, root),
        (leaf, index, 2**63, root),
        (leaf, size, size, root),
        (leaf, -1, size, root),
    ]
    for claim_leaf, claim_index, claim_size, claim_root in wrong:
        with pytest.raises(ProofRejected):
            check_inclusion(claim_leaf, claim_index, claim_size, proof, claim_root)
    # Another size may ask for the very same hashes in the same order, and then only the signed
    # checkpoint tells; with the root that goes with that size it never passes.
    other_size = data.draw(others.filter(lambda other: 0 < other != size))
    assume(other_size <= COUNT)
    with pytest.raises(ProofRejected):
        check_inclusion(leaf, index, other_size, proof, ROOTS[other_size])


@given(st.integers(2, COUNT), st.data())
def test_no_other_consistency_proof_is_taken(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, new))
    proof = data.draw(changes(prove_consistency(old, new, read)))
    with pytest.raises(ProofRejected):
        check_consistency(old, ROOTS[old], new, ROOTS[new], proof)


@given(st.integers(2, COUNT), st.data())
def test_a_consistency_proof_is_taken_for_nothing_else(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof = prove_consistency(old, new, read)
    bit = data.draw(st.integers(0, 255))
    wrong = [
        (old, flip(ROOTS[old], bit), new, ROOTS[new]),
        (old, ROOTS[old], new, flip(ROOTS[new], bit)),
        (old, ROOTS[new], new, ROOTS[old]),
        (new, ROOTS[new], old, ROOTS[old]),
        (old, ROOTS[old][:31], new, ROOTS[new]),
        (-old, ROOTS[old], new, ROOTS[new]),
        (old, ROOTS[old], 2**63, ROOTS[new]),
        (0, EMPTY_ROOT, new, ROOTS[new]),
        (0, ROOTS[old], new, ROOTS[new]),
        (new, ROOTS[new], new, ROOTS[new]),
        (0, EMPTY_ROOT, 0, EMPTY_ROOT),
    ]
    for claim in wrong:
        with pytest.raises(ProofRejected):
            check_consistency(*claim, proof)
    other = data.draw(st.integers(1, COUNT).filter(lambda other: other not in (old, new)))
    for claim in (
        (min(other, new), ROOTS[min(other, new)], new, ROOTS[new]),
        (old, ROOTS[old], max(other, old), ROOTS[max(other, old)]),
    ):
        if claim[0] != claim[2]:
            with pytest.raises(ProofRejected):
                check_consistency(*claim, proof)


@given(st.integers(1, COUNT), st.integers(1, COUNT), st.data())
def test_a_rewritten_log_is_not_consistent(old: int, new: int, data: st.DataObject) -> None:
    """Whatever one entry was changed to, no honest proof bridges the two histories."""
    old, new = sorted((old, new))
    changed = data.draw(st.integers(0, old - 1))
    entries = list(LOG.entries[:new])
    entries[changed] = b"rewritten"
    other = GrownLog(entries)
    for log in (other, LOG):
        with pytest.raises(ProofRejected):
            check_consistency(
                old, ROOTS[old], new, other.root, prove_consistency(old, new, log.read_tile)
            )


def test_the_empty_tree_begins_every_tree() -> None:
    for new in (0, 1, 2, 300):
        assert prove_consistency(0, new, read) == ()
        check_consistency(0, EMPTY_ROOT, new, ROOTS[new], ())
    with pytest.raises(ProofRejected):
        check_consistency(0, ROOTS[1], 300, ROOTS[300], ())


integers = st.integers(-(2**70), 2**70) | st.integers(-2, 20)
some_bytes = st.binary(max_size=40) | st.sampled_from([*ROOTS[:10], *LEAVES[:10]])


@given(integers, integers, st.lists(some_bytes, max_size=8), some_bytes, some_bytes)
def test_whatever_comes_is_proved_or_rejected(
    first: int, second: int, proof: list[bytes], one: bytes, other: bytes
) -> None:
    with suppress(ProofRejected):
        check_inclusion(one, first, second, proof, other)
        assert 0 <= first < second
    with suppress(ProofRejected):
        check_consistency(first, one, second, other, proof)
        assert 0 <= first <= second


@given(integers, integers)
def test_proofs_of_what_is_not_there_are_rejected(first: int, second: int) -> None:
    assume(max(first, second) > 1_000 or min(first, second) < 0)

    def never(level: int, index: int, width: int) -> bytes:
        raise AssertionError((level, index, width))

    if not 0 <= first < second < 2**63:
        with pytest.raises(ProofRejected):
            prove_inclusion(first, second, never)
    if not 0 <= first <= second < 2**63:
        with pytest.raises(ProofRejected):
            prove_consistency(first, second, never)


@given(st.integers(2, LOG.size), st.data())
def test_a_tile_of_another_width_is_rejected(size: int, data: st.DataObject) -> None:
    longer = data.draw(st.booleans())
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size - 1))

    def narrow(level: int, number: int, width: int) -> bytes:
        tile = read(level, number, width)
        return tile + bytes(32) if longer else tile[:-1]

    with pytest.raises(ProofRejected, match="width"):
        prove_inclusion(index, size, narrow)
    with pytest.raises(ProofRejected, match="width"):
        prove_consistency(old, size, narrow)


@given(st.integers(1, LOG.size), st.data())
def test_a_proof_reads_each_tile_once_and_only_those_in_the_tree(
    size: int, data: st.DataObject
) -> None:
    asked: list[tuple[int, int]] = []

    def counting(level: int, index: int, width: int) -> bytes:
        assert width == width_at(size, level, index) > 0
        asked.append((level, index))
        return read(level, index, width)

    prove_inclusion(data.draw(st.integers(0, size - 1)), size, counting)
    assert len(asked) == len(set(asked))
    assert len(asked) <= 2 * 3  # one on the way from the leaf and one at the edge, on each level
