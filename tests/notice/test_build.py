"""The built client is what its sources build to, and pulls in nothing at run time."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "client"

needs_node = pytest.mark.skipif(
    not shutil.which("node") or not (CLIENT / "node_modules" / "esbuild").is_dir(),
    reason="needs node, and `npm ci` in client/",
)


@needs_node
def test_what_is_shipped_is_what_the_client_builds_to() -> None:
    built = subprocess.run(
        ["node", "build.mjs", "--print"],  # noqa: S607 - the node of whoever runs the tests
        cwd=CLIENT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert built == (ROOT / "src" / "daccord" / "notice" / "assets.py").read_text()


@needs_node
def test_the_client_is_strictly_typed() -> None:
    subprocess.run(
        ["node", "node_modules/typescript/bin/tsc", "--noEmit"],  # noqa: S607 - likewise
        cwd=CLIENT,
        check=True,
    )


def test_the_lock_names_no_registry_and_nothing_runs_in_a_readers_browser() -> None:
    lock = (CLIENT / "package-lock.json").read_text()
    assert "http" not in lock
    assert "dependencies" not in json.loads((CLIENT / "package.json").read_text())


@pytest.mark.law("A11Y-15")
def test_nothing_moves() -> None:
    for sheet in (CLIENT / "src").glob("*.css"):
        assert not set(sheet.read_text().split()) & {"animation:", "transition:", "@keyframes"}


@pytest.mark.law("CNIL-1")
def test_the_client_stores_nothing() -> None:
    for script in (CLIENT / "src").glob("*.ts"):
        text = script.read_text()
        assert "setItem" not in text
        if not script.name.startswith("clear"):
            assert "Storage" not in text
            assert "document.cookie" not in text
        assert "innerHTML" not in text
        assert "eval(" not in text
