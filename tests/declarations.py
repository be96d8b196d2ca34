"""Declarations made by hand or by Hypothesis, for tests of what stands on a declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from daccord.declaration.model import (
    Controller,
    Declaration,
    Exemption,
    Language,
    Load,
    Mode,
    Purpose,
    PurposeId,
    Question,
    Recipient,
    Service,
    ServiceId,
    Site,
    Tag,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

FRENCH = Language("fr")
ENGLISH = Language("en")


def text(french: str, english: str) -> Text:
    return Text(texts=((FRENCH, french), (ENGLISH, english)))


def purpose(name: str, *, exempt: Exemption | None = None) -> Purpose:
    return Purpose(
        id=PurposeId(name),
        title=text(f"Finalité {name}", f"Purpose {name}"),
        summary=text("Pour voir.", "To see."),
        data=(),
        exempt=exempt,
        revision=1,
    )


def service(name: str, purposes: Sequence[str], *, hosts: Sequence[str] = ()) -> Service:
    return Service(
        id=ServiceId(name),
        title=text(name, name),
        summary=text("Un service.", "A service."),
        purposes=tuple(map(PurposeId, purposes)),
        recipient=Recipient(
            name=name, country="FR", policy_url="https://example.org/", role="processor"
        ),
        hosts=tuple(hosts),
        loads=frozenset(set(Load) - {Load.FORM}),
        cookies=(),
        storage=(),
        embeds=(),
        data=(),
        retention_days=30,
        transfer=None,
        revision=1,
    )


def declaration(purposes: Sequence[Purpose], services: Sequence[Service]) -> Declaration:
    """Build one with a question per purpose and service, tags made up in order."""
    pairs: list[tuple[Purpose, Service | None]] = []
    for each in purposes:
        if each.exempt not in {None, Exemption.AUDIENCE_MEASUREMENT}:
            continue
        own = [one for one in services if each.id in one.purposes]
        pairs += [(each, one) for one in own] or [(each, None)]
    questions = tuple(
        Question(
            purpose=each.id,
            service=one.id if one else None,
            exempt=each.exempt is not None,
            tag=Tag(f"t{index:03d}"),
        )
        for index, (each, one) in enumerate(pairs)
    )
    return Declaration(
        site=Site(
            name=text("Essai", "Trial"),
            hosts=(),
            form_hosts=(),
            exclude=("/admin/",),
            mode=Mode.ENFORCE,
            choice_days=182,
            record_days=1826,
            honour_gpc=True,
            gpc_since="2026-11-01",
        ),
        controller=Controller(
            name="Essai SARL",
            address="1, rue de l'Essai",
            email="privacy@example.org",
            privacy_officer=None,
            authority_name="CNIL",
            authority_url="https://example.org/",
        ),
        languages=(FRENCH, ENGLISH),
        purposes=tuple(purposes),
        services=tuple(services),
        questions=questions,
        questions_digest="digest00",
        version="0" * 64,
    )


@st.composite
def declarations(draw: st.DrawFn) -> Declaration:
    """Up to 5 purposes, of which some exempt for audience, and up to 8 services among them."""
    count = draw(st.integers(1, 5))
    exempt = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    purposes = [
        purpose(f"p{index}", exempt=Exemption.AUDIENCE_MEASUREMENT if is_exempt else None)
        for index, is_exempt in enumerate(exempt)
    ]
    services = []
    for index in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(exempt))
        same = [f"p{at}" for at, is_exempt in enumerate(exempt) if is_exempt is kind]
        chosen = draw(st.lists(st.sampled_from(same), min_size=1, max_size=2, unique=True))
        services.append(service(f"s{index}", chosen))
    return declaration(purposes, services)
