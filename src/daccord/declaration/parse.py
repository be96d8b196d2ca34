"""From a publisher's bytes, or a mapping, to a `Declaration`: or every fault at once (law 9).

Whatever arrives, the outcome is a value or `DeclarationFaults`, never another exception.
Nothing is read here: the caller has the bytes (the file belongs to floors above).
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from daccord.declaration.build import build_declaration
from daccord.declaration.checks import check_file, check_questions
from daccord.declaration.draft import Doubts, Draft
from daccord.declaration.issues import Issue, shape_issues
from daccord.declaration.places import Places
from daccord.declaration.plain import plain_copy, show_text
from daccord.declaration.schema import File
from daccord.errors import DeclarationFaults, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daccord.declaration.model import Declaration
    from daccord.declaration.places import Loc

LONGEST_BYTES: Final = 1 << 20
"""A declaration of 300 services takes a tenth of this; what is longer is another file."""

MOST_FAULTS: Final = 1000
"""So that a file that is no declaration at all does not print itself line by line."""

WHOLE_FILE: Final = "(file)"
"""The path of a fault that has none."""

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
_WHERE: Final = re.compile(
    r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$"
)
# tomllib takes quadratic time and memory for a key of many parts.
_LONG_KEY: Final = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){64}""")
_BOM: Final = b"\xef\xbb\xbf"


def parse_declaration(raw: bytes, *, name: str = "daccord.toml") -> Declaration:
    """Read a declaration in TOML.

    Raises DeclarationFaults, with line and column for each, for anything that is not exactly one:
    text that is not UTF-8 or not TOML (then that one fault alone), and every key, value and
    cross-reference that is wrong. ``name`` is what the faults call the file.
    """
    text = _decode(raw, name)
    if _LONG_KEY.search(text):
        raise _whole(name, "a key of more than 64 parts", "a declaration's few levels")
    try:
        mapping = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_fault(text, error, name) from error
    except RecursionError as error:
        raise _whole(
            name, "arrays or tables nested too deep", "a declaration's few levels"
        ) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise _whole(name, "a number that is too long", "numbers of at most 18 digits") from error
    return _parse(mapping, name, text)


def parse_mapping(mapping: Mapping[str, object], *, name: str = "declaration") -> Declaration:
    """Read a declaration that is already data, of the kinds that TOML or JSON have.

    A TOML date may also be text (``"2026-11-01"``). Raises DeclarationFaults, without lines.
    """
    return _parse(mapping, name, None)


def _decode(raw: bytes, name: str) -> str:
    if len(raw) > LONGEST_BYTES:
        raise _whole(name, f"more than {LONGEST_BYTES} bytes", "a declaration of at most 1 MiB")
    if raw.startswith(_BOM):
        raise _whole(name, "a byte order mark", "UTF-8 text that begins with the first key")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        found = f"the byte 0x{raw[error.start]:02x}, which is not UTF-8"
        line_start = before.rfind(b"\n") + 1
        place = before.count(b"\n") + 1, len(before[line_start:].decode()) + 1
        raise _whole(name, found, "text in UTF-8", place) from error
    if not text.strip():
        raise _whole(name, "an empty file", "a declaration")
    return text


def _whole(
    name: str, found: str, expected: str, place: tuple[int, int] = (1, 1)
) -> DeclarationFaults:
    line, column = place
    fault = Fault(path=WHOLE_FILE, found=found, expected=expected, line=line, column=column)
    return DeclarationFaults((fault,), name=name)


def _syntax_fault(text: str, error: tomllib.TOMLDecodeError, name: str) -> DeclarationFaults:
    message = str(error)
    where = _WHERE.search(message)
    found = message[: where.start()] if where else message
    if where and where["line"]:
        place = int(where["line"]), int(where["column"])
    else:
        body = text.replace("\r\n", "\n")
        place = body.count("\n") + 1, len(body) - body.rfind("\n")
    found = f"text that is not TOML ({found[:1].lower()}{found[1:]})"
    return _whole(name, found, "TOML 1.0", place)


def _parse(mapping: object, name: str, text: str | None) -> Declaration:
    raw = plain_copy(mapping)
    issues: list[Issue] = []
    try:
        file = File.model_validate(raw)
    except ValidationError as error:
        issues += shape_issues(raw, error)
    issues += check_file(Draft(loc=(), raw=raw, doubts=Doubts(issues)))
    if issues:
        raise _faults(issues, name, text)
    declaration = build_declaration(file)
    issues += check_questions(declaration)
    if issues:
        raise _faults(issues, name, text)
    return declaration


def _faults(issues: list[Issue], name: str, text: str | None) -> DeclarationFaults:
    places = Places(text) if text is not None else None
    faults = [_fault(issue, places) for issue in issues]
    if places:
        faults.sort(key=lambda fault: (fault.line or 0, fault.column or 0, fault.path))
    more = len(faults) - MOST_FAULTS
    if more > 0:
        faults[MOST_FAULTS:] = [
            Fault(path=WHOLE_FILE, found=f"{more} more faults", expected="none")
        ]
    return DeclarationFaults(tuple(faults), name=name)


def _fault(issue: Issue, places: Places | None) -> Fault:
    line = column = None
    if places:
        line, column = places.key(issue.loc) if issue.at_key else places.value(issue.loc)
    return Fault(
        path=write_path(issue.loc),
        found=issue.found,
        expected=issue.expected,
        hint=issue.hint,
        line=line,
        column=column,
    )


def write_path(loc: Loc) -> str:
    """Give ``loc`` as a person would write it: ``services[2].cookies[0].duration``."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f"{'.' if path else ''}{_write_key(part)}"
    return path or WHOLE_FILE


def _write_key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else show_text(key)
