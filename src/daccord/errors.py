"""The errors of daccord: a short tree, one class for each caller who catches differently."""

from __future__ import annotations

from dataclasses import dataclass


class DaccordError(Exception):
    """Anything that daccord raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in a declaration, and what would be right.

    ``path`` is written as a person would: ``services[2].cookies[0].duration``.
    ``line`` and ``column`` count from 1; both are ``None`` where the fault has no place in a
    file (a mapping given from Python, or a file that is not TOML's text at all).
    """

    path: str
    found: str
    expected: str
    hint: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}: " if self.line is not None else ""
        text = f"{place}{self.path}: found {self.found}, expected {self.expected}"
        return f"{text}\n  hint: {self.hint}" if self.hint else text


class DeclarationFaults(DaccordError):
    """A declaration that cannot be trusted: every fault of it, in the order of the file."""

    def __init__(self, faults: tuple[Fault, ...], *, name: str = "declaration") -> None:
        if not faults:
            raise ValueError("a declaration without a fault is not an error")
        self.faults = faults
        self.name = name
        super().__init__(faults, name)

    def __str__(self) -> str:
        count = len(self.faults)
        head = f"{self.name}: {count} fault{'s' if count > 1 else ''}"
        return "\n".join([head, *(f"{self.name}:{fault}" for fault in self.faults)])


class CookieRejected(DaccordError):
    """The choice cookie is not one that daccord wrote: the reader counts as not asked (law 9).

    ``reason`` is a fixed phrase; nothing of the cookie's value is ever in it.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class ChoiceRejected(DaccordError):
    """A choice form that is not one that daccord rendered: nothing is changed (law 9)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class RecordRejected(DaccordError):
    """A value or bytes that are no consent record; ``reason`` holds nothing of them (law 7)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class SettingsFault(DaccordError):
    """A setting (argument, environment, key file) that stops the start, never a request."""


class ProofRejected(DaccordError):
    """A proof that does not prove what it is held to; ``reason`` is a fixed phrase."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NoteRejected(DaccordError):
    """Text that is no signed note, checkpoint or key, or that no known key has signed."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class ReceiptRejected(DaccordError):
    """Bytes that are no receipt; ``reason`` holds nothing of them (law 7)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class LedgerError(DaccordError):
    """The ledger could not do what it was asked for.

    Where that was to make a record durable, a refusal holds and a grant does not (law 5).
    """


class Conflict(LedgerError):
    """The log went another way, or back: not the one that was built on. Nothing is written."""


class Damaged(LedgerError):
    """What the ledger holds contradicts itself. ``where`` names the row, tile or file."""

    def __init__(self, where: str, what: str) -> None:
        self.where = where
        self.what = what
        super().__init__(f"{where}: {what}")


class AnchorFailed(DaccordError):
    """A witness or time-stamping authority gave nothing usable. Nothing of the ledger changed."""
