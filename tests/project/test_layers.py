"""The architecture, read from the syntax trees: imports point down, floor 0 touches nothing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import daccord

ROOT = Path(daccord.__file__).parent

FLOORS: dict[str, int] = {
    "errors": 0,
    "declaration": 0,
    "consent": 0,
    "enforcement": 0,
    "notice": 0,
    "merkle": 0,
    "receipt": 0,
    "exchange": 0,
    "ledger": 1,
    "witness": 1,
    "web": 1,
    "server": 2,
    "cli": 3,
    "demo": 3,
}

ABOVE: dict[str, set[str]] = {
    # Each part, and what it may import beside itself. `errors` may be used by all.
    "errors": set(),
    "declaration": set(),
    "consent": {"declaration"},
    "enforcement": {"consent", "declaration"},
    "notice": {"consent", "declaration"},
    "exchange": {"consent", "declaration", "enforcement", "notice", "merkle", "receipt"},
    "merkle": set(),
    "receipt": {"consent", "declaration", "merkle"},
    "ledger": {"consent", "merkle", "receipt"},
    "witness": {"merkle"},
    "web": {"consent", "declaration", "enforcement", "exchange", "merkle"},
    "server": {
        *("consent", "declaration", "notice", "exchange", "merkle", "receipt"),
        *("ledger", "web"),
    },
    "cli": {
        *("consent", "declaration", "merkle", "receipt"),
        *("ledger", "witness", "server", "demo"),
    },
    "demo": {"declaration", "ledger", "server"},
}

FORBIDDEN_ON_FLOOR_0 = {
    "asyncio",
    "http",
    "importlib",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "uuid",
}

MODULES = sorted(ROOT.rglob("*.py"))


def part_of(path: Path) -> str:
    inside = path.relative_to(ROOT)
    return inside.parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """Every module that the file imports, at run time or for types, by its full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the full name of what you import"
            assert node.module is not None
            found.add(node.module)
            if node.module == "daccord":
                found |= {f"daccord.{alias.name}" for alias in node.names}
    return found


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


OUTSIDE = {"__init__.py", "__main__.py"}
INSIDE = [path for path in MODULES if path.parent != ROOT or path.name not in OUTSIDE]


@pytest.mark.parametrize("path", INSIDE, ids=names(INSIDE))
def test_imports_point_down(path: Path) -> None:
    part = part_of(path)
    allowed = ABOVE[part] | {part, "errors"}
    used = {name.split(".")[1] for name in imports_of(path) if name.startswith("daccord.")}
    # The package's own name gives Daccord, which the demo uses as a publisher does.
    used -= {"Daccord"} if part == "demo" else set()
    used -= {"__version__"}
    assert used <= allowed, f"{part} imports {sorted(used - allowed)}"


def test_there_is_no_ring_between_parts() -> None:
    seen: list[str] = []
    while len(seen) < len(ABOVE):
        free = [part for part, below in ABOVE.items() if part not in seen and below <= set(seen)]
        assert free, f"a ring among {sorted(set(ABOVE) - set(seen))}"
        seen += free


FLOOR_0 = [path for path in INSIDE if FLOORS[part_of(path)] == 0]


@pytest.mark.parametrize("path", FLOOR_0, ids=names(FLOOR_0))
def test_floor_0_touches_nothing_outside(path: Path) -> None:
    top = {name.split(".")[0] for name in imports_of(path)}
    assert not top & FORBIDDEN_ON_FLOOR_0
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "print", "input", "exec", "eval"}


def test_importing_daccord_brings_no_framework_driver_or_browser() -> None:
    code = "import sys, daccord; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    # what measures coverage in subprocesses would bring modules of its own
    plain = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    loaded = subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=plain
    ).stdout.split()
    heavy = {
        *("starlette", "uvicorn", "playwright", "isso", "pydantic", "rich", "asyncio"),
        *("psycopg", "sqlite3", "cryptography", "pyarrow", "rfc3161_client"),
    }
    assert not heavy & set(loaded)
