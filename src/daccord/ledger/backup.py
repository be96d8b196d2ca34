"""Backups, and what comes back from them.

A backup is a ledger: one SQLite file, from either store, written while the log goes on and
verified when it is done. A restore is the same way back, into a new file or an empty database.

What a restore can do to a log: it takes it back in time. Every checkpoint that was signed after
the backup is in somebody's hands, and a log that grows another way from there has lied to them.
So a signed log is restored against the newest checkpoint that is known. When that is ahead, what
lies between is lost, and the log can be brought back for reading, receipts and export, but not go
on under its name: the one that is ahead is kept where the merger looks
(`daccord.ledger.high_water`). A log that is brought back as of its backup has its head's checkpoint
taken off, so that it can go on under another name; without one ahead, its own key signs it again.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daccord.errors import LedgerError
from daccord.ledger.copying import PostgresTarget, SqliteTarget, copy_ledger
from daccord.ledger.folders import sync_folder
from daccord.ledger.forgotten import read_forgotten
from daccord.ledger.reading import is_url, name_of, open_reading, read_head
from daccord.ledger.verify import verify_ledger
from daccord.merkle.checkpoints import parse_checkpoint
from daccord.merkle.notes import parse_note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from daccord.ledger.findings import Report
    from daccord.ledger.forgotten import Forgotten
    from daccord.ledger.reading import Place
    from daccord.merkle.notes import VerifierKey

    Progress = Callable[[int, int], None]


class RestoreRefused(LedgerError):
    """A restore that would take a signed log back in time, or cannot tell. Nothing was written."""


def back_up(
    source: Place,
    target: Path,
    *,
    keys: Iterable[VerifierKey] = (),
    progress: Progress | None = None,
    verifying: Progress | None = None,
) -> Report:
    """Copy the ledger at ``source`` into the new file ``target`` and verify the copy.

    The copy is for its owner alone, durable, and has its name only once it is whole. A copy of a
    log with something wrong in it is kept: see the report. Raises `LedgerError`; there is no file
    then that was not there before.
    """
    _refuse_taken(target)
    with closing(open_reading(source)) as reading:
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        copy = SqliteTarget(part)
        try:
            copy_ledger(reading, copy, progress=progress)
            copy.finish()
            report = verify_ledger(part, keys=keys, progress=verifying)
            _name(part, target)
        finally:
            copy.close()
            _remove(part)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore brought back. ``ahead``: how many entries the log had more, if known."""

    report: Report
    ahead: int


def restore(  # noqa: PLR0913 - what a person has to say about it
    source: Path,
    target: Place,
    *,
    high_water: Path,
    keys: Iterable[VerifierKey] = (),
    checkpoints: Mapping[str, str] | None = None,
    forgotten: Iterable[str] = (),
    as_of_backup: bool = False,
    progress: Progress | None = None,
    verifying: Progress | None = None,
) -> Restored:
    """Bring the backup ``source`` back at ``target``, a path where nothing is or an empty database.

    ``high_water`` is the file of the newest checkpoint that this node has seen, and counts with
    ``checkpoints`` (by a name for each) as what the log must not fall behind. ``as_of_backup``
    brings it back all the same, or without any; see above for what then. ``forgotten`` are lines
    of `list_forgotten`: those records stay away.

    Raises `RestoreRefused` as above and `LedgerError` otherwise: for a damaged backup, a target
    that is not empty, a checkpoint of another log. Nothing was written then.
    """
    known = dict(checkpoints or {})
    with suppress(FileNotFoundError):
        known[str(high_water)] = _read(high_water)
    with closing(open_reading(source)) as reading:
        size, _, signed = read_head(reading)
        without = read_forgotten(forgotten, reading)
    ahead = _hold_against(source, keys, known, verifying)
    if signed is not None and not as_of_backup:
        _refuse(size, ahead, known)
    behind = max(ahead.values(), default=size) - size
    _write(source, target, without, take_off=as_of_backup, progress=progress)
    if behind and not high_water.exists():
        newest = max(ahead, key=lambda name: ahead[name])
        _write_new(high_water, known[newest].encode())
    report = verify_ledger(target, keys=keys, progress=verifying)
    if not report.ok:
        raise LedgerError(f"{name_of(target)}: what was restored does not verify")
    return Restored(report=report, ahead=behind)


def _hold_against(
    source: Path,
    keys: Iterable[VerifierKey],
    known: Mapping[str, str],
    verifying: Progress | None,
) -> dict[str, int]:
    """Verify the backup; give the size of each known checkpoint that is ahead of it, by name."""
    report = verify_ledger(source, keys=keys, earlier=known, progress=verifying)
    ahead = {each for each in report.findings if each.id == "checkpoint-ahead"}
    wrong = [each for each in report.findings if each not in ahead or each.where not in known]
    if wrong:
        more = f", and {report.found - 1} more" if report.found > 1 else ""
        hint = (
            "\n  hint: --key names a key that the log got after the backup"
            if wrong[0].id == "checkpoint-signature" and wrong[0].where in known
            else ""
        )
        raise LedgerError(f"the backup is not restored: {wrong[0]}{more}{hint}")
    notes = {each.where: known[each.where] for each in ahead}
    return {name: parse_checkpoint(parse_note(note).text).size for name, note in notes.items()}


def _refuse(size: int, ahead: Mapping[str, int], known: Mapping[str, str]) -> None:
    if ahead:
        newest = max(ahead.values())
        raise RestoreRefused(
            f"the log was signed with {newest} entries, and the backup ends at {size}: "
            f"{newest - size} would be lost, and the log would contradict what was signed\n"
            "  hint: look for a newer backup; --as-of-backup brings this one back, and the log "
            "then cannot go on under its name"
        )
    if not known:
        raise RestoreRefused(
            "nothing here says how far the log had come when it was lost\n"
            "  hint: give the newest checkpoint there is with --checkpoint FILE (a witness, a "
            "cache or a reader's receipt has one); --as-of-backup does without"
        )


def _write(
    source: Path,
    target: Place,
    without: Forgotten,
    *,
    take_off: bool,
    progress: Progress | None,
) -> None:
    path = None if is_url(target) else Path(target)
    part = None
    if path is not None:
        _refuse_taken(path)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with closing(open_reading(source)) as reading:
        copy = PostgresTarget(str(target)) if part is None else SqliteTarget(part)
        try:
            copy_ledger(reading, copy, without=without, progress=progress)
            if take_off:
                size, root, checkpoint = read_head(reading)
                kept = {line[0] for line in reading.lines("checkpoints")}
                if checkpoint is not None and size not in kept:
                    copy.put("checkpoint", [(size, checkpoint)])
                copy.put("head", [(size, root, None)])
            copy.finish()
            if part is not None and path is not None:
                _name(part, path)
        finally:
            copy.close()
            if part is not None:
                _remove(part)


def _refuse_taken(path: Path) -> None:
    if os.path.lexists(path):
        raise LedgerError(f"there is something at '{path}' already, and it is not written over")


def _name(part: Path, path: Path) -> None:
    """Give the finished file its name, unless somebody was faster."""
    try:
        os.link(part, path)
        sync_folder(path.parent)
    except FileExistsError:
        _refuse_taken(path)
    except OSError as error:
        raise LedgerError(f"cannot write '{path}': {error.strerror}") from error


def _remove(part: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            part.with_name(part.name + suffix).unlink()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LedgerError(f"cannot read '{path}': {error.strerror}") from error


def _write_new(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(path.parent)
    except OSError as error:
        raise LedgerError(f"cannot write '{path}': {error.strerror}") from error
