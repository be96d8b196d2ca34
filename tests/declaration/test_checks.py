"""The cross-checks, each broken in the newspaper's declaration one at a time."""

from __future__ import annotations

from typing import Any

import pytest

from daccord.consent.cookie import PLAIN_NAME, SECURE_NAME
from daccord.declaration.durations import parse_days
from daccord.declaration.names import OWN_COOKIES, matches, patterns_overlap
from daccord.declaration.parse import parse_mapping
from tests.declaration.newspaper import (
    MAPPING,
    REMOVED,
    changed,
    fault_of,
    faults_of,
    parsed,
    paths_of,
)


def with_service(index: int, **values: object) -> dict[str, Any]:
    return changed(*((f"services.{index}.{key}", value) for key, value in values.items()))


# -- exemptions


@pytest.mark.law("CNIL-23")
def test_an_exemption_needs_a_reason_from_the_closed_list() -> None:
    fault = fault_of(("purposes.0.exempt", "fraud-prevention"))

    assert fault.path == "purposes[0].exempt"
    assert fault.expected == (
        'one of "choice-storage", "authentication", "cart", "interface-language", '
        '"load-balancing", "free-sample", "audience-measurement"'
    )
    assert fault_of(("purposes.0.exempt", True)).path == "purposes[0].exempt"


@pytest.mark.law("CNIL-23")
def test_what_also_serves_a_purpose_that_needs_consent_is_not_exempt() -> None:
    fault = fault_of(("services.0.purposes", ["necessary", "advertising"]))

    assert fault.path == "services[0].purposes"
    assert fault.found == '"necessary" (exempt) together with "advertising" (not exempt)'


@pytest.mark.law("CNIL-24")
def test_what_measures_an_exempt_audience_does_nothing_else() -> None:
    assert paths_of(with_service(1, purposes=["audience", "necessary"])) == ["services[1].purposes"]


@pytest.mark.law("CNIL-24")
@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("hosts.0", "counter.example", "services[1].hosts[0]"),
        ("hosts.0", "*.dunes.localhost:*", "services[1].hosts[0]"),
        ("recipient.name", "Count & Co", "services[1].recipient.name"),
        ("cookies.0.first_party", False, "services[1].cookies[0].first_party"),
    ],
)
def test_exempt_audience_measurement_is_first_party(key: str, value: object, path: str) -> None:
    assert fault_of((f"services.1.{key}", value)).path == path


@pytest.mark.law("CNIL-25")
@pytest.mark.parametrize(
    ("key", "longest", "too_long", "path"),
    [
        ("cookies.0.duration", "395 days", "396 days", "services[1].cookies[0].duration"),
        ("cookies.0.duration", "13 months", "14 months", "services[1].cookies[0].duration"),
        ("retention", "760 days", "761 days", "services[1].retention"),
        ("retention", "25 months", "3 years", "services[1].retention"),
    ],
)
def test_exempt_audience_measurement_has_its_limits(
    key: str, longest: str, too_long: str, path: str
) -> None:
    parse_mapping(changed((f"services.1.{key}", longest)))
    assert fault_of((f"services.1.{key}", too_long)).path == path


@pytest.mark.law("CNIL-25")
def test_of_what_is_exempt_only_audience_measurement_is_a_question() -> None:
    questions = parsed().questions

    assert [(q.purpose, q.service) for q in questions if q.exempt] == [("audience", "counter")]
    assert "necessary" not in {question.purpose for question in questions}


def test_all_faults_of_an_audience_service_come_together_beside_a_shape_fault() -> None:
    mapping = changed(
        ("services.1.hosts.0", "counter.example"),
        ("services.1.retention", "10 years"),
        ("services.1.cookies.0.first_party", False),
        ("services.1.cookies.0.duration", "2 yeers"),
        ("services.1.loads.0", "images"),
    )

    assert set(paths_of(mapping)) == {
        "services[1].hosts[0]",
        "services[1].retention",
        "services[1].cookies[0].first_party",
        "services[1].cookies[0].duration",
        "services[1].loads[0]",
    }


# -- languages


@pytest.mark.law("LANG-1")
@pytest.mark.parametrize(
    "path",
    [
        "site.name",
        "purposes.2.title",
        "purposes.2.summary",
        "services.3.summary",
        "services.3.transfer",
        "services.3.cookies.0.about",
        "services.3.storage.0.about",
    ],
)
def test_a_text_has_every_language_of_the_site(path: str) -> None:
    fault = fault_of((f"{path}.en", REMOVED))

    assert fault.path.endswith(".en")
    assert fault.hint == "every text has each language of the site: fr, en"
    assert fault_of((f"{path}.de", "x")).path.endswith(".de")
    assert fault_of((f"{path}.en", " ")).path.endswith(".en")


@pytest.mark.law("LANG-1")
@pytest.mark.parametrize("language", ["xx", "FR", "fra", "fr-FR", "", "french"])
def test_a_language_is_a_known_primary_tag(language: str) -> None:
    assert paths_of(changed(("site.languages", [language]))) == ["site.languages[0]"]


def test_without_languages_there_is_no_site() -> None:
    assert paths_of(changed(("site.languages", [])))[0] == "site.languages"


def test_a_language_counts_once() -> None:
    assert fault_of(("site.languages", ["fr", "en", "fr"])).path == "site.languages[2]"


@pytest.mark.parametrize("text", ["", " \n", "a\x07b", "x" * 201, "two\nlines", "\u2028", "\u200b"])
def test_a_title_is_one_line_that_says_something(text: str) -> None:
    assert fault_of(("services.3.title", text)).path == "services[3].title"


def test_a_summary_may_have_lines() -> None:
    parse_mapping(changed(("services.3.summary", "two\nlines")))
    assert fault_of(("services.3.summary", "x" * 2001)).path == "services[3].summary"


# -- ids and references


@pytest.mark.parametrize("name", ["", "Social", "1a", "a_b", "a b", "a" * 32, "é", "a\n", "*"])
def test_an_id_is_short_and_plain(name: str) -> None:
    assert "services[5].id" in paths_of(changed(("services.5.id", name)))


@pytest.mark.parametrize("key", ["purposes", "services"])
def test_an_id_is_unique(key: str) -> None:
    other = MAPPING[key][0]["id"]

    paths = paths_of(changed((f"{key}.4.id", other)))

    assert f"{key}[4].id" in paths


def test_a_purpose_and_a_service_may_share_an_id() -> None:
    parse_mapping(changed(("services.5.id", "social")))


def test_a_service_names_purposes_that_are_there() -> None:
    fault = fault_of(("services.5.purposes.0", "advertizing"))

    assert fault.path == "services[5].purposes[0]"
    assert fault.hint == 'did you mean "advertising"?'
    assert fault_of(("services.5.purposes", [])).path == "services[5].purposes"
    assert fault_of(("services.5.purposes.1", "advertising")).path == "services[5].purposes[1]"


def test_an_id_that_is_a_fault_is_not_one_again_where_it_is_referred_to() -> None:
    assert fault_of(("purposes.2.id", "Social")).path == "purposes[2].id"


def test_there_is_at_least_one_purpose() -> None:
    assert "purposes" in paths_of(changed(("purposes", [])))
    assert paths_of(changed(("purposes", REMOVED))) == ["purposes"]


def test_an_array_that_is_too_long_or_too_short_is_told_how_long_it_may_be() -> None:
    assert fault_of(("services.5.loads", [])).expected.startswith("at least 1 in an array, each")
    many = [f"h{number}.example" for number in range(101)]
    fault = fault_of(("services.5.hosts", many))
    assert fault.found == "an array of 101"
    assert fault.expected.startswith("at most 100 in an array, each a host")


def test_there_may_be_no_service() -> None:
    declaration = parse_mapping(changed(("services", REMOVED)))

    assert [(q.purpose, q.service, q.exempt) for q in declaration.questions] == [
        ("audience", None, True),
        ("social", None, False),
        ("advertising", None, False),
        ("profiling", None, False),
    ]


@pytest.mark.promise("P1")
def test_what_needs_consent_says_which_data_it_uses() -> None:
    assert fault_of(("purposes.2.data", [])).path == "purposes[2].data"
    assert fault_of(("services.2.data", [])).path == "services[2].data"
    assert fault_of(("purposes.2.data.0", "ip-adress")).hint == 'did you mean "ip-address"?'
    parse_mapping(changed(("purposes.0.data", []), ("services.0.data", [])))


# -- cookies and storage


def test_daccords_own_cookies_are_known_by_name() -> None:
    assert set(OWN_COOKIES) == {PLAIN_NAME, SECURE_NAME}


@pytest.mark.parametrize(
    "name",
    ["daccord", "__Host-daccord", "*", "**", "dac*", "*cord", "__Host-*", "d*c*d", "__H*t-d*"],
)
def test_no_service_may_claim_the_choice_cookie(name: str) -> None:
    assert fault_of(("services.2.cookies.0.name", name)).path == "services[2].cookies[0].name"


@pytest.mark.parametrize(
    "name", ["", "a b", "a;b", "a=b", "a,b", "é", "a\n", "a\t", '"a"', "a/b", "a[b]", "a" * 201]
)
def test_a_cookie_name_is_a_token(name: str) -> None:
    assert fault_of(("services.2.cookies.0.name", name)).path == "services[2].cookies[0].name"


@pytest.mark.parametrize("name", ["daccord_x", "x-daccord", "_ga", "_ga_*", "a!#$%&'*+-.^_`|~b"])
def test_other_names_are_taken(name: str) -> None:
    parse_mapping(changed(("services.2.cookies.0.name", name)))


@pytest.mark.parametrize("path", ["", "x", "/;x", "/ x", "/\n", "/é", "/" + "x" * 200])
def test_a_cookie_path_stays_in_its_attribute(path: str) -> None:
    assert fault_of(("services.2.cookies.0.path", path)).path == "services[2].cookies[0].path"


@pytest.mark.parametrize("domain", ["", ".dunes.example", "dunes.example:80", "*.dunes.example"])
def test_a_cookie_domain_is_a_plain_host(domain: str) -> None:
    assert fault_of(("services.2.cookies.0.domain", domain)).path == "services[2].cookies[0].domain"


def test_where_a_service_has_hosts_each_cookie_says_whose_it_is() -> None:
    fault = fault_of(("services.2.cookies.0.first_party", REMOVED))

    assert (fault.path, fault.found) == ("services[2].cookies[0].first_party", "nothing")


def test_without_hosts_there_is_no_third_party_to_set_a_cookie() -> None:
    path = "services[0].cookies[0].first_party"
    assert fault_of(("services.0.cookies.0.first_party", False)).path == path


@pytest.mark.law("CNIL-14")
@pytest.mark.parametrize("name", ["isso-*", "isso-1", "i*", "*o-*"])
def test_a_cookie_of_two_services_is_a_fault_unless_their_purposes_are_the_same(name: str) -> None:
    cookie = {"name": name, "duration": "1 day", "first_party": True, "about": "x"}

    assert paths_of(with_service(5, cookies=[cookie])) == ["services[5].cookies[0].name"]
    parse_mapping(with_service(3, cookies=[cookie]))
    parse_mapping(with_service(5, cookies=[{**cookie, "first_party": False}]))


@pytest.mark.law("CNIL-14")
def test_a_storage_key_of_two_services_is_one_too() -> None:
    key = {"name": "plaza_seen", "area": "local", "about": "x"}

    assert paths_of(with_service(5, storage=[key])) == ["services[5].storage[0].name"]
    parse_mapping(with_service(5, storage=[{**key, "area": "session"}]))


@pytest.mark.parametrize("name", ["", "*", "* *", "a\n", "x" * 201])
def test_a_storage_key_is_named(name: str) -> None:
    assert fault_of(("services.3.storage.0.name", name)).path == "services[3].storage[0].name"


@pytest.mark.parametrize(
    ("left", "right", "overlap"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a*", "ab", True),
        ("a*c", "b*", False),
        ("a*", "*b", True),
        ("a*c", "*b", False),
        ("*", "anything", True),
        ("ab*", "a*", True),
        ("a*a", "a", False),
    ],
)
def test_patterns_overlap_when_some_name_fits_both(left: str, right: str, *, overlap: bool) -> None:
    assert patterns_overlap(left, right) is overlap
    assert patterns_overlap(right, left) is overlap


def test_a_pattern_with_many_stars_takes_no_time() -> None:
    assert not matches("*a" * 100 + "b", "a" * 4000)
    assert matches("*a" * 100, "a" * 4000)


# -- embeds


@pytest.mark.parametrize("selector", ["#a", ".a-b_C", "video", "x-post", "#_x"])
def test_an_embed_is_an_id_a_class_or_a_tag(selector: str) -> None:
    parse_mapping(with_service(5, embeds=[selector]))


@pytest.mark.parametrize(
    "selector",
    ["", "#", ".", "a b", "#a.b", "a > b", "[x]", "*", "#é", "body", "html", "DIV", "#1", ".a\n"],
)
def test_any_other_selector_is_a_fault(selector: str) -> None:
    assert paths_of(with_service(5, embeds=[selector])) == ["services[5].embeds[0]"]


def test_a_selector_is_one_services() -> None:
    assert paths_of(with_service(5, embeds=["#isso-thread"])) == ["services[5].embeds[0]"]
    assert paths_of(with_service(5, embeds=["#x", "#x"])) == ["services[5].embeds[1]"]


# -- addresses, durations, limits


@pytest.mark.parametrize(
    "email", ["", "x", "x@", "@x.example", "a b@x.example", "x@y", "x@x.example\n", "a@b@c.example"]
)
def test_an_email_is_one(email: str) -> None:
    assert fault_of(("controller.email", email)).path == "controller.email"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/privacy",
        "http://plaza.example/",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://user@plaza.example/",
        "https://plaza.example/ x",
        'https://plaza.example/"x',
        "https://plaza.example\\x",
        "https://plaza.example:99999/",
        "https://plaza.example/\n",
        "https://[::1/",
        "https://x\u2028.example/",
    ],
)
def test_an_address_is_https(url: str) -> None:
    assert fault_of(("services.3.recipient.policy", url)).path == "services[3].recipient.policy"
    assert fault_of(("controller.authority.url", url)).path == "controller.authority.url"


@pytest.mark.parametrize(
    "url",
    ["http://social.localhost:8101/privacy?x=1#y", "https://Plaza.example", "http://localhost/"],
)
def test_a_local_address_may_be_plain(url: str) -> None:
    parse_mapping(changed(("services.3.recipient.policy", url)))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("session", 0),
        ("1 day", 1),
        ("2 weeks", 14),
        ("1 month", 30),
        ("6 months", 182),
        ("13 months", 395),
        ("25 months", 760),
        ("1 year", 365),
        ("4 years", 1461),
        ("0 days", None),
        ("01 days", None),
        ("1  day", None),
        ("1 day\n", None),
        ("-1 days", None),
        ("1.5 years", None),
        ("\u0661 day", None),
        ("6 Months", None),
        ("101 years", None),
        ("", None),
    ],
)
def test_durations_in_days(text: str, days: int | None) -> None:
    assert parse_days(text) == days


@pytest.mark.law("CK-2")
@pytest.mark.law("CNIL-12")
@pytest.mark.parametrize("text", ["session", "401 days", "14 months", "2 years", "forever"])
def test_a_choice_lasts_at_most_400_days(text: str) -> None:
    assert fault_of(("site.choice_duration", text)).path == "site.choice_duration"


@pytest.mark.law("CK-2")
@pytest.mark.parametrize(
    ("text", "days"), [("400 days", 400), ("1 day", 1), ("13 months", 395), (REMOVED, 182)]
)
def test_a_choice_lasts_as_long_as_declared(text: object, days: int) -> None:
    assert parse_mapping(changed(("site.choice_duration", text))).site.choice_days == days


@pytest.mark.law("REC-4")
@pytest.mark.parametrize(("text", "days"), [("3 years", 1095), ("6 months", 182)])
def test_a_record_is_kept_as_long_as_declared(text: str, days: int) -> None:
    assert parse_mapping(changed()).site.record_days == 1826
    assert parse_mapping(changed(("site.record_duration", text))).site.record_days == days


@pytest.mark.law("REC-4")
@pytest.mark.parametrize("text", ["session", "forever", "0 days", "101 years", "181 days"])
def test_a_record_is_kept_at_least_as_long_as_the_choice_holds(text: str) -> None:
    """Law 5: what cannot be proved does not hold."""
    assert fault_of(("site.record_duration", text)).path == "site.record_duration"
    by_default = fault_of(("site.choice_duration", REMOVED), ("site.record_duration", text))
    assert by_default.path == "site.record_duration"


def test_a_fault_in_how_long_a_choice_holds_is_one_fault() -> None:
    wrong = changed(("site.choice_duration", "3 moons"), ("site.record_duration", "1 day"))
    faults = faults_of(wrong)
    assert [each.path for each in faults] == ["site.choice_duration"]


@pytest.mark.parametrize("prefix", ["", "/", "admin", "/_", "/_daccord/", "/a b", "/\r\n", "/é"])
def test_what_is_excluded_is_never_everything_nor_our_own(prefix: str) -> None:
    assert fault_of(("site.exclude", [prefix])).path == "site.exclude[0]"


@pytest.mark.law("GDPR-3")
@pytest.mark.parametrize("country", ["fr", "XX", "EU", "UK", "FRA", ""])
def test_a_country_is_known(country: str) -> None:
    path = "services[3].recipient.country"
    assert fault_of(("services.3.recipient.country", country)).path == path


@pytest.mark.law("GDPR-3")
def test_a_recipient_outside_the_eea_comes_with_a_transfer() -> None:
    fault = fault_of(("services.3.transfer", REMOVED))

    assert fault.path == "services[3].transfer"
    assert fault.found == "nothing, though the recipient is in US"


@pytest.mark.law("CK-3")
def test_there_are_no_more_questions_than_one_cookie_holds() -> None:
    service = MAPPING["services"][5]
    purposes = [{**MAPPING["purposes"][2], "id": f"p{number}"} for number in range(20)]
    services = [
        {
            **service,
            "id": f"s{number}",
            "hosts": [],
            "purposes": [purpose["id"] for purpose in purposes],
        }
        for number in range(51)
    ]
    mapping = changed(("purposes", purposes), ("services", services))

    (fault,) = (fault for fault in faults_of(mapping) if fault.path == "services")

    assert fault.found == "1020 questions (pairs of purpose and service)"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 2),
        ("version", "1"),
        ("version", True),
        ("version", 1.0),
        ("site.gpc", 1),
        ("site.gpc", "true"),
        ("site.mode", "off"),
        ("site.mode", ["enforce"]),
        ("purposes.0.revision", 0),
        ("purposes.0.revision", True),
        ("purposes.0.revision", 1.0),
        ("purposes.0.revision", 1_000_001),
        ("site.hosts", "static.example"),
        ("services.0.recipient", "Dunes"),
        ("services.0.recipient.role", "third-party"),
        ("services.0.loads", []),
        ("services.0.loads", {"script": True}),
        ("services.0.title", 5),
        ("services.0.title", ["x"]),
        ("services.0.cookies", {"name": "x"}),
    ],
)
def test_nothing_is_converted(path: str, value: object) -> None:
    fault = fault_of((path, value))

    assert fault.path.replace("[", ".").replace("]", "") == path
