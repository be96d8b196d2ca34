"""A response of daccord's own, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from daccord.exchange.fields import Fields

NO_STORE: Final = (b"cache-control", b"no-store")

GUARDS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""What every page of ours carries beside its policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Status, fields (``content-length`` included) and body."""

    status: int
    headers: Fields
    body: bytes = b""


def reply(status: int, *headers: tuple[bytes, bytes], body: bytes = b"") -> Reply:
    """Make a reply with its length."""
    length = (b"content-length", str(len(body)).encode())
    return Reply(status=status, headers=[*headers, length], body=body)
