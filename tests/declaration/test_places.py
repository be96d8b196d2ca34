"""Line and column of every key and value, against a writer that knows where it put them."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from daccord.declaration.places import Places
from tests.declaration.toml_writer import TomlWriter

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t\"'\\#[]{},=."),
    max_size=12,
)
KEYS = st.one_of(st.sampled_from(["a", "b-c", "d_1", "1", "true", ""]), TEXTS)
SCALARS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(min_value=dt.datetime(1000, 1, 1)),  # noqa: DTZ001 # TOML has local ones
    st.dates(min_value=dt.date(1000, 1, 1)),
)


def tables(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(KEYS, values, max_size=4)


VALUES = st.recursive(
    SCALARS,
    lambda values: st.one_of(
        st.lists(values, max_size=3), tables(values), st.lists(tables(values), max_size=3)
    ),
    max_leaves=12,
)


@given(document=tables(VALUES), seed=st.integers(0, 2**32))
def test_each_key_and_value_is_where_it_was_written(document: dict[str, Any], seed: int) -> None:
    writer = TomlWriter(random.Random(seed))  # noqa: S311 # chance, no secret
    writer.put_document(document)
    assert tomllib.loads(writer.text) == document, "the writer itself is right"

    places = Places(writer.text)

    assert {loc: (places.key(loc), places.value(loc)) for loc in places} == writer.spots


def test_the_place_of_what_is_missing_is_that_of_what_is_around_it() -> None:
    places = Places('x = 1\n[[row]]\n[row.in]\n"k" = "v"\n')

    assert places.value(("row", 0, "in", "gone")) == (3, 6)
    assert places.value(("row", 0, "gone", 7)) == (2, 3)
    assert places.value(("gone",)) == (1, 1)


@given(st.text(max_size=60))
def test_any_text_ends(text: str) -> None:
    """What tomllib would refuse must not make the look-up hang or raise."""
    try:
        tomllib.loads(text)
    except ValueError:
        return
    Places(text)
