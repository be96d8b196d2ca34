"""Where everything of the demo stands: the paper's own origin and each third party's."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from daccord.demo.origins import Origins


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
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

    def to_origins(self) -> Origins:
        """The part of it that the paper is told."""
        return Origins(
            comments=self.comments,
            social=self.social,
            ads=self.ads,
            tags=self.tags,
            further=(self.cdn, self.bidder, self.unknown),
        )

    def to_json(self) -> str:
        """Write the addresses as one line, to hand to a child process or to a test."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Addresses:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))
