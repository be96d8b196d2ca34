"""From the file's tables, once they are without a fault, to the values that may be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daccord.declaration import model
from daccord.declaration.canonical import ask_questions, digest_questions, version_of
from daccord.declaration.durations import parse_days

if TYPE_CHECKING:
    from daccord.declaration import schema

Languages = tuple[model.Language, ...]


def build_declaration(file: schema.File) -> model.Declaration:
    """Give the declaration of a ``file`` in which neither shapes nor cross-checks found a fault."""
    languages = tuple(map(model.Language, file.site.languages))
    site = _site(file.site, languages)
    controller = _controller(file.controller)
    purposes = tuple(_purpose(each, languages) for each in file.purposes)
    services = tuple(_service(each, languages) for each in file.services)
    questions = ask_questions(controller, purposes, services)
    return model.Declaration(
        site=site,
        controller=controller,
        languages=languages,
        purposes=purposes,
        services=services,
        questions=questions,
        questions_digest=digest_questions(questions),
        version=version_of(site, controller, languages, purposes, services),
    )


def _text(text: str | dict[str, str], languages: Languages) -> model.Text:
    if isinstance(text, str):
        return model.Text(texts=tuple((language, text) for language in languages))
    return model.Text(texts=tuple((language, text[language]) for language in languages))


def _days(duration: str) -> int:
    days = parse_days(duration)
    if days is None:  # the schema let through only what parses
        raise ValueError("not a duration")
    return days


def _site(site: schema.Site, languages: Languages) -> model.Site:
    return model.Site(
        name=_text(site.name, languages),
        hosts=tuple(site.hosts),
        form_hosts=tuple(site.form_hosts),
        exclude=tuple(site.exclude),
        mode=site.mode,
        choice_days=_days(site.choice_duration),
        record_days=_days(site.record_duration),
        honour_gpc=site.gpc,
        gpc_since=site.gpc_since.isoformat() if site.gpc_since else "",
    )


def _controller(controller: schema.Controller) -> model.Controller:
    return model.Controller(
        name=controller.name,
        address=controller.address,
        email=controller.email,
        privacy_officer=controller.privacy_officer,
        authority_name=controller.authority.name,
        authority_url=controller.authority.url,
    )


def _purpose(purpose: schema.Purpose, languages: Languages) -> model.Purpose:
    return model.Purpose(
        id=model.PurposeId(purpose.id),
        title=_text(purpose.title, languages),
        summary=_text(purpose.summary, languages),
        data=tuple(purpose.data),
        exempt=purpose.exempt,
        revision=purpose.revision,
    )


def _service(service: schema.Service, languages: Languages) -> model.Service:
    return model.Service(
        id=model.ServiceId(service.id),
        title=_text(service.title, languages),
        summary=_text(service.summary, languages),
        purposes=tuple(map(model.PurposeId, service.purposes)),
        recipient=model.Recipient(
            name=service.recipient.name,
            country=service.recipient.country,
            policy_url=service.recipient.policy,
            role=service.recipient.role,
        ),
        hosts=tuple(service.hosts),
        loads=frozenset(service.loads),
        cookies=tuple(_cookie(each, service, languages) for each in service.cookies),
        storage=tuple(_storage(each, languages) for each in service.storage),
        embeds=tuple(model.Embed(selector=each) for each in service.embeds),
        data=tuple(service.data),
        retention_days=_days(service.retention),
        transfer=_text(service.transfer, languages) if service.transfer else None,
        revision=service.revision,
    )


def _cookie(cookie: schema.Cookie, service: schema.Service, languages: Languages) -> model.Cookie:
    return model.Cookie(
        name=cookie.name,
        days=_days(cookie.duration),
        path=cookie.path,
        domain=cookie.domain,
        first_party=not service.hosts if cookie.first_party is None else cookie.first_party,
        about=_text(cookie.about, languages),
    )


def _storage(storage: schema.Storage, languages: Languages) -> model.StorageKey:
    return model.StorageKey(
        name=storage.name, area=storage.area, about=_text(storage.about, languages)
    )
