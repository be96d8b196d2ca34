"""The keys that authenticate the choice cookie: a list, oldest first; the last one signs.

Rotation is: add a new key at the end, wait as long as a choice holds, drop the first. Each use of
a key derives its own by a salt, so that a value signed for one use is never valid for another.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from daccord.errors import SettingsFault

MINIMUM_KEY_BYTES: Final = 32
"""As long as the digest: RFC 2104 section 3 discourages shorter keys."""


class Keyring:
    """Signs with the newest key, verifies with every one. Never prints a key."""

    __slots__ = ("_derived",)

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
        self._derived = tuple(
            _begin(hmac.new(key, b"daccord/" + use, hashlib.sha256).digest()) for key in keys
        )

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._derived)}>"

    def sign(self, message: bytes) -> bytes:
        """Give the full 32-byte HMAC-SHA256 of ``message`` under the newest key."""
        return _end(self._derived[-1], message)

    def verifies(self, message: bytes, mac: bytes) -> bool:
        """Whether ``mac``, a prefix of at least 12 bytes, is one of ours, in constant time."""
        if len(mac) < 12:  # 96 bits: RFC 2104 section 5 asks for 80 or more
            return False
        found = False
        for key in self._derived:
            expected = _end(key, message)[: len(mac)]
            found |= hmac.compare_digest(expected, mac)
        return found


# HMAC by its two halves (RFC 2104 section 2), begun once for each key. `hmac.digest` lets go of the
# interpreter's lock at every call, and `hashlib` does not for so short a message: beside the
# ledger's thread each such hand-over cost more than the HMAC (bench/choices.py). A test holds it
# to `hmac.digest`.

_BLOCK_BYTES: Final = 64


def _begin(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    block = key.ljust(_BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    return inner, hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


def _end(begun: tuple[hashlib._Hash, hashlib._Hash], message: bytes) -> bytes:
    inner, outer = (half.copy() for half in begun)
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()
