"""Version, questions and their digest: what changes them, and what must not (CNIL-11, CNIL-21)."""

from __future__ import annotations

import hashlib
import json
import random
from base64 import urlsafe_b64decode
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daccord.declaration.canonical import canonical_form, digest_questions, question_tag
from daccord.declaration.model import Declaration, Question, Tag
from daccord.declaration.parse import parse_declaration, parse_mapping
from daccord.errors import DeclarationFaults
from tests.declaration.newspaper import MAPPING, REMOVED, changed, parsed
from tests.declaration.toml_writer import TomlWriter

Pair = tuple[str, str | None]


def tags(declaration: Declaration) -> dict[Pair, Tag]:
    return {(q.purpose, q.service): q.tag for q in declaration.questions}


def changed_questions(*changes: tuple[str, object]) -> set[Pair]:
    """The questions whose tags differ from the newspaper's, gone and new ones included."""
    before, after = tags(parsed()), tags(parse_mapping(changed(*changes)))
    return {pair for pair, _ in before.items() ^ after.items()}


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same with the keys of every table in another order."""
    if isinstance(value, list):
        return [shuffled(each, chance) for each in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    chance.shuffle(keys)
    return {key: shuffled(value[key], chance) for key in keys}


@pytest.mark.law("CNIL-21")
@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_neither_order_of_keys_nor_style_changes_the_version(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 # chance, no secret
    writer = TomlWriter(chance)
    writer.put_document(shuffled(MAPPING, chance))

    assert parse_declaration(writer.text.encode()) == parsed()


@pytest.mark.law("CNIL-21")
def test_the_version_is_the_hash_of_canonical_json() -> None:
    form = canonical_form(parsed())

    assert hashlib.sha256(form).hexdigest() == parsed().version
    # RFC 8785: for text and whole numbers, sorted keys and no blanks are all there is to it.
    data = json.loads(form)
    assert form.decode() == json.dumps(
        data, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert data["services"][3]["cookies"][0] == {
        "about": {"fr": "Votre navigateur, pour Plaza.", "en": "Your browser, to Plaza."},
        "days": 730,
        "domain": "social.localhost",
        "first_party": False,
        "name": "plaza_id",
        "path": "/",
    }


def test_a_default_that_is_written_out_changes_nothing() -> None:
    mapping = changed(
        ("services.5.cookies", []),
        ("services.5.revision", 1),
        ("services.5.retention", "30 days"),
        ("services.4.loads", ["script", "style", "image", "font", "media", "frame", "connect"]),
        ("services.3.title", {"en": "Plaza", "fr": "Plaza"}),
        ("site.exclude", REMOVED),
        ("site.choice_duration", "26 weeks"),
    )

    assert parse_mapping(mapping) == parse_mapping(changed(("site.choice_duration", "182 days")))
    assert parse_mapping(mapping).version == parsed().version


WORDINGS = [
    "site.name.fr",
    "purposes.2.title.en",
    "purposes.2.summary.fr",
    "services.2.title.en",
    "services.3.summary.fr",
    "services.3.transfer.en",
    "services.3.cookies.0.about.fr",
    "services.3.storage.0.about.en",
    "controller.address",
]


@pytest.mark.law("CNIL-11")
@pytest.mark.parametrize("path", WORDINGS)
def test_a_wording_changes_the_version_but_asks_nobody_again(path: str) -> None:
    after = parse_mapping(changed((path, "other words")))

    assert after.version != parsed().version
    assert after.questions == parsed().questions
    assert after.questions_digest == parsed().questions_digest


ANY_LEAF = [
    ("site.hosts.1", "img.example"),
    ("site.form_hosts", []),
    ("site.exclude", []),
    ("site.mode", "observe"),
    ("site.choice_duration", "1 month"),
    ("site.record_duration", "3 years"),
    ("site.gpc", False),
    ("site.gpc_since", REMOVED),
    ("controller.email", "x@dunes.example"),
    ("controller.privacy_officer", REMOVED),
    ("controller.authority.name", "APD"),
    ("controller.authority.url", "https://x.example"),
    ("purposes.2.data.0", "device"),
    ("purposes.0.exempt", "cart"),
    ("services.3.recipient.country", "CA"),
    ("services.3.recipient.policy", "https://x.example"),
    ("services.3.recipient.role", "controller"),
    ("services.3.hosts.0", "x.example"),
    ("services.3.loads", ["script"]),
    ("services.3.data.0", "device"),
    ("services.3.retention", "1 day"),
    ("services.3.embeds", []),
    ("services.3.cookies.0.name", "x"),
    ("services.3.cookies.0.duration", "1 day"),
    ("services.3.cookies.0.path", "/x"),
    ("services.3.cookies.0.domain", REMOVED),
    ("services.3.cookies.0.first_party", True),
    ("services.3.storage.0.name", "x"),
    ("services.3.storage.0.area", "session"),
]


@pytest.mark.law("CNIL-21")
@pytest.mark.parametrize(("path", "value"), ANY_LEAF)
def test_every_value_is_part_of_the_version(path: str, value: object) -> None:
    after = parse_mapping(changed((path, value)))

    assert after.version != parsed().version
    assert after.questions_digest == parsed().questions_digest


@pytest.mark.law("CNIL-11")
def test_a_new_purpose_asks_about_itself_only() -> None:
    purpose = {**MAPPING["purposes"][3], "id": "video"}

    assert changed_questions(("purposes.5", purpose)) == {("video", None)}
    assert changed_questions(
        ("purposes.5", purpose), ("services.5.purposes", ["advertising", "video"])
    ) == {("video", "tags")}


@pytest.mark.law("CNIL-11")
def test_a_new_service_asks_about_itself_only() -> None:
    service = {**MAPPING["services"][5], "id": "video", "hosts": ["video.localhost"]}

    assert changed_questions(("services.6", service)) == {("advertising", "video")}


@pytest.mark.law("CNIL-11")
def test_a_new_recipient_asks_about_its_service_only() -> None:
    assert changed_questions(("services.4.recipient.name", "Adline Holding")) == {
        ("advertising", "adline"),
        ("profiling", "adline"),
    }


@pytest.mark.law("CNIL-11")
def test_a_new_controller_asks_about_everything() -> None:
    name = "Dunes Media SAS"

    assert changed_questions(("controller.name", name), ("services.1.recipient.name", name)) == set(
        tags(parsed())
    )


@pytest.mark.law("CNIL-11")
def test_a_raised_revision_asks_again_about_just_that() -> None:
    assert changed_questions(("purposes.4.revision", 3)) == {("profiling", "adline")}
    assert changed_questions(("services.2.revision", 2)) == {("social", "isso")}


def test_an_order_changes_the_version_but_not_what_is_asked() -> None:
    mapping = deepcopy(MAPPING)
    mapping["purposes"].reverse()
    after = parse_mapping(mapping)

    assert after.version != parsed().version
    assert after.questions_digest == parsed().questions_digest
    assert after.questions[0].purpose == "profiling"


def test_the_digest_stands_for_the_questions_as_a_set() -> None:
    questions = parsed().questions

    assert len(parsed().questions_digest) == 8
    assert digest_questions(reversed(questions)) == parsed().questions_digest
    assert digest_questions(questions[1:]) != parsed().questions_digest


def test_what_is_no_longer_exempt_is_another_question() -> None:
    first = parsed().questions[0]
    needing = Question(
        purpose=first.purpose, service=first.service, exempt=not first.exempt, tag=first.tag
    )

    assert digest_questions([first]) != digest_questions([needing])


def test_a_tag_is_the_same_for_ever() -> None:
    """A published vector: were it to change, every reader of every site would be asked again."""
    form = b'{"controller":"Dunes","purpose":["social",1],"service":["isso",2,"Comments SA"]}'

    tag = question_tag(
        controller="Dunes", purpose=("social", 1), service=("isso", 2, "Comments SA")
    )

    assert tag == "XeJk"
    assert hashlib.sha256(form).digest()[:3] == urlsafe_b64decode(tag)


def test_two_questions_with_one_tag_are_a_fault_that_a_revision_heals() -> None:
    """Found by search: two ids whose tags are alike."""
    seen: dict[Tag, str] = {}
    controller, recipient = MAPPING["controller"]["name"], "Tagline SA"
    for number in range(100_000):
        name = f"s{number}"
        tag = question_tag(
            controller=controller, purpose=("advertising", 1), service=(name, 1, recipient)
        )
        if tag in seen:
            break
        seen[tag] = name
    service = MAPPING["services"][5]
    services = [*MAPPING["services"], {**service, "id": seen[tag]}, {**service, "id": name}]

    with pytest.raises(DeclarationFaults) as caught:
        parse_mapping(changed(("services", services)))

    assert [fault.path for fault in caught.value.faults] == ["services[6]", "services[7]"]
    assert caught.value.faults[0].hint == "add revision = 2 to this service"
    services[7]["revision"] = 2
    parse_mapping(changed(("services", services)))
