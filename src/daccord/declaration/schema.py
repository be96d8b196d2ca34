"""The file's shape, for pydantic and for editors: every key, its type, and a sentence about it.

The edge only: nothing above `daccord.declaration` sees these models. A misspelt key is a fault
(``extra="forbid"``), and so is a number where text belongs (``strict``). What no single key can
show to be wrong is in `checks`.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema

from daccord.declaration.model import Area, Data, Exemption, Load, Mode
from daccord.declaration.rules import (
    ChoiceDuration,
    CookieName,
    CookiePath,
    Country,
    Day,
    Domain,
    Duration,
    Email,
    Expected,
    Host,
    Id,
    LanguageTag,
    Line,
    LineText,
    PathPrefix,
    Prose,
    ProseText,
    RecordDuration,
    Selector,
    StorageName,
    Url,
)

CHOICE_DURATION: Final = "6 months"
DEFAULT_LOADS: Final[list[Load]] = [load for load in Load if load is not Load.FORM]


class Table(BaseModel):
    """A table of the file: nothing but the keys below, nothing converted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Authority(Table):
    """Whom a reader may complain to (GDPR-3)."""

    name: Line = Field(description="Name of the data protection authority.", examples=["CNIL"])
    url: Url = Field(
        description="Where a reader can complain to it.",
        examples=["https://authority.example/complaints"],
    )


class Controller(Table):
    """Who decides why and how the data are processed: named in the notice (P1, GDPR-3)."""

    name: Line = Field(description="The controller's name.", examples=["Dunes Press SAS"])
    address: Prose = Field(
        description="The controller's postal address.", examples=["1 rue de la Plage, Dunes"]
    )
    email: Email = Field(
        description="Where readers write about their data.", examples=["privacy@dunes.example"]
    )
    privacy_officer: Line | None = Field(
        default=None,
        description="The data protection officer: a name, an address, or both.",
        examples=["dpo@dunes.example"],
    )
    authority: Authority = Field(description="The authority that a reader may complain to.")


class Site(Table):
    """The site that the notice is for, and how daccord behaves on it."""

    name: LineText = Field(
        description="The site's name, as readers know it.",
        examples=["The Dunes Dispatch", {"fr": "La Dépêche des Dunes", "en": "The Dunes Dispatch"}],
    )
    languages: list[LanguageTag] = Field(
        min_length=1,
        max_length=50,
        description="The languages that the notice speaks; the first is the default (LANG-1).",
        examples=[["fr", "en"]],
    )
    hosts: list[Host] = Field(
        default_factory=list,
        max_length=100,
        description="Further first-party hosts that pages may always load from.",
        examples=[["static.dunes.example"]],
    )
    form_hosts: list[Host] = Field(
        default_factory=list,
        max_length=100,
        description="Further hosts that a form on a page may be sent to.",
        examples=[["subscribe.dunes.example"]],
    )
    exclude: list[PathPrefix] = Field(
        default_factory=lambda: ["/admin/"],
        max_length=100,
        description="Starts of paths that daccord leaves alone.",
        examples=[["/admin/"]],
    )
    mode: Annotated[Mode, Field(strict=False)] = Field(
        default=Mode.ENFORCE,
        description="What happens to a third party that is not declared: refused, or reported.",
        examples=["enforce", "observe"],
    )
    choice_duration: ChoiceDuration = Field(
        default=CHOICE_DURATION,
        description="How long a choice holds, grant and refusal alike (CNIL-12, CK-2).",
        examples=["6 months"],
    )
    record_duration: RecordDuration = Field(
        default="5 years",
        description="How long the record of a consent is kept as its proof (REC-4).",
        examples=["5 years"],
    )
    gpc: bool = Field(
        default=True,
        description="Whether Global Privacy Control counts as a refusal (GPC-5).",
        examples=[True],
    )
    gpc_since: Day | None = Field(
        default=None,
        description="The day since when it does: lastUpdate in /.well-known/gpc.json (GPC-3).",
        examples=["2026-11-01"],
    )


class Purpose(Table):
    """Why something is stored on, or read from, the reader's device (CNIL-7)."""

    id: Id = Field(description="The purpose's short name in this file.", examples=["social"])
    title: LineText = Field(
        description="What the reader sees first: a few words.",
        examples=["Social networks", {"fr": "Réseaux sociaux", "en": "Social networks"}],
    )
    summary: ProseText = Field(
        description="One sentence that says what happens and why.",
        examples=["Show comments and posts from social networks."],
    )
    data: list[Annotated[Data, Field(strict=False)]] = Field(
        max_length=20,
        description="The kinds of personal data used; at least one, unless exempt (P1).",
        examples=[["ip-address", "browsing"]],
    )
    exempt: Annotated[Exemption, Field(strict=False)] | None = Field(
        default=None,
        description="Why this needs no consent: a reason from the closed list (CNIL-23).",
        examples=["audience-measurement"],
    )
    revision: int = Field(
        default=1,
        ge=1,
        le=1_000_000,
        description="Raise it to ask every reader again about this purpose (CNIL-11).",
        examples=[2],
    )


class Recipient(Table):
    """Who receives the data of a service (CNIL-8)."""

    name: Line = Field(description="The recipient's name.", examples=["Example Network Ltd"])
    country: Country = Field(description="Where it is established.", examples=["IE"])
    policy: Url = Field(
        description="Its own privacy policy.", examples=["https://network.example/privacy"]
    )
    role: Literal["controller", "joint-controller", "processor"] = Field(
        description="Its role under the GDPR.", examples=["joint-controller"]
    )


class Cookie(Table):
    """A cookie that a service sets or reads."""

    name: CookieName = Field(
        description="The cookie's name; * stands for any run of characters.", examples=["isso-*"]
    )
    duration: Duration = Field(
        description="Its longest life; session if it ends with the browser's session.",
        examples=["13 months", "session"],
    )
    path: CookiePath = Field(
        default="/", description="The path that it is set with.", examples=["/"]
    )
    domain: Domain | None = Field(
        default=None,
        description="The Domain attribute that it is set with, if it has one.",
        examples=["dunes.example"],
    )
    first_party: bool | None = Field(
        default=None,
        description="Whether it sits on the site's own origin. "
        "Must be said where the service has hosts; without hosts it is true.",
        examples=[False],
    )
    about: ProseText = Field(
        description="What it is for, in a sentence.", examples=["Remembers the reader's votes."]
    )


class Storage(Table):
    """Something that a service keeps on the site's own origin, other than in a cookie (TRK-1)."""

    name: StorageName = Field(
        description="The key, or the name of the database or cache; * as in cookies.",
        examples=["sn_*"],
    )
    area: Annotated[Area, Field(strict=False)] = Field(
        description="Where in the browser it is kept.", examples=["local"]
    )
    about: ProseText = Field(
        description="What it is for, in a sentence.", examples=["Counts the posts read."]
    )


class Service(Table):
    """One recipient, and what it does in a page."""

    id: Id = Field(description="The service's short name in this file.", examples=["isso"])
    title: LineText = Field(
        description="The service's name, as readers know it.", examples=["Comments"]
    )
    summary: ProseText = Field(
        description="One sentence that says what it does in a page.",
        examples=["Shows readers' comments below an article."],
    )
    purposes: list[Id] = Field(
        min_length=1,
        max_length=20,
        description="The ids of the purposes that it serves; it loads only if all are granted.",
        examples=[["social"]],
    )
    recipient: Recipient = Field(description="Who receives the data.")
    hosts: list[Host] = Field(
        default_factory=list,
        max_length=100,
        description="The hosts that it loads from or sends to; none if all is on the site itself.",
        examples=[["comments.example.org", "*.cdn.example.org"]],
    )
    loads: list[Annotated[Load, Field(strict=False)]] = Field(
        default_factory=DEFAULT_LOADS.copy,
        min_length=1,
        max_length=20,
        description="What its hosts may be used for; without this, everything but form.",
        examples=[["script", "frame"]],
    )
    data: list[Annotated[Data, Field(strict=False)]] = Field(
        max_length=20,
        description="The kinds of personal data that the recipient gets; at least one, "
        "unless exempt (P1).",
        examples=[["ip-address", "comments"]],
    )
    retention: Duration = Field(
        description="How long the recipient keeps the data (GDPR-3).", examples=["25 months"]
    )
    transfer: ProseText | None = Field(
        default=None,
        description="Where to outside the EEA, and under which safeguard; "
        "required when the recipient is outside it (GDPR-3).",
        examples=["United States, under standard contractual clauses."],
    )
    embeds: list[Selector] = Field(
        default_factory=list,
        max_length=50,
        description="The parts of a page that it fills, where a placeholder stands while refused.",
        examples=[["#isso-thread"]],
    )
    revision: int = Field(
        default=1,
        ge=1,
        le=1_000_000,
        description="Raise it to ask every reader again about this service (CNIL-11).",
        examples=[2],
    )
    cookies: list[Cookie] = Field(
        default_factory=list, max_length=100, description="Every cookie that it sets or reads."
    )
    storage: list[Storage] = Field(
        default_factory=list,
        max_length=100,
        description="Everything else that it keeps on the site's own origin.",
    )


class File(Table):
    """A daccord declaration: what a publisher promises its readers."""

    # Not Literal[1], which takes true and 1.0 for it.
    version: Annotated[int, Expected(words="1")] = Field(
        ge=1, le=1, description="Version of this file format.", examples=[1]
    )
    site: Site = Field(description="The site that the notice is for.")
    controller: Controller = Field(description="Who answers for the processing.")
    purposes: list[Purpose] = Field(
        min_length=1, max_length=50, description="Why something is stored or read, one by one."
    )
    services: list[Service] = Field(
        default_factory=list, max_length=300, description="Who gets data, one recipient each."
    )


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a declaration, for editors.

    It knows shapes only: what it accepts may still have faults that `parse` finds.
    """
    schema = File.model_json_schema()
    _drop_null(schema)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **schema,
        "title": "daccord declaration",
    }


def _drop_null(schema: Any) -> None:  # noqa: ANN401 # JSON
    """Take null out of ``schema``: TOML has none, a key that is not wanted is left out."""
    if isinstance(schema, list):
        for each in schema:
            _drop_null(each)
    if not isinstance(schema, dict):
        return
    if schema.get("default", ...) is None:
        del schema["default"]
    options = schema.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        (option,) = (each for each in options if each != {"type": "null"})
        del schema["anyOf"]
        for key, value in option.items():
            schema.setdefault(key, value)
    for each in schema.values():
        _drop_null(each)
