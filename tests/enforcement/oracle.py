"""A second reading of CSP3, written apart from ours: what a browser would allow.

It shares no code with `daccord.enforcement`. A policy here is a plain dictionary of lists.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

PORT = {"http": 80, "https": 443, "ws": 80, "wss": 443}
HOST_SOURCE = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(\d+|\*))?(/.*)?",
    re.IGNORECASE,
)
CHAINS = {
    "script-elem": ["script-src-elem", "script-src", "default-src"],
    "script-attr": ["script-src-attr", "script-src", "default-src"],
    "style-elem": ["style-src-elem", "style-src", "default-src"],
    "style-attr": ["style-src-attr", "style-src", "default-src"],
    "img": ["img-src", "default-src"],
    "font": ["font-src", "default-src"],
    "media": ["media-src", "default-src"],
    "frame": ["frame-src", "child-src", "default-src"],
    "worker": ["worker-src", "child-src", "script-src", "default-src"],
    "connect": ["connect-src", "default-src"],
    "object": ["object-src", "default-src"],
    "manifest": ["manifest-src", "default-src"],
    "form": ["form-action"],
    "base": ["base-uri"],
}


def policies(lines: Sequence[bytes]) -> list[dict[str, list[str]]]:
    return _policies(b",".join(lines))


@lru_cache(maxsize=64)
def _policies(joined: bytes) -> list[dict[str, list[str]]]:
    found = []
    for serialized in joined.split(b","):
        policy: dict[str, list[str]] = {}
        for chunk in serialized.split(b";"):
            words = chunk.decode("latin-1").strip("\t\n\f\r ")
            if not words or any(ord(character) > 127 for character in words):
                continue
            name, *values = re.split("[\t\n\f\r ]+", words)
            if name.lower() not in policy:
                policy[name.lower()] = values
        if policy:
            found.append(policy)
    return found


def allows(lines: Sequence[bytes], kind: str, url: str, page: str) -> bool:
    """Whether every policy allows ``url`` for ``kind`` on ``page``."""
    return all(_allows(policy, kind, url, page) for policy in policies(lines))


def allows_inline(
    lines: Sequence[bytes], kind: str, *, digest: str | None = None, nonce: str | None = None
) -> bool:
    """Whether every policy allows an inline element (or attribute) with that hash or nonce."""
    return all(_allows_inline(policy, kind, digest, nonce) for policy in policies(lines))


def _list_for(policy: dict[str, list[str]], kind: str) -> list[str] | None:
    for name in CHAINS[kind]:
        if name in policy:
            return policy[name]
    return None


def _allows(policy: dict[str, list[str]], kind: str, url: str, page: str) -> bool:
    sources = _list_for(policy, kind)
    return sources is None or any(_source(source, url, page) for source in sources)


def _allows_inline(
    policy: dict[str, list[str]], kind: str, digest: str | None, nonce: str | None
) -> bool:
    sources = _list_for(policy, kind)
    if sources is None:
        return True
    lower = [source.lower() for source in sources]
    element = kind.endswith("-elem")
    hashes = element or "'unsafe-hashes'" in lower
    if digest is not None and hashes and f"'{digest}'" in sources:
        return True
    if nonce is not None and element and f"'nonce-{nonce}'" in sources:
        return True
    for source in lower:
        if re.fullmatch(r"'nonce-[a-z0-9+/_-]+={0,2}'", source):
            return False
        if re.fullmatch(r"'sha(256|384|512)-[a-z0-9+/_-]+={0,2}'", source):
            return False
        if source == "'strict-dynamic'" and kind.startswith("script"):
            return False
    return "'unsafe-inline'" in lower


def _source(source: str, url: str, page: str) -> bool:
    target, own = urlsplit(url), urlsplit(page)
    scheme = target.scheme
    if source.lower() == "'none'":
        return False
    if source == "*":
        return scheme in {"http", "https", "ws", "wss"}
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:", source):
        return _scheme(source[:-1].lower(), scheme)
    if source.lower() == "'self'":
        return _self(target.scheme, target.hostname, target.port, own.scheme, own.hostname, own.port)
    found = HOST_SOURCE.fullmatch(source)
    if source.startswith("'") or found is None or not target.hostname:
        return False
    if not _scheme((found[1] or own.scheme).lower(), scheme):
        return False
    host = found[2].lower()
    if host.startswith("*"):
        if host != "*" and not target.hostname.endswith(host[1:]):
            return False
    elif host != target.hostname:
        return False
    port = target.port or PORT[scheme]
    wanted = found[3]
    if wanted is None:
        if port != PORT[scheme]:
            return False
    elif wanted != "*" and int(wanted) != port:
        upgraded = int(wanted) == 80 and port == 443 and scheme in {"https", "wss"}
        if not upgraded:
            return False
    path = found[4]
    if path in {None, "", "/"}:
        return True
    assert path is not None
    return target.path.startswith(path) if path.endswith("/") else target.path == path


def _scheme(allowed: str, actual: str) -> bool:
    upgrades = {"http": {"https"}, "ws": {"wss", "http", "https"}, "wss": {"https"}}
    return allowed == actual or actual in upgrades.get(allowed, set())


def _self(  # noqa: PLR0913 - two origins
    scheme: str,
    host: str | None,
    port: int | None,
    own_scheme: str,
    own_host: str | None,
    own_port: int | None,
) -> bool:
    if scheme not in PORT or host != own_host:
        return False
    at, own_at = port or PORT[scheme], own_port or PORT[own_scheme]
    if scheme == own_scheme and at == own_at:
        return True
    same = at == own_at or (at == PORT[scheme] and own_at == PORT[own_scheme])
    return same and (scheme in {"https", "wss"} or (own_scheme == "http" and scheme == "ws"))
