"""Permissions-Policy: closed while denied, never weaker than the site's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daccord.declaration.model import Load, ServiceId
from daccord.enforcement.permissions import merge_permissions
from daccord.enforcement.policy import policy_of
from tests.enforcement.making import declaring


@pytest.mark.law("PP-1")
def test_everything_that_tracks_is_closed_while_denied() -> None:
    value = policy_of(declaring([("ads", ["ads.example"], ())]), frozenset()).permissions
    assert value == (
        b"storage-access=(), browsing-topics=(), attribution-reporting=(), "
        b"join-ad-interest-group=(), run-ad-auction=(), ch-ua-arch=(), ch-ua-bitness=(), "
        b"ch-ua-full-version-list=(), ch-ua-model=(), ch-ua-platform-version=(), "
        b"ch-ua-wow64=(), ch-ua-form-factors=()"
    )


@pytest.mark.parametrize(
    ("load", "storage_access", "hints"),
    [
        (Load.FRAME, False, False),
        (Load.SCRIPT, True, False),
        (Load.IMAGE, True, True),
    ],
)
def test_what_a_permitted_service_may_need_opens(
    load: Load, *, storage_access: bool, hints: bool
) -> None:
    declaration = declaring([("isso", ["comments.example"], ())])
    (service,) = declaration.services
    declaration = replace(declaration, services=(replace(service, loads=frozenset({load})),))
    value = policy_of(declaration, frozenset({ServiceId("isso")})).permissions
    assert (b"storage-access=()" in value) is storage_access
    assert (b"ch-ua-model=()" in value) is hints
    assert b"browsing-topics=()" in value


def test_a_service_without_hosts_opens_nothing() -> None:
    declaration = declaring([("own", [], ())])
    value = policy_of(declaration, frozenset({ServiceId("own")})).permissions
    assert value == policy_of(declaration, frozenset()).permissions


@pytest.mark.parametrize(
    "site",
    [
        b"camera=()",
        b'geolocation=(self "https://maps.example"), camera=*',
        b"camera=(), fullscreen;report-to=x, a=?1;b=2.5",
        b"a=:aGk=:, b=@1, c=-3",
    ],
)
def test_the_sites_own_stays_and_ours_comes_last(site: bytes) -> None:
    assert merge_permissions([site], b"x=()") == (site, b"x=()")


@pytest.mark.parametrize(
    "site", [b"", b" ", b"camera=(((", b"Camera=()", b"camera 'none'", b"a=(),", b"a=\xff", b'a="']
)
def test_what_would_take_ours_down_with_it_is_left_out(site: bytes) -> None:
    """Chromium 156 drops every field when the joined ones do not parse."""
    assert merge_permissions([site], b"x=()") == (b"x=()",)
