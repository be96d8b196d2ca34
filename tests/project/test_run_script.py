"""`./run` and the locks: small, clean, and silent about where things are fetched from."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
LEFT_OUT = {"misaka", "setuptools"}


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def asked(*, extras: list[str], groups: list[str]) -> list[Requirement]:
    raw = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = raw["project"]
    words = [*project["dependencies"]]
    for extra in extras:
        words += project["optional-dependencies"][extra]
    for group in groups:
        words += raw["dependency-groups"][group]
    return [r for r in map(Requirement, words) if r.name != "daccord"]


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("demo.txt", ["editable"]), ("test.txt", ["editable", "test", "bench", "build"])],
)
def test_the_lock_has_what_the_project_asks_for(lock: str, groups: list[str]) -> None:
    found = locked(lock)
    for requirement in asked(extras=["server", "demo"], groups=groups):
        version = found.get(canonicalize_name(requirement.name))
        assert version, f"{requirement} is not in {lock}: run requirements/lock"
        assert requirement.specifier.contains(version), f"{requirement}: run requirements/lock"


def test_the_demo_runs_on_what_the_tests_tested() -> None:
    assert locked("demo.txt").items() <= locked("test.txt").items()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_place_and_needs_no_compiler(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?:|--index|--extra|--find", text)
    assert not LEFT_OUT & set(locked(lock.name))


@pytest.mark.parametrize("script", ["run", ".ci/run", "requirements/lock"])
def test_scripts_are_clean(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["/bin/sh", "-n", path], check=True)  # noqa: S603 - our own script
    if checker := shutil.which("shellcheck"):
        subprocess.run([checker, path], check=True)  # noqa: S603 - our own script


def test_run_says_what_it_can_do() -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [ROOT / "run"], check=True, capture_output=True, text=True
    )
    assert [word for word in ("demo", "test", "bench", "check") if f"./run {word}" in done.stdout]
    wrong = subprocess.run(  # noqa: S603 - our own script
        [ROOT / "run", "sing"], check=False, capture_output=True, text=True
    )
    assert (wrong.returncode, wrong.stdout) == (2, done.stdout)
