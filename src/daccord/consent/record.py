"""What is recorded of one consent, and nothing more (REC-1, REC-2, law 7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daccord.consent.choice import RecordId
    from daccord.declaration.model import Language, PurposeId, ServiceId


class Way(Enum):
    """How the reader said it."""

    NOTICE = "notice"
    CUSTOMISE = "customise"
    PLACEHOLDER = "placeholder"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question by its readable names, as a record keeps it."""

    purpose: PurposeId
    service: ServiceId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One act of consent or withdrawal.

    ``time_ms`` is the server's clock, milliseconds since 1970 UTC. ``notice_hash`` and
    ``code_hash`` are hex SHA-256 of the texts shown and of the client and style sheet that showed
    them (CNIL-21 a). ``site`` is the host the reader was on. ``previous`` is the record that this
    one follows on the same device, so that a withdrawal leads back to its consent.
    """

    id: RecordId
    time_ms: int
    site: str
    declaration_version: str
    notice_hash: str
    code_hash: str
    language: Language
    way: Way
    granted: tuple[Answer, ...]
    refused: tuple[Answer, ...]
    previous: RecordId | None
