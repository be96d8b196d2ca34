"""What one set of permitted services lets a page do: headers, hosts and cookie names (law 3).

1. The policy stands beside the site's own as a header line of its own: browsers enforce both, so
   it can only tighten (CSP-6). It names hosts and nothing else; inline code is the site's affair,
   which is why ``'unsafe-inline'`` and ``'unsafe-eval'`` are in it.
2. ``default-src`` is always there (CSP-4) and holds what every kind of load may use. A directive
   is written only where it rules otherwise: shorter, and the same by CSP3's fallbacks.
3. ``connect-src`` names each host twice, bare and with ``ws:``: a host without a scheme on a page
   over http does not cover WebSocket (seen in Chromium 156).
4. WebRTC is under no directive that a browser knows (``webrtc 'block'`` is a fault in Chromium
   156's console). ``Connection-Allowlist`` blocks it there, since Chromium 152: every
   address and every redirect allowed, peer connections not.
5. In observe mode the same text is report-only. ``report-to`` is left out on purpose: where both
   are there Chromium uses it alone, and over plain http never sends anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from daccord.declaration.addresses import OWN_PREFIX
from daccord.declaration.model import Load, Mode
from daccord.enforcement.cookies import CookieTable, cookie_table
from daccord.enforcement.csp import FALLBACKS, Directive, SourcePolicy
from daccord.enforcement.hosts import HostSet, is_own
from daccord.enforcement.permissions import permissions_of
from daccord.enforcement.url import Reach, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from daccord.declaration.model import Declaration, Service, ServiceId

REPORT_PATH: Final = f"{OWN_PREFIX}report"

NO_PEERS: Final = b'("*://*:*"); redirects=allow; webrtc=block'
"""A ``Connection-Allowlist`` that forbids WebRTC and nothing else (rule 4)."""

_BASE: Final = ("'self'", "data:", "blob:", "'unsafe-inline'", "'unsafe-eval'")
_NO_CODE: Final = ("'self'", "data:", "blob:")
"""Where inline code and ``eval`` mean nothing: a header has to stay small (proxies hold 4 kB)."""

_CODE: Final = frozenset({"script-src", "style-src"})

_FETCH_LOADS: Final = frozenset(Load) - {Load.FORM}

_DIRECTIVES: Final[tuple[tuple[str, Load | None], ...]] = (
    ("script-src", Load.SCRIPT),
    ("style-src", Load.STYLE),
    ("img-src", Load.IMAGE),
    ("font-src", Load.FONT),
    ("media-src", Load.MEDIA),
    ("connect-src", Load.CONNECT),
    ("child-src", Load.FRAME),
    ("frame-src", Load.FRAME),
    ("object-src", Load.FRAME),
    ("worker-src", None),
    ("manifest-src", None),
)
"""Fetch directives, fallbacks before what falls back on them; no load: the site's own hosts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a page may do while exactly ``permitted`` may do something.

    ``headers`` are the fields, names in lower case, that go on every response beside the site's
    own; ``permissions`` is merged by `daccord.enforcement.permissions.merge_permissions`.
    ``loads`` gives the hosts for each kind of load (the site's further ones included), ``any_load``
    all of these together, ``refused`` the hosts of declared services that are not permitted.
    """

    permitted: frozenset[ServiceId]
    mode: Mode
    csp: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    permissions: bytes
    cookies: CookieTable
    loads: dict[Load, HostSet]
    any_load: HostSet
    refused: HostSet

    def permits(self, load: Load, target: Target, page: Target) -> bool:
        """Whether a page at ``page`` may load ``target`` as ``load``; what is unknown, never.

        In observe mode a host that nobody declared may; one of a refused service may not.
        """
        return self._within(self.loads[load], target, page)

    def permits_connection(self, target: Target, page: Target) -> bool:
        """Whether the browser may be told to connect there at all, for whatever load."""
        return self._within(self.any_load, target, page)

    def refuses(self, target: Target, page: Target) -> bool:
        """Whether ``target`` belongs to a declared service that is refused, and to none other."""
        return self.refused.matches(target, page) and not self.permits_connection(target, page)

    def _within(self, hosts: HostSet, target: Target, page: Target) -> bool:
        if target.reach is Reach.INERT or is_own(target, page) or hosts.matches(target, page):
            return True
        return (
            self.mode is Mode.OBSERVE
            and target.reach is Reach.HOST
            and not self.refused.matches(target, page)
        )


def policy_of(declaration: Declaration, permitted: frozenset[ServiceId]) -> Policy:
    """Compute the policy for ``permitted`` services; the caller keeps what it asks for often."""
    services = [service for service in declaration.services if service.id in permitted]
    refused = [
        host
        for service in declaration.services
        if service.id not in permitted
        for host in service.hosts
    ]
    # A host of the site's own that an exempt service declares goes when the reader objects to it.
    own = tuple(host for host in declaration.site.hosts if host not in refused)
    loads = {load: (*own, *_hosts(services, {load})) for load in Load}
    loads[Load.FORM] += declaration.site.form_hosts
    csp = str(_source_policy(own, services, loads[Load.FORM]))
    mode = declaration.site.mode
    if mode is Mode.OBSERVE:
        csp += f"; report-uri {REPORT_PATH}"
    return Policy(
        permitted=permitted,
        mode=mode,
        csp=csp.encode("ascii"),
        headers=_headers(csp.encode("ascii"), mode),
        permissions=permissions_of(services).encode("ascii"),
        cookies=cookie_table(declaration, permitted),
        loads={load: HostSet.of(hosts) for load, hosts in loads.items()},
        any_load=HostSet.of(chain.from_iterable(loads.values())),
        refused=HostSet.of(refused),
    )


def _headers(csp: bytes, mode: Mode) -> tuple[tuple[bytes, bytes], ...]:
    if mode is Mode.OBSERVE:
        return ((b"content-security-policy-report-only", csp),)
    return ((b"content-security-policy", csp), (b"connection-allowlist", NO_PEERS))


def _source_policy(
    own: Sequence[str], services: Sequence[Service], form_hosts: Iterable[str]
) -> SourcePolicy:
    default = (*_BASE, *own, *_hosts(services, _FETCH_LOADS))
    written = {"default-src": default}
    for name, load in _DIRECTIVES:
        hosts = (*own, *(_hosts(services, {load}) if load else ()))
        if load is Load.CONNECT:
            hosts += tuple(f"ws://{host}" for host in hosts)
        fallback = next(written[each] for each in FALLBACKS[name] if each in written)
        if set(hosts) != set(fallback) - set(_BASE):
            written[name] = (*(_BASE if name in _CODE else _NO_CODE), *hosts)
    written["base-uri"] = ("'self'", *own)
    written["form-action"] = ("'self'", *dict.fromkeys(form_hosts))
    return SourcePolicy(
        directives=tuple(
            Directive(name=name, values=tuple(dict.fromkeys(sources)))
            for name, sources in written.items()
        )
    )


def _hosts(services: Iterable[Service], loads: set[Load] | frozenset[Load]) -> tuple[str, ...]:
    """The hosts of ``services`` that may be used for every one of ``loads``, each once."""
    return tuple(
        dict.fromkeys(host for each in services if loads <= each.loads for host in each.hosts)
    )
