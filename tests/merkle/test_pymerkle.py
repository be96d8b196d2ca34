"""pymerkle, another Python implementation of the same tree, takes our roots and proofs.

Its leaf and node hashes are those of RFC 6962. Its inclusion proofs begin with the leaf itself;
its consistency proof of sizes m and n is the inclusion proof of leaf m in n leaves with the
siblings on the left marked, since these are just the subtrees that the old tree is made of. Our
own RFC 6962 consistency proofs are for Go to check (test_go_witness).
"""

from __future__ import annotations

from typing import Any

import pymerkle  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle.core import (  # type: ignore[import-untyped]
    _consistency_path_layout,
    _inclusion_path_layout,
)
from pymerkle.proof import (  # type: ignore[import-untyped]
    ConsistencyProof,
    InclusionProof,
)

from daccord.merkle.hashing import hash_leaf
from daccord.merkle.proofs import prove_inclusion
from tests.merkle.logs import GrownLog, numbered

pytestmark = pytest.mark.promise("B3")

COUNT = 700
LOG = GrownLog(numbered(COUNT))
LEAVES = [hash_leaf(entry) for entry in LOG.entries]
ROOTS = [GrownLog(LOG.entries[:size]).root for size in range(COUNT + 1)]


@pytest.fixture(scope="module")
def theirs() -> Any:
    tree = pymerkle.InmemoryTree()
    tree.append_entries(LOG.entries)
    return tree


def inclusion_proof(index: int, size: int, leaf: bytes) -> InclusionProof:
    rule, _ = _inclusion_path_layout(index + 1, size)
    path = [leaf, *prove_inclusion(index, size, LOG.read_tile)]
    return InclusionProof("sha256", True, size, index + 1, rule, path)  # noqa: FBT003 - theirs


def consistency_proof(old: int, new: int) -> ConsistencyProof:
    rule, subset, _ = _consistency_path_layout(old, new)
    path = [LEAVES[old], *prove_inclusion(old, new, LOG.read_tile)]
    return ConsistencyProof("sha256", True, new, old, rule, subset, path)  # noqa: FBT003 - theirs


def test_roots_are_the_same(theirs: Any) -> None:
    assert [theirs.get_root(size) for size in range(COUNT + 1)] == ROOTS


@given(st.integers(1, COUNT), st.data())
def test_it_takes_our_inclusion_proofs(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, LEAVES[index])
    pymerkle.verify_inclusion(LEAVES[index], ROOTS[size], proof, index=index + 1, size=size)
    with pytest.raises(pymerkle.InvalidProof):
        pymerkle.verify_inclusion(LEAVES[index], ROOTS[size - 1], proof)


@given(st.integers(1, COUNT), st.data())
def test_it_makes_the_same_inclusion_proofs(theirs: Any, size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    assert theirs.prove_inclusion(index + 1, size).path == [
        LEAVES[index],
        *prove_inclusion(index, size, LOG.read_tile),
    ]


@given(st.integers(2, COUNT), st.data())
def test_it_finds_our_trees_consistent(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof = consistency_proof(old, new)
    pymerkle.verify_consistency(ROOTS[old], ROOTS[new], proof, prior_size=old, later_size=new)
    with pytest.raises(pymerkle.InvalidProof):
        pymerkle.verify_consistency(ROOTS[old - 1], ROOTS[new], proof)
