"""Who receives data, each named once (CNIL-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.declaration.model import Declaration, Question, Recipient


def recipients_of(declaration: Declaration, questions: Iterable[Question]) -> tuple[Recipient, ...]:
    """The recipients, other than the controller, of the services that ``questions`` are about.

    One name is one recipient: the number on the first layer is the length of the list on the
    policy page.
    """
    services = {question.service for question in questions}
    by_name = {
        service.recipient.name: service.recipient
        for service in declaration.services
        if service.id in services and service.recipient.name != declaration.controller.name
    }
    return tuple(by_name.values())
