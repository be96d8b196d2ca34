"""Every way we know in which a page of the site could make a refused host hear of its reader.

A way is a small page. ``AT`` in it stands for an address of the third party, ``HOST`` for its host
and port, ``OWN`` for the folder of this way's own files on the paper. Each way has a host of its
own, so that what arrives tells which way it came.

The page is the worst case: the paper's own, without a Content-Security-Policy of its own, and with
scripts that mean to get round daccord.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Act(Enum):
    """What the reader does on the page."""

    READ = "reads"
    CLICK = "clicks"
    LEAVE = "leaves"


class Reach(Enum):
    """What the third party saw."""

    NOTHING = "nothing"
    CONNECTION = "a connection"
    REQUEST = "a request"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of the paper's own beside the page."""

    media: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Escape:
    """One way. ``page`` is a file as well, of HTML unless said otherwise.

    ``open`` is what reaches the third party without daccord, ``shut`` with it and everything
    refused; ``why`` says what stopped it, or why nothing does. ``alone`` is for what Chromium
    does on the page in front only.
    """

    name: str
    title: str
    page: str
    open: Reach
    shut: Reach
    why: str
    act: Act = Act.READ
    js: bool = True
    alone: bool = False
    media: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)


JS: Final = "text/javascript"
CSS: Final = "text/css"

GATE: Final = "taken out of the page; the policy would stop it too"
POLICY: Final = "stopped by the policy"
FIELD: Final = "taken out of the fields"
INERT: Final = "whatever could be shown as a document has a policy"
NOWHERE: Final = "reaches nobody in this Chromium"
CONNECTS: Final = (
    "the policy stops the request, but Chromium has connected by then: the host sees an address "
    "and nothing else"
)
FORM: Final = (
    "the policy stops the form, but Chromium has connected by then: the host sees an address and "
    "nothing else"
)
NAVIGATION: Final = "not stopped: a navigation is under no policy; the address bar shows it"
