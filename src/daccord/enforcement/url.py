"""Which host a URL in HTML or in a header would reach, as a browser reads it (WHATWG URL).

1. Only the host is worked out; the rest of the URL never matters here.
2. What cannot be told for sure is `UNKNOWN`, and callers take that for a third party: a host
   outside ASCII (its bytes depend on the page's charset and on IDNA tables), a URL that the
   browser itself refuses, a scheme that is neither the web's nor the document's own.
3. Whenever this names a host, a browser that resolves the same text reaches that host and no
   other; a test holds this against Chromium's own ``new URL(text, base)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final
from urllib.parse import unquote_to_bytes

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
"""The special schemes that have a host, with the port that stands for none."""

_INERT: Final = frozenset({"about", "blob", "data", "javascript"})
"""Schemes that reach no host: what they hold runs under the page's own policy."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AUTHORITY: Final = re.compile(r"[/\\]*([^/\\?#]*)")
_COMMON: Final = re.compile(
    r"(https?)://((?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*)(?::([0-9]{1,5}))?(?=[/?#]|\Z)", re.ASCII
)
"""What nearly every absolute URL looks like, read in one step; all others take the long way."""

_STRIPPED: Final = "".join(map(chr, range(0x21)))
_REMOVED: Final = str.maketrans("", "", "\t\n\r")
_PLAIN_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\"#%/:<>?@\[\\\]^`{|}\x7f]")
"""Forbidden domain code points of the URL standard, and four that no real host has."""


class Reach(Enum):
    """Where a URL leads."""

    HOST = "host"
    INERT = "inert"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: for `Reach.HOST` with scheme, lower-case host, and port as a number."""

    reach: Reach
    scheme: str = ""
    host: str = ""
    port: int = 0


INERT: Final = Target(Reach.INERT)
UNKNOWN: Final = Target(Reach.UNKNOWN)


@lru_cache(maxsize=512)
def origin_of(url: str) -> Target:
    """The target of an absolute URL without a base, `UNKNOWN` for any other text."""
    return resolve(url, UNKNOWN)


MAXIMUM_HOST_FIELD: Final = 512
"""A name has 253 characters and a port 6; a longer field names no host, and is not kept."""


def page_at(scheme: str, host: bytes) -> Target:
    """Where a page lies, by the ``Host`` field of the request for it.

    For a field that names no host, a place that is like no other: a relative URL leads to it.
    """
    if len(host) > MAXIMUM_HOST_FIELD:
        return Target(Reach.HOST, scheme)
    target = resolve(f"{scheme}://{host.decode('latin-1')}", UNKNOWN)
    return target if target.reach is Reach.HOST else Target(Reach.HOST, scheme)


def resolve(reference: str, base: Target) -> Target:
    """Say where ``reference`` leads in a document whose base URL lies at ``base``.

    ``reference`` is the attribute's value with character references decoded, nothing else done
    to it. A relative one leads to ``base`` itself.
    """
    common = _COMMON.match(reference)
    if common is not None:
        return _common(*common.groups(""))
    text = reference.strip(_STRIPPED)
    if "\t" in text or "\n" in text or "\r" in text:
        text = text.translate(_REMOVED)
    found = _SCHEME.match(text)
    if found is None:
        return _relative(text, base)
    scheme = found[1].lower()
    rest = text[found.end() :]
    if scheme not in DEFAULT_PORTS:
        return INERT if scheme in _INERT else UNKNOWN
    if scheme == base.scheme and not rest.startswith("//"):
        return _relative(rest, base)
    return _at_authority(scheme, rest)


@lru_cache(maxsize=1024)
def _common(scheme: str, host: str, raw_port: str) -> Target:
    port = _port(raw_port, scheme)
    return UNKNOWN if port is None else Target(Reach.HOST, scheme, host, port)


def _relative(text: str, base: Target) -> Target:
    if text[:1] in {"/", "\\"} and text[1:2] in {"/", "\\"}:
        return _at_authority(base.scheme, text) if base.reach is Reach.HOST else UNKNOWN
    return base


def _at_authority(scheme: str, text: str) -> Target:
    """Read ``user:password@host:port`` up to the first slash, either way, ``?`` or ``#``."""
    found = _AUTHORITY.match(text)
    authority = found[1].rpartition("@")[2] if found else ""
    if authority.startswith("["):
        name, bracket, rest = authority.partition("]")
        raw_host, colon, raw_port = name + bracket, rest[:1], rest[1:]
    else:
        raw_host, colon, raw_port = authority.partition(":")
    host = _host(raw_host)
    port = _port(raw_port, scheme)
    if host is None or port is None or colon not in {"", ":"}:
        return UNKNOWN
    return Target(Reach.HOST, scheme, host, port)


def _port(text: str, scheme: str) -> int | None:
    if not text:
        return DEFAULT_PORTS[scheme]
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= 5 and int(digits) <= 0xFFFF else None


def _host(text: str) -> str | None:
    if text.startswith("["):
        return _ipv6(text[1:-1]) if text.endswith("]") else None
    if "%" in text:
        text = unquote_to_bytes(text.encode("utf-8", "surrogatepass")).decode("latin-1")
    if not text or not text.isascii() or _FORBIDDEN.search(text):
        return None
    host = text.lower()
    last = host.removesuffix(".").rpartition(".")[2]
    if last[:1].isdigit() and (last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last)):
        return _ipv4(host.removesuffix("."))
    return host if _PLAIN_HOST.fullmatch(host) else None


def _ipv4(host: str) -> str | None:
    """Parse the URL standard's numbers: up to 4 parts, decimal, octal or hexadecimal."""
    numbers = [_number(part) for part in host.split(".")]
    *heads, last = numbers
    if len(numbers) > 4 or last is None or last >= 256 ** (5 - len(numbers)):
        return None
    value = last
    for index, head in enumerate(heads):
        if head is None or head > 255:
            return None
        value += head * 256 ** (3 - index)
    return ".".join(str(byte) for byte in value.to_bytes(4))


def _number(part: str) -> int | None:
    if re.fullmatch(r"0x[0-9a-f]{0,30}", part):
        return int(part[2:] or "0", 16)
    octal = len(part) > 1 and part.startswith("0")
    if not re.fullmatch(r"[0-7]{1,30}" if octal else r"[0-9]{1,30}", part):
        return None
    return int(part, 8 if octal else 10)


def _ipv6(text: str) -> str | None:
    """Parse an IPv6 address; written as 8 groups, the longest run of zeros as ``::``."""
    try:
        address = IPv6Address(text) if "%" not in text else None
    except AddressValueError:
        return None
    if address is None:
        return None
    groups = ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":"))
    runs = sorted(re.finditer(r"(?:^|:)0(?::0)+(?=:|$)", groups), key=lambda run: -len(run[0]))
    if runs:
        groups = f"{groups[: runs[0].start()]}::{groups[runs[0].end() :].removeprefix(':')}"
    return f"[{groups}]"
