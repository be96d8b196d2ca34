"""Go's transparency log code reads what daccord writes, and rejects what was tampered with."""

from __future__ import annotations

import random
import threading
from base64 import b64decode
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daccord.errors import NoteRejected, ProofRejected
from daccord.merkle.cosignatures import cosign
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import (
    COSIGNATURE,
    Note,
    Signature,
    Signer,
    format_note,
    format_vkey,
    new_signer,
    parse_note,
    verify_note,
)
from daccord.merkle.proofs import (
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
)
from daccord.merkle.tlog_proof import TlogProof, format_tlog_proof
from tests.merkle.go_witness import GoRejected, GoWitness, consistency, inclusion
from tests.merkle.logs import ORIGIN, SIGNER, GrownLog, numbered
from tests.merkle.strategies import signers, texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.promise("B3")

VKEY = format_vkey(SIGNER.verifier)
SIZES = [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 4_000, 65_535, 65_536, 65_537, 66_049]
LARGE = 66_049  # three levels of tiles, full and partial ones on each of the lower two


@pytest.fixture(scope="module")
def go() -> GoWitness:
    return GoWitness.build()


@pytest.fixture(scope="module")
def large() -> GrownLog:
    return GrownLog(numbered(LARGE))


@pytest.mark.parametrize("size", SIZES)
def test_go_reads_all_of_a_log(go: GoWitness, tmp_path: Path, size: int) -> None:
    log = GrownLog(numbered(size))
    seen = go.check_log(log.write(tmp_path), VKEY)
    assert (seen.origin, seen.size, seen.root) == (ORIGIN, size, log.root)
    assert seen.signers == (f"{ORIGIN}+{SIGNER.verifier.key_id:08x}",)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_go_reads_a_log_over_http(go: GoWitness, tmp_path: Path, served: str) -> None:
    log = GrownLog(numbered(700))
    log.write(tmp_path)
    assert go.check_log(served, VKEY).root == log.root
    (tmp_path / "tile/entries/001").unlink()
    with pytest.raises(GoRejected, match="tile/entries/001"):
        go.check_log(served, VKEY)


def test_go_takes_the_full_tile_where_the_partial_one_is_gone(
    go: GoWitness, tmp_path: Path
) -> None:
    log = GrownLog(numbered(300))
    old, root = log.checkpoint(), log.root
    log.append(numbered(212, first=300))
    log.write(tmp_path)
    (tmp_path / "checkpoint").write_text(old)
    (tmp_path / "tile/1/000.p/1").write_bytes(log.read_tile(1, 0, 1))
    seen = go.check_log(tmp_path, VKEY)
    assert (seen.size, seen.root) == (300, root)


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_go_rejects_a_change_to_any_file_of_a_log(go: GoWitness, tmp_path: Path) -> None:
    paths = files_of(GrownLog(numbered(520)).write(tmp_path))
    assert len(paths) == 8  # checkpoint, three tiles and the one above them, three bundles
    for path in paths:
        raw = path.read_bytes()
        flipped = [
            raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
            for at in (0, len(raw) // 2, len(raw) - 1)
        ]
        for other in (*flipped, raw[:-32], raw + raw[-32:], raw[32:64] + raw[:32] + raw[64:]):
            path.write_bytes(other)
            with pytest.raises(GoRejected):
                go.check_log(tmp_path, VKEY)
        path.unlink()
        with pytest.raises(GoRejected, match="not there"):
            go.check_log(tmp_path, VKEY)
        path.write_bytes(raw)
    assert go.check_log(tmp_path, VKEY).size == 520


def test_go_rejects_a_log_signed_by_somebody_else(go: GoWitness, tmp_path: Path) -> None:
    GrownLog(numbered(3)).write(tmp_path, new_signer(ORIGIN, b"\x07" * 32))
    with pytest.raises(GoRejected, match="no verifiable signatures"):
        go.check_log(tmp_path, VKEY)


def sizes_and_indices(count: int) -> list[tuple[int, int]]:
    rng = random.Random(6962)  # noqa: S311 - any spread of cases will do, the same each time
    edges = [(size, index) for size in SIZES[1:] for index in {0, size // 2, size - 1}]
    sizes = [rng.randint(1, LARGE) for _ in range(count)]
    return edges + [(size, rng.randrange(size)) for size in sizes]


def test_go_makes_and_takes_the_same_inclusion_proofs(
    go: GoWitness, large: GrownLog, tmp_path: Path
) -> None:
    large.write(tmp_path)
    asked, proofs = [], []
    for size, index in sizes_and_indices(100):
        proof = prove_inclusion(index, size, large.read_tile)
        proofs.append(proof)
        if size < 5_000 or size == LARGE:
            root = large.root if size == LARGE else GrownLog(large.entries[:size]).root
            asked.append(inclusion(hash_leaf(large.entries[index]), index, size, proof, root))
    for answer in go.ask(*asked):
        assert not answer["error"]
    made = go.ask(
        *(
            {
                "op": "prove_inclusion",
                "prefix": str(tmp_path),
                "keys": [VKEY],
                "index": index,
                "size": size,
            }
            for size, index in sizes_and_indices(100)
        )
    )
    for proof, answer in zip(proofs, made, strict=True):
        assert not answer["error"]
        assert proof == tuple(map(b64decode, answer["proof"] or ()))


def test_go_makes_and_takes_the_same_consistency_proofs(
    go: GoWitness, large: GrownLog, tmp_path: Path
) -> None:
    large.write(tmp_path)
    pairs = [(index + 1, size) for size, index in sizes_and_indices(100)]
    made = go.ask(
        *(
            {
                "op": "prove_consistency",
                "prefix": str(tmp_path),
                "keys": [VKEY],
                "old_size": old,
                "size": new,
            }
            for old, new in pairs
        )
    )
    for (old, new), answer in zip(pairs, made, strict=True):
        assert not answer["error"]
        ours = prove_consistency(old, new, large.read_tile)
        assert ours == tuple(map(b64decode, answer["proof"] or ()))
    olds = [1, 2, 255, 256, 257, 1_000, 4_096, 5_000]
    taken = go.ask(
        *(
            consistency(
                old,
                GrownLog(large.entries[:old]).root,
                LARGE,
                large.root,
                prove_consistency(old, LARGE, large.read_tile),
            )
            for old in olds
        )
    )
    assert [answer["error"] for answer in taken] == [""] * len(olds)


SMALL = GrownLog(numbered(70))
ROOTS = [GrownLog(SMALL.entries[:size]).root for size in range(SMALL.size + 1)]
LEAVES = [hash_leaf(entry) for entry in SMALL.entries]


@st.composite
def changed(draw: st.DrawFn, proof: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """A proof, often not the one it was: hashes dropped, doubled, swapped, added or flipped."""
    hashes = list(proof)
    how = draw(st.sampled_from(["as it is", "drop", "double", "swap", "add", "flip"]))
    if how == "add" or not hashes:
        if how != "as it is":
            hashes.insert(draw(st.integers(0, len(hashes))), draw(st.sampled_from(LEAVES)))
        return tuple(hashes)
    at = draw(st.integers(0, len(hashes) - 1))
    match how:
        case "drop":
            del hashes[at]
        case "double":
            hashes.insert(at, hashes[at])
        case "swap":
            other = draw(st.integers(0, len(hashes) - 1))
            hashes[at], hashes[other] = hashes[other], hashes[at]
        case "flip":
            bit = draw(st.integers(0, 255))
            hashes[at] = (int.from_bytes(hashes[at]) ^ (1 << bit)).to_bytes(32)
    return tuple(hashes)


@given(st.data())
def test_go_and_daccord_agree_on_any_inclusion_proof(go: GoWitness, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, SMALL.size))
    index = data.draw(st.integers(0, size - 1))
    proof = data.draw(changed(prove_inclusion(index, size, SMALL.read_tile)))
    near = st.integers(-1, 1)
    claim = (
        data.draw(st.sampled_from([LEAVES[index], LEAVES[0]])),
        index + data.draw(near),
        size + data.draw(near),
        proof,
        data.draw(st.sampled_from([ROOTS[size], ROOTS[size - 1]])),
    )
    [answer] = go.ask(inclusion(*claim))
    try:
        check_inclusion(*claim)
    except ProofRejected:
        assert answer["error"]
    else:
        assert not answer["error"]


@given(st.data())
def test_go_and_daccord_agree_on_any_consistency_proof(go: GoWitness, data: st.DataObject) -> None:
    new = data.draw(st.integers(2, SMALL.size))
    old = data.draw(st.integers(1, new))
    proof = data.draw(changed(prove_consistency(old, new, SMALL.read_tile)))
    near = st.integers(-1, 1)
    # Go has no proofs from size 0; daccord's are empty (test_proofs)
    claim = (
        max(1, old + data.draw(near)),
        data.draw(st.sampled_from([ROOTS[old], ROOTS[old - 1]])),
        new + data.draw(near),
        data.draw(st.sampled_from([ROOTS[new], ROOTS[new - 1]])),
        proof,
    )
    [answer] = go.ask(consistency(*claim))
    try:
        check_consistency(*claim)
    except ProofRejected:
        assert answer["error"]
    else:
        assert not answer["error"]


OTHER = new_signer("witness.example/w1", b"\x09" * 32)
TEXT = f"{ORIGIN}\n70\nlog of 70\n"
NOTE = format_note(Note(TEXT, (OTHER.sign(TEXT), SIGNER.sign(TEXT))))


def test_go_opens_our_notes_with_each_key_and_both(go: GoWitness) -> None:
    ours, others = (f"{key.name}+{key.key_id:08x}" for key in (SIGNER.verifier, OTHER.verifier))
    assert go.open_note(NOTE, VKEY) == (ours,)
    assert go.open_note(NOTE, format_vkey(OTHER.verifier)) == (others,)
    assert go.open_note(NOTE, VKEY, format_vkey(OTHER.verifier)) == (others, ours)


@given(
    at=st.integers(0, len(NOTE) - 1),
    by=st.sampled_from(["", "\n", " ", "=", "A", "+", "—", "\x00", "é"]),
    drop=st.integers(0, 1),
)
@settings(max_examples=200)
def test_what_daccord_takes_for_a_signed_note_go_takes_too(
    go: GoWitness, at: int, by: str, drop: int
) -> None:
    # not the other way round: Go reads base64 with stray bits or line breaks, daccord does not
    text = NOTE[:at] + by + NOTE[at + drop :]
    keys = (SIGNER.verifier, OTHER.verifier)
    try:
        verified = verify_note(parse_note(text), keys)
    except NoteRejected:
        return
    assert go.open_note(text, *map(format_vkey, keys)) == tuple(
        f"{key.name}+{key.key_id:08x}" for key in verified
    )


@given(signers, texts)
def test_go_takes_every_name_and_text_that_daccord_signs(
    go: GoWitness, signer: Signer, text: str
) -> None:
    note = format_note(Note(text, (signer.sign(text),)))
    [name] = go.open_note(note, format_vkey(signer.verifier))
    assert name == f"{signer.name}+{signer.verifier.key_id:08x}"


def test_go_verifies_our_cosignatures_and_no_others(go: GoWitness) -> None:
    witness = Signer(OTHER.name, OTHER._private, algorithm=COSIGNATURE)
    text = parse_note(SMALL.checkpoint()).text
    cosigned = Note(text, (SIGNER.sign(text), cosign(text, 1_795_000_000, witness)))
    vkeys = [VKEY, format_vkey(witness.verifier)]
    seen = go.open_checkpoint(format_note(cosigned), *vkeys)
    assert len(seen.signers) == 2
    later = cosign(text, 1_795_000_001, witness).raw
    raw = later[:8] + cosigned.signatures[1].raw[8:]  # another time over the same signature
    wrong = Note(text, (SIGNER.sign(text), Signature(witness.name, witness.verifier.key_id, raw)))
    with pytest.raises(GoRejected, match="invalid signature"):
        go.open_checkpoint(format_note(wrong), *vkeys)


def test_go_rejects_what_is_not_the_signed_text(go: GoWitness) -> None:
    for changed_text in (
        NOTE.replace("70\n", "71\n", 1),
        NOTE.replace(ORIGIN, "paper.example/l0g"),
    ):
        with pytest.raises(GoRejected):
            go.open_note(changed_text, VKEY)


def test_go_verifies_a_tlog_proof_and_no_other(go: GoWitness) -> None:
    proof = prove_inclusion(33, SMALL.size, SMALL.read_tile)
    text = format_tlog_proof(TlogProof(33, proof, SMALL.checkpoint(), extra=b"anything"))
    assert go.check_tlog_proof(text, LEAVES[33], VKEY).root == SMALL.root
    for other in (text.replace("index 33", "index 34"), text.replace("\n70\n", "\n69\n")):
        with pytest.raises(GoRejected):
            go.check_tlog_proof(other, LEAVES[33], VKEY)
    with pytest.raises(GoRejected):
        go.check_tlog_proof(text, LEAVES[34], VKEY)
