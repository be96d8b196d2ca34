"""What happened in a visit, as one value: what the browser holds, asked for, and whom it reached.

The browser's own account comes over the DevTools protocol, from outside the page; the third
parties' account from their own servers. Where both could speak, both must be clean.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from playwright.sync_api import Error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import BrowserContext, CDPSession, Page, Request

    from daccord.demo.stage import Stage

THIRD_PARTIES: Final = ("comments", "social", "ads", "tags", "bidder", "unknown")
FURTHER_STORAGE: Final = frozenset({"service_workers", "file_systems", "shared_storage"})
NOT_SENT: Final = frozenset({"csp", "net::ERR_BLOCKED_BY_CSP", "net::ERR_BLOCKED_BY_CLIENT"})
"""How Chromium ends a request that a policy stopped before it left."""

Trace = tuple[frozenset[tuple[str, str]], frozenset[str], frozenset[tuple[str, str]]]
"""Storage, hosts asked, and what arrived: see `Evidence`."""
NO_TRACE: Final[Trace] = (frozenset(), frozenset(), frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One visit. Empty everywhere but in ``cookies`` is what a refusal promises.

    ``cookies`` are (host, name) over all origins; ``storage`` (area, name) on the paper's origin;
    ``asked`` the hosts that the browser's network log says were asked, the paper apart;
    ``reached`` what arrived at each third party: method and path, or ``connection`` for a bare one.
    """

    cookies: frozenset[tuple[str, str]]
    storage: frozenset[tuple[str, str]]
    asked: frozenset[str]
    reached: frozenset[tuple[str, str]]

    @property
    def trace(self) -> Trace:
        """Everything but cookies."""
        return self.storage, self.asked, self.reached

    @property
    def parties(self) -> frozenset[str]:
        """The third parties that something reached."""
        return frozenset(party for party, _ in self.reached)

    def of(self, party: str) -> frozenset[str]:
        """What reached one third party."""
        return frozenset(what for name, what in self.reached if name == party)


class NetworkLog:
    """Hosts that a context's pages asked, as the browser tells it."""

    def __init__(self, context: BrowserContext) -> None:
        self._asked: list[Request] = []
        self._stopped: list[Request] = []
        context.on("request", self._note)
        context.on("requestfailed", self._note_failure)

    def _note(self, request: Request) -> None:
        self._asked.append(request)

    def _note_failure(self, request: Request) -> None:
        if request.failure in NOT_SENT:
            self._stopped.append(request)

    def hosts(self) -> frozenset[str]:
        """Every host that was really asked: what the policy stopped is not among them."""
        return frozenset(
            urlsplit(request.url).hostname or ""
            for request in self._asked
            if request not in self._stopped and request.url.startswith(("http", "ws"))
        )

    def clear(self) -> None:
        """Begin anew."""
        self._asked.clear()
        self._stopped.clear()


def reached(stage: Stage) -> frozenset[tuple[str, str]]:
    """What arrived at the third parties since their logs were cleared."""
    return frozenset(pair for party in THIRD_PARTIES for pair in _arrived(stage, party))


def _arrived(stage: Stage, party: str) -> Iterable[tuple[str, str]]:
    log = stage.log(party)
    for request in log.requests:
        yield party, f"{request.method} {request.path}"
    if log.connections.keys() - {request.connection for request in log.requests}:
        yield party, "connection"


def storage(page: Page) -> frozenset[tuple[str, str]]:
    """The names of everything that is stored on the origin of ``page``, read from outside it."""
    session = page.context.new_cdp_session(page)
    try:
        return frozenset(_stored(session, page.evaluate("origin")))
    finally:
        session.detach()


def _stored(session: CDPSession, origin: str) -> Iterable[tuple[str, str]]:
    for area, is_local in (("local", True), ("session", False)):
        entries = session.send(
            "DOMStorage.getDOMStorageItems",
            {"storageId": {"securityOrigin": origin, "isLocalStorage": is_local}},
        )["entries"]
        yield from ((area, key) for key, _ in entries)
    at = {"securityOrigin": origin}
    with suppress(Error):  # an origin that never had a database is an error of the protocol
        names = session.send("IndexedDB.requestDatabaseNames", at)["databaseNames"]
        yield from (("indexed-db", name) for name in names)
    caches = session.send("CacheStorage.requestCacheNames", at)["caches"]
    yield from (("cache", cache["cacheName"]) for cache in caches)
    usage = session.send("Storage.getUsageAndQuota", {"origin": origin})["usageBreakdown"]
    for one in usage:
        if one["usage"] and one["storageType"] in FURTHER_STORAGE:
            yield one["storageType"], origin
