"""What is known of a consent in the ledger, as far as a page says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daccord.consent.record import ConsentRecord
    from daccord.declaration.model import Declaration, PurposeId, ServiceId, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record stands: leaf ``leaf_index`` (from 0) of the ``tree_size`` that were signed.

    ``signer`` and ``cosigners`` are the names on the checkpoint that its receipt has.
    """

    leaf_index: int
    tree_size: int
    signer: str
    cosigners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """What purposes and services were called in the declaration that a record is under."""

    purposes: Mapping[PurposeId, Text]
    services: Mapping[ServiceId, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record that is in the ledger; ``place`` is ``None`` while nothing signed says where."""

    record: ConsentRecord
    titles: Titles
    place: Place | None


def titles_of(declaration: Declaration) -> Titles:
    """Give the titles of a declaration."""
    return Titles(
        purposes={each.id: each.title for each in declaration.purposes},
        services={each.id: each.title for each in declaration.services},
    )


class Missing(Enum):
    """Why a receipt leads to no record."""

    FORGOTTEN = "forgotten"
    CONTRADICTED = "contradicted"
    """A key of this log has signed for it, and the log holds something else or nothing there."""
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"
