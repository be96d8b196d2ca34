"""What a record's declaration says of the controller, the purposes and the services.

Read from the declaration's canonical form (`daccord.declaration.canonical`), which the record
names by its hash and the ledger keeps. Only what the exports tell is read: a form of another
version of daccord may hold more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from daccord.errors import ReceiptRejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daccord.consent.record import Answer, ConsentRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRecipient:
    """Who receives the data of a service; ``role`` is that of the declaration."""

    name: str
    country: str
    policy_url: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredQuestion:
    """One thing that a record answers, in the record's language.

    ``service`` and ``recipient`` are ``None`` for a purpose of the site itself.
    ``retention_days`` is how long the recipient keeps the data, 0 for no longer than the visit.
    """

    answer: Answer
    purpose: str
    summary: str
    service: str | None
    recipient: DeclaredRecipient | None
    data: tuple[str, ...]
    retention_days: int | None
    transfer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a record's declaration says of it. ``granted`` and ``refused`` are in its order."""

    site: str
    choice_days: int
    controller: str
    address: str
    email: str
    privacy_officer: str | None
    authority: str
    authority_url: str
    granted: tuple[DeclaredQuestion, ...]
    refused: tuple[DeclaredQuestion, ...]


def read_declared(record: ConsentRecord, form: bytes) -> Declared:
    """Read the canonical form of the declaration that ``record`` names.

    Raises `ReceiptRejected` for bytes that do not have the hash in the record, that are no such
    form, or that do not ask what the record answers.
    """
    if sha256(form).hexdigest() != record.declaration_version:
        raise ReceiptRejected("the declaration is not the version that the record names")
    try:
        return _read(record, cast("dict[str, Any]", json.loads(form.decode())))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ReceiptRejected(
            "the declaration is not one that asks what the record answers"
        ) from None


def _read(record: ConsentRecord, form: dict[str, Any]) -> Declared:
    languages = form["languages"]
    if record.language not in languages:
        raise ValueError("another language")

    def text(value: object) -> str:
        texts = cast("Mapping[str, object]", value)
        return _str(texts.get(record.language, texts[languages[0]]))

    purposes = {each["id"]: each for each in form["purposes"]}
    services = {each["id"]: each for each in form["services"]}

    def question(answer: Answer) -> DeclaredQuestion:
        purpose = purposes[answer.purpose]
        title, summary = text(purpose["title"]), text(purpose["summary"])
        if answer.service is None:
            return DeclaredQuestion(
                answer=answer,
                purpose=title,
                summary=summary,
                service=None,
                recipient=None,
                data=tuple(map(_str, purpose["data"])),
                retention_days=None,
                transfer=None,
            )
        service = services[answer.service]
        if answer.purpose not in service["purposes"]:
            raise ValueError("a service of another purpose")
        recipient = service["recipient"]
        transfer = service["transfer"]
        return DeclaredQuestion(
            answer=answer,
            purpose=title,
            summary=summary,
            service=text(service["title"]),
            recipient=DeclaredRecipient(
                name=_str(recipient["name"]),
                country=_str(recipient["country"]),
                policy_url=_str(recipient["policy_url"]),
                role=_str(recipient["role"]),
            ),
            # As the policy page has it: a service's own kinds, and the purpose's beside them.
            data=tuple(dict.fromkeys(map(_str, [*purpose["data"], *service["data"]]))),
            retention_days=_int(service["retention_days"]),
            transfer=None if transfer is None else text(transfer),
        )

    site, controller = form["site"], form["controller"]
    officer = controller["privacy_officer"]
    return Declared(
        site=text(site["name"]),
        choice_days=_int(site["choice_days"]),
        controller=_str(controller["name"]),
        address=_str(controller["address"]),
        email=_str(controller["email"]),
        privacy_officer=None if officer is None else _str(officer),
        authority=_str(controller["authority_name"]),
        authority_url=_str(controller["authority_url"]),
        granted=tuple(map(question, record.granted)),
        refused=tuple(map(question, record.refused)),
    )


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    value.encode()  # a lone surrogate is a ValueError
    return value


def _int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a number")
    return value
