"""The door for a publisher's file: a value, or every fault at once, and nothing else (law 9)."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daccord.declaration.model import Area, Data, Exemption, Load, Mode, PurposeId, ServiceId
from daccord.declaration.parse import LONGEST_BYTES, parse_declaration, parse_mapping, write_path
from daccord.declaration.places import Places
from daccord.declaration.shapes import shape_at
from daccord.errors import DeclarationFaults, Fault
from tests.declaration import newspaper
from tests.declaration.newspaper import MAPPING, RAW, changed, fault_of, paths_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3)
    ),
    max_leaves=8,
)
LOCS = [loc for loc in newspaper.locs_of(MAPPING) if loc]
KEYS = [loc for loc in LOCS if isinstance(loc[-1], str)]


def whole_fault(raw: bytes) -> Fault:
    with pytest.raises(DeclarationFaults) as caught:
        parse_declaration(raw)
    (fault,) = caught.value.faults
    assert fault.path == "(file)"
    return fault


def test_the_newspaper_is_read_in_full() -> None:
    declaration = newspaper.parsed()

    site = declaration.site
    assert declaration.languages == ("fr", "en")
    assert (site.mode, site.choice_days, site.honour_gpc) == (Mode.ENFORCE, 182, True)
    assert site.gpc_since == "2026-11-01"
    assert declaration.controller.authority_name == "CNIL"
    purpose = declaration.purpose_by_id[PurposeId("audience")]
    assert purpose.exempt is Exemption.AUDIENCE_MEASUREMENT
    assert dict(purpose.title.texts) == {"fr": "Mesure d'audience", "en": "Audience measurement"}
    plaza = declaration.service_by_id[ServiceId("plaza")]
    assert plaza.data == (Data.IP_ADDRESS, Data.BROWSING, Data.SOCIAL_INTERACTIONS)
    assert plaza.loads == frozenset(Load) - {Load.FORM}
    assert [cookie.days for cookie in plaza.cookies] == [730, 395]
    assert [cookie.first_party for cookie in plaza.cookies] == [False, True]
    assert plaza.storage[0].area is Area.LOCAL
    assert [embed.selector for embed in plaza.embeds] == [".plaza-post", "plaza-follow"]
    session = declaration.service_by_id[ServiceId("session")]
    assert session.cookies[0].first_party, "a service without hosts sets the site's own cookies"


def test_a_text_without_languages_is_the_same_in_each() -> None:
    plaza = newspaper.parsed().service_by_id[ServiceId("plaza")]

    assert plaza.title.texts == (("fr", "Plaza"), ("en", "Plaza"))


def test_bytes_and_mapping_give_the_same() -> None:
    assert parse_declaration(RAW) == parse_mapping(MAPPING)
    assert parse_mapping(changed(("site.gpc_since", "2026-11-01"))) == newspaper.parsed()


def test_every_fault_is_reported_in_one_run_in_the_order_of_the_file() -> None:
    text = (
        newspaper.TEXT.replace("[site]\n", "[site]\nmood = 1\n")
        .replace('"400 days"', '"400 dyas"')
        .replace('["ads.localhost:*"', '["https://ads.localhost"')
        .replace('purposes = ["advertising"]', 'purposes = ["advertisin"]')
        .replace(', en = "Your sign-in."', "")
    )

    with pytest.raises(DeclarationFaults) as caught:
        parse_declaration(text.encode(), name="paper.toml")

    assert (
        str(caught.value)
        == """\
paper.toml: 5 faults
paper.toml:5:1: site.mood: found the unknown key "mood", expected one of the keys name, languages, \
hosts, form_hosts, exclude, mode, choice_duration, record_duration, gpc, \
gpc_since
  hint: did you mean "mode"?
paper.toml:73:1: services[0].cookies[0].about.en: found nothing, expected a text, 1 to 2000 \
characters
  hint: every text has each language of the site: fr, en
paper.toml:148:10: services[4].hosts[0]: found "https://ads.localhost", expected a host without \
scheme or path: "host", "*.host", "host:port" or "host:*"
  hint: leave out the scheme: the host alone, with a port if it needs one
paper.toml:156:12: services[4].cookies[0].duration: found "400 dyas", expected "session" or a \
number of days, weeks, months or years, such as "6 months"
paper.toml:164:13: services[5].purposes[0]: found "advertisin", which is no purpose of this file, \
expected the id of a purpose: advertising, audience, necessary, profiling, social
  hint: did you mean "advertising"?"""
    )


@pytest.mark.parametrize(
    ("raw", "found", "place"),
    [
        (b"", "an empty file", (1, 1)),
        (b" \n\t\n", "an empty file", (1, 1)),
        (b"\xef\xbb\xbfversion = 1", "a byte order mark", (1, 1)),
        (
            b"version = 1\n# caf\xc3\xa9 caf\xe9",
            "the byte 0xe9, which is not UTF-8",
            (2, 11),
        ),
        (RAW.decode().encode("utf-16"), "the byte 0xff, which is not UTF-8", (1, 1)),
        (b"x" * (LONGEST_BYTES + 1), "more than 1048576 bytes", (1, 1)),
        (b"x" * 10_000_000, "more than 1048576 bytes", (1, 1)),
        (b"a = 1\nb = ", "text that is not TOML (invalid value)", (2, 5)),
        (b"a = 1\na = 2", "text that is not TOML (cannot overwrite a value)", (2, 6)),
        (b"a = " + b"[" * 100_000, "arrays or tables nested too deep", (1, 1)),
        (b"a" + b".a" * 500_000 + b" = 1", "a key of more than 64 parts", (1, 1)),
        (b"[a" + b' . "a"' * 100 + b"]", "a key of more than 64 parts", (1, 1)),
        (b"a = " + b"1" * 5000, "a number that is too long", (1, 1)),
    ],
)
def test_what_is_no_toml_is_one_fault(raw: bytes, found: str, place: tuple[int, int]) -> None:
    fault = whole_fault(raw)

    assert (fault.found, (fault.line, fault.column)) == (found, place)


def test_a_text_that_breaks_off_is_a_fault_at_its_end() -> None:
    fault = whole_fault(b'a = 1\nb = """never\nended')

    assert fault.found.startswith("text that is not TOML")
    assert (fault.line, fault.column) == (3, 6)


def test_a_mapping_that_contains_itself_is_a_fault() -> None:
    mapping = deepcopy(MAPPING)
    mapping["site"]["hosts"] = mapping

    assert paths_of(mapping) == ["site.hosts"]

    mapping = deepcopy(MAPPING)
    mapping["self"] = mapping
    assert paths_of(mapping) == ["self"]


def test_a_mapping_that_repeats_itself_without_end_is_a_fault() -> None:
    value: list[Any] = ["x"]
    for _ in range(15):
        value = [value] * 9

    assert paths_of(changed(("site.hosts", value)))[0] == "site.hosts[0]"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, "null"),
        (b"x", "a value of type bytes"),
        ({1, 2}, "a value of type set"),
        ("\ud800", "text that is not Unicode"),
        (float("nan"), "the number nan"),
        (10**25, "a number of more than 18 digits"),
        (dt.time(1, 2), "the time 01:02:00"),
        ({}, "an empty table"),
        (("a", 1), "an array of 2"),
    ],
)
def test_a_value_of_no_kind_that_a_declaration_has_is_a_fault(value: object, found: str) -> None:
    fault = fault_of(("controller.name", value))

    assert (fault.path, fault.found) == ("controller.name", found)


@pytest.mark.parametrize("digits", [25, 5000])
def test_a_number_that_python_would_not_print_is_a_fault(digits: int) -> None:
    fault = fault_of(("services.0.revision", 10**digits))

    assert (fault.path, fault.found) == (
        "services[0].revision",
        "a number of more than 18 digits",
    )


def test_a_key_that_is_no_text_is_an_unknown_key() -> None:
    mapping: dict[Any, Any] = {**MAPPING, 7: "x"}

    assert paths_of(mapping) == ['"<key of type int>"']


@pytest.mark.parametrize("value", [dt.datetime(2026, 11, 1, tzinfo=dt.UTC), "1 Nov", 20261101])
def test_the_day_of_gpc_is_a_date(value: object) -> None:
    assert fault_of(("site.gpc_since", value)).path == "site.gpc_since"


def test_found_shows_nothing_that_could_control_a_terminal() -> None:
    fault = fault_of(("controller.name", "\x1b[2J\n" + "x" * 500))

    assert "\x1b" not in str(fault)
    assert len(fault.found) < 80


def test_a_misspelt_key_is_told_the_nearest_known_one() -> None:
    mapping = deepcopy(MAPPING)
    mapping["services"][4]["retentoin"] = mapping["services"][4].pop("retention")

    (fault,) = newspaper.faults_of(mapping)

    assert fault.path == "services[4].retentoin"
    assert fault.hint == 'did you mean "retention"?'


def test_a_missing_key_is_told_with_an_example() -> None:
    fault = fault_of(("services.4.retention", newspaper.REMOVED))

    assert fault.path == "services[4].retention"
    assert fault.found == "nothing"
    assert fault.hint == 'for example retention = "25 months"'


def test_a_misspelt_value_is_told_the_nearest_known_one() -> None:
    assert fault_of(("purposes.1.exempt", "audience-mesure")).hint == (
        'did you mean "audience-measurement"?'
    )


def test_a_file_that_is_something_else_does_not_print_itself() -> None:
    raw = "\n".join(f"key{number} = {number}" for number in range(20_000)).encode()

    with pytest.raises(DeclarationFaults) as caught:
        parse_declaration(raw)

    assert len(caught.value.faults) == 1001
    assert caught.value.faults[-1].found == "19004 more faults"


def test_a_path_is_written_as_a_person_would() -> None:
    assert (
        write_path(("services", 2, "cookies", 0, "duration")) == "services[2].cookies[0].duration"
    )
    assert write_path(("a b", "c\n", "")) == '"a b"."c\N{REPLACEMENT CHARACTER}".""'


@given(st.binary(max_size=200))
@example(RAW)
@example(b"[[services]]\nx.y = [1")
def test_any_bytes_are_a_declaration_or_faults(raw: bytes) -> None:
    assert_read_or_faulty(raw)


@given(st.integers(0, len(RAW)), st.integers(0, 60), st.binary(max_size=6))
def test_the_newspaper_with_some_bytes_changed_is_one_too(
    start: int, length: int, put: bytes
) -> None:
    assert_read_or_faulty(RAW[:start] + put + RAW[start + length :])


def assert_read_or_faulty(raw: bytes) -> None:
    try:
        parse_declaration(raw)
    except DeclarationFaults as faults:
        lines = raw.split(b"\n")
        for fault in faults.faults:
            assert fault.line is not None
            assert fault.column is not None
            assert 1 <= fault.line <= len(lines)
            assert 1 <= fault.column <= len(lines[fault.line - 1]) + 1


@given(st.dictionaries(st.text(max_size=8) | st.sampled_from(list(MAPPING)), JSON, max_size=5))
def test_any_mapping_is_a_declaration_or_faults(mapping: dict[str, Any]) -> None:
    with pytest.raises(DeclarationFaults):
        parse_mapping(mapping)


@given(st.sampled_from(LOCS), JSON)
def test_any_value_in_the_place_of_another_is_a_declaration_or_faults(
    loc: newspaper.Loc, value: object
) -> None:
    mapping = deepcopy(MAPPING)
    newspaper.value_at(mapping, loc[:-1])[loc[-1]] = value
    with suppress(DeclarationFaults):
        parse_mapping(mapping)


@given(st.sampled_from(KEYS), st.text(max_size=10) | st.sampled_from(["zz", "id", "fr", "hosts"]))
@example(("purposes",), "purposs")
@example(("version",), "[key]")
@example(("version",), "\0each")
@example(("site", "name", "en"), "\0one")
@example(("purposes", 0, "exempt"), "zzz")
@example(("services", 2, "cookies", 0, "first_party"), "third_party")
@example(("site", "name", "en"), "de")
def test_one_mutated_key_is_exactly_one_fault_at_that_key(loc: newspaper.Loc, key: str) -> None:
    mapping = deepcopy(MAPPING)
    table = newspaper.value_at(mapping, loc[:-1])
    shape = shape_at(loc[:-1])
    if key in table or (shape is not None and key in shape.keys):
        return
    table[key] = table.pop(loc[-1])

    (fault,) = newspaper.faults_of(mapping)

    assert fault.path == write_path((*loc[:-1], key))
    assert fault.found.startswith("the unknown key")


@given(st.sampled_from(KEYS))
def test_one_mutated_key_of_a_file_is_found_where_it_stands(loc: newspaper.Loc) -> None:
    """An ``x`` before the key in the text itself, where the look-up says that the key is."""
    line, column = Places(newspaper.TEXT).key(loc)
    lines = newspaper.TEXT.split("\n")
    lines[line - 1] = f"{lines[line - 1][: column - 1]}x{lines[line - 1][column - 1 :]}"

    with pytest.raises(DeclarationFaults) as caught:
        parse_declaration("\n".join(lines).encode())

    if caught.value.faults[0].path == "(file)":
        return  # another header of the same table makes it two tables: no TOML any more
    assert (line, column) in {(fault.line, fault.column) for fault in caught.value.faults}
