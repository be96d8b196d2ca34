"""The addresses that daccord answers itself."""

from __future__ import annotations

from typing import Final

from daccord.declaration.addresses import OWN_PREFIX
from daccord.enforcement.policy import REPORT_PATH
from daccord.notice.addresses import (
    CHOICE_PATH,
    CONSENTS_PATH,
    FORGET_PATH,
    POLICY_PATH,
    RECEIPT_PATH,
    VERIFY_PATH,
)

GPC_PATH: Final = "/.well-known/gpc.json"
LOG_PREFIX: Final = f"{OWN_PREFIX}log/"
CHECKPOINT_PATH: Final = f"{LOG_PREFIX}checkpoint"
KEYS_PATH: Final = f"{LOG_PREFIX}keys"

__all__ = [
    "CHECKPOINT_PATH",
    "CHOICE_PATH",
    "CONSENTS_PATH",
    "FORGET_PATH",
    "GPC_PATH",
    "KEYS_PATH",
    "LOG_PREFIX",
    "OWN_PREFIX",
    "POLICY_PATH",
    "RECEIPT_PATH",
    "REPORT_PATH",
    "VERIFY_PATH",
]
