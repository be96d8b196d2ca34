"""A second reading of CSP3, written apart from ours: what a browser would allow.

It shares no code with `daccord.enforcement`. A policy here is a plain dictionary of lists.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

PORT = {"http": 80, "https": 443, "ws": 80, "wss": 443}
HOST_SOURCE = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(\d+|\*))?(/.*)?",
    re.IGNORECASE,
)
DISARMS = re.compile(r"'(?:nonce|sha256|sha384|sha512)-[a-z0-9+/_-]+={0,2}'")
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
    if (element or "'unsafe-hashes'" in lower) and f"'{digest}'" in sources:
        return True
    if element and nonce is not None and f"'nonce-{nonce}'" in sources:
        return True
    disarmed = any(DISARMS.fullmatch(source) for source in lower) or (
        "'strict-dynamic'" in lower and kind.startswith("script")
    )
    return "'unsafe-inline'" in lower and not disarmed


def _source(source: str, url: str, page: str) -> bool:
    target, own = urlsplit(url), urlsplit(page)
    if source == "*":
        return target.scheme in PORT
    if source.lower() == "'self'":
        return _self(target, own)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:", source):
        return _scheme(source[:-1].lower(), target.scheme)
    found = HOST_SOURCE.fullmatch(source)
    return (
        found is not None
        and target.hostname is not None
        and _scheme((found[1] or own.scheme).lower(), target.scheme)
        and _host(found[2].lower(), target.hostname)
        and _port(found[3], target)
        and _path(found[4] or "/", target.path)
    )


def _scheme(allowed: str, actual: str) -> bool:
    upgrades = {"http": {"https"}, "ws": {"wss", "http", "https"}, "wss": {"https"}}
    return allowed == actual or actual in upgrades.get(allowed, set())


def _host(allowed: str, actual: str) -> bool:
    if allowed.startswith("*"):
        return actual.endswith(allowed[1:])
    return allowed == actual


def _port(allowed: str | None, target: SplitResult) -> bool:
    actual = target.port or PORT[target.scheme]
    if allowed == "*":
        return True
    if allowed is None:
        return actual == PORT[target.scheme]
    upgraded = int(allowed) == 80 and actual == 443 and target.scheme in {"https", "wss"}
    return upgraded or actual == int(allowed)


def _path(allowed: str, actual: str) -> bool:
    if allowed == "/":
        return True
    return actual.startswith(allowed) if allowed.endswith("/") else actual == allowed


def _self(target: SplitResult, own: SplitResult) -> bool:
    if target.scheme not in PORT or target.hostname != own.hostname:
        return False
    at, own_at = target.port or PORT[target.scheme], own.port or PORT[own.scheme]
    if (target.scheme, at) == (own.scheme, own_at):
        return True
    defaults = (at, own_at) == (PORT[target.scheme], PORT[own.scheme])
    upgraded = target.scheme in {"https", "wss"} or (own.scheme, target.scheme) == ("http", "ws")
    return upgraded and (at == own_at or defaults)
