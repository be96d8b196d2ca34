"""The key that signs the demo's log: made on the first start, and said aloud.

A site's own key is made by its publisher (`daccord ledger keygen`), never by itself.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from daccord.declaration.addresses import OWN_PREFIX
from daccord.ledger.signing import make_key
from daccord.server.folder import LEDGER_KEY_FILE

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger("daccord")


def keep_ledger_key(data: Path, site: str) -> None:
    """Make a key in the folder ``data`` for the log of ``site``, an origin, unless there is one.

    Raises SettingsFault when it cannot be made.
    """
    path = data / LEDGER_KEY_FILE
    if not path.exists():
        make_key(path, f"{urlsplit(site).netloc}{OWN_PREFIX}log")
        _log.warning(
            "made a key for the ledger of consents in %s: a demo's, for no other use", path
        )
