"""The folder of data: where it is by default, and what lies in it."""

from __future__ import annotations

from typing import Final

DEFAULT_FOLDER: Final = "daccord-data"
"""In the working directory; ``DACCORD_DATA`` names another one."""

KEY_FILE: Final = "cookie.key"
LEDGER_FILE: Final = "ledger.sqlite"
LEDGER_KEY_FILE: Final = "ledger.key"
HIGH_WATER_FILE: Final = "ledger.checkpoint"
"""The newest checkpoint that this node has seen."""
WITNESSES_FILE: Final = "witnesses"
"""The policy with the witnesses that every new checkpoint is taken to, if it is there."""
