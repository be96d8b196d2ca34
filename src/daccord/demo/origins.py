"""Where everything of the demo stands: one origin for the paper, one for each third party."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Scheme, host and port of each, without a trailing slash: ``http://paper.localhost:8100``.

    ``cdn`` is a second host of the advertiser, ``unknown`` one that no declaration names.
    """

    paper: str
    comments: str
    social: str
    ads: str
    cdn: str
    tags: str
    bidder: str
    unknown: str

    def to_json(self) -> str:
        """Write the origins as one line, to hand to a child process or to a test."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Origins:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))
