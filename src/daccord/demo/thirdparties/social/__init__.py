"""Murmure, a social network: widget, embeds, pixel, and a page that shows what it knows."""

from daccord.demo.thirdparties.social.app import make

__all__ = ["make"]
