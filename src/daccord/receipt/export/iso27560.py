"""ISO/IEC TS 27560:2023, consent record information structure, as JSON.

The specification names fields and sections and fixes no encoding; whoever encodes must publish
the schema used (6.3.2.1): `docs/reference/receipt.md` is it, under the name `SCHEMA`. Sources of
the field names, the text itself being for sale: the W3C community group's guide "Consent Records
and Receipts as per ISO/IEC TS 27560:2023 using DPV" (2024), whose clause numbers in 6.3.4 are one
behind the specification's, and the preview of the text. Keys that begin with ``x_`` are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from daccord.consent.record import Way
from daccord.receipt.export.carried import Json, carry, policy_url
from daccord.receipt.plain import tell_time, tell_way

if TYPE_CHECKING:
    from daccord.receipt.export.declared import Declared, DeclaredQuestion
    from daccord.receipt.receipt import Receipt

SCHEMA: Final = "urn:daccord:iso-27560:1"
CONTROLLER: Final = "controller"
AUTHORITY: Final = "authority"

UNAVAILABLE: Final = {
    "pii_attribute_id": "a declaration names kinds of data, not attributes",
    "pii_optional": "each answer is free; a declaration splits no purpose into needed and optional",
    "processing_method": "a declaration has no field for it beside the purpose",
    "storage_locations": "a declaration says where a recipient is, not where it stores",
    "processing_locations": "a declaration says where a recipient is, not where it processes",
    "jurisdiction": "a declaration names an authority, not a territory",
    "codes_of_conduct": "a declaration has no field for it",
    "impact_assessment": "a declaration has no field for it",
    "party_phone": "a declaration has no field for it",
    "party_email": "a declaration has one of the controller only",
    "party_address": "a declaration has one of the controller only; of recipients, the country",
    "party_type": "a declaration has no field for it",
}


def export_iso27560(receipt: Receipt, declared: Declared) -> dict[str, Json]:
    """Give the consent record, receipt metadata beside it, whose declaration says ``declared``."""
    record = receipt.record
    recipients = _recipients(declared)
    return {
        "receipt_metadata": {"schema_version": SCHEMA, "receipt_id": record.id},
        "schema_version": SCHEMA,
        "record_id": record.id,
        # The only name that a reader has here: the choice cookie in their browser holds it.
        "pii_principal_id": record.id,
        "pii_processing": {
            "privacy_notice": {
                "x_notice_sha256": record.notice_hash,
                "x_code_sha256": record.code_hash,
                "x_declaration_sha256": record.declaration_version,
                "x_policy_url": policy_url(record),
            },
            "language": record.language,
            "purposes": [
                _purpose(question, receipt, declared, recipients)
                for question in (*declared.granted, *declared.refused)
            ],
        },
        "party_identification": _parties(receipt, declared, recipients),
        "events": _events(receipt, declared),
        "x_daccord": carry(receipt, UNAVAILABLE),
    }


def _recipients(declared: Declared) -> dict[tuple[str, str, str, str], str]:
    """A party id for each recipient that is not the controller, in the order of the answers."""
    found: dict[tuple[str, str, str, str], str] = {}
    for question in (*declared.granted, *declared.refused):
        each = question.recipient
        if each is not None and each.name != declared.controller:
            key = (each.name, each.country, each.policy_url, each.role)
            found.setdefault(key, f"recipient-{len(found) + 1}")
    return found


def _purpose(
    question: DeclaredQuestion,
    receipt: Receipt,
    declared: Declared,
    recipients: dict[tuple[str, str, str, str], str],
) -> dict[str, Json]:
    record = receipt.record
    each = question.recipient
    key = None if each is None else (each.name, each.country, each.policy_url, each.role)
    days = question.retention_days
    return {
        "purpose": f"{question.purpose}: {question.summary}",
        "purpose_type": question.answer.purpose,
        "lawful_basis": "consent",
        "pii_information": [
            {
                "pii_type": kind,
                "pii_attribute_id": None,
                "pii_optional": None,
                # None of the kinds of data that a declaration can name is of a special category.
                "sensitive_pii_category": False,
                "special_pii_category": False,
            }
            for kind in question.data
        ],
        "pii_controllers": [CONTROLLER],
        "collection_method": "from the reader's device, by the site or the service in its pages",
        "processing_method": None,
        "storage_locations": [],
        "retention_period": None if days is None else f"P{days}D",
        "processing_locations": [],
        "geographic_restrictions": question.transfer,
        "service": question.service or declared.site,
        "jurisdiction": None,
        "recipient_third_parties": [recipients[key]] if key in recipients else [],
        "withdrawal_method": "the control on every page of the site, and " + policy_url(record),
        "privacy_rights": policy_url(record),
        "codes_of_conduct": None,
        "impact_assessment": None,
        "authority_party": AUTHORITY,
        "x_answer": [question.answer.purpose, question.answer.service],
    }


def _parties(
    receipt: Receipt, declared: Declared, recipients: dict[tuple[str, str, str, str], str]
) -> list[Json]:
    def party(party_id: str, name: str | None, role: str, **known: str | None) -> dict[str, Json]:
        fields = ("party_address", "party_email", "party_url", "party_phone")
        return {
            "party_id": party_id,
            **{field: known.get(field) for field in fields},
            "party_name": name,
            "party_role": role,
            "party_contact": known.get("party_contact"),
            "party_type": None,
        }

    return [
        party(receipt.record.id, None, "PII principal"),
        party(
            CONTROLLER,
            declared.controller,
            "PII controller",
            party_address=declared.address,
            party_email=declared.email,
            party_contact=declared.privacy_officer or declared.email,
        ),
        party(
            AUTHORITY,
            declared.authority,
            "supervisory authority",
            party_url=declared.authority_url,
            party_contact=declared.authority_url,
        ),
        *(
            party(
                party_id,
                name,
                role,
                party_address=country,
                party_url=url,
                party_contact=url,
            )
            for (name, country, url, role), party_id in recipients.items()
        ),
    ]


def _events(receipt: Receipt, declared: Declared) -> list[Json]:
    """One event for what is granted and one for what is not, both of the same act."""
    record = receipt.record
    withdrawn = record.way is Way.WITHDRAWAL
    events: list[Json] = []
    for questions, state in (
        (declared.granted, "given"),
        # Which of these had been granted before stands in the record that this one follows.
        (declared.refused, "withdrawn" if withdrawn else "refused"),
    ):
        if questions:
            events.append(
                {
                    "event_time": tell_time(record.time_ms),
                    "validity_duration": f"P{declared.choice_days}D",
                    "entity_id": record.id,
                    "event_type": "explicit",
                    "event_state": state,
                    "x_way": tell_way(record.way),
                    "x_answers": [[q.answer.purpose, q.answer.service] for q in questions],
                }
            )
    return events
