"""What is kept of one page view: pure functions from a request's words to the least that counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

COOKIE: Final = "audience"
COOKIE_SECONDS: Final = 395 * 24 * 60 * 60
"""13 months, rounded down (CNIL-25)."""
KEPT: Final = timedelta(days=760)
"""25 months, rounded down (CNIL-25)."""

_MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])", re.ASCII)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,78}[a-z0-9])?", re.ASCII)

# The networks reserved for examples play the region's; a real paper would use a table of towns.
_TOWNS: Final = {
    ip_network("127.0.0.0/24"): "localhost",
    ip_network("::/48"): "localhost",
    ip_network("192.0.2.0/24"): "Port-Ménoy",
    ip_network("198.51.100.0/24"): "Brelande",
    ip_network("203.0.113.0/24"): "Saint-Oudre",
    ip_network("2001:db8::/48"): "Vasevert",
}


class Kind(Enum):
    """What is tallied: two events (a page seen, a first visit), and where readers come from."""

    PAGE = "page"
    FIRST_VISIT = "first-visit"
    REFERRER = "referrer"
    TOWN = "town"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One page view, as much of it as may be counted. ``None`` is "not known"."""

    day: date
    page: str
    referrer: str | None
    town: str | None
    first_visit: bool

    def tallies(self) -> tuple[tuple[Kind, str], ...]:
        """The counts that go up by one, each on its own: never crossed with one another."""
        tallies = [(Kind.PAGE, self.page)]
        if self.first_visit:
            tallies.append((Kind.FIRST_VISIT, ""))
        if self.referrer is not None:
            tallies.append((Kind.REFERRER, self.referrer))
        if self.town is not None:
            tallies.append((Kind.TOWN, self.town))
        return tuple(tallies)


def measure(  # noqa: PLR0913 - six words, each named by the caller
    *, day: date, page: str, address: str, referrer: str, own_host: str, cookie: str
) -> Hit:
    """Make the hit of one page view; the address and the referrer go no further than this."""
    return Hit(
        day=day,
        page=page,
        referrer=referrer_host(referrer, own_host=own_host),
        town=town_of(truncate_address(address)),
        first_visit=not is_known(cookie),
    )


def truncate_address(address: str) -> IPv4Network | IPv6Network | None:
    """Cut the last octet of an IPv4 address, all but 48 bits of an IPv6 one (CNIL-26)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False)


def town_of(network: IPv4Network | IPv6Network | None) -> str | None:
    """The town that a cut address belongs to, or ``None``: nothing finer exists here (CNIL-26)."""
    return _TOWNS.get(network) if network is not None else None


def referrer_host(referrer: str, *, own_host: str) -> str | None:
    """The host alone of another site's referrer; never a path, a query or a port (CNIL-26)."""
    try:
        host = urlsplit(referrer).hostname or ""
    except ValueError:
        return None
    if host == own_host or not _HOST.fullmatch(host):
        return None
    return host


def new_cookie(day: date) -> str:
    """The cookie of a first visit on ``day``: its month and nothing else (CNIL-24)."""
    return f"{day:%Y-%m}"


def is_known(cookie: str) -> bool:
    """Tell whether ``cookie`` is one of ours: then it stands as it is, never renewed (CNIL-25)."""
    return _MONTH.fullmatch(cookie) is not None


def rounded(count: int) -> int:
    """Round down to tens: 0 for fewer than ten (CNIL-26)."""
    return count // 10 * 10
