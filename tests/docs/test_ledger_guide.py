"""Every finding and remark that a verification can give is told, and none that it cannot."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS, ROOT
from tests.docs.test_reference import COMMANDS, section

LEDGER = ROOT / "src/daccord/ledger"
GUIDE = DOCS / "guides/ledger.md"


def told(heading: str) -> set[str]:
    lines = re.findall(r"^\| (`.*?) \|", section(GUIDE, heading), re.MULTILINE)
    return {each for line in lines for each in re.findall(r"`([a-z-]+)`", line)}


def test_findings_and_remarks() -> None:
    code = "".join(path.read_text() for path in [*LEDGER.glob("check_*.py"), LEDGER / "verify.py"])
    given = set(re.findall(r'(?:findings|remarks)\.add\(\s*"([a-z-]+)"', code))
    for kind in ("tile", "bundle"):
        assert 'f"{kind}-extra", f"{name}' in code
        given.add(f"{kind}-extra")
    assert told("Findings") == given


def test_every_command_has_json_but_those_that_print_a_file() -> None:
    [line] = re.findall(r"^Each has `--json`, except (.*):.*$", GUIDE.read_text(), re.MULTILINE)
    without = {
        name.removeprefix("ledger ")
        for name, command in COMMANDS.items()
        if name.startswith("ledger ")
        and "--json" not in {o for p in command.params for o in p.opts}
    }
    assert set(re.findall(r"`([a-z-]+)`", line)) == without
