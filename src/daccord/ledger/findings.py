"""What a verification found: what is wrong, where, and how much was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

FINDINGS_MAX: Final = 1_000
"""Limit: a damaged disk gives millions, and nobody reads more. The rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing that is not as it was written, or as it must be.

    ``where`` names the table and the leaf, tile or row; ``id`` is the kind, a fixed word of
    `docs/guides/ledger.md`. Nothing of a record is in either, nor in ``what``.
    """

    where: str
    id: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} [{self.id}]"


class Findings:
    """Findings as they come, the first `FINDINGS_MAX` of them, and the number of all."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.count = 0

    def add(self, id_: str, where: str, what: str) -> None:
        """Keep one finding, or count it when there are enough."""
        self.extend([Finding(id=id_, where=where, what=what)], count=1)

    def extend(self, kept: list[Finding], *, count: int) -> None:
        """Take over the findings of another."""
        self.kept += kept[: max(0, FINDINGS_MAX - len(self.kept))]
        self.count += count


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a ledger holds. ``forgotten`` are leaves of records whose row is gone."""

    size: int = 0
    records: int = 0
    forgotten: int = 0
    statements: int = 0
    waiting: int = 0
    acts: int = 0
    texts: int = 0
    checkpoints: int = 0
    timestamps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one verification.

    ``findings`` are wrong. ``remarks`` are not, but say what was not checked or is not proved: no
    key to check a signature with, say. ``found`` counts all findings, also those beyond
    `FINDINGS_MAX`. ``root`` is the root as worked out from the leaves, 32 bytes.
    """

    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    found: int
    root: bytes
    counts: Counts = field(default_factory=Counts)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.found == 0
