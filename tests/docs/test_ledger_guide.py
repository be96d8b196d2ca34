"""Every finding and remark that a verification can give is told, and none that it cannot."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS, ROOT
from tests.docs.test_reference import section

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
