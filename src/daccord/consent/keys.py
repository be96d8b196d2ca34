"""The keys that authenticate the choice cookie: a list, oldest first; the last one signs.

Rotation is: add a new key at the end, wait as long as a choice holds, drop the first. Each use of
a key derives its own by a salt, so that a value signed for one use is never valid for another.
"""

from __future__ import annotations

import hmac
from typing import Final

from daccord.errors import SettingsFault

MINIMUM_KEY_BYTES: Final = 32
"""As long as the digest: RFC 2104 section 3 discourages shorter keys."""


class Keyring:
    """Signs with the newest key, verifies with every one. Never prints a key."""

    __slots__ = ("_begun",)

    def __init__(self, keys: tuple[bytes, ...], *, use: bytes) -> None:
        """Derive a key for ``use`` from each of ``keys``, oldest first, 32 bytes or more each.

        Raises SettingsFault for no key or a short one; the message never shows a key.
        """
        if not keys:
            raise SettingsFault("no cookie key: give at least one, oldest first")
        for index, key in enumerate(keys):
            if len(key) < MINIMUM_KEY_BYTES:
                raise SettingsFault(
                    f"cookie key {index + 1} of {len(keys)} is {len(key)} bytes long, "
                    f"expected {MINIMUM_KEY_BYTES} or more"
                )
        self._begun = tuple(
            hmac.new(hmac.digest(key, b"daccord/" + use, "sha256"), digestmod="sha256")
            for key in keys
        )

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._begun)}>"

    def sign(self, message: bytes) -> bytes:
        """Give the full 32-byte HMAC-SHA256 of ``message`` under the newest key."""
        return _mac(self._begun[-1], message)

    def verifies(self, message: bytes, mac: bytes) -> bool:
        """Whether ``mac``, a prefix of at least 12 bytes, is one of ours, in constant time."""
        if len(mac) < 12:  # 96 bits: RFC 2104 section 5 asks for 80 or more
            return False
        found = False
        for begun in self._begun:
            found |= hmac.compare_digest(_mac(begun, message)[: len(mac)], mac)
        return found


def _mac(begun: hmac.HMAC, message: bytes) -> bytes:
    """Finish an HMAC that was begun with its key when the site started.

    `hmac.digest` lets go of the interpreter's lock at every call, even for a message this short,
    and beside the ledger's thread such a hand-over costs more than the HMAC (bench/choices.py).
    """
    finished = begun.copy()
    finished.update(message)
    return finished.digest()
