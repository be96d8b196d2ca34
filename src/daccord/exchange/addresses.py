"""The addresses that daccord answers itself."""

from __future__ import annotations

from typing import Final

from daccord.enforcement.policy import REPORT_PATH
from daccord.notice.addresses import CHOICE_PATH, POLICY_PATH

OWN_PREFIX: Final = "/_daccord/"
GPC_PATH: Final = "/.well-known/gpc.json"

__all__ = ["CHOICE_PATH", "GPC_PATH", "OWN_PREFIX", "POLICY_PATH", "REPORT_PATH"]
