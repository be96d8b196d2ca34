"""The rule for autoconsent that the guide gives, run by autoconsent itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.docs.pages import DOCS, ROOT, steps
from tests.docs.reader_at_work import AtWork, free_port
from tests.stage.browser import open_reader

if TYPE_CHECKING:
    from pathlib import Path

AUTOCONSENT = ROOT / "client/node_modules/@duckduckgo/autoconsent/dist/autoconsent.playwright.js"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not AUTOCONSENT.is_file(), reason="needs `npm ci` in client/"),
]

RUN = """rule => {
  const config = {
    enabled: true, autoAction: "optOut", disabledCmps: [], enablePrehide: true,
    enableCosmeticRules: true, enableGeneratedRules: true, detectRetries: 20, isMainWorld: true,
    prehideTimeout: 2000, enableHeuristicDetection: false, visualTest: false, logs: {},
  };
  window.autoconsentReceiveMessage({
    type: "initResp", config, rules: { autoconsent: [rule] },
  });
}"""
LISTEN = """() => {
  window.told = [];
  window.autoconsentSendMessage = async each => { window.told.push(each) };
}"""
DONE = "window.told.find(each => each.type === 'autoconsentDone')"


def test_autoconsent_runs_the_rule(tmp_path: Path) -> None:
    [rule] = [step for step in steps(DOCS / "guides/machines.md") if step.kind == "autoconsent"]
    [site] = [step for step in steps(DOCS / "guides/asgi.md") if step.about == "plain.py"]
    declaration = next(s for s in steps(DOCS / "tutorial.md") if s.about == "daccord.toml")
    work = AtWork(folder=tmp_path, ports={"8000": free_port()})
    work.file("plain.py", site.text)
    work.file("daccord.toml", declaration.text)
    work.start("site", "uvicorn plain:app --port 8000")
    try:
        with (
            sync_playwright() as playwright,
            open_reader(playwright, tmp_path / "reader", bypass_csp=True) as reader,
        ):
            page = reader.pages[0]
            page.goto(work.here("http://paper.localhost:8000/"))
            page.evaluate(LISTEN)
            page.add_script_tag(path=AUTOCONSENT)
            page.evaluate(RUN, json.loads(rule.text))
            page.wait_for_function(DONE)
            assert page.evaluate(f"{DONE}.cmp") == "daccord"
            page.locator("#daccord[data-state=refused]").wait_for()
            assert page.locator("#daccord[role=dialog]").count() == 0
    finally:
        work.stop("site")
