"""A trust policy: which logs are known, and which witnesses together are believed.

Source: C2SP tlog-policy. A file of lines; items are separated by spaces and tabs only:

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> <k>|all|any <name>…
    quorum <name>|none

Names are opaque octets to the format; here they are text in which octets that are no UTF-8 stand
as lone surrogates, so that each octet string has one text of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from daccord.errors import NoteRejected, SettingsFault
from daccord.merkle.notes import COSIGNATURE, ED25519, VerifierKey, parse_vkey

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST_BYTES: Final = 262_144
"""Limit: some 1,500 lines; the format asks for room for 32 logs, witnesses and groups each."""

NONE: Final = "none"
_CONTROL = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_COUNT = re.compile(rb"[1-9][0-9]{0,5}")


class KnownLog(NamedTuple):
    """A log: its key, whose name is the origin of its checkpoints, and where it is."""

    key: VerifierKey
    url: str | None


class KnownWitness(NamedTuple):
    """A witness: its name in this file, its key, and its submission prefix."""

    name: str
    key: VerifierKey
    url: str | None


class Group(NamedTuple):
    """Stands for its members once ``threshold`` of them have cosigned."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a file says. Groups come after their members; ``quorum`` is ``None`` for *none*."""

    logs: tuple[KnownLog, ...]
    witnesses: tuple[KnownWitness, ...]
    groups: tuple[Group, ...]
    quorum: str | None

    @property
    def log_keys(self) -> tuple[VerifierKey, ...]:
        """The keys that sign checkpoints."""
        return tuple(each.key for each in self.logs)

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The keys that cosign them."""
        return tuple(each.key for each in self.witnesses)

    def is_met(self, cosigned: Collection[VerifierKey]) -> bool:
        """Whether the witnesses with these keys are enough; keys of nobody known count nothing.

        The caller has verified their cosignatures (`daccord.merkle.cosignatures`).
        """
        if self.quorum is None:
            return True
        believed = {each.name for each in self.witnesses if each.key in cosigned}
        for group in self.groups:
            if len(believed.intersection(group.members)) >= group.threshold:
                believed.add(group.name)
        return self.quorum in believed


def parse_policy(raw: bytes, *, name: str = "policy") -> Policy:
    """Read a policy file; ``name`` stands before the number of each faulty line.

    Raises `SettingsFault` with every fault, in the order of the lines.
    """
    if len(raw) > LONGEST_BYTES:
        raise SettingsFault(f"{name}: longer than {LONGEST_BYTES} bytes")
    reading = _Reading()
    faults = []
    *lines, rest = raw.split(b"\n")
    if rest:
        lines.append(rest)
        faults.append((len(lines), "the last line does not end"))
    for number, line in enumerate(lines, start=1):
        try:
            reading.take(line)
        except (_FaultyLine, NoteRejected) as fault:
            faults.append((number, str(fault)))
    if not reading.has_quorum:
        faults.append((len(lines) + 1, "there is no line 'quorum NAME' or 'quorum none'"))
    if faults:
        raise SettingsFault("\n".join(f"{name}:{line}: {what}" for line, what in sorted(faults)))
    return Policy(
        logs=tuple(reading.logs),
        witnesses=tuple(reading.witnesses),
        groups=tuple(reading.groups),
        quorum=reading.quorum,
    )


class _FaultyLine(Exception):
    """What is wrong in one line."""


class _Reading:
    """What the lines so far have said."""

    def __init__(self) -> None:
        self.logs: list[KnownLog] = []
        self.witnesses: list[KnownWitness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self.has_quorum = False
        self._free: dict[bytes, bool] = {}
        """Every defined name, and whether it may still become a member of a group."""

    def take(self, line: bytes) -> None:
        if found := _CONTROL.search(line):
            raise _FaultyLine(f"found the control character 0x{found[0][0]:02x}")
        items = [item for item in re.split(rb"[ \t]+", line) if item]
        if not items or items[0].startswith(b"#"):
            return
        keyword, *rest = items
        if keyword not in self._LINES:
            known = ", ".join(f"'{each.decode()}'" for each in self._LINES)
            raise _FaultyLine(f"found {_shown(keyword)}, expected one of {known}")
        self._LINES[keyword](self, rest)

    def _take_log(self, items: list[bytes]) -> None:
        if len(items) not in {1, 2}:
            raise _FaultyLine("expected 'log VKEY [URL]'")
        key = _key(items[0], ED25519, "a log's (Ed25519, type 1)")
        if any(key.public == each.key.public for each in self.logs):
            raise _FaultyLine("another log has this public key")
        self.logs.append(KnownLog(key, _url(items[1:])))

    def _take_witness(self, items: list[bytes]) -> None:
        if len(items) not in {2, 3}:
            raise _FaultyLine("expected 'witness NAME VKEY [URL]'")
        key = _key(items[1], COSIGNATURE, "a witness's (cosignature/v1, type 4)")
        if any(key.public == each.key.public for each in self.witnesses):
            raise _FaultyLine("another witness has this public key")
        self._define(items[0])
        self.witnesses.append(KnownWitness(_text(items[0]), key, _url(items[2:])))

    def _take_group(self, items: list[bytes]) -> None:
        if len(items) < 3:
            raise _FaultyLine("expected 'group NAME all|any|COUNT NAME…'")
        own, count, *members = items
        for member in members:
            self._require(member)
            if not self._free[member]:
                raise _FaultyLine(f"{_shown(member)} is a member of a group already")
            if members.count(member) > 1:
                raise _FaultyLine(f"{_shown(member)} is named twice")
        threshold = _threshold(count, len(members))
        self._define(own)
        self._free.update(dict.fromkeys(members, False))
        self.groups.append(Group(_text(own), threshold, tuple(map(_text, members))))

    def _take_quorum(self, items: list[bytes]) -> None:
        if self.has_quorum:
            raise _FaultyLine("a second quorum")
        self.has_quorum = True  # even when the name is wrong: that is the fault then
        if len(items) != 1:
            raise _FaultyLine("expected 'quorum NAME' or 'quorum none'")
        if items[0] != NONE.encode():
            self._require(items[0])
            self.quorum = _text(items[0])

    def _define(self, name: bytes) -> None:
        if name == NONE.encode():
            raise _FaultyLine("'none' cannot be defined")
        if name in self._free:
            raise _FaultyLine(f"{_shown(name)} is defined already")
        self._free[name] = True

    def _require(self, name: bytes) -> None:
        if name not in self._free:
            raise _FaultyLine(f"{_shown(name)} is not defined on a line before")

    _LINES: Final = {
        b"log": _take_log,
        b"witness": _take_witness,
        b"group": _take_group,
        b"quorum": _take_quorum,
    }


def _key(item: bytes, algorithm: int, what: str) -> VerifierKey:
    try:
        key = parse_vkey(item.decode("utf-8"))
    except UnicodeDecodeError:
        raise _FaultyLine("the key is not UTF-8") from None
    if key.algorithm != algorithm:
        raise _FaultyLine(f"found a key of type {key.algorithm}, expected {what}")
    return key


def _threshold(count: bytes, members: int) -> int:
    if count in {b"all", b"any"}:
        return members if count == b"all" else 1
    if not _COUNT.fullmatch(count) or int(count) > members:
        raise _FaultyLine(f"found {_shown(count)}, expected all, any or 1 to {members}")
    return int(count)


def _url(items: list[bytes]) -> str | None:
    return _text(items[0]) if items else None


def _text(item: bytes) -> str:
    return item.decode("utf-8", "surrogateescape")


def _shown(item: bytes) -> str:
    """Quote an item for a message, without letting it draw on a terminal."""
    text = _text(item)
    return f"'{text}'" if text.isprintable() else ascii(text)
