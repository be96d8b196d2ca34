"""Only this site's own pages may post a choice (FM-1)."""

from __future__ import annotations

import pytest

from daccord.exchange.origin import is_same_origin

SITE = b"https://site.example"

# fetch_site, origin, referer -> allowed
TABLE: list[tuple[list[bytes], list[bytes], list[bytes], bool]] = [
    ([b"same-origin"], [SITE], [], True),
    ([b"same-origin"], [], [], True),
    ([b"same-origin"], [b"null"], [], True),  # Referrer-Policy: no-referrer
    ([b"same-origin"], [b"https://evil.example"], [], False),
    ([b"same-site"], [SITE], [], False),
    ([b"cross-site"], [SITE], [], False),
    ([b"none"], [], [], False),
    ([b""], [SITE], [], False),
    ([b"Same-Origin"], [SITE], [], False),
    ([b"same-origin", b"cross-site"], [SITE], [], False),
    ([], [SITE], [], True),
    ([], [b"https://site.example:443"], [], True),
    ([], [b"https://SITE.example"], [], True),
    ([], [b"http://site.example"], [], False),
    ([], [b"https://site.example:8443"], [], False),
    ([], [b"https://site.example.evil.example"], [], False),
    ([], [b"https://evil.example"], [b"https://site.example/"], False),
    ([], [b"null"], [b"https://site.example/"], False),
    ([], [SITE, SITE], [], False),
    ([], [], [b"https://site.example/a?b#c"], True),
    ([], [], [b"https://site.example?b"], True),
    ([], [], [b"https://site.example@evil.example/"], False),
    ([], [], [b"https://evil.example/https://site.example/"], False),
    ([], [], [b"not a url"], False),
    ([], [], [], False),
]


@pytest.mark.law("FM-1")
@pytest.mark.parametrize(("fetch_site", "origin", "referer", "allowed"), TABLE)
def test_table(
    fetch_site: list[bytes],
    origin: list[bytes],
    referer: list[bytes],
    allowed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    found = is_same_origin(
        scheme="https", host=b"site.example", fetch_site=fetch_site, origin=origin, referer=referer
    )
    assert found is allowed


def test_a_proxy_that_ends_tls() -> None:
    """The server believes in http, the page is https: still the same site."""
    assert is_same_origin(
        scheme="http", host=b"site.example", fetch_site=[], origin=[SITE], referer=[]
    )


def test_without_a_host_nothing_is_ours() -> None:
    assert not is_same_origin(
        scheme="https", host=b"", fetch_site=[b"same-origin"], origin=[], referer=[]
    )
