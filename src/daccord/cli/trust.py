"""Whom to believe, as a command line says it: public keys of a log, and policies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from daccord.cli.endings import could_not_run
from daccord.cli.files import read_file
from daccord.errors import NoteRejected, SettingsFault

if TYPE_CHECKING:
    from daccord.merkle.notes import VerifierKey
    from daccord.merkle.policies import Policy

KEY_FILE_BYTES_MAX: Final = 65_536


def read_keys(given: str) -> list[VerifierKey]:
    """Read a key, or a file with one a line, in which # begins a comment."""
    from daccord.merkle.notes import parse_vkey  # noqa: PLC0415 - slow to load

    try:
        return [parse_vkey(given)]
    except NoteRejected as error:
        if not Path(given).is_file():
            raise click.BadParameter(
                f"'{given}' is neither a public key nor a file: {error.reason}",
                param_hint="--key",
            ) from None
    raw = read_file(given, KEY_FILE_BYTES_MAX)
    found = []
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            try:
                found.append(parse_vkey(text))
            except NoteRejected as error:
                could_not_run(f"daccord: {given}:{number}: no public key: {error.reason}")
    if not found:
        could_not_run(f"daccord: {given}: there is no public key in it")
    return found


def read_policy(file: str) -> Policy:
    """Read a policy file, or end the command."""
    from daccord.merkle.policies import LONGEST_BYTES, parse_policy  # noqa: PLC0415 - slow to load

    try:
        return parse_policy(read_file(file, LONGEST_BYTES), name=file)
    except SettingsFault as fault:
        could_not_run(f"daccord: {fault}")
