"""Both exports have the shape of their format, tell all of the record, and say what they lack."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.consent.record import Answer, ConsentRecord, Way
from daccord.declaration.canonical import canonical_form
from daccord.declaration.model import Language, PurposeId, ServiceId
from daccord.errors import ReceiptRejected
from daccord.notice.evidence import CODE_HASH, notice_hash
from daccord.receipt.export import iso27560, kantara
from daccord.receipt.export.declared import read_declared
from daccord.receipt.export.iso27560 import export_iso27560
from daccord.receipt.export.kantara import export_kantara
from daccord.receipt.receipt import format_receipt, parse_receipt
from daccord.server.settings import read_declaration
from tests.ledger.samples import new_id
from tests.receipt.making import make_receipt
from tests.receipt.schemas import ISO_27560, KANTARA

if TYPE_CHECKING:
    from collections.abc import Callable

    from daccord.declaration.model import Declaration

DEMO = read_declaration("src/daccord/demo/daccord.toml")
NEWSPAPER = read_declaration("tests/declaration/newspaper.toml")


def record_of(
    declaration: Declaration, granted: int, *, way: Way = Way.CUSTOMISE, language: int = 0
) -> ConsentRecord:
    """A record that answers every question of ``declaration``, the first ones with yes."""
    answers = tuple(
        Answer(purpose=each.purpose, service=each.service) for each in declaration.questions
    )
    tag = declaration.languages[language]
    return ConsentRecord(
        id=new_id(),
        time_ms=1_763_900_000_123,
        site="paper.example",
        declaration_version=declaration.version,
        notice_hash=hash_of(declaration.version, tag),
        code_hash=CODE_HASH,
        language=tag,
        way=way,
        granted=answers[:granted],
        refused=answers[granted:],
        previous=new_id(),
    )


@cache
def hash_of(version: str, language: Language) -> str:
    """`notice_hash` renders a whole notice: once for each is enough."""
    return notice_hash(DEMO if version == DEMO.version else NEWSPAPER, language)


def exported(export: Callable[..., Any], declaration: Declaration, record: ConsentRecord) -> Any:
    receipt = make_receipt(record)
    declared = read_declared(record, canonical_form(declaration))
    return json.loads(json.dumps(export(receipt, declared)))


@pytest.mark.parametrize("export", [export_kantara, export_iso27560])
@given(
    st.sampled_from([DEMO, NEWSPAPER]), st.integers(0, 9), st.sampled_from(Way), st.integers(0, 1)
)
def test_it_has_the_shape_of_its_format(
    export: Callable[..., Any],
    declaration: Declaration,
    granted: int,
    way: Way,
    language: int,
) -> None:
    record = record_of(declaration, granted, way=way, language=language)
    validator(export).validate(exported(export, declaration, record))


@cache
def validator(export: Callable[..., Any]) -> jsonschema.Draft202012Validator:
    schema = KANTARA if export is export_kantara else ISO_27560
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.law("REC-1")
@pytest.mark.parametrize("export", [export_kantara, export_iso27560])
def test_it_tells_all_of_the_record_and_carries_the_proof(export: Callable[..., Any]) -> None:
    record = record_of(DEMO, 3)
    ours = exported(export, DEMO, record)["x_daccord"]
    receipt = parse_receipt(ours["receipt"].encode())
    assert receipt.record == record
    assert ours["receipt"].encode() == format_receipt(receipt)
    assert ours["granted"] == [[each.purpose, each.service] for each in record.granted]
    assert ours["refused"] == [[each.purpose, each.service] for each in record.refused]
    assert (ours["way"], ours["site"]) == (record.way.value, record.site)
    assert (ours["time_ms"], ours["previous"]) == (record.time_ms, record.previous)
    hashes = (record.declaration_version, record.notice_hash, record.code_hash)
    assert (ours["declaration"], ours["notice"], ours["code"]) == hashes


def fields_of(schema: dict[str, Any], below: str = "") -> set[str]:
    """Every field that a schema knows, with the names of those above it."""
    found: set[str] = set()
    for name, inner in schema.get("properties", {}).items():
        if not name.startswith("x_"):
            found |= {below + name} | fields_of(inner, f"{below}{name}.")
    for inner in [schema.get("items", {}), *schema.get("oneOf", [])]:
        found |= fields_of(inner, below) if inner else set()
    return found


def paths_of(value: object, below: str = "") -> set[str]:
    """Every field of a value that says something: not null, not empty, not N/A."""
    found: set[str] = set()
    if isinstance(value, dict):
        for name, inner in value.items():
            if not name.startswith("x_") and inner not in (None, [], "N/A"):
                found |= {below + name} | paths_of(inner, f"{below}{name}.")
    elif isinstance(value, list):
        for inner in value:
            found |= paths_of(inner, below)
    return found


@pytest.mark.parametrize(
    ("export", "schema", "unavailable", "empty"),
    [
        (export_kantara, KANTARA, kantara.UNAVAILABLE, {"spiCat"}),
        (export_iso27560, ISO_27560, iso27560.UNAVAILABLE, {"geographic_restrictions"}),
    ],
    ids=["kantara", "iso27560"],
)
def test_every_field_of_the_format_is_filled_or_said_to_be_unavailable(
    export: Callable[..., Any],
    schema: dict[str, Any],
    unavailable: dict[str, str],
    empty: set[str],
) -> None:
    """``empty`` holds what says something by being empty."""
    given_up = {name.rpartition(".")[2] for name in unavailable}
    filled = paths_of(exported(export, DEMO, record_of(DEMO, 4)))
    missing = {path.rpartition(".")[2] for path in fields_of(schema) - filled}
    assert missing - empty <= given_up
    # and nothing is given up that is there for everybody
    partly = {"party_email", "party_address"}
    assert given_up - partly == missing - empty - partly


def test_kantara_names_what_was_granted_and_to_whom() -> None:
    record = record_of(DEMO, 2, language=1)
    data = exported(export_kantara, DEMO, record)
    assert data["consentTimestamp"] == 1_763_900_000
    assert data["consentReceiptID"] == record.id
    assert data["policyUrl"] == f"https://paper.example/_daccord/policy?lang={record.language}"
    assert data["piiControllers"][0]["piiController"] == DEMO.controller.name
    services = [DEMO.service_by_id[ServiceId(str(each.service))] for each in record.granted]
    titles = [each.title.in_language(record.language) for each in services]
    assert [each["service"] for each in data["services"]] == titles
    for service, told in zip(services, data["services"], strict=True):
        (purpose,) = told["purposes"]
        is_third = service.recipient.name != DEMO.controller.name
        assert purpose["thirdPartyDisclosure"] is is_third
        assert purpose.get("thirdPartyName") == (service.recipient.name if is_third else None)
        assert f"{service.retention_days} days" in purpose["termination"]


def test_a_withdrawal_exports_no_consent() -> None:
    record = record_of(DEMO, 0, way=Way.WITHDRAWAL)
    assert exported(export_kantara, DEMO, record)["services"] == []
    (event,) = exported(export_iso27560, DEMO, record)["events"]
    assert event["event_state"] == "withdrawn"
    assert len(event["x_answers"]) == len(DEMO.questions)


def test_iso_has_an_event_for_yes_and_one_for_no() -> None:
    record = record_of(DEMO, 2)
    data = exported(export_iso27560, DEMO, record)
    assert [each["event_state"] for each in data["events"]] == ["given", "refused"]
    assert {each["event_time"] for each in data["events"]} == {"2025-11-23T12:13:20.123Z"}
    parties = {each["party_id"]: each for each in data["party_identification"]}
    assert parties["controller"]["party_name"] == DEMO.controller.name
    assert parties["authority"]["party_url"] == DEMO.controller.authority_url
    for purpose in data["pii_processing"]["purposes"]:
        assert set(purpose["recipient_third_parties"]) <= parties.keys()
        assert set(purpose["pii_controllers"]) <= parties.keys()


def test_another_declaration_is_refused() -> None:
    with pytest.raises(ReceiptRejected, match="not the version that the record names"):
        read_declared(record_of(DEMO, 1), canonical_form(NEWSPAPER))


def test_an_answer_to_what_is_not_asked_is_refused() -> None:
    record = record_of(DEMO, 0)
    for answer in (
        Answer(purpose=PurposeId("social"), service=ServiceId("nobody")),
        Answer(purpose=PurposeId("nothing"), service=None),
        Answer(purpose=PurposeId("social"), service=ServiceId("reclame")),
    ):
        with pytest.raises(ReceiptRejected, match="asks what the record answers"):
            read_declared(replace(record, granted=(answer,)), canonical_form(DEMO))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_whatever_a_declaration_says_it_is_read_or_refused(data: st.DataObject) -> None:
    """A publisher may have logged the hash of anything at all."""
    form = json.loads(canonical_form(DEMO))
    inside: Any = form
    for _ in range(data.draw(st.integers(0, 3))):
        below = inside[data.draw(keys_of(inside))]
        if not isinstance(below, dict | list) or not below:
            break
        inside = below
    inside[data.draw(keys_of(inside))] = data.draw(JSON)
    raw = json.dumps(form).encode()
    record = replace(record_of(DEMO, 3), declaration_version=sha256(raw).hexdigest())
    try:
        declared = read_declared(record, raw)
    except ReceiptRejected:
        return
    for export in (export_kantara, export_iso27560):
        json.dumps(export(make_receipt(record), declared), ensure_ascii=False).encode()


def keys_of(inside: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(list(inside) if isinstance(inside, dict) else range(len(inside)))


@given(st.binary())
def test_whatever_bytes_are_no_declaration(raw: bytes) -> None:
    record = replace(record_of(DEMO, 3), declaration_version=sha256(raw).hexdigest())
    with pytest.raises(ReceiptRejected):
        read_declared(record, raw)
