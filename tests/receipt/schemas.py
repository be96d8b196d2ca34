"""What the two formats ask of a file, as JSON Schema, written from their tables of fields.

Kantara's is closed where its own schema is open (``x_daccord`` is the one key of ours); ISO's
has every field of clauses 6.3.3 to 6.3.7 as required, those that may be left out as nullable.
"""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
MAYBE: dict[str, Any] = {"anyOf": [TEXT, {"type": "null"}]}
FLAG: dict[str, Any] = {"type": "boolean"}
URL: dict[str, Any] = {"type": "string", "pattern": "^https://"}


def list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


ANSWERS = list_of({"type": "array", "minItems": 2, "maxItems": 2})
HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
OURS = closed(
    {
        "granted": ANSWERS,
        "refused": ANSWERS,
        "way": TEXT,
        "site": TEXT,
        "time_ms": {"type": "integer"},
        "previous": MAYBE,
        "declaration": HASH,
        "notice": HASH,
        "code": HASH,
        "receipt": TEXT,
        "unavailable": {"type": "object", "additionalProperties": TEXT},
    }
)

_PURPOSE_REQUIRED = {
    "consentType": TEXT,
    "purposeCategory": list_of(TEXT),
    "piiCategory": list_of(TEXT),
    "termination": TEXT,
}
_PURPOSE_OPTIONAL = {"purpose": TEXT, "primaryPurpose": FLAG}

KANTARA = closed(
    {
        "version": {"const": "KI-CR-v1.1.0"},
        "jurisdiction": TEXT,
        "consentTimestamp": {"type": "integer", "minimum": 0},
        "collectionMethod": TEXT,
        "consentReceiptID": TEXT,
        "piiPrincipalId": TEXT,
        "piiControllers": {
            **list_of(
                closed(
                    {
                        "piiController": TEXT,
                        "contact": TEXT,
                        "address": {"type": "object"},
                        "email": TEXT,
                        "phone": TEXT,
                    },
                    {"onBehalf": FLAG, "piiControllerUrl": TEXT},
                )
            ),
            "minItems": 1,
        },
        "services": list_of(
            closed(
                {
                    "service": TEXT,
                    "purposes": list_of(
                        {
                            "oneOf": [
                                closed(
                                    {**_PURPOSE_REQUIRED, "thirdPartyDisclosure": {"const": False}},
                                    _PURPOSE_OPTIONAL,
                                ),
                                closed(
                                    {
                                        **_PURPOSE_REQUIRED,
                                        "thirdPartyDisclosure": {"const": True},
                                        "thirdPartyName": TEXT,
                                    },
                                    _PURPOSE_OPTIONAL,
                                ),
                            ]
                        }
                    ),
                }
            )
        ),
        "policyUrl": URL,
        "sensitive": FLAG,
        "spiCat": list_of(TEXT),
        "x_daccord": OURS,
    },
    {"publicKey": TEXT, "language": TEXT},
)

_ID = {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"}
_DURATION = {"type": "string", "pattern": "^P[0-9]+D$"}

ISO_27560 = closed(
    {
        "receipt_metadata": closed({"schema_version": TEXT, "receipt_id": _ID}),
        # 6.3.3
        "schema_version": TEXT,
        "record_id": _ID,
        "pii_principal_id": _ID,
        # 6.3.4
        "pii_processing": closed(
            {
                "privacy_notice": closed(
                    {
                        "x_notice_sha256": HASH,
                        "x_code_sha256": HASH,
                        "x_declaration_sha256": HASH,
                        "x_policy_url": URL,
                    }
                ),
                "language": TEXT,
                "purposes": list_of(
                    closed(
                        {
                            "purpose": TEXT,
                            "purpose_type": TEXT,
                            "lawful_basis": {"const": "consent"},
                            # 6.3.5
                            "pii_information": list_of(
                                closed(
                                    {
                                        "pii_type": TEXT,
                                        "pii_attribute_id": MAYBE,
                                        "pii_optional": {"type": ["boolean", "null"]},
                                        "sensitive_pii_category": FLAG,
                                        "special_pii_category": FLAG,
                                    }
                                )
                            ),
                            "pii_controllers": {**list_of(TEXT), "minItems": 1},
                            "collection_method": TEXT,
                            "processing_method": MAYBE,
                            "storage_locations": list_of(TEXT),
                            "retention_period": {"anyOf": [_DURATION, {"type": "null"}]},
                            "processing_locations": list_of(TEXT),
                            "geographic_restrictions": MAYBE,
                            "service": TEXT,
                            "jurisdiction": MAYBE,
                            "recipient_third_parties": list_of(TEXT),
                            "withdrawal_method": TEXT,
                            "privacy_rights": TEXT,
                            "codes_of_conduct": MAYBE,
                            "impact_assessment": MAYBE,
                            "authority_party": TEXT,
                            "x_answer": {"type": "array"},
                        }
                    )
                ),
            }
        ),
        # 6.3.6
        "party_identification": list_of(
            closed(
                {
                    "party_id": TEXT,
                    "party_address": MAYBE,
                    "party_email": MAYBE,
                    "party_url": MAYBE,
                    "party_phone": MAYBE,
                    "party_name": MAYBE,
                    "party_role": TEXT,
                    "party_contact": MAYBE,
                    "party_type": MAYBE,
                }
            )
        ),
        # 6.3.7
        "events": list_of(
            closed(
                {
                    "event_time": TEXT,
                    "validity_duration": _DURATION,
                    "entity_id": _ID,
                    "event_type": TEXT,
                    "event_state": {"enum": ["given", "refused", "withdrawn"]},
                    "x_way": TEXT,
                    "x_answers": ANSWERS,
                }
            )
        ),
        "x_daccord": OURS,
    }
)
