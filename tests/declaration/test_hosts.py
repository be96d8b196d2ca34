"""Host sources: what gets into a policy header, and which of them mean the same address."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.declaration.hosts import HostSource, parse_host_source
from daccord.declaration.parse import parse_mapping
from tests.declaration.newspaper import changed, fault_of, paths_of

GOOD = [
    "example.org",
    "*.example.org",
    "example.org:8080",
    "example.org:*",
    "*.example.org:*",
    "localhost",
    "localhost:*",
    "comments.localhost:*",
    "127.0.0.1:8100",
    "xn--dpche-9raf.example",
    "a-b.c1.example",
]
BAD = [
    "",
    "*",
    "*:*",
    "*.",
    "*.org",
    "*.localhost:",
    "org",
    "self",
    "'self'",
    "'none'",
    "unsafe-inline",
    "'unsafe-inline'",
    "https://example.org",
    "//example.org",
    "data:",
    "example.org/path",
    "example.org/",
    "example.org ",
    " example.org",
    "a.example b.example",
    "a.example;script-src *",
    "a.example,b.example",
    "a.example\n",
    "a.example\r\nSet-Cookie: x=y",
    "a.example\x00",
    "a.*.example",
    "*a.example",
    "Example.org",
    "exämple.org",
    "example..org",
    "example.org.",
    ".example.org",
    "-a.example",
    "a-.example",
    "a_b.example",
    "example.org:0",
    "example.org:080",
    "example.org:65536",
    "example.org:-1",
    "user@example.org",
    "192.168.0.1",
    "*.127.0.0.1",
    "0x7f.0x1",
    "[::1]",
    "a" * 64 + ".example",
    "a." * 130 + "example",
    "\u0661.example",
    "example.org:\u0661",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_host_source_is_taken(text: str) -> None:
    assert parse_host_source(text) is not None


@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_a_fault(text: str) -> None:
    assert fault_of(("services.5.hosts.0", text)).path == "services[5].hosts[0]"
    assert fault_of(("site.form_hosts.0", text)).path == "site.form_hosts[0]"


@given(st.text(max_size=30) | st.from_regex(r"[a-z*.:;,' \n/0-9-]{1,20}", fullmatch=True))
def test_nothing_that_is_taken_can_leave_its_place_in_a_header(text: str) -> None:
    if parse_host_source(text) is not None:
        assert re.fullmatch(r"(\*\.)?[a-z0-9.-]+(:(\*|\d{1,5}))?", text, re.ASCII)


LABELS = st.sampled_from(["a", "b", "www"])
HOSTS = st.builds(
    HostSource,
    host=st.lists(LABELS, min_size=2, max_size=4).map(".".join),
    wild=st.booleans(),
    port=st.sampled_from([None, "*", "80", "443", "8080"]),
)


def matches(source: HostSource, address: tuple[str, str]) -> bool:
    """CSP Level 3, 6.7.2.7 to 9, for http and https: the independent witness."""
    host, port = address
    below = host.endswith("." + source.host)
    fits_host = below if source.wild else host == source.host
    default = port in {"80", "443"}
    return fits_host and (source.port == "*" or (source.port or default) in {port, True})


@given(HOSTS, HOSTS, st.lists(LABELS, min_size=2, max_size=5).map(".".join))
def test_what_covers_or_overlaps_does_so_for_every_address(
    left: HostSource, right: HostSource, host: str
) -> None:
    addresses = [
        (name, port)
        for name in (host, f"x.{left.host}", f"x.{right.host}", left.host, right.host)
        for port in ("80", "443", "8080")
    ]
    for address in addresses:
        if left.covers(right) and matches(right, address):
            assert matches(left, address)
        if matches(left, address) and matches(right, address):
            assert left.overlaps(right)
            assert right.overlaps(left)


@pytest.mark.law("CNIL-14")
@pytest.mark.parametrize(
    ("left", "right", "clash"),
    [
        ("a.example", "a.example", True),
        ("*.example.org", "cdn.example.org", True),
        ("cdn.example.org:*", "*.example.org", True),
        ("*.example.org", "*.b.example.org", True),
        ("a.example", "a.example:443", True),
        ("a.example", "a.example:8080", False),
        ("*.example.org", "example.org", False),
        ("a.example:1", "a.example:2", False),
    ],
)
def test_a_host_of_two_services_is_a_fault_unless_their_purposes_are_the_same(
    left: str, right: str, *, clash: bool
) -> None:
    hosts = [("services.3.hosts", [left]), ("services.5.hosts", [right])]

    if clash:
        assert paths_of(changed(*hosts)) == ["services[5].hosts[0]"]
    else:
        parse_mapping(changed(*hosts))
    parse_mapping(changed(*hosts, ("services.5.purposes", ["social"])))


@pytest.mark.promise("P3")
def test_a_service_that_needs_consent_is_not_on_a_host_of_the_site() -> None:
    fault = fault_of(("site.hosts.1", "tags.localhost:8080"))

    assert fault.path == "services[5].hosts[0]"
    assert "site.hosts" in fault.found
