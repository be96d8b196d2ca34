"""A consent's whole life on the site: recorded, taken along, proved, forgotten (B3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daccord.receipt.receipt import parse_receipt
from tests.browser.evidence import NO_TRACE
from tests.browser.proofs import (
    check_log,
    download,
    fetch,
    forget,
    in_files,
    press,
    verify_by_command,
    verify_ledger,
)
from tests.browser.reader import LEAD, OTHER, Reader

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewReader

pytestmark = [pytest.mark.browser, pytest.mark.promise("B3")]

CONSENTS = {"fr": "Mes consentements", "en": "My consents"}
NOTHING = {"fr": "Rien n’est enregistré à votre sujet", "en": "Nothing is on record about you"}
FORGOTTEN = {"fr": "Oublié\u00a0:", "en": "Forgotten:"}
LOOKED_UP = {"fr": "n’est plus au registre", "en": "no longer in the ledger"}
PASSED = {"fr": "Authentique", "en": "Genuine"}
CLOSED = ".comments .daccord-box"


def verify_both_ways(reader: Reader, receipt: Path, language: str) -> str:
    """The page and the command say that it is good; give the key that both went by."""
    page = reader.page
    key = fetch(reader.stage, "keys").decode().strip()
    press(reader, "main a[href*=verify]")
    if reader.js:
        assert page.locator("#keys").input_value() == key
        page.locator("#file").set_input_files(receipt)
        page.locator("#step-summary").wait_for()
        assert page.locator("#step-summary h2").inner_text() == PASSED[language]
    else:
        assert page.locator("#tool").is_hidden()
        assert f"--key '{key}'" in page.locator("pre").inner_text()
    done = verify_by_command(receipt, key)
    assert done.returncode == 0, done.stdout + done.stderr
    return key


@pytest.mark.promise("P4")
@pytest.mark.promise("P8")
@pytest.mark.law("CNIL-21")
@pytest.mark.law("REC-5")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_whole_life_of_a_consent(
    new_reader: NewReader,
    js: bool,  # noqa: FBT001 - a parameter of the test
    language: str,
    tmp_path: Path,
) -> None:
    """Accept, see it, take the receipt, check it twice, have it forgotten: nothing is left."""
    reader = new_reader(js=js, language=language)
    stage, page = reader.stage, reader.page
    reader.open(f"/_daccord/consents?lang={language}")
    assert NOTHING[language] in page.locator("main").inner_text()
    lead = {"fr": LEAD, "en": "/en/la-gourmande-relit"}[language]
    reader.open(lead).accept()
    assert page.locator(CLOSED).count() == 0

    # from any page by the policy, as a reader would
    reader.open(f"/_daccord/policy?lang={language}")
    press(reader, "footer a[href*=consents]")
    assert page.locator("h1").inner_text() == CONSENTS[language]
    shown = page.locator("main").inner_text()
    assert page.locator(".d-answers b.d-yes").count() == len(reader.choice.granted)
    assert page.locator(".d-answers b.d-no").count() == 0
    record = reader.choice.record
    assert record is not None
    assert record[:8] in shown
    path = download(reader, tmp_path)
    receipt = parse_receipt(path.read_bytes())
    assert receipt.record.id == record
    assert receipt.record.language == language

    key = verify_both_ways(reader, path, language)
    size = check_log(stage)

    # forgotten
    secrets = [receipt.record.id.encode(), receipt.salt]
    assert in_files(stage, *secrets) == secrets
    reader.open(f"/_daccord/consents?lang={language}")
    forget(reader)
    assert page.locator("[role=status]").inner_text().startswith(FORGOTTEN[language])
    assert NOTHING[language] in page.locator("main").inner_text()
    assert in_files(stage, *secrets) == []
    assert reader.choice.record is None
    assert not reader.choice.granted
    answer = page.goto(f"{reader.paper}/_daccord/receipt?lang={language}")
    assert answer is not None
    assert answer.status == 404
    reader.open(f"/_daccord/consents?lang={language}")
    page.locator("#text").fill(path.read_text("utf-8"))
    press(reader, "button[value=look]")
    assert LOOKED_UP[language] in page.locator("main").inner_text()
    assert check_log(stage) >= size, "the log still verifies, and nothing was taken out of it"
    assert verify_by_command(path, key).returncode == 0, "what was signed stays signed"

    # and it no longer holds
    reader.open(lead)
    assert page.locator(CLOSED).count() == 1
    assert reader.state == "refused"


@pytest.mark.promise("P9")
def test_what_a_forgotten_consent_let_in_is_out_again(reader: Reader) -> None:
    """As after a withdrawal: no request, no cookie, nothing stored, from the next page on."""
    reader.open(LEAD).accept()
    if reader.js:
        with reader.page.expect_response("**/hit"):
            reader.open(OTHER)
    reader.open("/_daccord/consents")
    forget(reader)
    reader.open(LEAD)
    if reader.js:
        reader.page.wait_for_function("() => caches.keys().then(k => !k.length)")
    seen = reader.visit([OTHER, LEAD])
    assert seen.trace == NO_TRACE
    assert {name for at, name in seen.cookies if at == "paper.localhost"} == {"daccord", "audience"}


def test_nothing_is_forgotten_without_the_box(reader: Reader) -> None:
    """The browser itself asks for it, with a script and without."""
    reader.open(LEAD).accept().open("/_daccord/consents")
    held = reader.cookie
    reader.page.locator("button[value=forget]").click()
    assert reader.page.locator("input[name=sure]:invalid").count() == 1
    assert reader.cookie == held
    reader.open("/_daccord/consents")
    assert reader.page.locator("a[download]").count() == 1


def test_a_receipt_from_a_file_fills_the_form(new_reader: NewReader, tmp_path: Path) -> None:
    """A comfort of the script; the consent of another device is forgotten from this one."""
    elsewhere = new_reader()
    elsewhere.open(LEAD).accept().open("/_daccord/consents")
    path = download(elsewhere, tmp_path)
    reader = new_reader()
    reader.open("/_daccord/consents")
    reader.page.locator("#file").set_input_files(path)
    reader.page.wait_for_function("() => document.getElementById('text').value")
    press(reader, "button[value=look]")
    assert reader.page.locator(".d-answers b.d-yes").count() > 0
    assert reader.page.locator("a[download]").count() == 0
    forget(reader)
    assert in_files(reader.stage, parse_receipt(path.read_bytes()).record.id.encode()) == []
    verified = verify_ledger(reader.stage, fetch(reader.stage, "keys").decode().strip())
    assert verified.returncode == 0, verified.stdout + verified.stderr
    said = elsewhere.open("/_daccord/consents?lang=en").page.locator("main").inner_text()
    assert "The record of your consent is gone" in said
    press(elsewhere, "form:not(:has(textarea)) button[value=forget]")
    assert elsewhere.choice.record is None


@pytest.mark.law("REC-2")
def test_any_site_may_read_the_log_and_none_the_consents(new_reader: NewReader) -> None:
    """The log is for everybody's eyes, a reader's own pages for theirs."""
    reader = new_reader()
    reader.open(LEAD).accept()
    reader.page.goto(f"{reader.stage.addresses.social}/me?lang=fr")
    read = "url => fetch(url, {credentials: 'include'}).then(a => a.text(), () => null)"
    open_read = "url => fetch(url).then(a => a.text(), () => null)"
    at = f"{reader.paper}/_daccord/"
    key = fetch(reader.stage, "keys").decode()
    assert reader.page.evaluate(open_read, f"{at}log/keys") == key
    assert reader.page.evaluate(open_read, f"{at}log/checkpoint")
    for name in ("consents", "receipt", "verify", "log/keys"):
        assert reader.page.evaluate(read, at + name) is None
