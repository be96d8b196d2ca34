"""The two hashes of an RFC 6962 tree (section 2.1), over SHA-256."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves."""


def hash_leaf(entry: bytes) -> bytes:
    """Hash one log entry."""
    return sha256(b"\x00" + entry).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent."""
    return sha256(b"\x01" + left + right).digest()
