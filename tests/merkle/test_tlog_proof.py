"""Offline proofs as text: one spelling, and whole."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given

from daccord.errors import NoteRejected
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.proofs import prove_inclusion
from daccord.merkle.spelling import encode_base64
from daccord.merkle.tlog_proof import (
    MAXIMUM_EXTRA_BYTES,
    TlogProof,
    format_tlog_proof,
    parse_tlog_proof,
)
from tests.merkle.logs import GrownLog, numbered
from tests.merkle.strategies import any_text, tlog_proofs

pytestmark = pytest.mark.promise("B3")

LOG = GrownLog(numbered(300))
NOTE = LOG.checkpoint()
PROOF = TlogProof(299, prove_inclusion(299, 300, LOG.read_tile), NOTE)
HASH = encode_base64(hash_leaf(b""))


@given(tlog_proofs)
def test_what_is_written_is_read_back(proof: TlogProof) -> None:
    assert parse_tlog_proof(format_tlog_proof(proof)) == proof


@given(any_text(tlog_proofs.map(format_tlog_proof)))
@example(format_tlog_proof(PROOF).replace("index 299", "index 0299"))
@example(format_tlog_proof(PROOF).replace("\n\n", "\n\n\n", 1))
def test_whatever_is_read_is_written_the_same(text: str) -> None:
    with suppress(NoteRejected):
        assert format_tlog_proof(parse_tlog_proof(text)) == text


def test_the_form() -> None:
    hashes = "".join(f"{encode_base64(hashed)}\n" for hashed in PROOF.hashes)
    assert format_tlog_proof(PROOF) == f"c2sp.org/tlog-proof@v1\nindex 299\n{hashes}\n{NOTE}"
    with_extra = TlogProof(0, (), NOTE, b"extra")
    assert format_tlog_proof(with_extra) == (
        f"c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 0\n\n{NOTE}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "{note}",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\nindex 1",
        "c2sp.org/tlog-proof@v1\nindex 1\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n{note}",
        "c2sp.org/tlog-proof@v1\n\nindex 1\n\n{note}",
        "c2sp.org/tlog-proof@v2\nindex 1\n\n{note}",
        "c2sp.org/tlog-proof@v1 \nindex 1\n\n{note}",
        "\nc2sp.org/tlog-proof@v1\nindex 1\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex \n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex  1\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex 01\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex -1\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n\n{note}",
        "c2sp.org/tlog-proof@v1\nINDEX 1\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex 1\nindex 1\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex 1\nextra AA==\n\n{note}",
        "c2sp.org/tlog-proof@v1\nextra\nindex 1\n\n{note}",
        "c2sp.org/tlog-proof@v1\nextra A\nindex 1\n\n{note}",
        "c2sp.org/tlog-proof@v1\nextra AB==\nindex 1\n\n{note}",
        "c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 1\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex 1\n{hash} \n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex 1\n{hash}\r\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex 1\n{hash}\n\n\n{note}",
        "c2sp.org/tlog-proof@v1\nindex 1\n{hash}\n\n{note}\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n{hash}\n\n{note}more",
        "c2sp.org/tlog-proof@v1\nindex 1\n\nno checkpoint\n\n\N{EM DASH} a AAAAAAA=\n",
    ],
)
def test_what_is_no_tlog_proof(text: str) -> None:
    with pytest.raises(NoteRejected):
        parse_tlog_proof(text.format(note=NOTE, hash=HASH))


def test_limits() -> None:
    hashed = hash_leaf(b"")
    highest = TlogProof(2**63 - 1, (hashed,) * 63, NOTE, bytes(MAXIMUM_EXTRA_BYTES))
    assert parse_tlog_proof(format_tlog_proof(highest)) == highest
    lines = f"{HASH}\n" * 64
    with pytest.raises(NoteRejected, match="high"):
        parse_tlog_proof(f"c2sp.org/tlog-proof@v1\nindex 1\n{lines}\n{NOTE}")
    with pytest.raises(NoteRejected, match="128 KiB"):
        parse_tlog_proof(format_tlog_proof(PROOF) + "x" * 2**17)
    with pytest.raises(NoteRejected, match="high"):
        TlogProof(0, (hashed,) * 64, NOTE)
    with pytest.raises(NoteRejected, match="32 bytes"):
        TlogProof(0, (hashed[1:],), NOTE)
    with pytest.raises(NoteRejected, match="32 KiB"):
        TlogProof(0, (), NOTE, bytes(MAXIMUM_EXTRA_BYTES + 1))
    with pytest.raises(NoteRejected, match="index"):
        TlogProof(-1, (), NOTE)
    with pytest.raises(NoteRejected):
        TlogProof(0, (), NOTE + "\n")
