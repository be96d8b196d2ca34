"""What a cache is told about a page that depends on a choice."""

from __future__ import annotations

import pytest

from daccord.enforcement.caching import (
    Keeping,
    cache_control,
    merge_vary,
    overrides_cache_control,
)

pytestmark = pytest.mark.law("CACHE-1")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], b"Cookie, Sec-GPC"),
        ([b"Accept-Encoding"], b"Accept-Encoding, Cookie, Sec-GPC"),
        ([b"cookie , accept", b"Accept"], b"cookie, accept, Sec-GPC"),
        ([b"a,,", b""], b"a, Cookie, Sec-GPC"),
        ([b"a, *"], b"*"),
    ],
)
def test_merge_vary(fields: list[bytes], expected: bytes) -> None:
    assert merge_vary(fields, ["Cookie", "Sec-GPC"]) == expected


@pytest.mark.parametrize(
    ("fields", "keeping", "expected"),
    [
        ([b"public, max-age=60"], Keeping.SITE, (b"public, max-age=60",)),
        ([], Keeping.SITE, ()),
        ([b"public, max-age=60"], Keeping.REVALIDATED, (b"private, no-cache",)),
        ([b"max-age=0", b"No-Store"], Keeping.REVALIDATED, (b"private, no-store",)),
        ([b"public"], Keeping.NOBODY, (b"private, no-store",)),
    ],
)
def test_cache_control(fields: list[bytes], keeping: Keeping, expected: tuple[bytes, ...]) -> None:
    assert cache_control(fields, keeping) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"cdn-cache-control", True),
        (b"vendor-cdn-cache-control", True),
        (b"surrogate-control", True),
        (b"x-accel-expires", True),
        (b"cache-control", False),
        (b"expires", False),
    ],
)
def test_fields_that_tell_a_shared_cache_more(name: bytes, *, expected: bool) -> None:
    assert overrides_cache_control(name) is expected
