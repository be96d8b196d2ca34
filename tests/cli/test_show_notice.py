"""``daccord ledger show-notice``: from a receipt to what its reader saw, in a real browser."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from playwright.sync_api import sync_playwright

from daccord import Daccord
from daccord.cli.show_notice import show_notice
from daccord.consent.choice import NOT_ASKED
from daccord.declaration.model import Language
from daccord.ledger.sqlite import SqliteStore
from daccord.notice.notice import render_notice
from daccord.receipt.receipt import format_receipt, parse_receipt
from daccord.server.publishing import version_of
from daccord.server.settings import read_declaration
from tests.receipt.making import LOG, make_receipt
from tests.stage.browser import open_reader
from tests.web.client import Browser
from tests.web.site import Site

if TYPE_CHECKING:
    from click.testing import Result

DEMO_FILE = "src/daccord/demo/daccord.toml"
DEMO = read_declaration(DEMO_FILE)
PICTURES = Path("test-artifacts")


@dataclass
class Case:
    """A ledger in which a reader consented, and their receipt."""

    folder: Path
    receipt: Path

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.sqlite"

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(show_notice, [*words, "--ledger", str(self.ledger)])


def consent(folder: Path, *, language: str = "fr", publish: bool = True) -> Case:
    """A reader of the demo's declaration accepts everything; the site's own code records it."""
    store = SqliteStore(folder / "ledger.sqlite", signer=LOG)
    site = Site(body=(f"<!doctype html><html lang={language}><body><p>…</body>".encode(),))
    browser = Browser(Daccord(site, declaration=DEMO_FILE, data=folder, ledger=store))
    if publish:
        store.open()
        store.publish(*version_of(DEMO))
        store.merge()
    shown = browser.get().form_value("shown")
    answers: dict[str, str | list[str]] = {"do": "accept", "shown": shown, "lang": language}
    assert browser.post_form(answers).status == 303
    (record,) = store.records()
    raw = store.receipt(record.id)
    store.close()
    assert raw is not None
    path = folder / "mine.receipt.txt"
    path.write_bytes(raw)
    return Case(folder, path)


@pytest.mark.law("CNIL-21")
@pytest.mark.promise("B3")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_holds_exactly_the_notice_that_was_shown(tmp_path: Path, language: str) -> None:
    case = consent(tmp_path, language=language)
    result = case.run(str(case.receipt))
    assert result.exit_code == 0, result.output
    pieces = render_notice(DEMO, NOT_ASKED, language=Language(language), gpc=False)
    assert f"{pieces.before_back}/{pieces.after_back}" in result.stdout
    record = parse_receipt(case.receipt.read_bytes()).record
    lines = result.stderr.splitlines()
    assert lines[0] == "passed  the record is entry 1 of this log"
    assert lines[1] == (
        f"passed  the notice is kept, and has the hash in the record, {record.notice_hash}"
    )
    assert lines[4] == "passed  entry 0 of 2 says that this version went live, before the consent"
    assert len(lines) == 5


@pytest.mark.browser
@pytest.mark.law("CNIL-21")
@pytest.mark.promise("B3")
def test_a_browser_shows_it_and_sends_nothing(tmp_path: Path) -> None:
    case = consent(tmp_path)
    page_file = tmp_path / "notice.html"
    result = case.run(str(case.receipt), "--out", str(page_file))
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    PICTURES.mkdir(exist_ok=True)
    with (
        sync_playwright() as playwright,
        open_reader(
            playwright, tmp_path / "profile", viewport={"width": 1000, "height": 800}
        ) as it,
    ):
        page = it.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        dialog = page.locator("#daccord")
        assert dialog.is_visible()
        assert dialog.evaluate("it => getComputedStyle(it).position") == "fixed"
        accept, refuse = page.locator("#daccord-accept"), page.locator("#daccord-refuse")
        assert accept.is_visible()
        assert refuse.is_visible()
        page.screenshot(path=PICTURES / "show-notice.png")
        page.locator("#daccord-customise").click()
        assert page.locator("#daccord-choices fieldset").first.is_visible()
        page.screenshot(path=PICTURES / "show-notice-customise.png")
        accept.click(no_wait_after=True)
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        assert page.url == page_file.as_uri()
        assert asked == [page_file.as_uri()]


def test_a_receipt_of_another_log_or_a_changed_one_is_told(tmp_path: Path) -> None:
    case = consent(tmp_path)
    record = parse_receipt(case.receipt.read_bytes()).record
    other = tmp_path / "other"
    other.write_bytes(format_receipt(make_receipt(record)))
    result = case.run(str(other))
    assert result.exit_code == 1
    assert result.stderr.startswith("failed  entry 5 of this log is not this record")
    assert "<div id=daccord" in result.stdout


def test_a_version_that_is_not_in_the_log_is_told(tmp_path: Path) -> None:
    case = consent(tmp_path)
    with closing(sqlite3.connect(case.ledger)) as ledger, ledger:
        ledger.execute("DELETE FROM statement")
    result = case.run(str(case.receipt))
    assert result.exit_code == 1
    told = "failed  the log holds no statement that this version went live"
    assert told in result.stderr.splitlines()


def test_a_statement_that_is_not_in_the_tree_is_told(tmp_path: Path) -> None:
    case = consent(tmp_path)
    with closing(sqlite3.connect(case.ledger)) as ledger, ledger:
        ledger.execute("UPDATE statement SET leaf = 1 WHERE leaf = 0")
    result = case.run(str(case.receipt))
    assert result.exit_code == 3
    assert "statement of leaf 1: it is not what the tree holds" in result.stderr
    assert result.stdout == ""


def test_a_changed_text_is_never_shown(tmp_path: Path) -> None:
    case = consent(tmp_path)
    record = parse_receipt(case.receipt.read_bytes()).record
    digest = bytes.fromhex(record.notice_hash)
    with closing(sqlite3.connect(case.ledger)) as ledger, ledger:
        ledger.execute("UPDATE text SET body = x'00' WHERE hash = ?", (digest,))
    result = case.run(str(case.receipt))
    assert result.exit_code == 3
    assert result.stdout == ""
    with closing(sqlite3.connect(case.ledger)) as ledger, ledger:
        ledger.execute("DELETE FROM text WHERE hash = ?", (digest,))
    result = case.run(str(case.receipt))
    assert result.exit_code == 3
    assert (
        f"the ledger keeps no notice with the hash in the record, {digest.hex()}" in result.stderr
    )
    assert "daccord: there is no notice to show" in result.stderr


def test_what_cannot_be_read_or_written(tmp_path: Path) -> None:
    case = consent(tmp_path)
    taken = tmp_path / "taken"
    taken.write_text("mine")
    result = case.run(str(case.receipt), "--out", str(taken))
    assert result.exit_code == 3
    assert taken.read_text() == "mine"
    bad = tmp_path / "bad"
    bad.write_bytes(b"\xff")
    assert case.run(str(bad)).exit_code == 1
    assert case.run(str(tmp_path / "missing")).exit_code == 3
    nowhere = ["--ledger", str(tmp_path / "nowhere.sqlite")]
    assert CliRunner().invoke(show_notice, [str(case.receipt), *nowhere]).exit_code == 3
    assert not (tmp_path / "nowhere.sqlite").exists()
