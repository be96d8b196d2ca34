"""Entries of the log: what is read back is what was written, and nothing else is read."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import cast

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from daccord.declaration.model import Language
from daccord.errors import RecordRejected
from daccord.merkle.notes import format_vkey, new_signer
from daccord.receipt.commitment import COMMITMENT_BYTES
from daccord.receipt.statements import (
    Commitment,
    KeyStatement,
    Statement,
    VersionStatement,
    decode_entry,
    encode_statement,
)

HASHES = st.binary().map(lambda seed: sha256(seed).hexdigest())
LANGUAGES = st.from_regex(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", fullmatch=True)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Z", "C"], exclude_characters='+"\\'),
    min_size=1,
    max_size=40,
)
VERSIONS = st.builds(
    VersionStatement,
    declaration_version=HASHES,
    code_hash=HASHES,
    notices=st.dictionaries(LANGUAGES.map(Language), HASHES, min_size=1, max_size=5).map(
        lambda notices: tuple(sorted(notices.items()))
    ),
)
KEYS = st.builds(
    lambda name, seed: KeyStatement(vkey=format_vkey(new_signer(name, seed).verifier)),
    NAMES,
    st.binary(min_size=32, max_size=32),
)
STATEMENTS: st.SearchStrategy[Statement] = VERSIONS | KEYS


@given(STATEMENTS)
def test_a_statement_is_read_back(statement: Statement) -> None:
    text = encode_statement(statement)
    assert decode_entry(text.encode()) == statement
    assert text.startswith("{")
    assert len(text.encode()) > COMMITMENT_BYTES
    assert text.encode() == rfc8785.dumps(json.loads(text))


@given(st.binary(min_size=COMMITMENT_BYTES, max_size=COMMITMENT_BYTES))
def test_32_bytes_are_a_commitment_whatever_they_are(digest: bytes) -> None:
    assert decode_entry(digest) == Commitment(digest=digest)


@given(st.binary() | STATEMENTS.map(lambda each: encode_statement(each).encode()), st.data())
def test_whatever_bytes_are_an_entry_in_its_one_spelling_or_refused(
    raw: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(raw)))
    raw = raw[:at] + data.draw(st.binary(max_size=2)) + raw[at + data.draw(st.integers(0, 2)) :]
    try:
        entry = decode_entry(raw)
    except RecordRejected:
        return
    if isinstance(entry, Commitment):
        assert entry.digest == raw
    else:
        assert encode_statement(entry).encode() == raw


HASH = "ab" * 32
GOOD = f'{{"code":"{HASH}","daccord":"version","declaration":"{HASH}","format":1,"notices":%s}}'


@pytest.mark.parametrize(
    "notices",
    [
        "{}",
        f'{{"fr":"{HASH}","en":"{HASH}"}}',
        f'{{"en":"{HASH}","en":"{HASH}"}}',
        f'{{"en": "{HASH}"}}',
        f'{{"en":"{HASH.upper()}"}}',
        f'{{"\\u0065n":"{HASH}"}}',
        f'{{"en":"{HASH}"}}}}',
        f'{{"en":"{HASH}"}}\n',
    ],
)
def test_second_spellings_of_a_version_are_refused(notices: str) -> None:
    good = GOOD % f'{{"en":"{HASH}","fr":"{HASH}"}}'
    assert isinstance(decode_entry(good.encode()), VersionStatement)
    with pytest.raises(RecordRejected):
        decode_entry((GOOD % notices).encode())


def test_second_spellings_of_a_key_are_refused() -> None:
    vkey = format_vkey(new_signer("log.example/consents", bytes(32)).verifier)
    good = encode_statement(KeyStatement(vkey=vkey))
    assert good == f'{{"daccord":"key","format":1,"key":"{vkey}"}}'
    for bad in (
        good.replace("log.", "\\u006cog."),
        good.replace("/", "\\/"),
        good.replace(vkey, vkey[:-1]),
        good.replace(vkey, vkey.lower()),
        good.replace('"format":1', '"format":2'),
        good.replace('"format":1', '"format":1.0'),
        good + " ",
        "\ufeff" + good,
    ):
        with pytest.raises(RecordRejected):
            decode_entry(bad.encode())


@pytest.mark.parametrize(
    "statement",
    [
        VersionStatement(declaration_version=HASH, code_hash=HASH, notices=()),
        VersionStatement(
            declaration_version=HASH,
            code_hash=HASH,
            notices=((Language("fr"), HASH), (Language("en"), HASH)),
        ),
        VersionStatement(
            declaration_version=HASH,
            code_hash=HASH,
            notices=((Language("en"), HASH), (Language("en"), HASH)),
        ),
        VersionStatement(
            declaration_version="ab", code_hash=HASH, notices=((Language("en"), HASH),)
        ),
        VersionStatement(
            declaration_version=HASH,
            code_hash=HASH,
            notices=tuple((Language(f"en-{number:05}"), HASH) for number in range(1000)),
        ),
        VersionStatement(
            declaration_version=cast("str", 5),
            code_hash=HASH,
            notices=((Language("en"), HASH),),
        ),
        KeyStatement(vkey="log.example"),
        KeyStatement(vkey="\ud800"),
        KeyStatement(vkey=""),
    ],
)
def test_a_value_that_is_no_statement_is_refused(statement: Statement) -> None:
    with pytest.raises(RecordRejected):
        encode_statement(statement)
