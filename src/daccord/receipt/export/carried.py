"""What both exports carry along, and how they say that something is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from daccord.declaration.addresses import OWN_PREFIX
from daccord.receipt.receipt import format_receipt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.consent.record import Answer, ConsentRecord
    from daccord.receipt.receipt import Receipt

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

NOT_AVAILABLE: Final = "N/A"
"""Stands where a format asks for text and the declaration holds none."""


def policy_url(record: ConsentRecord) -> str:
    """The policy page of the site of ``record``; a record does not say that it was on https."""
    return f"https://{record.site}{OWN_PREFIX}policy?lang={record.language}"


def carry(receipt: Receipt, unavailable: dict[str, str]) -> dict[str, Json]:
    """Give what neither format has a field for: the rest of the record, and the proof.

    ``unavailable`` maps the name of each field that could not be filled to the reason.
    """
    record = receipt.record
    return {
        "granted": _pairs(record.granted),
        "refused": _pairs(record.refused),
        "way": record.way.value,
        "site": record.site,
        "time_ms": record.time_ms,
        "previous": record.previous,
        "declaration": record.declaration_version,
        "notice": record.notice_hash,
        "code": record.code_hash,
        "receipt": format_receipt(receipt).decode(),
        "unavailable": dict(unavailable),
    }


def _pairs(answers: Iterable[Answer]) -> list[Json]:
    return [[answer.purpose, answer.service] for answer in answers]
