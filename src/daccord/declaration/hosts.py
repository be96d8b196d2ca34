"""CSP host sources as a declaration may write them: ``host``, ``*.host``, ``host:8080``.

1. No scheme and no path: CSP ignores paths after a redirect (CSP-4), so one would promise too much.
2. Lower-case ASCII, at least two labels (or ``localhost``): what is accepted here is written into a
   response header as it stands, so nothing that ends a source, a directive or a line gets through.
3. ``*`` stands for sub-domains only, never for every host, and never for a whole top-level domain.
4. No IP address but 127.0.0.1: browsers match no other (CSP Level 3, 6.7.2.8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = rf"(?:{_LABEL}\.)*{_LABEL}"
_PORT: Final = r"[1-9][0-9]{0,4}"

HOST_PATTERN: Final = rf"^(\*\.)?{_HOST}(:(\*|{_PORT}))?$"

_SOURCE: Final = re.compile(
    rf"(?P<wild>\*\.)?(?P<host>{_HOST})(?::(?P<port>\*|{_PORT}))?", re.ASCII
)
_NUMBER_AT_END: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)

_LONGEST: Final = 253
_DEFAULT_PORTS: Final = frozenset({"80", "443"})
_ONLY_ADDRESS: Final = "127.0.0.1"
_LOCAL: Final = "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSource:
    """One host source. ``port`` is ``None`` for the scheme's own port and ``"*"`` for any."""

    host: str
    wild: bool
    port: str | None

    def covers(self, other: HostSource) -> bool:
        """Whether everything that ``other`` matches is matched by this one too."""
        return self._covers_host(other) and self._covers_port(other.port)

    def _covers_host(self, other: HostSource) -> bool:
        if not self.wild:
            return not other.wild and self.host == other.host
        # CSP: `*.example.org` does not match `example.org` itself.
        below = other.host.endswith(f".{self.host}")
        return below or (other.wild and other.host == self.host)

    def _covers_port(self, port: str | None) -> bool:
        return self.port in {"*", port} or (self.port is None and port in _DEFAULT_PORTS)

    def overlaps(self, other: HostSource) -> bool:
        """Whether some address is matched by both."""
        hosts = self._covers_host(other) or other._covers_host(self)
        return hosts and (self._covers_port(other.port) or other._covers_port(self.port))


def parse_host_source(text: str) -> HostSource | None:
    """Read a host source; ``None`` for anything that is not exactly one."""
    match = _SOURCE.fullmatch(text)
    if match is None or len(match["host"]) > _LONGEST:
        return None
    host, wild, port = match["host"], match["wild"] is not None, match["port"]
    if port not in {None, "*"} and int(port) > 0xFFFF:
        return None
    if not _is_name(host, wild=wild):
        return None
    return HostSource(host=host, wild=wild, port=port)


def _is_name(host: str, *, wild: bool) -> bool:
    if _NUMBER_AT_END.fullmatch(host):
        return host == _ONLY_ADDRESS and not wild
    return host == _LOCAL or "." in host


_ADVICE: Final[tuple[tuple[Callable[[str], bool], str], ...]] = (
    (
        lambda text: "://" in text,
        "leave out the scheme: the host alone, with a port if it needs one",
    ),
    (
        lambda text: not text.isascii(),
        "write an internationalised name in ASCII (xn--…)",
    ),
    (
        lambda text: "/" in text,
        "leave out the path: the browser holds a policy by host",
    ),
    (
        lambda text: text == "*",
        "name the hosts: a service that may reach every host is no declared recipient",
    ),
    (
        lambda text: text != text.lower(),
        "write host names in lower case",
    ),
    (
        lambda text: "'" in text or '"' in text,
        "CSP keywords do not belong here; list hosts only",
    ),
)


def explain_host_source(text: str) -> str | None:
    """Say what to write instead of ``text``, where that is plain to see."""
    return next((advice for applies, advice in _ADVICE if applies(text)), None)


def is_domain(text: str) -> bool:
    """Whether ``text`` is a plain host name, as in a cookie's Domain attribute."""
    source = parse_host_source(text)
    return source is not None and not source.wild and source.port is None
