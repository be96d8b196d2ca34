"""Cookie keys as text: parsed from a setting, or made on the first start and kept in a file."""

from __future__ import annotations

import logging
import os
import re
import secrets
import tempfile
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Final

from daccord.consent.keys import MINIMUM_KEY_BYTES
from daccord.errors import SettingsFault
from daccord.server.folder import KEY_FILE

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger("daccord")

_WORD: Final = re.compile(r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?")


def new_key() -> str:
    """Make a cookie key: base64url, no padding, of 32 random bytes."""
    return secrets.token_urlsafe(MINIMUM_KEY_BYTES)


def parse_keys(text: str, *, of: str) -> tuple[bytes, ...]:
    """Read keys, oldest first, separated by commas; ``of`` is what a fault calls the setting.

    Raises SettingsFault for one that is not base64url of 32 bytes or more; no key is in it.
    """
    keys = []
    for index, part in enumerate(text.split(",")):
        word = part.strip()
        key = urlsafe_b64decode(word + "=" * (-len(word) % 4)) if _WORD.fullmatch(word) else b""
        if len(key) < MINIMUM_KEY_BYTES:
            raise SettingsFault(
                f"key {index + 1} of {of} is not base64url of {MINIMUM_KEY_BYTES} bytes or more\n"
                "  hint: `daccord keygen` prints one"
            )
        keys.append(key)
    return tuple(keys)


def keep_key(folder: Path) -> bytes:
    """Give the key kept in ``folder``; make one on the first start, and say so.

    Losing it costs no proof: readers are only asked again. Raises SettingsFault when it can be
    neither read nor made.
    """
    path = folder / KEY_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        text = path.read_text("ascii", "replace").strip()
    except OSError as error:
        raise SettingsFault(
            f"cannot keep a cookie key in '{path}': {error.strerror}\n"
            "  hint: set DACCORD_DATA to a folder that can be written, or DACCORD_COOKIE_KEYS"
        ) from error
    return parse_keys(text, of=str(path))[0]


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
