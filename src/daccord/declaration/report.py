"""What ``daccord check`` says, as text and as data: of faults, as a compiler would; of none."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, TypedDict

from daccord.declaration.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from daccord.declaration.model import Declaration
    from daccord.errors import DeclarationFaults, Fault

WIDEST_SOURCE: Final = 100
"""Characters of a source line that are shown, around the fault."""

_BEFORE_CARET: Final = 60


class FaultData(TypedDict):
    """One fault as JSON."""

    path: str
    found: str
    expected: str
    hint: str | None
    line: int | None
    column: int | None


def report_faults(faults: DeclarationFaults, raw: bytes | None = None) -> str:
    """Give every fault with its place, hint, and, from ``raw``, its line with a caret below."""
    # tomllib and we count lines by "\n" alone; errors are for a file that is not UTF-8 at all.
    lines = raw.decode(errors="replace").split("\n") if raw is not None else []
    parts = [line for fault in faults.faults for line in _fault_lines(fault, faults.name, lines)]
    count = len(faults.faults)
    parts.append(f"{count} fault{'' if count == 1 else 's'}")
    return "\n".join(parts)


def _fault_lines(fault: Fault, name: str, lines: Sequence[str]) -> Iterator[str]:
    place = name if fault.line is None else f"{name}:{fault.line}:{fault.column}"
    yield f"{place}: {fault.path}: found {fault.found}, expected {fault.expected}"
    if fault.line is not None and fault.column is not None and fault.line <= len(lines):
        yield from _source_lines(lines[fault.line - 1], fault.column)
    if fault.hint is not None:
        yield f"  hint: {fault.hint}"


def _source_lines(source: str, column: int) -> Iterator[str]:
    start = max(0, column - 1 - _BEFORE_CARET)
    shown = printable(source.rstrip("\r").replace("\t", " ")[start : start + WIDEST_SOURCE])
    yield f"  {shown}"
    yield f"  {' ' * _width(shown[: column - 1 - start])}^"


def _width(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def faults_as_data(faults: DeclarationFaults) -> list[FaultData]:
    """Give the faults for JSON, in the order of the file."""
    return [
        FaultData(
            path=fault.path,
            found=fault.found,
            expected=fault.expected,
            hint=fault.hint,
            line=fault.line,
            column=fault.column,
        )
        for fault in faults.faults
    ]


class SummaryData(TypedDict):
    """A good declaration in a few figures, as JSON."""

    purposes: list[str]
    services: list[str]
    languages: list[str]
    questions: int
    questions_digest: str
    version: str


def summarise(declaration: Declaration) -> SummaryData:
    """Say what a declaration holds, in short."""
    return SummaryData(
        purposes=[purpose.id for purpose in declaration.purposes],
        services=[service.id for service in declaration.services],
        languages=list(declaration.languages),
        questions=len(declaration.questions),
        questions_digest=declaration.questions_digest,
        version=declaration.version,
    )


def report_summary(declaration: Declaration, *, name: str) -> str:
    """Give what `summarise` says as a few lines of text."""
    data = summarise(declaration)
    return "\n".join(
        (
            f"{name}: no faults",
            f"  purposes   {_listed(data['purposes'])}",
            f"  services   {_listed(data['services'])}",
            f"  languages  {_listed(data['languages'])}",
            f"  questions  {data['questions']} (digest {data['questions_digest']})",
            f"  version    {data['version']}",
        )
    )


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)}: {', '.join(names)}" if names else "0"
