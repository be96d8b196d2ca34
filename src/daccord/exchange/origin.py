"""Did this site's own page send the form?

1. ``Sec-Fetch-Site``, where the browser sends it, must say exactly ``same-origin`` (FM-1).
2. ``Origin``, where it is sent, must be this origin. ``null`` passes only beside rule 1: a page
   under ``Referrer-Policy: no-referrer`` sends it with its own forms (Fetch, section 4.6).
3. Without ``Sec-Fetch-Site`` (an old browser, or plain HTTP) ``Origin`` or, failing that,
   ``Referer`` must be there and be this origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFAULT_PORTS = {b"http": b":80", b"https": b":443"}


def is_same_origin(
    *,
    scheme: str,
    host: bytes,
    fetch_site: Sequence[bytes],
    origin: Sequence[bytes],
    referer: Sequence[bytes],
) -> bool:
    """Whether a request with these header fields came from a page of ``scheme`` and ``host``.

    ``host`` is the ``Host`` field as sent. Each header is given with all of its fields, since a
    repeated one is a fault.
    """
    if len(fetch_site) > 1 or len(origin) > 1 or not host:
        return False
    if fetch_site:
        if fetch_site[0] != b"same-origin":
            return False
        return not origin or origin[0] == b"null" or _is_origin(origin[0], scheme, host)
    if origin:
        return _is_origin(origin[0], scheme, host)
    return len(referer) == 1 and _is_origin(_origin_of(referer[0]), scheme, host)


def _origin_of(url: bytes) -> bytes:
    scheme, separator, rest = url.partition(b"://")
    return scheme + separator + rest.partition(b"/")[0].partition(b"?")[0].partition(b"#")[0]


def _is_origin(origin: bytes, scheme: str, host: bytes) -> bool:
    sent_scheme, separator, authority = origin.partition(b"://")
    # Behind a proxy that ends TLS the server may believe in http: an https page is then ours too,
    # since host and port are. The other way round never holds.
    if not separator or sent_scheme not in {scheme.encode(), b"https"}:
        return False
    default = _DEFAULT_PORTS.get(sent_scheme, b"")
    return authority.lower().removesuffix(default) == host.lower().removesuffix(default)
