"""Published vectors: roots and proofs that others have computed, and signed examples.

Sources, values only:
- the eight-leaf tree of the reference tests of Certificate Transparency, as in
  transparency-dev/merkle (Apache-2.0, ``testonly/constants.go``); RFC 6962 section 2.1.3 names the
  nodes of the seven-leaf tree and lists its proofs;
- the accumulated vectors of draft-ietf-plants-merkle-tree-certs (appendix "Subtree Test Vectors");
- the examples of C2SP signed-note, tlog-checkpoint and tlog-tiles.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from daccord.errors import NoteRejected, ProofRejected
from daccord.merkle.checkpoints import parse_checkpoint
from daccord.merkle.hashing import EMPTY_ROOT, hash_leaf
from daccord.merkle.notes import (
    ED25519,
    compute_key_id,
    format_note,
    format_vkey,
    parse_note,
    parse_vkey,
    verify_note,
)
from daccord.merkle.proofs import (
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
)
from daccord.merkle.tiles import Tile, parse_tile_path, tile_path, width_at
from daccord.merkle.tree import root_of
from tests.merkle.logs import GrownLog

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.promise("B3")

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]

ROOTS = [
    bytes.fromhex(root)
    for root in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]

# The names are those of RFC 6962 section 2.1.3: leaves a to f and j, the nodes above them g, h,
# i, then k and l; m and n come with the eighth leaf, j7.
NODE = {
    name: bytes.fromhex(value)
    for name, value in {
        "a": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "b": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "c": "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "d": "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "e": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "f": "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
        "j": "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "j7": "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
        "g": "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "h": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "i": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "m": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "k": "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "n": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    }.items()
}

NODE["l"] = sha256(b"\x01" + NODE["i"] + NODE["j"]).digest()

LOG = GrownLog(ENTRIES)


@pytest.mark.parametrize("size", range(9))
def test_the_roots_of_the_eight_leaf_tree(size: int) -> None:
    log = GrownLog(ENTRIES[:size])
    assert log.root == root_of(size, log.edge) == ROOTS[size]


def test_the_empty_root_is_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT == ROOTS[0] == sha256().digest()


def test_the_leaf_hashes_of_the_eight_leaf_tree() -> None:
    assert [hash_leaf(entry) for entry in ENTRIES] == [
        NODE[name] for name in ("a", "b", "c", "d", "e", "f", "j", "j7")
    ]
    assert LOG.tiles == {(0, 0): b"".join(hash_leaf(entry) for entry in ENTRIES)}


@pytest.mark.parametrize(
    ("index", "size", "names"),
    [
        # the seven-leaf tree of RFC 6962 section 2.1.3: k is above a to d, l above e to j
        (0, 7, "b h l"),
        (3, 7, "c g l"),
        (4, 7, "f j k"),
        (6, 7, "i k"),
        # and others of the reference tests
        (0, 1, ""),
        (0, 8, "b h n"),
        (5, 8, "e m k"),
        (2, 3, "g"),
        (1, 5, "a h e"),
        (7, 8, "j i k"),
        (4, 5, "k"),
    ],
)
def test_inclusion_proofs(index: int, size: int, names: str) -> None:
    expected = tuple(NODE[name] for name in names.split())
    assert prove_inclusion(index, size, LOG.read_tile) == expected
    check_inclusion(hash_leaf(ENTRIES[index]), index, size, expected, ROOTS[size])


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        (3, 7, "c d g l"),  # RFC 6962 section 2.1.3
        (4, 7, "l"),
        (6, 7, "i j k"),
        (1, 1, ""),
        (1, 8, "b h n"),
        (6, 8, "i m k"),
        (2, 5, "h e"),
        (7, 8, "j j7 i k"),
        (8, 8, ""),
    ],
)
def test_consistency_proofs(old: int, new: int, names: str) -> None:
    expected = tuple(NODE[name] for name in names.split())
    assert prove_consistency(old, new, LOG.read_tile) == expected
    check_consistency(old, ROOTS[old], new, ROOTS[new], expected)


RANDOM = sha256(b"random").digest()


@pytest.mark.parametrize(
    ("index", "size", "leaf", "root", "proof"),
    [
        # the probes of the reference tests: no tree is that small, no proof that short
        (0, 0, EMPTY_ROOT, EMPTY_ROOT, ()),
        (0, 1, NODE["a"], EMPTY_ROOT, ()),
        (0, 1, EMPTY_ROOT, NODE["a"], ()),
        (1, 1, NODE["a"], NODE["a"], ()),
        (0, 2, NODE["a"], NODE["a"], ()),
        (0, 1, NODE["a"], NODE["a"], (NODE["a"],)),
        (0, 1, NODE["a"], b"", ()),
        (0, 1, b"", b"", ()),
        (0, 1, NODE["a"][:31], NODE["a"][:31], ()),
        (0, 8, NODE["a"], ROOTS[8], (NODE["b"], NODE["h"])),
        (0, 8, NODE["a"], ROOTS[8], (NODE["b"], NODE["h"], NODE["n"], ROOTS[8])),
        (0, 8, NODE["a"], ROOTS[8], (ROOTS[8], NODE["b"], NODE["h"], NODE["n"])),
        (0, 8, NODE["a"], ROOTS[8], (NODE["b"], b"", NODE["h"], NODE["n"])),
        (8, 8, NODE["a"], ROOTS[8], (NODE["b"], NODE["h"], NODE["n"])),
        (-1, 8, NODE["a"], ROOTS[8], (NODE["b"], NODE["h"], NODE["n"])),
        (0, 4, NODE["a"], ROOTS[8], (NODE["b"], NODE["h"], NODE["n"])),
        (0, 16, NODE["a"], ROOTS[8], (NODE["b"], NODE["h"], NODE["n"])),
        (0, 8, RANDOM, ROOTS[8], (NODE["b"], NODE["h"], NODE["n"])),
        (0, 8, NODE["a"], RANDOM, (NODE["b"], NODE["h"], NODE["n"])),
        (0, 2**63, NODE["a"], ROOTS[1], ()),
        (0, 8, NODE["k"], ROOTS[8], (NODE["n"],)),  # a node taken for a leaf
    ],
)
def test_what_is_no_inclusion_proof(
    index: int, size: int, leaf: bytes, root: bytes, proof: tuple[bytes, ...]
) -> None:
    with pytest.raises(ProofRejected):
        check_inclusion(leaf, index, size, proof, root)


@pytest.mark.parametrize(
    ("old", "old_root", "new", "new_root", "proof"),
    [
        (0, EMPTY_ROOT, 0, EMPTY_ROOT, (RANDOM,)),
        (0, RANDOM, 0, RANDOM, ()),
        (0, EMPTY_ROOT, 0, RANDOM, ()),
        (0, RANDOM, 1, NODE["a"], ()),
        (0, EMPTY_ROOT, 8, ROOTS[8], (ROOTS[8],)),
        (1, NODE["a"], 1, NODE["a"], (NODE["b"],)),
        (1, NODE["a"], 1, RANDOM, ()),
        (1, NODE["a"], 0, EMPTY_ROOT, ()),
        (2, ROOTS[2], 1, ROOTS[1], ()),
        (1, ROOTS[1], 2, ROOTS[2], ()),
        (6, ROOTS[6], 8, ROOTS[8], ()),
        (6, ROOTS[6], 8, ROOTS[8], (NODE["i"], NODE["m"])),
        (6, ROOTS[6], 8, ROOTS[8], (NODE["m"], NODE["i"], NODE["k"])),
        (6, ROOTS[6], 8, ROOTS[8], (NODE["i"], NODE["m"], NODE["k"], ROOTS[6])),
        (6, ROOTS[6], 8, ROOTS[8], (ROOTS[6], NODE["i"], NODE["m"], NODE["k"])),
        (6, ROOTS[6], 8, ROOTS[8], (b"", NODE["i"], NODE["m"], NODE["k"])),
        (6, ROOTS[8], 8, ROOTS[6], (NODE["i"], NODE["m"], NODE["k"])),
        (5, ROOTS[6], 8, ROOTS[8], (NODE["i"], NODE["m"], NODE["k"])),
        (7, ROOTS[6], 8, ROOTS[8], (NODE["i"], NODE["m"], NODE["k"])),
        (4, ROOTS[6], 8, ROOTS[8], (NODE["i"], NODE["m"], NODE["k"])),
        (6, ROOTS[6], 16, ROOTS[8], (NODE["i"], NODE["m"], NODE["k"])),
        (6, ROOTS[6], 4, ROOTS[8], (NODE["i"], NODE["m"], NODE["k"])),
        (-1, ROOTS[6], 8, ROOTS[8], (NODE["i"], NODE["m"], NODE["k"])),
        (6, ROOTS[6], 2**63, ROOTS[8], (NODE["i"], NODE["m"], NODE["k"])),
        (1, b"x", 1, b"x", ()),
    ],
)
def test_what_is_no_consistency_proof(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: tuple[bytes, ...]
) -> None:
    with pytest.raises(ProofRejected):
        check_consistency(old, old_root, new, new_root, proof)


# The probes that transparency-dev/merkle's cmd/proofgen makes of each proof above (testdata/, one
# file each): what they change, and by how much, is theirs; here they are made anew.

Inclusion = tuple[bytes, int, int, tuple[bytes, ...], bytes]
Consistency = tuple[int, bytes, int, bytes, tuple[bytes, ...]]


def around(proof: tuple[bytes, ...], *added: bytes) -> list[tuple[bytes, ...]]:
    """With something before, behind or among its hashes, a hash missing, or a bit flipped."""
    found = [each for extra in (b"", *added) for each in ((extra, *proof), (*proof, extra))]
    found += [proof[:-1], proof[1:], (*proof[:1], *proof[2:])] if proof else []
    found += [(proof[0], *proof)] if proof else []
    for at, hashed in enumerate(proof):
        flipped = bytes([hashed[0] ^ 0x08]) + hashed[1:]
        found.append((*proof[:at], flipped, *proof[at + 1 :]))
        found.append((*proof[:at], b"", *proof[at:]))
    return [each for each in found if each != proof]


def inclusion_probes(index: int, size: int) -> Iterator[Inclusion]:
    leaf, root = hash_leaf(ENTRIES[index]), ROOTS[size]
    proof = prove_inclusion(index, size, LOG.read_tile)
    for other in (index - 1, index + 1, index ^ 2):
        yield leaf, other, size, proof, root
    for other in (size * 2, size // 2):
        yield leaf, index, other, proof, root
    for other_leaf, other_root in (
        (EMPTY_ROOT, root),
        (leaf, EMPTY_ROOT),
        (leaf, RANDOM),
        # in a tree of one leaf, a leaf hash is the root
        *(((EMPTY_ROOT, EMPTY_ROOT), (root, root)) if size > 1 else ()),
    ):
        yield other_leaf, index, size, proof, other_root
    for other_proof in around(proof, root, RANDOM):
        yield leaf, index, size, other_proof, root


def consistency_probes(old: int, new: int) -> Iterator[Consistency]:
    proof = prove_consistency(old, new, LOG.read_tile)
    for other in (old - 1, old + 1, old ^ 2):
        yield other, ROOTS[old], new, ROOTS[new], proof
    for other in (new * 2, new // 2):
        yield old, ROOTS[old], other, ROOTS[new], proof
    yield old, RANDOM, new, ROOTS[new], proof
    yield old, ROOTS[old], new, RANDOM, proof
    if old != new:
        yield old, ROOTS[new], new, ROOTS[old], proof
        yield old, ROOTS[old], new, ROOTS[new], ()
    for other_proof in around(proof, ROOTS[old], ROOTS[new]):
        yield old, ROOTS[old], new, ROOTS[new], other_proof


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 8), (5, 8), (2, 3), (1, 5)])
def test_probes_of_inclusion_proofs(index: int, size: int) -> None:
    probes = list(inclusion_probes(index, size))
    assert len(probes) >= 14
    for probe in probes:
        with pytest.raises(ProofRejected):
            check_inclusion(*probe)


@pytest.mark.parametrize(("old", "new"), [(1, 1), (1, 8), (6, 8), (2, 5), (6, 7)])
def test_probes_of_consistency_proofs(old: int, new: int) -> None:
    probes = list(consistency_probes(old, new))
    assert len(probes) >= 13
    for probe in probes:
        with pytest.raises(ProofRejected):
            check_consistency(*probe)


def valid_subtrees() -> Iterator[tuple[int, int]]:
    """Ranges [start, end) of up to 130 leaves, in the order in which the draft adds them up."""
    for end in range(131):
        for start in range(end + 1):
            length = end - start
            if start == 0 or length == 0 or start % (1 << (length - 1).bit_length()) == 0:
                yield start, end


def test_the_accumulated_vectors_of_the_merkle_tree_certificates_draft() -> None:
    entries = [bytes([number]) for number in range(130)]
    roots, proofs = sha256(), sha256()
    for start, end in valid_subtrees():
        log = GrownLog(entries[start:end])
        roots.update(f"[{start}, {end}) {log.root.hex()}\n".encode())
        for index in range(log.size):
            hashes = prove_inclusion(index, log.size, log.read_tile)
            line = "".join(f" {hashed.hex()}" for hashed in hashes)
            proofs.update(f"{start + index} [{start}, {end}){line}\n".encode())
    assert roots.hexdigest() == "b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81"
    assert proofs.hexdigest() == "ac2a8f989e44d99e399db448050ff5f19757df53cfb716aa81015d3955d8163f"


EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n"
    "\n"
    "\N{EM DASH} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1E"
    "RYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_the_example_of_signed_note() -> None:
    key = parse_vkey(EXAMPLE_KEY)
    assert (key.name, key.key_id, key.algorithm) == ("example.com/foo", 0x530D903A, ED25519)
    assert compute_key_id(key.name, key.algorithm, key.public) == key.key_id
    assert format_vkey(key) == EXAMPLE_KEY
    note = parse_note(EXAMPLE_NOTE)
    assert verify_note(note, [key]) == (key,)
    assert format_note(note) == EXAMPLE_NOTE


@pytest.mark.parametrize("at", range(len("This is an example message.")))
def test_the_example_of_signed_note_changed(at: int) -> None:
    text = EXAMPLE_NOTE[:at] + chr(ord(EXAMPLE_NOTE[at]) ^ 2) + EXAMPLE_NOTE[at + 1 :]
    with pytest.raises(NoteRejected, match="not by it"):
        verify_note(parse_note(text), [parse_vkey(EXAMPLE_KEY)])


def test_a_text_with_empty_lines_goes_on_to_the_last_one() -> None:
    raw = (
        "Ognuno sta solo sul cuor della terra\n"
        "trafitto da un raggio di sole:\n"
        "\n"
        "ed è subito sera.\n"
        "\n"
        "\N{EM DASH} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+Ehf"
        "LW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
    )
    note = parse_note(raw)
    assert note.text.endswith("\n\ned è subito sera.\n")
    assert [signature.name for signature in note.signatures] == ["quasimodo.example/salvatore"]
    assert format_note(note) == raw


def test_the_example_of_tlog_checkpoint() -> None:
    raw = (
        "example.com/behind-the-sofa\n"
        "20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        "\n"
        "\N{EM DASH} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe"
        "4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    checkpoint = parse_checkpoint(parse_note(raw).text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.root.hex().startswith("0ac5186a91863e8e")


def test_the_examples_of_tlog_tiles() -> None:
    assert tile_path(Tile(0, 1_234_067)) == "tile/0/x001/x234/067"
    assert parse_tile_path("tile/0/x001/x234/067") == Tile(0, 1_234_067)
    tiles = {
        (level, index): width
        for level in range(4)
        for index in range(300)
        if (width := width_at(70_000, level, index))
    }
    assert tiles == {(0, index): 256 for index in range(273)} | {
        (0, 273): 112,
        (1, 0): 256,
        (1, 1): 17,
        (2, 0): 1,
    }
    assert {place: width_at(256, *place) for place in ((0, 0), (0, 1), (1, 0), (2, 0))} == {
        (0, 0): 256,
        (0, 1): 0,
        (1, 0): 1,
        (2, 0): 0,
    }
