"""daccord's own pages: the policy page, the signal's resource, errors, the browser's reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from daccord.declaration.model import Mode
from daccord.exchange.addresses import GPC_PATH
from daccord.exchange.back import safe_back
from daccord.exchange.reply import GUARDS, NO_STORE, Reply, reply
from daccord.notice.addresses import POLICY_PATH
from daccord.notice.error import render_error
from daccord.notice.evidence import PAGE_STYLE_HASH
from daccord.notice.policy import render_policy_page

if TYPE_CHECKING:
    from daccord.declaration.model import Language
    from daccord.exchange.exchange import Exchange
    from daccord.exchange.fields import Fields
    from daccord.exchange.visit import Visit

HTML: Final = (b"content-type", b"text/html; charset=utf-8")
_JSON: Final = (b"content-type", b"application/json")


def own_policy(further: str) -> tuple[bytes, bytes]:
    """Give the policy of a page of ours: it loads nothing at all, from anywhere.

    ``further`` are the directives that pages differ in, ``form-action`` among them.
    """
    text = (
        f"default-src 'none'; style-src {PAGE_STYLE_HASH}; {further}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return b"content-security-policy", text.encode()


_PAGE_CSP: Final = own_policy("form-action 'self'")

_READ: Final = b"GET, HEAD"

MAXIMUM_QUERY_FIELDS: Final = 8
"""What a campaign hangs on an address beside ours is passed over, and what stands behind it."""


def own_reply(exchange: Exchange, visit: Visit, method: str, path: str) -> Reply:
    """Answer a request for one of daccord's own addresses that only read (law 10)."""
    if path not in {POLICY_PATH, GPC_PATH}:
        return error_reply(exchange, visit, 404)
    if method not in {"GET", "HEAD"}:
        return error_reply(exchange, visit, 405, allow=_READ)
    return _policy(exchange, visit) if path == POLICY_PATH else _gpc(exchange)


def _policy(exchange: Exchange, visit: Visit) -> Reply:
    fields = visit.query.split("&", MAXIMUM_QUERY_FIELDS)[:MAXIMUM_QUERY_FIELDS]
    query = parse_qs("&".join(fields), errors="replace")
    language = visit.language(query.get("lang", [""])[0])
    body = render_policy_page(
        exchange.declaration,
        visit.stored,
        language=language,
        gpc=visit.standpoint.gpc,
        address=visit.address,
        back=safe_back(query.get("back", ["/"])[0]),
    )
    return reply(
        200,
        HTML,
        _PAGE_CSP,
        *GUARDS,
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Cookie, Sec-GPC, Accept-Language"),
        *visit.expiries(),
        body=body.encode(),
    )


def _gpc(exchange: Exchange) -> Reply:
    """Say that the site honours the signal, and since when (GPC-3)."""
    since = exchange.declaration.site.gpc_since
    said = {"gpc": True, "lastUpdate": since} if since else {"gpc": True}
    return reply(
        200,
        _JSON,
        _PAGE_CSP,
        (b"cache-control", b"public, max-age=86400"),
        body=json.dumps(said).encode(),
    )


def error_reply(  # noqa: PLR0913 - one page
    exchange: Exchange,
    visit: Visit,
    status: int,
    *,
    language: Language | None = None,
    back: str = "/",
    allow: bytes = b"",
    extra: Fields | None = None,
) -> Reply:
    """Give the page for a choice that was not taken, in the reader's language."""
    spoken = language or visit.language()
    body = render_error(exchange.declaration, status, language=spoken, back=back)
    fields = [*(extra or []), *([(b"allow", allow)] if allow else [])]
    return reply(status, HTML, _PAGE_CSP, *GUARDS, NO_STORE, *fields, body=body.encode())


def report_reply(exchange: Exchange, visit: Visit, method: str) -> Reply:
    """Take note of the browser's reports in observe mode, where it was asked for them."""
    if exchange.declaration.site.mode is not Mode.OBSERVE:
        return error_reply(exchange, visit, 404)
    if method != "POST":
        return error_reply(exchange, visit, 405, allow=b"POST")
    return reply(204, NO_STORE)
