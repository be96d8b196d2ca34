"""The paper's own headers: what it would send without daccord, third parties and all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daccord.demo.origins import Origins


def site_policy(origins: Origins) -> str:
    """The paper's own Content-Security-Policy: strict about itself, open to whom it works with.

    daccord adds a second policy beside it and never weakens this one, so what is missing here
    stays forbidden whatever the reader chooses. The comment server's script sizes its text area
    by a style attribute, hence ``style-src-attr``; the hosts that the tag manager goes on to load
    are let through as its manual asks, the undeclared one among them: refusing that one is
    daccord's part.
    """
    live = origins.ads.replace("http", "ws", 1)
    partners = " ".join((origins.social, origins.tags, origins.ads, *origins.further))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {origins.comments} {partners}",
            f"style-src 'self' {origins.comments}",
            "style-src-attr 'unsafe-inline'",
            f"img-src 'self' data: {origins.comments} {partners}",
            f"connect-src 'self' {origins.comments} {partners} {live}",
            f"frame-src {partners}",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        )
    )


def site_headers(origins: Origins) -> dict[str, str]:
    """The headers of every page of the paper."""
    return {
        "Content-Security-Policy": site_policy(origins),
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
