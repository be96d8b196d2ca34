"""Ids for new records: 16 random bytes each, drawn from the system by the hundred.

Each draw lets go of the interpreter's lock, and beside the ledger's thread getting it back costs
more than the rest of a choice (bench/choices.py). A process forked off forgets what was drawn, or
two processes would give the same ids.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from typing import Final

from daccord.consent.choice import RecordId

ID_BYTES: Final = 16
DRAWN: Final = 128

_ready: list[RecordId] = []


def new_record_id() -> RecordId:
    """Give an id that nobody else has; may be called from any thread."""
    try:
        return _ready.pop()
    except IndexError:
        raw = os.urandom(ID_BYTES * DRAWN)
    first, *others = (_written(raw[at : at + ID_BYTES]) for at in range(0, len(raw), ID_BYTES))
    _ready.extend(others)
    return first


def _written(raw: bytes) -> RecordId:
    return RecordId(urlsafe_b64encode(raw).decode().rstrip("="))


os.register_at_fork(after_in_child=_ready.clear)
