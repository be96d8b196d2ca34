"""The entries of the log: commitments to records, and public statements.

1. An entry of exactly 32 bytes is a commitment (`daccord.receipt.commitment`). Every other entry is
   a statement: canonical JSON (RFC 8785), longer than that and beginning with ``{``.
2. A statement says nothing of a reader. There are two: a declaration version that went live, and
   a key of this log that came into use.
3. The grammar is closed and has one spelling for each value. ``format`` numbers it; another
   grammar gets another number, this one never changes.
4. None of its characters needs an escape and its keys are ASCII: the standard library's encoder
   writes RFC 8785 then. A property test holds it to the package ``rfc8785``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from daccord.errors import NoteRejected, RecordRejected
from daccord.merkle.notes import parse_vkey
from daccord.receipt.commitment import COMMITMENT_BYTES

if TYPE_CHECKING:
    from daccord.declaration.model import Language

FORMAT: Final = 1
ENTRY_BYTES_MAX: Final = 65_535
"""What an entry bundle has room for (C2SP tlog-tiles: a length of 16 bits)."""

_NO_ROOM: Final = "a statement holds what it has no room for"
_NOT_AN_ENTRY: Final = "the bytes are no entry of this log"
_HASH: Final = "[0-9a-f]{64}"
_LANGUAGE: Final = "[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}"
_NOTICE: Final = rf'"{_LANGUAGE}":"{_HASH}"'
_VERSION: Final = re.compile(
    (
        rf'\{{"code":"{_HASH}"'
        r',"daccord":"version"'
        rf',"declaration":"{_HASH}"'
        rf',"format":{FORMAT}'
        rf',"notices":\{{{_NOTICE}(?:,{_NOTICE})*\}}\}}'
    ).encode()
)
_KEY: Final = re.compile(rf'\{{"daccord":"key","format":{FORMAT},"key":"[^"\\]+"\}}'.encode())
_write_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """The commitment to one record: 32 bytes."""

    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionStatement:
    """A declaration version that went live, with all that a reader could see of it (CNIL-21 a, d).

    Every hash is hex SHA-256 of a text that the ledger keeps: the declaration's canonical form,
    the code that shows the notice, and the notice in each language, in the order of their tags.
    """

    declaration_version: str
    code_hash: str
    notices: tuple[tuple[Language, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatement:
    """A verifier key (C2SP vkey) of this log that came into use."""

    vkey: str


Statement = VersionStatement | KeyStatement
Entry = Commitment | Statement


def encode_statement(statement: Statement) -> str:
    """Give the canonical JSON of ``statement``; its UTF-8 is the log's entry.

    Raises `RecordRejected` for a value that the grammar has no room for.
    """
    if isinstance(statement, VersionStatement):
        fields: dict[str, object] = {
            "code": statement.code_hash,
            "daccord": "version",
            "declaration": statement.declaration_version,
            "format": FORMAT,
            "notices": dict(statement.notices),
        }
    else:
        fields = {"daccord": "key", "format": FORMAT, "key": statement.vkey}
    try:
        text = _write_json(fields)
        entry = text.encode()
    except (TypeError, ValueError):  # ValueError: a lone surrogate, which UTF-8 has no bytes for
        raise RecordRejected(_NO_ROOM) from None
    if decode_entry(entry) != statement:
        raise RecordRejected(_NO_ROOM)
    return text


def decode_entry(entry: bytes) -> Entry:
    """Read one entry of the log.

    Raises `RecordRejected` for every sequence of bytes that is none, a second spelling of a
    statement among them; nothing else is ever raised.
    """
    if len(entry) == COMMITMENT_BYTES:
        return Commitment(digest=bytes(entry))
    if len(entry) > ENTRY_BYTES_MAX:
        raise RecordRejected("an entry is larger than the limit")
    if _VERSION.fullmatch(entry) is not None:
        return _version(entry)
    if _KEY.fullmatch(entry) is not None:
        return _key(entry)
    raise RecordRejected(_NOT_AN_ENTRY)


def _version(entry: bytes) -> VersionStatement:
    fields = json.loads(entry)
    notices = tuple(fields["notices"].items())
    # The grammar leaves two spellings open: the order of languages, and one of them twice.
    if tuple(sorted(notices)) != notices or entry.count(b":") != len(fields) + len(notices):
        raise RecordRejected(_NOT_AN_ENTRY)
    return VersionStatement(
        declaration_version=fields["declaration"], code_hash=fields["code"], notices=notices
    )


def _key(entry: bytes) -> KeyStatement:
    try:
        vkey = json.loads(entry.decode())["key"]
        parse_vkey(vkey)
    except (ValueError, NoteRejected):  # ValueError: not UTF-8, or a control character
        raise RecordRejected(_NOT_AN_ENTRY) from None
    return KeyStatement(vkey=vkey)
