"""A commitment says nothing without its salt, and nothing else with another one."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.receipt.commitment import COMMITMENT_BYTES, SALT_BYTES, commit

SALTS = st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES)


@given(SALTS, st.binary())
def test_it_is_what_anybody_computes_with_sha256sum(salt: bytes, record: bytes) -> None:
    digest = commit(salt, record)
    assert len(digest) == COMMITMENT_BYTES
    assert digest == sha256(salt + record).digest()


@given(SALTS, st.binary(), SALTS, st.binary())
def test_two_pairs_of_salt_and_record_differ(
    salt: bytes, record: bytes, other_salt: bytes, other: bytes
) -> None:
    same = commit(salt, record) == commit(other_salt, other)
    assert same is ((salt, record) == (other_salt, other))


@given(st.binary().filter(lambda salt: len(salt) != SALT_BYTES))
def test_a_salt_of_another_length_is_refused(salt: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commit(salt, b"record")
