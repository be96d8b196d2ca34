"""The newspaper's declaration, for tests to read, change and break."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from daccord.declaration.parse import parse_declaration, parse_mapping
from daccord.errors import DeclarationFaults, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.declaration.model import Declaration

RAW: Final = Path(__file__).with_suffix(".toml").read_bytes()
TEXT: Final = RAW.decode()
MAPPING: Final[dict[str, Any]] = tomllib.loads(TEXT)

REMOVED: Final = object()

Loc = tuple[str | int, ...]


def parsed() -> Declaration:
    return parse_declaration(RAW)


def changed(*changes: tuple[str, object]) -> dict[str, Any]:
    """The newspaper's mapping with values put in, or `REMOVED`, by path: ``services.2.hosts``."""
    mapping = deepcopy(MAPPING)
    for path, value in changes:
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        table: Any = mapping
        for part in way:
            table = table[part]
        if value is REMOVED:
            del table[last]
        elif isinstance(table, list) and last == len(table):
            table.append(value)
        else:
            table[last] = value
    return mapping


def faults_of(mapping: dict[str, Any]) -> tuple[Fault, ...]:
    with pytest.raises(DeclarationFaults) as caught:
        parse_mapping(mapping)
    return caught.value.faults


def paths_of(mapping: dict[str, Any]) -> list[str]:
    return [fault.path for fault in faults_of(mapping)]


def fault_of(*changes: tuple[str, object]) -> Fault:
    """The one fault that ``changes`` make."""
    (fault,) = faults_of(changed(*changes))
    return fault


def locs_of(value: object, loc: Loc = ()) -> Iterator[Loc]:
    """The way to every value of ``value``."""
    yield loc
    if isinstance(value, dict):
        for key, each in value.items():
            yield from locs_of(each, (*loc, key))
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from locs_of(each, (*loc, index))


def value_at(mapping: Any, loc: Loc) -> Any:
    for part in loc:
        mapping = mapping[part]
    return mapping
