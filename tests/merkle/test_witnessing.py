"""Requests to a witness, and when a proof convicts a log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.errors import NoteRejected
from daccord.merkle.hashing import HASH_BYTES
from daccord.merkle.witnessing import (
    LONGEST_BYTES,
    AddCheckpoint,
    format_add_checkpoint,
    parse_add_checkpoint,
    shows_fork,
)
from tests.witness.logs import SmallLog, flip

# The example of https://c2sp.org/tlog-witness.
_BODY = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

"""
_SIGNATURE = (
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
EXAMPLE = _BODY + _SIGNATURE

hashes = st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES)
requests = st.builds(
    AddCheckpoint,
    st.integers(0, 2**63 - 1),
    st.lists(hashes, max_size=63).map(tuple),
    st.text(st.characters(exclude_categories=["Cs"])),
)


def test_the_example_of_the_specification() -> None:
    asked = parse_add_checkpoint(EXAMPLE.encode())
    assert asked.old == 20852014
    assert len(asked.proof) == 4
    assert asked.note.startswith("example.com/behind-the-sofa\n20852163\n")
    assert format_add_checkpoint(asked) == EXAMPLE.encode()


@given(requests)
def test_a_request_is_read_as_it_was_written(asked: AddCheckpoint) -> None:
    assert parse_add_checkpoint(format_add_checkpoint(asked)) == asked


@given(st.binary() | st.lists(st.integers(0, 2_000)).map(lambda at: flip(EXAMPLE.encode(), at)))
def test_any_bytes_are_the_one_spelling_of_a_request_or_refused(raw: bytes) -> None:
    try:
        asked = parse_add_checkpoint(raw)
    except NoteRejected:
        return
    assert format_add_checkpoint(asked) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"old 1\n",
        b"old 01\n\nx\n",
        b"old -1\n\nx\n",
        b"old 1 \n\nx\n",
        b"old\t1\n\nx\n",
        b"OLD 1\n\nx\n",
        b"old 9223372036854775808\n\nx\n",
        b"old 1\r\n\r\nx\n",
        b"\nold 1\n\nx\n",
        b"old 1\nAA==\n\nx\n",
        b"old 1\n" + b"A" * 44 + b"\n\nx\n",
        b"old 1\n" + (b"A" * 43 + b"=\n") * 64 + b"\nx\n",
        b"old 1\n\n" + b"x" * LONGEST_BYTES,
    ],
)
def test_other_spellings_are_refused(raw: bytes) -> None:
    with pytest.raises(NoteRejected):
        parse_add_checkpoint(raw)


sizes = st.tuples(st.integers(1, 70), st.integers(0, 40))


@given(sizes, st.integers(0, 69))
def test_a_fork_convicts_except_from_a_power_of_two(sizes: tuple[int, int], common: int) -> None:
    """Two histories that part before ``old``; the second proves itself, as an honest log would."""
    old, more = sizes
    first = SmallLog(min(common, old - 1))
    second = first.copy().grow(old + more - first.size, name="other")
    first.grow(old - first.size)
    new = second.size
    shown = shows_fork(old, first.root, new, second.root, second.proof(old))
    assert shown == (old == new or old & (old - 1) != 0)


@given(
    sizes, st.lists(hashes, max_size=8), st.lists(st.integers(0, 8 * HASH_BYTES * 8), max_size=2)
)
def test_nobody_makes_an_honest_log_look_guilty(
    sizes: tuple[int, int], made_up: list[bytes], bits: list[int]
) -> None:
    """Whatever proof a stranger sends with a true checkpoint: it never shows a fork."""
    old, more = sizes
    log = SmallLog(old + more)
    old_root, new_root = log.checkpoint(old).root, log.root
    right = log.proof(old)
    assert not shows_fork(old, old_root, log.size, new_root, right)
    assert not shows_fork(old, old_root, log.size, new_root, made_up)
    if right:
        joined = flip(b"".join(right), bits)
        bent = [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]
        assert not shows_fork(old, old_root, log.size, new_root, bent)
        assert not shows_fork(old, old_root, log.size, new_root, right[:-1])
        assert not shows_fork(old, old_root, log.size, new_root, (*right, right[0]))
        assert not shows_fork(old, old_root, log.size, new_root, log.proof(max(1, old // 2)))
