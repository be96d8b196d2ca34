"""Values of the text formats, and text that is nearly one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from daccord.merkle.checkpoints import Checkpoint, sign_checkpoint
from daccord.merkle.hashing import EMPTY_ROOT
from daccord.merkle.notes import COSIGNATURE, ED25519, Note, Signature, Signer, new_signer
from daccord.merkle.tlog_proof import TlogProof

if TYPE_CHECKING:
    from collections.abc import Sequence

hashes = st.binary(min_size=32, max_size=32)
no_controls = st.characters(exclude_categories=("Cc", "Cs"))
names = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Z"), exclude_characters="+"),
    min_size=1,
    max_size=30,
)
lines = st.text(no_controls, min_size=1, max_size=40)
seeds = hashes
signers = st.builds(new_signer, names, seeds)
signatures = st.builds(
    Signature, names, st.integers(0, 2**32 - 1), st.binary(min_size=1, max_size=100)
)
texts = st.lists(lines | st.just(""), min_size=1, max_size=6).map(
    lambda all_: "\n".join(all_) + "\n"
)
notes = st.builds(Note, texts, st.lists(signatures, min_size=1, max_size=4).map(tuple))


@st.composite
def any_signers(draw: st.DrawFn) -> Signer:
    signer = draw(signers)
    algorithm = draw(st.sampled_from([ED25519, COSIGNATURE]))
    return Signer(signer.name, signer._private, algorithm=algorithm)


@st.composite
def checkpoints(draw: st.DrawFn) -> Checkpoint:
    size = draw(st.integers(0, 2**63 - 1) | st.integers(0, 300))
    return Checkpoint(
        origin=draw(names | lines),
        size=size,
        root=draw(hashes) if size else EMPTY_ROOT,
        extensions=tuple(draw(st.lists(lines, max_size=3))),
    )


@st.composite
def signed_checkpoints(draw: st.DrawFn) -> tuple[str, Signer]:
    signer = draw(signers)
    found = draw(checkpoints())
    named = Checkpoint(signer.name, found.size, found.root, found.extensions)
    return sign_checkpoint(named, signer), signer


tlog_proofs = st.builds(
    TlogProof,
    st.integers(0, 2**63 - 1) | st.integers(0, 300),
    st.lists(hashes, max_size=63).map(tuple),
    signed_checkpoints().map(lambda both: both[0]),
    st.none() | st.binary(max_size=80),
)

# What stands in these formats, so that an edit is nearly right more often than never.
_PIECES = [
    *("\n", "\n\n", " ", "+", "=", "==", "-", "0", "1", "00", "A", "AA", "AAAA", "/", "\r\n", "\r"),
    *(
        "\N{EM DASH} ",
        "\N{EM DASH}",
        "\t",
        "\x00",
        "\x7f",
        "\u2028",
        "\xa0",
        "\ud800",
        "é",
        "e\u0301",
    ),
    *("index ", "extra ", "c2sp.org/tlog-proof@v1\n", "tile/", ".p/", "x", "_", "\u0661"),
]


@st.composite
def edited(draw: st.DrawFn, texts_: st.SearchStrategy[str]) -> str:
    """A text of ``texts_`` with up to three edits."""
    text = draw(texts_)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 3)))
        piece = draw(st.sampled_from([*_PIECES, text[start:end] * 2, ""]))
        text = text[:start] + piece + text[end:]
    return text


def any_text(examples: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Text from one that is right to any at all."""
    return st.one_of(edited(examples), st.text(), st.text(alphabet=_letters(_PIECES)))


def _letters(pieces: Sequence[str]) -> str:
    return "".join(sorted(set("".join(pieces))))
