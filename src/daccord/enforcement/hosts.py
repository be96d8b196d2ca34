"""Sets of hosts, matched as a browser matches CSP host sources (CSP3 section 6.7.2.7).

A source is ``host``, ``*.host``, ``host:port`` or ``host:*``, without scheme or path: what a
declaration may hold. Two differences from a browser, both for the gate's sake and both harmless,
because the policy in the header decides in the end: a plain ``http`` or ``ws`` target on a secure
page counts as the secure one that the browser would make of it or block, and ``ws`` counts as
``http``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from daccord.enforcement.url import DEFAULT_PORTS, Reach, Target

if TYPE_CHECKING:
    from collections.abc import Iterable

ANY_PORT: Final = -1
DEFAULT_PORT: Final = 0

_WEB: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


def split_source(source: str) -> tuple[str, int]:
    """Part a host source into the host and its port, `ANY_PORT` or `DEFAULT_PORT`."""
    host, colon, port = source.rpartition(":")
    if not colon or (host.startswith("[") and not host.endswith("]")):
        return source.lower(), DEFAULT_PORT
    return host.lower(), ANY_PORT if port == "*" else int(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSet:
    """Host sources made ready for look-up: a step for each label of a host, whatever the size.

    ``exact`` and ``below`` (for ``*.host``) give, by host, the ports that are in the set.
    """

    exact: dict[str, frozenset[int]]
    below: dict[str, frozenset[int]]

    @classmethod
    def of(cls, sources: Iterable[str]) -> Self:
        """Make the set of what ``sources`` match."""
        exact: dict[str, frozenset[int]] = {}
        below: dict[str, frozenset[int]] = {}
        for source in sources:
            host, port = split_source(source)
            into = below if host.startswith("*.") else exact
            host = host.removeprefix("*.")
            into[host] = into.get(host, frozenset()) | {port}
        return cls(exact=exact, below=below)

    def matches(self, target: Target, page: Target) -> bool:
        """Whether a page at ``page`` may reach ``target`` by these sources; never if unknown."""
        scheme = _WEB.get(target.scheme)
        if target.reach is not Reach.HOST or scheme is None:
            return False
        host = target.host
        ports = self.exact.get(host)
        if ports is not None and _port_matches(ports, target, scheme, page):
            return True
        if not self.below:
            return False
        while "." in host:
            host = host.partition(".")[2]
            ports = self.below.get(host)
            if ports is not None and _port_matches(ports, target, scheme, page):
                return True
        return False


def is_own(target: Target, page: Target) -> bool:
    """Whether ``target`` is what ``'self'`` means on ``page``, a secure twin included."""
    if target.reach is not Reach.HOST or target.host != page.host:
        return False
    if target.port == page.port:
        return target.scheme in _WEB
    return (
        target.port == DEFAULT_PORTS.get(target.scheme)
        and page.port == DEFAULT_PORTS.get(page.scheme)
        and target.scheme in _WEB
    )


def _port_matches(ports: frozenset[int], target: Target, scheme: str, page: Target) -> bool:
    port = target.port
    if scheme == "http" and page.scheme == "https":
        scheme, port = "https", 443 if port == 80 else port
    if port in ports or ANY_PORT in ports:
        return True
    if DEFAULT_PORT in ports and port == DEFAULT_PORTS[scheme]:
        return True
    return port == 443 and scheme == "https" and 80 in ports
