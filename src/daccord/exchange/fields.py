"""What daccord reads of a request's header: nothing that tells who the reader is (law 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from daccord.consent.signals import is_gpc

if TYPE_CHECKING:
    from collections.abc import Iterable

Fields = list[tuple[bytes, bytes]]
"""Header fields in order, names in lower case, as ASGI gives them."""

FRAME_DESTINATIONS: Final = frozenset({b"iframe", b"frame", b"embed", b"object", b"fencedframe"})
"""``Sec-Fetch-Dest`` of a document inside another: the notice belongs to the outer one."""


CONDITIONS: Final = frozenset({b"if-none-match", b"if-modified-since"})
"""Fields of a browser that has a copy and asks whether it is still good (RFC 9110 section 13)."""


_READ: Final = CONDITIONS | {b"cookie", b"sec-gpc"}


def read_fields(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bool, bool]:
    """Give all ``Cookie`` fields as one, whether ``Sec-GPC`` says no, and if one is a condition.

    One pass with one look-up a field: this runs on every request of the site (GPC-1).
    """
    cookie = b""
    signals: list[bytes] = []
    is_conditional = False
    for name, value in headers:
        if name in _READ:
            if name == b"cookie":
                # HTTP/2 may part the field: RFC 9113 section 8.2.3 joins it so.
                cookie = cookie + b"; " + value if cookie else value
            elif name == b"sec-gpc":
                signals.append(value)
            else:
                is_conditional = True
    return cookie, is_gpc(signals), is_conditional


def values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """Give the values of every field called ``name``, in order."""
    return [value for found, value in headers if found == name]


def first(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Give the value of the first field called ``name``, or empty."""
    return next((value for found, value in headers if found == name), b"")


def asks_for_document(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the answer to the request may be shown as a document.

    A browser that does not send ``Sec-Fetch-Dest`` asks for documents with ``Accept: text/html``.
    """
    headers = list(headers)
    destination = first(headers, b"sec-fetch-dest")
    if destination:
        return destination == b"document" or destination in FRAME_DESTINATIONS
    return b"text/html" in first(headers, b"accept")


def is_in_frame(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the request is for a document inside another one of the site."""
    return first(headers, b"sec-fetch-dest") in FRAME_DESTINATIONS
