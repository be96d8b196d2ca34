"""Settings from arguments and the environment: read once, at start, and never on a request.

``DACCORD_DATA`` is the folder for the ledger and the cookie key; ``./daccord-data`` by default.
``DACCORD_COOKIE_KEYS`` are cookie keys, oldest first, separated by commas, base64url of 32 bytes
or more each: for several nodes of one site, or to rotate. Without it one key is kept in the
folder.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from daccord.declaration.parse import parse_declaration
from daccord.errors import SettingsFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daccord.declaration.model import Declaration

_log = logging.getLogger("daccord")

KEY_BYTES: Final = 32
_WORD: Final = re.compile(r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?")

KEY_FILE: Final = "cookie.key"
LEDGER_FILE: Final = "ledger.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the site runs with. Its representation shows no key."""

    declaration: Declaration
    data: Path
    keys: tuple[bytes, ...]

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
    folder = Path(data or environ.get("DACCORD_DATA") or "daccord-data")
    made = read_declaration(declaration)
    text = environ.get("DACCORD_COOKIE_KEYS", "")
    keys = _parse_keys(text, of="DACCORD_COOKIE_KEYS") if text else (_kept_key(folder),)
    return Settings(declaration=made, data=folder, keys=keys)


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


def _parse_keys(text: str, *, of: str) -> tuple[bytes, ...]:
    keys = []
    for index, part in enumerate(text.split(",")):
        word = part.strip()
        key = urlsafe_b64decode(word + "=" * (-len(word) % 4)) if _WORD.fullmatch(word) else b""
        if len(key) < KEY_BYTES:
            raise SettingsFault(
                f"key {index + 1} of {of} is not base64url of {KEY_BYTES} bytes or more\n"
                "  hint: `daccord keygen` prints one"
            )
        keys.append(key)
    return tuple(keys)


def new_key() -> str:
    """Make a cookie key: base64url of 32 random bytes."""
    return urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")


def _kept_key(folder: Path) -> bytes:
    """Give the key kept in ``folder``; make one on the first start, and say so.

    Losing it costs no proof: readers are only asked again.
    """
    path = folder / KEY_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        text = path.read_text().strip()
    except OSError as error:
        raise SettingsFault(
            f"cannot keep a cookie key in '{path}': {error.strerror}\n"
            "  hint: set DACCORD_DATA to a folder that can be written, or DACCORD_COOKIE_KEYS"
        ) from error
    return _parse_keys(text, of=str(path))[0]


def _make_key(path: Path) -> None:
    """Write a new key to ``path`` unless another worker, starting at once, was faster.

    Written whole before it has its name, so that nobody reads half a key.
    """
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".key-") as file:  # mode 0600
        file.write(new_key() + "\n")
        file.flush()
        os.fsync(file.fileno())
        try:
            path.hardlink_to(file.name)
        except FileExistsError:
            return
    _log.warning("made a cookie key in %s: keep it, or readers are asked again", path)
