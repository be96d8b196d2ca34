"""Chromium for tests: which one, with which flags, and with third-party cookies let through."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Debian's Chromium blocks third-party cookies and connection prediction by default: with them
# off, "nothing was stored" would say nothing about daccord.
PREFERENCES = {
    "profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False},
    "net": {"network_prediction_options": 0},
}


def chromium_path() -> str | None:
    """Give the Chromium to test with, or ``None`` for Playwright's own."""
    return os.environ.get("DACCORD_CHROMIUM") or shutil.which("chromium")


@contextmanager
def open_reader(playwright: Playwright, profile: Path, **options: Any) -> Iterator[BrowserContext]:
    """Open a browser of a reader with a profile of their own; ``options`` are Playwright's.

    A folder that has a profile already is that reader coming back.
    """
    default = profile / "Default"
    if not default.exists():
        default.mkdir(parents=True)
        (default / "Preferences").write_text(json.dumps(PREFERENCES))
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=chromium_path(), args=FLAGS, **options
    )
    try:
        yield context
    finally:
        context.close()
