"""The JSON Schema that editors get, and the reference page: both tell the parser's keys."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from daccord.declaration.codes import COUNTRIES, LANGUAGES
from daccord.declaration.model import Data, Exemption, Load
from daccord.declaration.parse import parse_declaration, parse_mapping
from daccord.declaration.schema import json_schema
from daccord.errors import DeclarationFaults
from tests.declaration import newspaper

SCHEMA: Final = json_schema()
REFERENCE: Final = (Path(__file__).parents[2] / "docs" / "reference" / "declaration.md").read_text()
HEADINGS: Final = set(re.findall(r"^#{2,3} `([^`]+)`$", REFERENCE, re.MULTILINE))


def as_json(value: Any) -> Any:
    """TOML as an editor hands it to a JSON Schema."""
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def keys_of(schema: dict[str, Any], path: str = "") -> dict[str, dict[str, Any]]:
    """Every key that ``schema`` knows, as ``services[].cookies[].name``, with what it says."""
    found: dict[str, dict[str, Any]] = {}
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    for key, each in schema.get("properties", {}).items():
        here = f"{path}.{key}" if path else key
        found |= {here: each, **keys_of(each, here)}
    if "items" in schema:
        found |= keys_of(schema["items"], f"{path}[]")
    return found


KEYS: Final = keys_of(SCHEMA)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert len(KEYS) > 50


def test_the_newspaper_is_valid() -> None:
    Draft202012Validator(SCHEMA).validate(as_json(newspaper.MAPPING))


@given(st.sampled_from([loc for loc in newspaper.locs_of(newspaper.MAPPING) if loc]), st.data())
def test_what_the_schema_refuses_the_parser_refuses(
    loc: newspaper.Loc, data: st.DataObject
) -> None:
    mapping = as_json(deepcopy(newspaper.MAPPING))
    other = data.draw(
        st.sampled_from(["", "x", "A b", 0, 7, True, [], ["x"], {}, {"fr": "x"}, None, "session"])
    )
    newspaper.value_at(mapping, loc[:-1])[loc[-1]] = other
    with suppress(ValidationError):
        Draft202012Validator(SCHEMA).validate(mapping)
        return
    with pytest.raises(DeclarationFaults):
        parse_mapping(mapping)


@pytest.mark.parametrize("key", KEYS)
def test_each_key_is_described_with_an_example_that_is_valid(key: str) -> None:
    schema = KEYS[key]

    assert schema["description"].endswith((".", ")"))
    is_table = "$ref" in schema or (
        "$ref" in schema.get("items", {}) and not schema.get("examples")
    )
    assert is_table or schema["examples"]
    for example in schema.get("examples", ()):
        Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]}).validate(example)


@pytest.mark.parametrize("key", KEYS)
def test_each_key_has_a_heading_in_the_reference(key: str) -> None:
    assert key in HEADINGS


def test_each_heading_of_the_reference_is_a_key() -> None:
    others = {"[site]", "[controller]", "[[purposes]]", "[[services]]", "daccord check"}

    assert set(HEADINGS) - others == set(KEYS)


@pytest.mark.parametrize("word", [each.value for kind in (Data, Exemption, Load) for each in kind])
def test_each_value_of_a_closed_list_is_in_the_reference(word: str) -> None:
    assert f"`{word}`" in REFERENCE or f'`"{word}"`' in REFERENCE


def test_the_example_of_the_reference_is_a_good_one_and_has_every_key() -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```$", REFERENCE, re.DOTALL | re.MULTILINE)
    shown = {
        re.sub(r"\.(fr|en)$", "", ".".join(str(part) for part in loc if isinstance(part, str)))
        for loc in newspaper.locs_of(tomllib.loads(example))
    }

    parse_declaration(example.encode())
    assert shown - {""} == {key.replace("[]", "") for key in KEYS}


def test_the_codes_are_codes() -> None:
    """Babel, which the build uses, has them from the CLDR: an independent witness."""
    locale = pytest.importorskip("babel").Locale("en")
    territories = {key for key in locale.territories if len(key) == 2 and key.isalpha()}
    # Reserved or groupings, and no country in which a recipient is established.
    no_country = {
        "AC",
        "CP",
        "CQ",
        "DG",
        "EA",
        "EU",
        "EZ",
        "IC",
        "QO",
        "TA",
        "UN",
        "XA",
        "XB",
        "ZZ",
    }

    assert territories - no_country == COUNTRIES
    assert LANGUAGES - set(locale.languages) <= {"lld"}
    assert {key for key in locale.languages if len(key) == 2} - {"sh"} <= LANGUAGES
