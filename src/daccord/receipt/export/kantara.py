"""The Kantara Initiative's Consent Receipt Specification, version 1.1 (2018), as JSON.

Source of the field names and types: the specification's own JSON schema, in the repository
KantaraInitiative/consent-receipt-v-next, CR_v1_1. The receipt tells of consents, so ``services``
holds what was granted; what was refused stands under ``x_daccord``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from daccord.receipt.export.carried import NOT_AVAILABLE, Json, carry, policy_url
from daccord.receipt.plain import tell_way

if TYPE_CHECKING:
    from daccord.receipt.export.declared import Declared, DeclaredQuestion
    from daccord.receipt.receipt import Receipt

VERSION: Final = "KI-CR-v1.1.0"

UNAVAILABLE: Final = {
    "jurisdiction": "a declaration names an authority, not a territory",
    "publicKey": "a receipt names the key of its log, and does not hold it",
    "piiControllers.phone": "a declaration has no field for it",
    "piiControllers.piiControllerUrl": "a declaration has no field for it",
    "services.purposes.primaryPurpose": "a declaration ranks no purpose above another",
}


def export_kantara(receipt: Receipt, declared: Declared) -> dict[str, Json]:
    """Give the consent receipt of ``receipt``, whose declaration says ``declared``."""
    record = receipt.record
    return {
        "version": VERSION,
        "jurisdiction": NOT_AVAILABLE,
        "consentTimestamp": record.time_ms // 1000,
        "collectionMethod": f"cookie notice, {tell_way(record.way)}",
        "consentReceiptID": record.id,
        "language": record.language,
        # The only name that a reader has here: the choice cookie in their browser holds it.
        "piiPrincipalId": record.id,
        "piiControllers": [
            {
                "piiController": declared.controller,
                "onBehalf": False,
                "contact": declared.privacy_officer or declared.controller,
                "address": {"streetAddress": declared.address},
                "email": declared.email,
                "phone": NOT_AVAILABLE,
            }
        ],
        "policyUrl": policy_url(record),
        "services": _services(declared),
        # None of the kinds of data that a declaration can name is of a special category.
        "sensitive": False,
        "spiCat": [],
        "x_daccord": carry(receipt, UNAVAILABLE),
    }


def _services(declared: Declared) -> list[Json]:
    purposes: dict[str, list[Json]] = {}
    for question in declared.granted:
        name = question.service or declared.site
        purposes.setdefault(name, []).append(_purpose(question, declared))
    return [{"service": name, "purposes": each} for name, each in purposes.items()]


def _purpose(question: DeclaredQuestion, declared: Declared) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "purpose": f"{question.purpose}: {question.summary}",
        "purposeCategory": [question.answer.purpose],
        "consentType": "EXPLICIT",
        "piiCategory": list(question.data),
        "termination": _termination(question, declared),
    }
    recipient = question.recipient
    if recipient is None or recipient.name == declared.controller:
        return {**fields, "thirdPartyDisclosure": False}
    return {**fields, "thirdPartyDisclosure": True, "thirdPartyName": recipient.name}


def _termination(question: DeclaredQuestion, declared: Declared) -> str:
    asked = f"the reader is asked again after {declared.choice_days} days"
    if question.retention_days is None:
        return asked
    if question.retention_days == 0:
        return f"{asked}; the data end with the visit"
    return f"{asked}; the recipient keeps the data for {question.retention_days} days"
