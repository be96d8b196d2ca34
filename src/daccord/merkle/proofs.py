"""Inclusion and consistency proofs: making them from tiles, and checking them.

Proofs are made as RFC 6962 sections 2.1.1 and 2.1.2 define them and checked by the algorithms of
RFC 9162 sections 2.1.3.2 and 2.1.4.2. The two halves share nothing but the hash: what one gets
wrong the other does not forgive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from daccord.errors import ProofRejected
from daccord.merkle.hashing import EMPTY_ROOT, HASH_BYTES, hash_children
from daccord.merkle.spelling import MAXIMUM_NUMBER
from daccord.merkle.tiles import TILE_HEIGHT, TILE_WIDTH, width_at
from daccord.merkle.tree import merge_hashes

ReadTile = Callable[[int, int, int], bytes]
"""(level, index, width) -> the first ``width`` hashes of that tile, 32 bytes each."""


def prove_inclusion(index: int, size: int, read_tile: ReadTile) -> tuple[bytes, ...]:
    """Prove that leaf ``index`` is in the tree of ``size``: hashes from the leaf's sibling up.

    At most 63 hashes. Raises ProofRejected for an index outside the tree and for a tile of
    another width than was asked for.
    """
    _check_size(size)
    if not 0 <= index < size:
        raise ProofRejected("an index outside the tree")
    subtrees = _Subtrees(size, read_tile)
    proof, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(subtrees.hash(middle, end))
            end = middle
        else:
            proof.append(subtrees.hash(start, middle))
            start = middle
    return tuple(reversed(proof))


def prove_consistency(old: int, new: int, read_tile: ReadTile) -> tuple[bytes, ...]:
    """Prove that the tree of ``old`` leaves is the beginning of that of ``new``.

    Empty when ``old`` is 0 or ``new``. Raises ProofRejected for sizes that make no sense and for
    a tile of another width than was asked for.
    """
    _check_size(new)
    if not 0 <= old <= new:
        raise ProofRejected("an old size beyond the new one")
    if old in (0, new):
        return ()
    subtrees = _Subtrees(new, read_tile)
    proof, start, end = [], 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(subtrees.hash(middle, end))
            end = middle
        else:
            proof.append(subtrees.hash(start, middle))
            start = middle
    if start:  # otherwise the old tree is a subtree by itself, and whoever checks has its root
        proof.append(subtrees.hash(start, end))
    return tuple(reversed(proof))


def check_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Return if ``proof`` leads from the leaf at ``index`` to ``root``; else raise ProofRejected.

    RFC 9162 section 2.1.3.2.
    """
    _check_size(size)
    if not 0 <= index < size:
        raise ProofRejected("an index outside the tree")
    _check_hashes((leaf_hash, root, *proof))
    found = leaf_hash
    for hashed, stands_left in _climb(index, size - 1, proof):
        found = hash_children(hashed, found) if stands_left else hash_children(found, hashed)
    if found != root:
        raise ProofRejected("the hashes do not lead to the root")


def check_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Return if the old tree is the beginning of the new one; else raise ProofRejected.

    RFC 9162 section 2.1.4.2. Two cases that it leaves out have an empty proof: equal sizes have
    equal roots, and every tree begins with the empty one.
    """
    _check_hashes((old_root, new_root, *proof))
    _check_trees(old_size, old_root, new_size, new_root)
    if bool(proof) == (old_size in (0, new_size)):
        raise ProofRejected("hashes where none are needed, or none where some are")
    if not proof:
        return
    # an old tree of a power of two is a subtree of the new one: its root is where both begin
    begin, *rest = proof if old_size & (old_size - 1) else (old_root, *proof)
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_found = new_found = begin
    for hashed, stands_left in _climb(at, last, rest):
        if stands_left:
            old_found = hash_children(hashed, old_found)
            new_found = hash_children(hashed, new_found)
        else:
            new_found = hash_children(new_found, hashed)
    if old_found != old_root:
        raise ProofRejected("the hashes do not lead to the old root")
    if new_found != new_root:
        raise ProofRejected("the hashes do not lead to the new root")


def _climb(at: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Go up from node ``at`` of a row that ends with node ``last``: what both algorithms share.

    Gives each hash, and whether it stands to the left. Raises ProofRejected unless the hashes
    are just as many as the way to the root asks for.
    """
    for hashed in proof:
        if last == 0:
            raise ProofRejected("more hashes than the tree is high")
        stands_left = bool(at & 1) or at == last
        yield hashed, stands_left
        while stands_left and not at & 1 and at:  # alone at the end of its row: no sibling there
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    if last:
        raise ProofRejected("fewer hashes than the tree is high")


class _Subtrees:
    """Hashes of ranges of leaves in one tree, from its tiles; reads each tile once."""

    __slots__ = ("_read", "_size", "_tiles")

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        self._size = size
        self._read = read_tile
        self._tiles: dict[tuple[int, int], bytes] = {}

    def hash(self, start: int, end: int) -> bytes:
        """Compute the hash over leaves ``start`` to ``end`` (not included).

        The range is one that the definition of the tree splits off: ``start`` is a multiple of
        the power of two next above its length.
        """
        found = b""
        while end > start:
            # the largest subtree that ends the range: as large as the lowest bit of its length
            leaves = (end - start) & (start - end)
            subtree = self._full(end - leaves, leaves.bit_length() - 1)
            found = hash_children(subtree, found) if found else subtree
            end -= leaves
        return found

    def _full(self, start: int, height: int) -> bytes:
        """Compute the hash of the 2**height leaves from ``start``, out of the one tile it is in."""
        level, above = divmod(height, TILE_HEIGHT)
        index, offset = divmod(start >> (TILE_HEIGHT * level), TILE_WIDTH)
        tile = self._tile(level, index)
        begin = HASH_BYTES * offset
        return merge_hashes(tile[begin : begin + (HASH_BYTES << above)], above)

    def _tile(self, level: int, index: int) -> bytes:
        tile = self._tiles.get((level, index))
        if tile is None:
            width = width_at(self._size, level, index)
            tile = self._tiles[level, index] = self._read(level, index, width)
            if len(tile) != HASH_BYTES * width:
                raise ProofRejected("a tile of another width than was asked for")
        return tile


def _split(leaves: int) -> int:
    """Give the largest power of two below ``leaves``: where RFC 6962 section 2.1 splits."""
    return 1 << (leaves - 1).bit_length() - 1


def _check_size(size: int) -> None:
    if not 0 <= size <= MAXIMUM_NUMBER:
        raise ProofRejected("a size that no tree has")


def _check_trees(old_size: int, old_root: bytes, new_size: int, new_root: bytes) -> None:
    _check_size(new_size)
    if not 0 <= old_size <= new_size:
        raise ProofRejected("an old size beyond the new one")
    for size, root in ((old_size, old_root), (new_size, new_root)):
        if size == 0 and root != EMPTY_ROOT:
            raise ProofRejected("an empty tree with another root than the empty one")
    if old_size == new_size and old_root != new_root:
        raise ProofRejected("two roots for one size")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(hashed) != HASH_BYTES for hashed in hashes):
        raise ProofRejected("a hash that is not 32 bytes long")
