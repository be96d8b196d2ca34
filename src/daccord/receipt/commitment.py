"""What the log holds of a record: a hash that says nothing without its salt (law 8)."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

SALT_BYTES: Final = 32
"""As long as the hash: who has neither record nor salt cannot try records out."""

COMMITMENT_BYTES: Final = 32


def commit(salt: bytes, record: bytes) -> bytes:
    """Give the 32-byte commitment to ``record``, canonical bytes, by ``salt``.

    Raises ValueError for a salt that is not 32 bytes: with salts of one length no two pairs of
    salt and record are the same bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt is 32 bytes")
    return sha256(salt + record).digest()
