"""A small site to put daccord around, and a recorder whose disk can be told to fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from daccord.consent.cookie import USE
from daccord.consent.keys import Keyring
from daccord.errors import LedgerError
from daccord.exchange.exchange import Exchange
from daccord.web.asgi import Middleware

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daccord.consent.record import ConsentRecord
    from daccord.declaration.model import Declaration
    from daccord.web.asgi import Receive, Scope, Send

KEYS = Keyring((b"k" * 32,), use=USE)


@dataclass
class Recorder:
    """Keeps records in a list: the ledger has tests of its own, its disk is not the point here."""

    records: list[ConsentRecord] = field(default_factory=list)
    refusals: int = 0
    reports: list[tuple[str, str]] = field(default_factory=list)
    is_broken: bool = False

    async def append_async(self, record: ConsentRecord) -> None:
        if self.is_broken:
            raise LedgerError("the disk is full")
        self.records.append(record)

    def count_refusal(self, day: int, declaration_version: str) -> None:
        assert day > 0
        assert declaration_version
        self.refusals += 1

    def count_report(self, directive: str, host: str, day: int) -> None:
        assert day > 0
        self.reports.append((directive, host))


@dataclass
class Site:
    """Answers with ``fields`` and the parts of ``body``; remembers what it was sent."""

    body: Sequence[bytes] = (b"<!doctype html><html lang=en><body><p>Hello.</body></html>",)
    fields: list[tuple[bytes, bytes]] = field(
        default_factory=lambda: [(b"content-type", b"text/html; charset=utf-8")]
    )
    status: int = 200
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        self.seen.append(dict(scope))
        await send(
            {"type": "http.response.start", "status": self.status, "headers": list(self.fields)}
        )
        for index, part in enumerate(self.body):
            more = index + 1 < len(self.body)
            await send({"type": "http.response.body", "body": part, "more_body": more})

    @property
    def cookie(self) -> bytes | None:
        """The ``Cookie`` field of the latest request that reached the site's app."""
        return dict(self.seen[-1]["headers"]).get(b"cookie")


def guard(app: Any, declaration: Declaration, recorder: Recorder | None = None) -> Middleware:
    return Middleware(app, exchange=Exchange(declaration, KEYS), recorder=recorder or Recorder())
