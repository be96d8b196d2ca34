"""Where each part of the demo lives: what the paper's pages, and its own policy, point to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """The third parties of the demo, each as ``http://HOST:PORT`` without a slash at the end.

    ``further`` are those that the tag manager loads in its turn; the paper never names them in
    a page, but its own Content-Security-Policy has to let them pass, as a tag manager's manual
    asks of a publisher.
    """

    comments: str
    social: str
    ads: str
    tags: str
    further: tuple[str, ...] = ()
