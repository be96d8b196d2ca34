"""One spelling of a declaration, and what is derived from it: version, questions, their digest.

1. The canonical form is RFC 8785 JSON of every value that the declaration holds, with defaults
   filled in and durations in days: the order of keys, comments and ways of writing do not show.
   The order of languages, purposes, services and lists does: readers see it.
2. The version is the SHA-256 of that. Any wording changes it (CNIL-21).
3. A question's tag hashes only what a reader must be asked about again when it changes: which
   purpose, which service, who receives, who controls (CNIL-11). Wording does not change it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from base64 import urlsafe_b64encode
from enum import Enum
from typing import TYPE_CHECKING, Final

import rfc8785

from daccord.declaration.model import (
    Controller,
    Declaration,
    Exemption,
    Language,
    Purpose,
    Question,
    Service,
    Site,
    Tag,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FORMAT: Final = 1
"""Part of what is hashed: another way of hashing gets another number."""

_TAG_BYTES: Final = 3
_DIGEST_BYTES: Final = 6

_Json = None | bool | int | str | list["_Json"] | dict[str, "_Json"]


def canonical_form(declaration: Declaration) -> bytes:
    """Give the bytes whose SHA-256 is ``declaration.version``."""
    return _canonical(
        declaration.site,
        declaration.controller,
        declaration.languages,
        declaration.purposes,
        declaration.services,
    )


def version_of(
    site: Site,
    controller: Controller,
    languages: Sequence[Language],
    purposes: Sequence[Purpose],
    services: Sequence[Service],
) -> str:
    """Give the version of the declaration that these make up: 64 hex digits."""
    return hashlib.sha256(_canonical(site, controller, languages, purposes, services)).hexdigest()


def _canonical(
    site: Site,
    controller: Controller,
    languages: Sequence[Language],
    purposes: Sequence[Purpose],
    services: Sequence[Service],
) -> bytes:
    return rfc8785.dumps(
        {
            "format": FORMAT,
            "site": _plain(site),
            "controller": _plain(controller),
            "languages": _plain(tuple(languages)),
            "purposes": _plain(tuple(purposes)),
            "services": _plain(tuple(services)),
        }
    )


def _plain(value: object) -> _Json:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Text):
        return dict(value.texts)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(each.value for each in value)
    if dataclasses.is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    raise TypeError(f"no canonical form of {type(value).__name__}")


def ask_questions(
    controller: Controller, purposes: Iterable[Purpose], services: Sequence[Service]
) -> tuple[Question, ...]:
    """Give what is asked, purposes first, then services, each in the order of the declaration.

    An exempt purpose is not asked about, but for audience measurement: a reader may object to it
    (CNIL-25). A purpose without a service is asked about as such.
    """
    return tuple(
        _question(controller, purpose, service)
        for purpose in purposes
        if purpose.exempt in {None, Exemption.AUDIENCE_MEASUREMENT}
        for service in _services_of(purpose, services)
    )


def _services_of(purpose: Purpose, services: Sequence[Service]) -> Sequence[Service | None]:
    return [each for each in services if purpose.id in each.purposes] or [None]


def _question(controller: Controller, purpose: Purpose, service: Service | None) -> Question:
    return Question(
        purpose=purpose.id,
        service=None if service is None else service.id,
        exempt=purpose.exempt is not None,
        tag=question_tag(
            controller=controller.name,
            purpose=(purpose.id, purpose.revision),
            service=None
            if service is None
            else (service.id, service.revision, service.recipient.name),
        ),
    )


def question_tag(
    *, controller: str, purpose: tuple[str, int], service: tuple[str, int, str] | None
) -> Tag:
    """Give the tag of one question: 4 base64url characters.

    ``purpose`` is id and revision; ``service`` is id, revision and the recipient's name.
    """
    form = rfc8785.dumps(
        {
            "controller": controller,
            "purpose": list(purpose),
            "service": list(service) if service else None,
        }
    )
    return Tag(_short_hash(form, _TAG_BYTES))


def digest_questions(questions: Iterable[Question]) -> str:
    """Give 8 base64url characters that stand for what is asked, in whatever order.

    Whether a question is exempt counts too: a form in which a reader saw something as exempt must
    not grant it once it needs consent.
    """
    asked = sorted(f"{question.tag}{'!' if question.exempt else ''}" for question in questions)
    return _short_hash(rfc8785.dumps(asked), _DIGEST_BYTES)


def _short_hash(form: bytes, size: int) -> str:
    return urlsafe_b64encode(hashlib.sha256(form).digest()[:size]).decode()
