"""What goes into the log of a declaration is what its readers are shown and its records name."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from daccord.declaration.canonical import canonical_form
from daccord.notice.assets import CLEAR_JS, NOTICE_CSS, NOTICE_JS
from daccord.receipt.statements import VersionStatement, decode_entry
from daccord.server.publishing import version_of
from daccord.server.settings import read_declaration
from tests.web.client import Browser
from tests.web.site import Recorder, Site, guard

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration

DECLARATIONS = ("tests/declaration/newspaper.toml", "src/daccord/demo/daccord.toml")


@pytest.fixture(params=DECLARATIONS)
def declaration(request: pytest.FixtureRequest) -> Declaration:
    return read_declaration(str(request.param))


@pytest.mark.law("CNIL-21")
@pytest.mark.promise("B3")
def test_a_record_in_every_language_leads_to_the_texts_of_the_page(
    declaration: Declaration,
) -> None:
    statement, texts = version_of(declaration)
    version = decode_entry(statement.encode())
    assert isinstance(version, VersionStatement)
    assert [language for language, _ in version.notices] == sorted(declaration.languages)
    for language, named in version.notices:
        recorder = Recorder()
        site = Site(body=(f"<!doctype html><html lang={language}><body><p>…</body>".encode(),))
        browser = Browser(guard(site, declaration, recorder))
        page = browser.get()
        answers: dict[str, str | list[str]] = {
            "do": "accept",
            "shown": page.form_value("shown"),
            "lang": language,
        }
        assert browser.post_form(answers).status == 303
        (record,) = recorder.records
        assert record.language == language
        assert record.declaration_version == version.declaration_version
        assert record.notice_hash == named
        assert record.code_hash == version.code_hash
        notice = texts[bytes.fromhex(named)].decode().replace("\0", "/page")
        # As a page carries it: characters beyond ASCII by number, whatever the page's charset.
        assert notice.encode("ascii", "xmlcharrefreplace") in page.body


@pytest.mark.law("CNIL-21")
def test_the_texts_are_the_declaration_its_notices_and_the_built_client(
    declaration: Declaration,
) -> None:
    statement, texts = version_of(declaration)
    assert all(sha256(text).digest() == digest for digest, text in texts.items())
    assert len(texts) == 2 + len(declaration.languages)
    assert texts[bytes.fromhex(declaration.version)] == canonical_form(declaration)
    version = decode_entry(statement.encode())
    assert isinstance(version, VersionStatement)
    code = texts[bytes.fromhex(version.code_hash)]
    assert code.decode().split("\0") == [NOTICE_CSS, NOTICE_JS, CLEAR_JS]
    for _, named in version.notices:
        notice = texts[bytes.fromhex(named)].decode()
        assert NOTICE_CSS in notice
        assert NOTICE_JS in notice


def test_the_same_declaration_gives_the_same_statement(declaration: Declaration) -> None:
    again = read_declaration(DECLARATIONS[0])
    assert (version_of(again) == version_of(declaration)) is (again == declaration)
