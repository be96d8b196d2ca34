"""Permissions-Policy: browser features that exist for tracking are closed (PP-1).

The advertising features are being retired and no declaration can ask for them: they are closed
always. Client hints of high entropy and storage access of frames open when a service is permitted
that may use frames or scripts: what other hosts could use them then is not in the page at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from daccord.declaration.model import Load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from daccord.declaration.model import Service

_ALWAYS_CLOSED: Final = (
    "browsing-topics",
    "attribution-reporting",
    "join-ad-interest-group",
    "run-ad-auction",
)

_CLIENT_HINTS: Final = (
    "ch-ua-arch",
    "ch-ua-bitness",
    "ch-ua-full-version-list",
    "ch-ua-model",
    "ch-ua-platform-version",
    "ch-ua-wow64",
    "ch-ua-form-factors",
)

_STRING: Final = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
_KEY: Final = r"[a-z*][a-z0-9_.*-]*"
_BARE: Final = (
    rf"(?:{_STRING}|[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*|:[A-Za-z0-9+/=]*:|\?[01]|@-?\d{{1,15}}"
    r"|-?\d{1,12}\.\d{1,3}|-?\d{1,15})"
)
_PARAMETERS: Final = rf"(?:; *{_KEY}(?:={_BARE})?)*"
_ITEM: Final = rf"{_BARE}{_PARAMETERS}"
_LIST: Final = rf"\( *(?:{_ITEM}(?: +{_ITEM})* *)?\){_PARAMETERS}"
_MEMBER: Final = rf"{_KEY}(?:=(?:{_LIST}|{_ITEM})|{_PARAMETERS})"
_DICTIONARY: Final = re.compile(rf" *{_MEMBER}(?:[ \t]*,[ \t]*{_MEMBER})* *", re.ASCII)
"""A dictionary of RFC 9651. Browsers join all fields and drop them all when one does not parse."""


def permissions_of(permitted: Iterable[Service]) -> str:
    """The value of our Permissions-Policy field while the services ``permitted`` are."""
    loads = {load for service in permitted if service.hosts for load in service.loads}
    closed = list(_ALWAYS_CLOSED)
    if Load.FRAME not in loads:
        closed.insert(0, "storage-access")
    if not {Load.FRAME, Load.SCRIPT} & loads:
        closed += _CLIENT_HINTS
    return ", ".join(f"{feature}=()" for feature in closed)


def merge_permissions(site: Sequence[bytes], ours: bytes) -> tuple[bytes, ...]:
    """Give the site's Permissions-Policy fields with ours after them, as fields of their own.

    Later members win and all of ours close something, so the result is never weaker than either.
    Fields of the site that are empty or no dictionary are left out: a browser joins all fields
    and would drop ours with them.
    """
    return (*(field for field in site if _is_dictionary(field)), ours)


def _is_dictionary(field: bytes) -> bool:
    return bool(field.strip()) and _DICTIONARY.fullmatch(field.decode("latin-1")) is not None
