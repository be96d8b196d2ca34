"""The newspaper of the demo: `paper` without daccord, `guarded_paper` with it."""

from daccord.demo.paper.app import paper
from daccord.demo.paper.guarded import guarded_paper

__all__ = ["guarded_paper", "paper"]
