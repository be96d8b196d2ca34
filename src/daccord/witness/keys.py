"""The file with a witness's key: made once, together with its memory, and never shown.

A PEM block of PKCS #8 (Ed25519) under the line ``witness: NAME``, readable by its owner alone.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daccord.errors import NoteRejected, SettingsFault
from daccord.merkle.notes import COSIGNATURE, Signer, format_vkey
from daccord.witness.memory import create

if TYPE_CHECKING:
    from pathlib import Path

FILE_BYTES_MAX: Final = 16_384

_FILE: Final = re.compile(
    r"witness: (?P<name>[^\r\n]+)\r?\n"
    r"(?P<block>-----BEGIN PRIVATE KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END PRIVATE KEY-----)\s*"
)


def make_witness(key: Path, memory: Path, name: str) -> str:
    """Make a new witness ``name``: its key and its empty memory. Give its verifier key.

    Raises `SettingsFault` when there is something at either path already, when one cannot be
    written, and for a name that no key can have. The key comes last: a crash in between leaves a
    memory that belongs to nobody, and no key that could sign without one.
    """
    if key.exists():
        raise SettingsFault(f"there is something at '{key}' already: a key is never written over")
    private = Ed25519PrivateKey.generate()
    try:
        signer = Signer(name, private, algorithm=COSIGNATURE)
    except NoteRejected as error:
        raise SettingsFault(
            f"no witness can be called '{name}': {error.reason}\n"
            "  hint: take a host and path, such as witness.example/daccord"
        ) from error
    block = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    vkey = format_vkey(signer.verifier)
    create(memory, vkey)
    try:
        key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=key.parent, prefix=".key-") as file:  # mode 0600
            file.write(f"witness: {name}\n".encode() + block)
            file.flush()
            os.fsync(file.fileno())
            os.link(file.name, key)  # whole or not at all, and never over another one
    except FileExistsError:
        raise SettingsFault(f"there is something at '{key}' already") from None
    except OSError as error:
        raise SettingsFault(f"cannot write a key to '{key}': {error.strerror}") from error
    return vkey


def load_witness(path: Path) -> Signer:
    """Read the key at ``path``. Raises `SettingsFault`; nothing of the file is in its message."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SettingsFault(f"expected a file with a key at '{path}'")
            raw = file.read(FILE_BYTES_MAX)
    except FileNotFoundError:
        raise SettingsFault(
            f"there is no key at '{path}'\n  hint: `daccord witness keygen --name NAME` makes one"
        ) from None
    except OSError as error:
        raise SettingsFault(f"cannot read the key in '{path}': {error.strerror}") from error
    found = _FILE.fullmatch(raw.decode("utf-8", "replace"))
    if found is None:
        raise SettingsFault(
            f"'{path}' is no key of a witness: expected a line 'witness: NAME' and one PEM block "
            "of PKCS #8"
        )
    try:
        private = serialization.load_pem_private_key(found["block"].encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsFault(f"cannot read the key in '{path}': the PEM block is damaged") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise SettingsFault(f"the key in '{path}' is of another kind: a witness has Ed25519")
    try:
        return Signer(found["name"], private, algorithm=COSIGNATURE)
    except NoteRejected as error:
        raise SettingsFault(f"the key in '{path}' has a name that cannot be: {error}") from error
