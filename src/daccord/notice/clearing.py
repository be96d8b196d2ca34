"""What a refused service may have left in the browser, for the script that clears it (CNIL-18)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.consent.choice import permits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.declaration.model import Service
    from daccord.notice.situation import Situation

_DATA: Final = Markup('<span id=daccord-clear hidden data-names="{}"></span>')


def clearing(at: Situation) -> Markup:
    """Name what to remove: nothing unless something was withdrawn.

    The names are a JSON list of ``[area, name]``, with ``*`` for any run of characters. What a
    permitted service uses as well is not among them.
    """
    if not at.choice.withdrawn:
        return Markup()
    refused, permitted = set[tuple[str, str]](), set[tuple[str, str]]()
    for service in at.declaration.services:
        is_permitted = permits(at.declaration, at.choice, service.id)
        (permitted if is_permitted else refused).update(_names(service))
    names = sorted(refused - permitted)
    return _DATA.format(json.dumps(names, separators=(",", ":"))) if names else Markup()


def _names(service: Service) -> Iterator[tuple[str, str]]:
    for cookie in service.cookies:
        if cookie.first_party:
            yield "cookie", cookie.name
    for key in service.storage:
        yield key.area.value, key.name
