"""What a browser's report of a violated policy may tell us: a directive and a host (law 7).

A report carries the page's address, its referrer and a sample of its code. None of it is read.
Anybody may post one, so whatever arrives the answer is a few short, well-formed pairs or none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from daccord.enforcement.csp import FALLBACKS
from daccord.enforcement.url import DEFAULT_PORTS, UNKNOWN, Reach, resolve

MAXIMUM_REPORT_BYTES: Final = 65_536
"""Browsers batch reports; a single one of Chromium's is about 600 bytes."""

MAXIMUM_VIOLATIONS: Final = 100
MAXIMUM_HOST: Final = 261
"""253 for a name (RFC 1035), and a port."""

_DIRECTIVES: Final = frozenset({*FALLBACKS, "default-src", "base-uri", "form-action"})
_HOST: Final = re.compile(r"[a-z0-9.:\[\]_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A host that a page wanted and the policy does not name, and the directive that says so.

    ``host`` is in lower case, with its port unless that is the scheme's own.
    """

    directive: str
    host: str


def parse_report(raw: bytes) -> tuple[Violation, ...]:
    """Read the body of a report, ``application/csp-report`` or ``application/reports+json``.

    Nothing comes of what is malformed, of inline code and of schemes without a host. No violation
    twice; at most `MAXIMUM_VIOLATIONS`.
    """
    if len(raw) > MAXIMUM_REPORT_BYTES:
        return ()
    try:
        report = json.loads(raw)
    except (ValueError, RecursionError):
        return ()
    found = (_violation(each) for each in (report if isinstance(report, list) else [report]))
    unique = dict.fromkeys(each for each in found if each is not None)
    return tuple(unique)[:MAXIMUM_VIOLATIONS]


def _violation(report: object) -> Violation | None:
    if not isinstance(report, dict):
        return None
    if report.get("type") == "csp-violation":
        body, directive, blocked = report.get("body"), "effectiveDirective", "blockedURL"
    else:
        body, directive, blocked = report.get("csp-report"), "effective-directive", "blocked-uri"
    if not isinstance(body, dict):
        return None
    name = body.get(directive, body.get("violated-directive"))
    host = _host(body.get(blocked))
    if not isinstance(name, str) or host is None:
        return None
    name = name.partition(" ")[0].lower()
    return Violation(directive=name, host=host) if name in _DIRECTIVES else None


def _host(url: object) -> str | None:
    if not isinstance(url, str):
        return None
    target = resolve(url, UNKNOWN)
    if target.reach is not Reach.HOST:
        return None
    port = "" if target.port == DEFAULT_PORTS[target.scheme] else f":{target.port}"
    host = f"{target.host}{port}"
    return host if len(host) <= MAXIMUM_HOST and _HOST.fullmatch(host) else None
