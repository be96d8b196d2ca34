"""SQL from files, in the dialect of a store: statements by name, migrations by number."""

from __future__ import annotations

import re
import sqlite3
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_VALUE = re.compile(r"(?<!:):([a-z_]+)")
_NAME = re.compile(r"^-- name: ([a-z_]+)$", re.MULTILINE)
_MIGRATION = re.compile(r"([0-9]{4})_([a-z0-9_]+)\.sql")


class Migration(NamedTuple):
    """One step of the schema. ``number`` counts from 1 without a gap."""

    number: int
    name: str
    statements: tuple[str, ...]


def load_statements(dialect: str) -> dict[str, str]:
    """Read the named statements of one dialect (``sqlite``), each without its name line."""
    return _named(_folder(dialect) / "statements.sql", of=dialect)


def load_reading(dialect: str) -> dict[str, str]:
    """Read the statements that only read; in every dialect ``:name`` stands for a value."""
    return _named(_folder(dialect) / "reading.sql", of=dialect)


def load_writing(dialect: str) -> dict[str, str]:
    """Read the statements that fill a new ledger; ``:name`` stands for a value."""
    return _named(_folder(dialect) / "writing.sql", of=dialect)


def for_psycopg(sql: str) -> bytes:
    """Write ``:name`` as psycopg has it. A cast, ``::name``, stays."""
    return _VALUE.sub(r"%(\1)s", sql).encode()


def _named(file: Traversable, *, of: str) -> dict[str, str]:
    _, *parts = _NAME.split(file.read_text(encoding="utf-8"))
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"two statements of {of} have the same name")
    return dict(zip(names, (body.strip() for body in bodies), strict=True))


def load_migrations(dialect: str) -> tuple[Migration, ...]:
    """Read the migrations of one dialect, in order."""
    found = []
    for file in _folder(dialect).joinpath("migrations").iterdir():
        if matched := _MIGRATION.fullmatch(file.name):
            statements = tuple(_split(file.read_text(encoding="utf-8")))
            found.append(Migration(int(matched[1]), matched[2], statements))
    found.sort()
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the migrations of {dialect} are not numbered from 1 without a gap")
    return tuple(found)


def _folder(dialect: str) -> Traversable:
    return files("daccord.ledger") / "sql" / dialect


def _split(script: str) -> Iterator[str]:
    """Split a script into statements. A statement ends with a semicolon at the end of a line."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if statement.strip():
        raise ValueError("a migration ends in the middle of a statement")
