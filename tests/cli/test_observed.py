"""Moving a site over: from a browser's report to a line that says what to declare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from daccord import Daccord
from daccord.cli.main import main
from daccord.ledger.sqlite import SqliteStore
from daccord.server.folder import LEDGER_FILE
from tests.web.client import Browser
from tests.web.site import Site

if TYPE_CHECKING:
    from tests.web.client import Answer

NEWSPAPER = Path(__file__).parent.parent / "declaration" / "newspaper.toml"
REPORT = {
    "csp-report": {
        "document-uri": "https://site.example/canary-path?canary-query",
        "referrer": "https://site.example/canary-referrer",
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://tracker.example/t.js?canary",
    }
}


def observing(data: Path) -> Browser:
    path = data / "daccord.toml"
    path.write_text(NEWSPAPER.read_text().replace('mode = "enforce"', 'mode = "observe"'))
    store = SqliteStore(data / LEDGER_FILE)
    return Browser(Daccord(Site(), declaration=path, data=data, ledger=store))


def post(browser: Browser, body: bytes) -> Answer:
    fields = [(b"content-type", b"application/csp-report")]
    return browser.request("POST", "/_daccord/report", extra=fields, body=[body])


def test_from_a_report_to_a_row(tmp_path: Path) -> None:
    browser = observing(tmp_path)
    page = browser.get()
    assert page.one("content-security-policy") is None
    policy = page.one("content-security-policy-report-only") or ""
    assert "report-uri /_daccord/report" in policy
    for _ in range(3):
        assert post(browser, json.dumps(REPORT).encode()).status == 204
    assert post(browser, b"\xff not json").status == 204
    app = browser.app
    assert isinstance(app, Daccord)
    app.ledger.close()

    table = CliRunner().invoke(main, ["observed", "--data", str(tmp_path)])
    assert table.exit_code == 1
    assert table.output.split()[0::2] == ["3", "tracker.example"]
    found = CliRunner().invoke(main, ["observed", "--data", str(tmp_path), "--json"])
    [row] = json.loads(found.output)
    assert (row["host"], row["directives"], row["count"]) == (
        "tracker.example",
        ["script-src-elem"],
        3,
    )
    for file in tmp_path.iterdir():
        assert b"canary" not in file.read_bytes()


def test_nothing_reported_and_no_ledger(tmp_path: Path) -> None:
    missing = CliRunner().invoke(main, ["observed", "--data", str(tmp_path)])
    assert missing.exit_code == 3
    store = SqliteStore(tmp_path / LEDGER_FILE)
    store.open()
    store.close()
    nothing = CliRunner().invoke(main, ["observed", "--data", str(tmp_path)])
    assert (nothing.exit_code, nothing.output) == (0, "nothing undeclared was reported\n")


def test_a_site_that_enforces_takes_no_reports(tmp_path: Path) -> None:
    browser = Browser(Daccord(Site(), declaration=NEWSPAPER, data=tmp_path))
    assert post(browser, json.dumps(REPORT).encode()).status == 404
