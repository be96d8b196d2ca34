"""A newspaper's declaration, made by hand: four purposes, as the budget of the notice counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from daccord.consent.choice import Choice, RecordId
from daccord.declaration.model import (
    Area,
    Controller,
    Cookie,
    Data,
    Declaration,
    Embed,
    Exemption,
    Purpose,
    PurposeId,
    Recipient,
    Service,
    ServiceId,
    StorageKey,
    Tag,
    Text,
)
from tests import declarations
from tests.declarations import text

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTHING = text("", "")


def purpose(
    name: str, title: Text, summary: Text, data: Iterable[Data], exempt: Exemption | None = None
) -> Purpose:
    return Purpose(
        id=PurposeId(name),
        title=title,
        summary=summary,
        data=tuple(data),
        exempt=exempt,
        revision=1,
    )


def cookie(name: str, days: int, about: Text, *, first_party: bool = False) -> Cookie:
    return Cookie(name=name, days=days, path="/", domain=None, first_party=first_party, about=about)


PURPOSES = (
    purpose(
        "necessary",
        text("Fonctionnement du site", "Running the site"),
        text(
            "Votre session reste ouverte et les commentaires sont protégés des robots.",
            "You stay signed in, and comments are protected from robots.",
        ),
        [Data.IP_ADDRESS, Data.IDENTIFIERS],
        Exemption.AUTHENTICATION,
    ),
    purpose(
        "audience",
        text("Mesure d’audience", "Audience measurement"),
        text(
            "Nous comptons les lectures de chaque article, sans suivre personne.",
            "We count how often each article is read, and follow nobody.",
        ),
        [Data.USAGE],
        Exemption.AUDIENCE_MEASUREMENT,
    ),
    purpose(
        "social",
        text("Réseaux sociaux et commentaires", "Social networks and comments"),
        text(
            "Les commentaires et les publications intégrées s’affichent dans les articles.",
            "Comments and embedded posts are shown in articles.",
        ),
        [Data.IP_ADDRESS, Data.BROWSING, Data.SOCIAL_INTERACTIONS, Data.COMMENTS],
    ),
    purpose(
        "ads",
        text("Publicité personnalisée", "Personalised advertising"),
        text(
            "Un profil établi d’après vos lectures choisit les annonces que vous voyez.",
            "A profile made from what you read chooses the advertisements you see.",
        ),
        [Data.IP_ADDRESS, Data.BROWSING, Data.LOCATION],
    ),
)


def service(
    name: str,
    title: Text,
    summary: Text,
    purposes: Iterable[str],
    recipient: Recipient,
    **rest: object,
) -> Service:
    made = declarations.service(name, list(purposes))
    return replace(made, title=title, summary=summary, recipient=recipient, **rest)  # type: ignore[arg-type]


def recipient(name: str, country: str, role: str) -> Recipient:
    return Recipient(name=name, country=country, policy_url="https://privacy.example/", role=role)


SERVICES = (
    service(
        "counter",
        text("Compteur de lectures", "Reading counter"),
        text("Un compteur à nous, sur notre serveur.", "A counter of ours, on our server."),
        ["audience"],
        recipient("Dunes Presse SAS", "FR", "controller"),
        data=(Data.USAGE,),
        cookies=(
            cookie(
                "lectures", 395, text("Compte les lectures", "Counts readings"), first_party=True
            ),
        ),
        retention_days=760,
    ),
    service(
        "isso",
        text("Commentaires", "Comments"),
        text("L’espace de commentaires sous chaque article.", "The comments under each article."),
        ["social"],
        recipient("Estran Hébergement", "FR", "processor"),
        hosts=("comments.localhost:*",),
        data=(Data.IP_ADDRESS, Data.COMMENTS),
        cookies=(
            cookie(
                "isso-*",
                1,
                text("Vos commentaires à modifier", "Your comments to edit"),
                first_party=True,
            ),
        ),
        storage=(StorageKey(name="isso-*", area=Area.LOCAL, about=text("Brouillon", "Draft")),),
        embeds=(Embed(selector="#isso-thread"),),
        retention_days=760,
    ),
    service(
        "mouette",
        text("Publications de Mouette", "Posts of Mouette"),
        text("Les publications du réseau Mouette.", "Posts of the Mouette network."),
        ["social"],
        recipient("Mouette Social Inc.", "US", "joint-controller"),
        hosts=("social.localhost:*",),
        data=(Data.IP_ADDRESS, Data.BROWSING, Data.SOCIAL_INTERACTIONS),
        cookies=(
            cookie(
                "mt_id",
                365,
                text("Vous reconnaît d’un site à l’autre", "Knows you from one site to the next"),
            ),
        ),
        retention_days=395,
        transfer=text(
            "États-Unis, clauses contractuelles types",
            "United States, standard contractual clauses",
        ),
    ),
    service(
        "regie",
        text("Régie du Large", "Régie du Large"),
        text("Choisit et compte les annonces.", "Chooses and counts advertisements."),
        ["ads"],
        recipient("Régie du Large SA", "FR", "joint-controller"),
        hosts=("ads.localhost:*",),
        data=(Data.IP_ADDRESS, Data.BROWSING),
        cookies=(cookie("rl_uid", 395, text("Numéro de visiteur", "Visitor number")),),
        retention_days=395,
    ),
    service(
        "tags",
        text("Phare Tags", "Phare Tags"),
        text("Charge les balises de la régie.", "Loads the tags of the advertiser."),
        ["ads"],
        recipient("Phare Analytics GmbH", "DE", "processor"),
        hosts=("tags.localhost:*",),
        data=(Data.IP_ADDRESS, Data.LOCATION),
        cookies=(
            cookie("_ph", 182, text("Parcours de visite", "Path of the visit"), first_party=True),
        ),
        retention_days=182,
    ),
)

NEWSPAPER: Declaration = replace(
    declarations.declaration(PURPOSES, SERVICES),
    site=replace(
        declarations.declaration([], []).site,
        name=text("La Dépêche des Dunes", "The Dunes Dispatch"),
    ),
    controller=Controller(
        name="Dunes Presse SAS",
        address="4, quai des Brumes, 85000 Port-des-Dunes",
        email="donnees@dunes.example",
        privacy_officer="Camille Rivage",
        authority_name="CNIL",
        authority_url="https://authority.example/",
    ),
    questions_digest="q7Hd0aZk",
    version="3f8a1c5be0d24797a2f1" + "0" * 44,
)

AUDIENCE, ISSO, MOUETTE, REGIE, TAGS = (question.tag for question in NEWSPAPER.questions)
ALL = frozenset({ISSO, MOUETTE, REGIE, TAGS})
RECORD = RecordId("A" * 22)


def choice(*granted: Tag, only: Iterable[Tag] = ALL, withdrawn: bool = False) -> Choice:
    """Grant these and refuse the rest of ``only``."""
    return Choice(
        granted=frozenset(granted),
        refused=frozenset(only) - frozenset(granted),
        day=20_000,
        record=RECORD if granted else None,
        withdrawn=withdrawn,
    )


ISSO_SERVICE = NEWSPAPER.service_by_id[ServiceId("isso")]
MOUETTE_SERVICE = NEWSPAPER.service_by_id[ServiceId("mouette")]
