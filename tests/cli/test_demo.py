"""Without its extra the demo says what to install, and starts nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner
from packaging.requirements import Requirement

from daccord.cli import demo
from daccord.cli.main import main

if TYPE_CHECKING:
    import pytest

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
FASTER = {"httptools", "uvloop"}
"""What uvicorn does without."""


def test_what_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = {"isso", "uvicorn"}
    monkeypatch.setattr(demo, "find_spec", lambda name: None if name in absent else object())
    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.startswith("daccord demo: missing isso, uvicorn\n  hint: pip install ")


def test_what_the_demo_needs_is_what_its_extra_brings() -> None:
    extras = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    names = {Requirement(word).name for word in (*extras["server"], *extras["demo"])}
    assert set(demo.NEEDED) == names - FASTER - {"daccord"}
