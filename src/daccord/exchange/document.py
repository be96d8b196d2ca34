"""The fields of a response that may become a document: the policy of the choice, and caching.

1. Ours stands beside the site's own Content-Security-Policy, and the site's own is amended by
   nothing but the exact hashes of the notice and the exact address of its form (CSP-6).
2. What depends on the choice says so: ``Vary``, and no shared cache once something is answered
   (CACHE-1). A page with something granted is kept by nobody, so that the back button does not
   bring it back after a withdrawal (P4, P9).
3. A page of HTML loses its validators, since its body is not the one that they speak of.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from daccord.enforcement.caching import (
    Keeping,
    cache_control,
    merge_vary,
    overrides_cache_control,
)
from daccord.enforcement.csp import amend_site_policy
from daccord.enforcement.permissions import merge_permissions
from daccord.exchange.coding import can_decode
from daccord.exchange.fields import values
from daccord.notice.addresses import CHOICE_PATH
from daccord.notice.evidence import CLEAR_SCRIPT_HASH, SCRIPT_HASH, STYLE_HASH

if TYPE_CHECKING:
    from daccord.exchange.fields import Fields
    from daccord.exchange.visit import Visit

_CSP: Final = b"content-security-policy"
_PERMISSIONS: Final = b"permissions-policy"
_STYLES: Final = (STYLE_HASH.strip("'"),)
_SCRIPTS: Final = (SCRIPT_HASH.strip("'"), CLEAR_SCRIPT_HASH.strip("'"))

_VARY: Final = ("Cookie", "Sec-GPC", "Sec-Fetch-Dest")

_SPOILED: Final = frozenset(
    {b"content-length", b"etag", b"last-modified", b"content-md5", b"digest", b"accept-ranges"}
    | {b"content-digest", b"repr-digest"}
)
"""What a changed body makes untrue. A wrong Content-Length hangs the browser."""


def guard_document(visit: Visit, fields: Fields) -> Fields:
    """Give ``fields`` with the policy of the reader's choice beside the site's own."""
    policy = visit.policy
    site_policies = values(fields, _CSP)
    if not site_policies and not values(fields, _PERMISSIONS):
        return [*fields, *policy.headers, (_PERMISSIONS, policy.permissions)]
    kept = [field for field in fields if field[0] not in {_CSP, _PERMISSIONS}]
    amended = _amended(tuple(site_policies), visit.scheme, visit.host)
    merged = merge_permissions(values(fields, _PERMISSIONS), policy.permissions)
    return [
        *kept,
        *((_CSP, each) for each in amended),
        *policy.headers,
        *((_PERMISSIONS, each) for each in merged),
    ]


@lru_cache(maxsize=64)
def _amended(site_policies: tuple[bytes, ...], scheme: str, host: bytes) -> tuple[bytes, ...]:
    """Make room for the notice in the site's own policies; most sites send the same ones always."""
    return amend_site_policy(
        site_policies,
        style_hashes=_STYLES,
        script_hashes=_SCRIPTS,
        choice_url=f"{scheme}://{host.decode('latin-1')}{CHOICE_PATH}",
    )


def is_gateable(fields: Fields, status: int) -> bool:
    """Whether a response of HTML has a whole page for its body, to be shown in the browser."""
    if status == 206:  # a part of a page
        return False
    if not can_decode(content_coding(fields)):
        return False
    disposition = values(fields, b"content-disposition")
    return not any(each.lower().lstrip().startswith(b"attachment") for each in disposition)


def content_coding(fields: Fields) -> bytes:
    """Give the one ``Content-Encoding`` of a response; several in a row count as an unknown one."""
    return b",".join(values(fields, b"content-encoding")).strip().lower()


def keep_apart(visit: Visit, fields: Fields, *, by_language: bool) -> Fields:
    """Give ``fields`` with what keeps one reader's page from another, and from an older choice.

    ``by_language`` says that the page's own language was not known, so that the reader's was used.
    """
    by_language = by_language or visit.is_asked_language
    names = [*_VARY, *(["Accept-Language"] if by_language else [])]
    keeping = _keeping(visit)
    vary = merge_vary(values(fields, b"vary"), names)
    caching = cache_control(values(fields, b"cache-control"), keeping)
    kept = [
        field
        for field in fields
        if field[0] not in {b"vary", b"cache-control"}
        and (keeping is Keeping.SITE or not overrides_cache_control(field[0]))
    ]
    return [
        *kept,
        (b"vary", vary),
        *((b"cache-control", each) for each in caching),
        *visit.expiries(),
    ]


def _keeping(visit: Visit) -> Keeping:
    """Who may keep the page. The signal counts as no answer: caches tell it apart by ``Vary``."""
    stored = visit.stored
    if stored.granted:
        return Keeping.NOBODY
    return Keeping.REVALIDATED if stored.refused else Keeping.SITE


def without_validators(fields: Fields) -> Fields:
    """Give ``fields`` without what a changed body makes untrue (rule 3)."""
    return [field for field in fields if field[0] not in _SPOILED]
