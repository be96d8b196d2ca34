"""What the site's own response fields may still tell the browser (DESIGN, facts of the browser).

1. A field that makes the browser connect to, or report to, a host that is not permitted is taken
   out, member by member where it is a list. No Content-Security-Policy stops these.
2. What stays keeps its bytes. A member that cannot be read goes.
3. ``Refresh`` goes as ``<meta http-equiv=refresh>`` does in the gate: the browser would open a
   connection that the reader did not ask for. A redirect by status is the site's own answer.
4. ``NEL`` names a group, not a host, and the group may stem from an earlier visit: in enforce mode
   the field is replaced by one that ends what the browser remembers.
5. Names of fields are in lower case, as ASGI has them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from daccord.declaration.model import Mode
from daccord.enforcement.csp import without_reports
from daccord.enforcement.fieldlist import keep_members
from daccord.enforcement.url import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from daccord.enforcement.policy import Policy
    from daccord.enforcement.url import Target

ENDED_NEL: Final = b'{"report_to":"default","max_age":0}'

_FETCHING: Final = frozenset(
    {
        "preload",
        "modulepreload",
        "preconnect",
        "dns-prefetch",
        "prefetch",
        "prerender",
        "stylesheet",
        "compression-dictionary",
    }
)
"""Relations of ``Link`` that some browser acts upon without being asked."""

_MAY_FETCH: Final = re.compile(rb"pre|stylesheet|compression", re.IGNORECASE)
_LINK: Final = re.compile(rb"\s*<([^>]*)>(.*)", re.DOTALL)
_REL: Final = re.compile(rb';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))', re.IGNORECASE)
_REFRESH: Final = re.compile(
    rb"""[\s\d.]*[;,\s]\s*(?:url\s*=\s*)?(?:"([^"]*)|'([^']*)|(.*))""", re.IGNORECASE | re.DOTALL
)
_STRING_MEMBER: Final = re.compile(rb'\s*(?:[a-z*][a-z0-9_.*-]*\s*=\s*)?"([^"\\]*)"\s*(?:;.*)?')


def filter_field(name: bytes, value: bytes, policy: Policy, page: Target) -> bytes | None:
    """Give what is left of one response field of a page at ``page``, ``None`` when it must go.

    Fields with no rule here, and those that break no rule, come back as the very same bytes.
    """
    rule = RULES.get(name)
    return value if rule is None else rule(value, policy, page)


def _set_cookie(value: bytes, policy: Policy, page: Target) -> bytes | None:
    del page
    return value if policy.cookies.passes_set_cookie(value) else None


def _link(value: bytes, policy: Policy, page: Target) -> bytes | None:
    if not _MAY_FETCH.search(value):
        return value

    def keeps(member: bytes) -> bool:
        found = _LINK.match(member)
        if found is None:
            return not member.strip()
        relations = b" ".join(rel[0] or rel[1] for rel in _REL.findall(found[2]))
        if _FETCHING.isdisjoint(relations.decode("latin-1").lower().split()):
            return True
        return _permits(found[1], policy, page)

    return keep_members(value, keeps) or None


def _strings(value: bytes, policy: Policy, page: Target) -> bytes | None:
    """``Reporting-Endpoints`` and ``Speculation-Rules``: structured fields made of addresses."""

    def keeps(member: bytes) -> bool:
        found = _STRING_MEMBER.fullmatch(member)
        return found is not None and _permits(found[1], policy, page)

    return keep_members(value, keeps) or None


def _refresh(value: bytes, policy: Policy, page: Target) -> bytes | None:
    found = _REFRESH.match(value)
    if found is None:
        return value
    target = resolve((found[1] or found[2] or found[3] or b"").decode("latin-1"), page)
    return value if policy.permits_connection(target, page) else None


def _report_to(value: bytes, policy: Policy, page: Target) -> bytes | None:
    try:
        groups = json.loads(b"[" + value + b"]")
        urls = [endpoint["url"] for group in groups for endpoint in group["endpoints"]]
        permitted = all(_permits(url.encode(), policy, page) for url in urls)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return value if permitted else None


def _nel(value: bytes, policy: Policy, page: Target) -> bytes | None:
    del page
    return value if policy.mode is Mode.OBSERVE else ENDED_NEL


def _site_policy(value: bytes, policy: Policy, page: Target) -> bytes | None:
    if b"report-uri" not in value.lower():
        return value
    return without_reports(value, lambda url: _permits(url.encode("latin-1"), policy, page))


def _permits(url: bytes, policy: Policy, page: Target) -> bool:
    return policy.permits_connection(resolve(url.decode("latin-1"), page), page)


RULES: Final[dict[bytes, Callable[[bytes, Policy, Target], bytes | None]]] = {
    b"set-cookie": _set_cookie,
    b"link": _link,
    b"refresh": _refresh,
    b"report-to": _report_to,
    b"nel": _nel,
    b"reporting-endpoints": _strings,
    b"speculation-rules": _strings,
    b"content-security-policy": _site_policy,
    b"content-security-policy-report-only": _site_policy,
}
"""The fields that have a rule; every other one passes."""
