"""Settings from arguments and the environment: read once, at start, and never on a request.

``DACCORD_DATA`` is the folder for the ledger and the cookie key; ``./daccord-data`` by default.
``DACCORD_COOKIE_KEYS`` are cookie keys, oldest first, separated by commas, base64url of 32 bytes
or more each: for several nodes of one site, or to rotate. Without it one key is kept in the
folder.
``DACCORD_LEDGER`` is where consents are kept: ``postgresql://…``, or the path of an SQLite file.
``DACCORD_LEDGER_KEY`` is the file with the key that signs the log, which nobody makes unasked: by
default ``ledger.key`` in the folder if it is there. ``DACCORD_LEDGER_PASSPHRASE_FILE`` is the file
with its passphrase, if it has one.
``DACCORD_WITNESSES`` is a policy file with the witnesses that each new checkpoint is taken to: by
default ``witnesses`` in the folder if it is there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daccord.declaration.parse import parse_declaration
from daccord.errors import SettingsFault
from daccord.ledger.signing import load_signer, read_passphrase
from daccord.merkle.policies import LONGEST_BYTES, parse_policy
from daccord.server.cookie_keys import keep_key, parse_keys
from daccord.server.folder import (
    DEFAULT_FOLDER,
    LEDGER_FILE,
    LEDGER_KEY_FILE,
    WITNESSES_FILE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daccord.declaration.model import Declaration
    from daccord.merkle.notes import Signer
    from daccord.merkle.policies import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the site runs with. Its representation shows no key, and no password.

    ``ledger`` is an address of PostgreSQL or a path; ``signer`` is ``None`` where there is no key
    for the log, which then grows unsigned and gives no receipts.
    """

    declaration: Declaration
    data: Path
    keys: tuple[bytes, ...]
    ledger: str
    signer: Signer | None
    witnesses: Policy | None

    def __repr__(self) -> str:
        return f"<Settings in {self.data}, {len(self.keys)} cookie keys>"


def read_settings(
    declaration: Declaration | str | os.PathLike[str],
    *,
    data: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Read the declaration and the keys; ``data`` wins over ``DACCORD_DATA``.

    Raises DeclarationFaults with every fault of the declaration, or SettingsFault for anything
    else that keeps the site from starting.
    """
    folder = Path(data or environ.get("DACCORD_DATA") or DEFAULT_FOLDER)
    made = read_declaration(declaration)
    text = environ.get("DACCORD_COOKIE_KEYS", "")
    keys = parse_keys(text, of="DACCORD_COOKIE_KEYS") if text else (keep_key(folder),)
    return Settings(
        declaration=made,
        data=folder,
        keys=keys,
        ledger=environ.get("DACCORD_LEDGER") or str(folder / LEDGER_FILE),
        signer=_read_signer(folder, environ),
        witnesses=_read_witnesses(folder, environ),
    )


def _read_signer(folder: Path, environ: Mapping[str, str]) -> Signer | None:
    """Read the key of the log. One that is named must be there; the folder's may be missing."""
    named = environ.get("DACCORD_LEDGER_KEY")
    path = Path(named) if named else folder / LEDGER_KEY_FILE
    if not named and not path.exists():
        return None
    secret = environ.get("DACCORD_LEDGER_PASSPHRASE_FILE")
    return load_signer(path, passphrase=read_passphrase(Path(secret)) if secret else None)


def _read_witnesses(folder: Path, environ: Mapping[str, str]) -> Policy | None:
    """Read the policy. One that is named must be there; the folder's may be missing."""
    named = environ.get("DACCORD_WITNESSES")
    path = Path(named) if named else folder / WITNESSES_FILE
    if not named and not path.exists():
        return None
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST_BYTES + 1)
    except OSError as error:
        raise SettingsFault(f"cannot read the witnesses in '{path}': {error.strerror}") from error
    return parse_policy(raw, name=str(path))


def read_declaration(declaration: Declaration | str | os.PathLike[str]) -> Declaration:
    """Give a declaration as it is, or read and parse the file of that name."""
    if not isinstance(declaration, (str, os.PathLike)):
        return declaration
    path = Path(declaration)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsFault(
            f"cannot read the declaration '{path}': {error.strerror}\n"
            "  hint: `daccord check FILE` looks at one; paths start at the working directory"
        ) from error
    return parse_declaration(raw, name=str(path))
