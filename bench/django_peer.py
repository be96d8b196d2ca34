"""What django-cookie-consent adds to a request of Django's, in a virtual environment of its own.

Made under the user's cache folder, outside the repository; without a way to install it, the row
is skipped.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path.home() / ".cache" / "daccord-bench" / "django"
SCRIPT = Path(__file__).with_name("django_site.py")


class Absent(Exception):
    """The peer cannot be measured here; the message says why."""


def measured(*, rounds: int) -> list[float]:
    """Microseconds of CPU that its middleware adds, one figure a round. Raises `Absent`."""
    python = FOLDER / "bin" / "python"
    try:
        if not (FOLDER / "ready").exists():
            venv.create(FOLDER, with_pip=True, clear=True)
            _run(str(python), "-m", "pip", "install", "--quiet", "django-cookie-consent")
            (FOLDER / "ready").touch()
        figures: list[float] = json.loads(_run(str(python), str(SCRIPT), str(rounds)))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Absent(f"could not be installed or run ({type(error).__name__})") from error
    return figures


def _run(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=180)  # noqa: S603 - our own
    return done.stdout


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(rounds=5)))
