"""The policy of a choice: what it names, and that beside the site's own it never allows more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from daccord.declaration.model import Load, Mode, ServiceId
from daccord.enforcement.csp import amend_site_policy, parse_policies
from daccord.enforcement.hosts import HostSet
from daccord.enforcement.policy import NO_PEERS, policy_of
from daccord.enforcement.url import UNKNOWN, origin_of
from tests.enforcement import oracle
from tests.enforcement.making import HOSTS, declared, declaring
from tests.enforcement.test_csp import CHOICE, LINES, SCRIPT, STYLE

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from daccord.enforcement.policy import Policy

KINDS = {
    Load.SCRIPT: "script-elem",
    Load.STYLE: "style-elem",
    Load.IMAGE: "img",
    Load.FONT: "font",
    Load.MEDIA: "media",
    Load.FRAME: "frame",
    Load.CONNECT: "connect",
    Load.FORM: "form",
}
PAGES = ("https://paper.example/", "http://paper.example/", "http://paper.example:8100/")
URLS = [
    *(f"{scheme}://a.example/x" for scheme in ("http", "https", "ws", "wss")),
    *(f"https://{host}/x" for host in ("b.a.example", "x.b.a.example", "d.example", "aa.example")),
    *(f"https://c.example{port}/x" for port in ("", ":8443", ":80")),
    *(f"wss://x.d.example{port}/x" for port in ("", ":8443")),
    *(f"{scheme}://e.example{port}/" for scheme in ("http", "https") for port in ("", ":8443")),
    "https://a.example:8443/x",
    "https://static.paper.example/x",
    "https://forms.example/x",
    "https://paper.example/x",
    "http://paper.example:8100/x",
    "https://evil.example/x",
    CHOICE,
]
BASE = "'self' data: blob: 'unsafe-inline' 'unsafe-eval'"
QUICK = settings(max_examples=40, deadline=None)


def lines(policy: Policy) -> list[bytes]:
    return [value for name, value in policy.headers if name == b"content-security-policy"]


def reach(drawn: tuple[Declaration, frozenset[ServiceId]], load: Load | None) -> HostSet:
    """The hosts that may be reached, straight from the declaration."""
    declaration, permitted = drawn
    hosts = [
        host
        for service in declaration.services
        if service.id in permitted and (load is None or load in service.loads)
        for host in service.hosts
    ]
    forms = declaration.site.form_hosts if load in {None, Load.FORM} else ()
    return HostSet.of((*declaration.site.hosts, *hosts, *forms))


@QUICK
@given(declared(), LINES)
def test_beside_any_policy_of_the_site_nothing_that_is_not_permitted_is_allowed(
    drawn: tuple[Declaration, frozenset[ServiceId]], site: list[bytes]
) -> None:
    policy = policy_of(*drawn)
    amended = amend_site_policy(
        site, style_hashes=[STYLE], script_hashes=[SCRIPT], choice_url=CHOICE
    )
    pair = [*amended, *lines(policy)]
    page = PAGES[0]
    for kind in oracle.CHAINS:
        load = next((load for load, name in KINDS.items() if name == kind), None)
        hosts = reach(drawn, load)
        for url in URLS:
            if oracle.allows(pair, kind, url, page):
                target = origin_of(url)
                assert target.host == "paper.example" or hosts.matches(target, origin_of(page))
                assert url == CHOICE or oracle.allows(site, kind, url, page)


@QUICK
@given(declared())
def test_the_gate_and_the_browser_agree_on_every_host(
    drawn: tuple[Declaration, frozenset[ServiceId]],
) -> None:
    policy = policy_of(*drawn)
    for page in PAGES:
        for load, kind in KINDS.items():
            for url in URLS:
                if url.startswith(("ws", "http:")) and (
                    load is not Load.CONNECT or page.startswith("https")
                ):
                    continue  # the two differences that `hosts` tells of
                ours = policy.permits(load, origin_of(url), origin_of(page))
                assert ours == oracle.allows(lines(policy), kind, url, page), (load, url, page)


@QUICK
@given(declared())
def test_a_permitted_host_is_allowed_for_what_it_is_declared_for(
    drawn: tuple[Declaration, frozenset[ServiceId]],
) -> None:
    declaration, permitted = drawn
    policy = policy_of(declaration, permitted)
    for service in declaration.services:
        if service.id in permitted and "c.example:*" in service.hosts:
            for load in service.loads:
                for page, scheme in (
                    ("https://p.example/", "https"),
                    ("http://p.example/", "http"),
                ):
                    url = f"{scheme}://c.example:9000/x"
                    assert oracle.allows(lines(policy), KINDS[load], url, page)
            if Load.CONNECT in service.loads:
                assert oracle.allows(lines(policy), "connect", "ws://c.example:1/", PAGES[1])
                assert oracle.allows(lines(policy), "connect", "wss://c.example:1/", PAGES[0])


@QUICK
@given(declared(modes=tuple(Mode)))
def test_the_policy_is_one_ascii_line_with_a_default_and_no_way_out_of_its_field(
    drawn: tuple[Declaration, frozenset[ServiceId]],
) -> None:
    policy = policy_of(*drawn)
    (parsed,) = parse_policies([policy.csp])
    assert parsed.directives[0].name == "default-src"
    assert str(parsed).encode() == policy.csp
    for name, value in (*policy.headers, (b"permissions-policy", policy.permissions)):
        assert name == name.lower()
        assert not set(value) & set(b"\r\n\0")
        assert value.isascii()


@pytest.mark.law("CSP-4")
@pytest.mark.promise("P3")
def test_refusing_everything_names_no_host_at_all() -> None:
    policy = policy_of(declaring([("ads", ["ads.example"], ())]), frozenset())
    assert policy.headers == (
        (
            b"content-security-policy",
            f"default-src {BASE}; base-uri 'self'; form-action 'self'".encode(),
        ),
        (b"connection-allowlist", NO_PEERS),
    )


def test_each_kind_of_load_has_its_own_hosts() -> None:
    declaration = declaring([("ads", ["ads.example"], ()), ("pay", ["pay.example"], ())])
    ads, pay = declaration.services
    services = (
        replace(ads, loads=frozenset({Load.SCRIPT, Load.CONNECT})),
        replace(pay, loads=frozenset({Load.FORM})),
    )
    policy = policy_of(
        replace(declaration, services=services), frozenset({ServiceId("ads"), ServiceId("pay")})
    )
    assert policy.csp.decode() == (
        f"default-src {BASE}; script-src {BASE} ads.example; "
        "connect-src 'self' data: blob: ads.example ws://ads.example; "
        "worker-src 'self' data: blob:; "
        f"base-uri 'self'; form-action 'self' pay.example"
    )


def test_observe_mode_reports_and_stops_nothing_undeclared() -> None:
    declaration = declaring([("ads", ["ads.example"], ())], mode=Mode.OBSERVE)
    policy = policy_of(declaration, frozenset())
    page = origin_of("https://paper.example/")
    ((name, value),) = policy.headers
    assert name == b"content-security-policy-report-only"
    assert value.endswith(b"; report-uri /_daccord/report")
    assert policy.permits(Load.SCRIPT, origin_of("https://new.example/"), page)
    assert policy.permits_connection(origin_of("https://new.example/"), page)
    assert not policy.permits(Load.SCRIPT, origin_of("https://ads.example/"), page)
    assert not policy.permits(Load.SCRIPT, UNKNOWN, page)
    assert policy.refuses(origin_of("https://ads.example/"), page)
    assert not policy.refuses(origin_of("https://new.example/"), page)


def test_a_host_of_two_services_is_not_refused_while_one_is_permitted() -> None:
    declaration = declaring([("one", ["cdn.example"], ()), ("two", ["cdn.example"], ())])
    page, target = origin_of("https://paper.example/"), origin_of("https://cdn.example/")
    assert not policy_of(declaration, frozenset({ServiceId("one")})).refuses(target, page)
    assert policy_of(declaration, frozenset()).refuses(target, page)


@QUICK
@given(declared())
def test_more_permission_never_allows_less(
    drawn: tuple[Declaration, frozenset[ServiceId]],
) -> None:
    declaration, permitted = drawn
    page = origin_of(PAGES[0])
    less, more = (
        policy_of(declaration, permitted),
        policy_of(declaration, frozenset(service.id for service in declaration.services)),
    )
    for host in HOSTS:
        target = origin_of(f"https://{host.replace('*.', 'x.').replace(':*', '')}/")
        for load in Load:
            assert more.permits(load, target, page) or not less.permits(load, target, page)


@pytest.mark.law("CNIL-25")
def test_an_objection_closes_the_sites_own_host_of_an_exempt_service() -> None:
    declaration = declaring([("counter", ["count.example"], ())])
    site = replace(declaration.site, hosts=("count.example", "static.example"))
    declaration = replace(declaration, site=site)
    counted = policy_of(declaration, frozenset({ServiceId("counter")}))
    assert "count.example" in counted.csp.decode()
    objected = policy_of(declaration, frozenset())
    assert "count.example" not in objected.csp.decode()
    assert "static.example" in objected.csp.decode()
