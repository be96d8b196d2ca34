"""Files with the key that signs a log: made once, read at the start, never shown.

1. A file is a PEM block of PKCS #8 (Ed25519), and above it, as RFC 7468 section 2 has explanatory
   text, the line ``origin: NAME``: a key signs for one log, and the two must not come apart.
2. It is made for its owner alone (0600), whole before it has its name, and never over another one:
   a lost key cannot be made again, and receipts stand on it.
3. No message, log line or representation holds anything of what is inside, but for the name.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import tempfile
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daccord.errors import NoteRejected, SettingsFault
from daccord.ledger.folders import sync_folder
from daccord.merkle.notes import Signer

if TYPE_CHECKING:
    from pathlib import Path

    from daccord.merkle.notes import VerifierKey

FILE_BYTES_MAX: Final = 16_384
"""Limit: a key with its name takes some 300 bytes. Anything may stand at a path."""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

_FILE = re.compile(
    r"\s*origin: (?P<origin>[^\r\n]+)\r?\n\s*"
    r"(?P<block>-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----\r?\n"
    r"[A-Za-z0-9+/=\r\n]+"
    r"-----END (?:ENCRYPTED )?PRIVATE KEY-----)\s*"
)
_log = logging.getLogger("daccord.ledger")


def make_key(path: Path, origin: str, *, passphrase: bytes | None = None) -> VerifierKey:
    """Make a new key for the log ``origin`` in the new file ``path``; give its public half.

    With a ``passphrase`` the block is encrypted (PKCS #8, PBES2). Durable on return. Raises
    `SettingsFault` when something is at ``path`` already, when it cannot be written, or when no
    log can be called that; there is no file then that was not there before.
    """
    private = Ed25519PrivateKey.generate()
    try:
        signer = Signer(origin, private)
    except NoteRejected as error:
        raise SettingsFault(
            f"no log can be called {origin!r}: {error}\n"
            "  hint: take the address it is served at without https://, such as "
            "paper.example/_daccord/log"
        ) from error
    block = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption(),
    )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(path, f"origin: {origin}\n".encode() + block)
    except FileExistsError:
        raise SettingsFault(
            f"there is something at '{path}' already, and a key is never written over\n"
            "  hint: `daccord ledger rotate` makes a new key for a log that has one"
        ) from None
    except OSError as error:
        raise SettingsFault(f"cannot write a key to '{path}': {error.strerror}") from error
    return signer.verifier


def load_signer(path: Path, *, passphrase: bytes | None = None) -> Signer:
    """Read the key at ``path``. Warns when others than its owner may read the file.

    Raises `SettingsFault` when there is none, when it cannot be read, when it is no key of a log,
    and for a missing or wrong passphrase.
    """
    text = _read(path, what="key")
    found = _FILE.fullmatch(text)
    if found is None:
        raise SettingsFault(
            f"'{path}' is no key of a log: expected a line 'origin: NAME' and one PEM block of "
            "PKCS #8\n  hint: `daccord ledger keygen --name NAME` makes one"
        )
    encrypted = "BEGIN ENCRYPTED" in found["block"]
    if encrypted and not passphrase:
        raise SettingsFault(
            f"the key in '{path}' is encrypted, and no passphrase was given\n"
            "  hint: --passphrase-file or DACCORD_LEDGER_PASSPHRASE_FILE names the file with it"
        )
    try:
        private = serialization.load_pem_private_key(
            found["block"].encode("ascii"), passphrase if encrypted else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Nothing of the parser's own words: they may quote what they could not read.
        why = "wrong passphrase, or damaged" if encrypted else "the PEM block is damaged"
        raise SettingsFault(f"cannot read the key in '{path}': {why}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise SettingsFault(f"the key in '{path}' is of another kind: a log signs with Ed25519")
    try:
        return Signer(found["origin"], private)
    except NoteRejected as error:
        raise SettingsFault(f"the key in '{path}' names a log that cannot be: {error}") from error


def read_passphrase(path: Path) -> bytes:
    """Read a passphrase: the one line of the file. Raises `SettingsFault`."""
    text = _read(path, what="passphrase")
    line = text.removesuffix("\n").removesuffix("\r")
    if not line or "\n" in line:
        raise SettingsFault(f"expected one line with the passphrase in '{path}'")
    return line.encode()


def _read(path: Path, *, what: str) -> str:
    try:
        # Without waiting: a pipe that nobody writes to would hold up the start for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise SettingsFault(f"expected a file with a {what} at '{path}'")
            raw = os.read(descriptor, FILE_BYTES_MAX + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        hint = "\n  hint: `daccord ledger keygen --name NAME` makes one" if what == "key" else ""
        raise SettingsFault(f"there is no {what} at '{path}'{hint}") from None
    except OSError as error:
        raise SettingsFault(f"cannot read the {what} in '{path}': {error.strerror}") from error
    except ValueError:  # a NUL in the name
        raise SettingsFault(f"no file with a {what} can have that name") from None
    if status.st_mode & _OTHERS:
        _log.warning("others than its owner may open %s: chmod 600 it", path)
    if len(raw) > FILE_BYTES_MAX:
        raise SettingsFault(f"'{path}' is too long to hold a {what}")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise SettingsFault(f"'{path}' holds no {what}: it is not text") from None


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, in the folder and on the disk.

    Raises FileExistsError, and writes nothing, when the name is taken.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".key-") as file:  # mode 0600
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.link(file.name, path)
    sync_folder(path.parent)
