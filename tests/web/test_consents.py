"""A reader's own record: seen, taken along, looked up, forgotten; with no browser and no script."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from daccord.consent.choice import ANY_RECORD
from daccord.declaration.parse import parse_declaration
from daccord.merkle.notes import new_signer
from daccord.receipt.check import check_receipt
from daccord.receipt.receipt import parse_receipt
from daccord.server.publishing import version_of
from tests.web.client import Browser
from tests.web.conftest import NEWSPAPER
from tests.web.ledger_site import (
    CONSENTS,
    COOKIE,
    FORGET,
    RECEIPT,
    SIGNER,
    VERIFY,
    LedgerReader,
    ledger_site,
)
from tests.web.site import Site, guard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daccord.declaration.model import Declaration
    from tests.web.client import Answer

DONE = f"{CONSENTS}?lang=en&done=forgotten#done"

pytestmark = [pytest.mark.promise("B3"), pytest.mark.law("NOJS-1")]


@pytest.fixture
def reader(tmp_path: Path, newspaper: Declaration) -> Iterator[LedgerReader]:
    with ledger_site(tmp_path, newspaper) as reader:
        yield reader


def text_of(answer: Answer) -> str:
    """The words of a page: tags off, references for characters decoded."""
    plain = re.sub(r"<(style|script)>.*?</\1>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
    return " ".join(html.unescape(plain).split())


def in_files(folder: Path, *needles: bytes) -> list[bytes]:
    """Which of ``needles`` stand in any file of ``folder``."""
    raw = b"\0".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    return [needle for needle in needles if needle in raw]


# what is seen


@pytest.mark.promise("B4")
@pytest.mark.law("REC-5")
@pytest.mark.parametrize("do", [None, "refuse"])
def test_who_accepted_nothing_is_told_that_nothing_is_kept(
    newspaper: Declaration, do: str | None
) -> None:
    """And the store is not even asked: this site has none."""
    browser = Browser(guard(Site(), newspaper))
    if do:
        browser.post_form({"do": do, "shown": newspaper.questions_digest})
    answer = browser.get(f"{CONSENTS}?lang=en")
    assert (answer.status, answer.one("cache-control")) == (200, "no-store")
    assert "Nothing is on record about you" in text_of(answer)
    assert "action=/_daccord/forget" in answer.text, "the way in with a receipt"
    assert browser.get(RECEIPT).status == 404


@pytest.mark.promise("P7")
@pytest.mark.law("REC-1")
def test_what_was_recorded_is_shown_in_words(reader: LedgerReader, newspaper: Declaration) -> None:
    reader.choose("grant.isso")
    said = text_of(reader.get(f"{CONSENTS}?lang=en"))
    assert "site.example" in said
    assert "in the place of what was closed" in said
    assert newspaper.version[:8] in said
    assert reader.record[:8] in said
    assert reader.record not in said
    assert "entry 0 (from 0) of 1" in said
    assert SIGNER.name in said
    assert "nobody but the site so far" in said
    service = newspaper.service_by_id
    granted = {q.service for q in newspaper.questions if q.service == "isso"}
    for name in granted:
        assert name is not None
        assert f"{service[name].title.in_language(newspaper.languages[1])}" in said


def test_who_withdrew_has_no_record_that_anything_leads_to(reader: LedgerReader) -> None:
    reader.choose("accept")
    reader.choose("refuse")
    said = text_of(reader.get(f"{CONSENTS}?lang=en"))
    assert "Nothing is on record about you" in said
    assert "its record is kept for 5 years, unless you had it forgotten" in said


def test_the_pages_speak_french(reader: LedgerReader) -> None:
    reader.choose("accept")
    assert "Mes consentements" in text_of(reader.get(f"{CONSENTS}?lang=fr"))
    assert "Vérifier un reçu" in text_of(reader.get(f"{VERIFY}?lang=fr"))
    assert reader.get(CONSENTS, extra=[(b"accept-language", b"fr")]).status == 200


@pytest.mark.promise("P10")
@pytest.mark.law("REC-4")
def test_the_policy_page_says_what_is_recorded_and_for_how_long(reader: LedgerReader) -> None:
    answer = reader.get("/_daccord/policy?lang=en")
    said = text_of(answer)
    assert "How a consent is recorded" in said
    assert "A record is kept for 5 years." in said
    assert answer.text.count('href="/_daccord/consents?lang=en"') >= 3


@pytest.mark.law("CNIL-21")
def test_what_was_answered_has_the_names_that_it_had_then(
    tmp_path: Path, newspaper: Declaration
) -> None:
    """Renamed or declared no more since: the page says what the reader was told."""
    with ledger_site(tmp_path, newspaper) as before:
        before.store.publish(*version_of(newspaper))
        before.choose("accept")
        cookies = dict(before.cookies)
    gone = newspaper.services[-1]
    text = NEWSPAPER.read_text("utf-8")
    tables = re.split(r"(?m)^(?=\[\[services\]\])", text)
    changed = "".join(each for each in tables if f'id = "{gone.id}"' not in each)
    today = parse_declaration(changed.replace("Commentaires", "Courrier").encode())
    with ledger_site(tmp_path, today) as reader:
        reader.cookies.update(cookies)
        said = text_of(reader.get(f"{CONSENTS}?lang=fr"))
        assert "Commentaires" in said
        assert "Courrier" not in said
        assert gone.title.in_language(today.languages[0]) in said


# what is taken along


@pytest.mark.law("CNIL-21")
def test_the_receipt_proves_this_very_choice(reader: LedgerReader, newspaper: Declaration) -> None:
    reader.choose("accept")
    answer = reader.get(RECEIPT)
    assert re.fullmatch(
        r'attachment; filename="receipt-site\.example-\d{4}-\d\d-\d\d\.txt"',
        answer.one("content-disposition") or "",
    )
    assert (answer.one("cache-control"), answer.one("x-content-type-options")) == (
        "no-store",
        "nosniff",
    )
    assert check_receipt(answer.body, [SIGNER.verifier]).passed
    record = parse_receipt(answer.body).record
    assert (record.id, record.declaration_version) == (reader.record, newspaper.version)


def test_getting_changes_nothing(reader: LedgerReader) -> None:
    """Law 10: whatever is asked for, with whatever method but POST."""
    reader.choose("accept")
    cookies = dict(reader.cookies)
    for path in (CONSENTS, RECEIPT, VERIFY, FORGET, f"{FORGET}?do=forget&sure=yes"):
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
            answer = reader.request(method, path)
            expected = {"GET", "HEAD"} if not path.startswith(FORGET) else set()
            assert answer.status == (200 if method in expected else 405)
            assert not answer.all("set-cookie")
    assert reader.cookies == cookies
    assert len(list(reader.store.records())) == 1


def test_a_log_without_a_key_gives_no_receipt_and_says_so(
    tmp_path: Path, newspaper: Declaration
) -> None:
    with ledger_site(tmp_path, newspaper, signer=None) as reader:
        reader.choose("accept")
        assert "no signed checkpoint of the log covers it" in text_of(
            reader.get(f"{CONSENTS}?lang=en")
        )
        assert reader.get(RECEIPT).status == 404
        assert reader.forget().one("location") == DONE


# what is forgotten


@pytest.mark.promise("B4")
@pytest.mark.promise("P8")
def test_forget_by_the_cookie(reader: LedgerReader, tmp_path: Path, newspaper: Declaration) -> None:
    """Record and salt are gone from the files; the choice is a refusal without an identifier."""
    reader.choose("grant.isso")
    first = parse_receipt(reader.receipt())
    reader.choose("accept")
    second = parse_receipt(reader.receipt())
    reader.cookies["mrmr_id"] = "x"
    ids = [first.record.id.encode(), second.record.id.encode(), first.salt, second.salt]
    assert in_files(tmp_path, *ids) == ids
    answer = reader.forget()
    assert (answer.status, answer.one("location")) == (303, DONE)
    assert answer.one("cache-control") == "no-store"
    assert in_files(tmp_path, *ids) == []
    assert list(reader.store.records()) == []
    head, day, granted, refused, record, _ = reader.cookies[COOKIE].split(".")
    assert (head, granted, record) == ("1w", "", "")
    assert int(day) > 0
    assert len(refused) == 4 * len([q for q in newspaper.questions if not q.exempt])
    assert "role=status" in reader.get(DONE.partition("#")[0]).text
    assert "Nothing is on record about you" in text_of(reader.get(f"{CONSENTS}?lang=en"))


def test_what_came_with_a_forgotten_consent_is_expired(reader: LedgerReader) -> None:
    """As on a withdrawal: the same cookies, named one by one."""
    other = reader.another()
    for each in (reader, other):
        each.choose("accept")
        each.cookies["isso-7"] = "x"

    def expired(answer: Answer) -> set[str]:
        return {
            line.partition("=")[0]
            for line in answer.all("set-cookie")
            if "max-age=0" in line.lower()
        }

    withdrawn = expired(other.choose("refuse"))
    assert withdrawn
    assert expired(reader.forget()) == withdrawn


def test_forgetting_one_leaves_every_other_receipt_good(
    reader: LedgerReader, tmp_path: Path
) -> None:
    """Law 8: the log still verifies, and so do receipts from before and after."""
    readers = [reader, reader.another(), reader.another()]
    for each in readers:
        each.choose("accept")
    before = [each.receipt() for each in readers]
    readers[1].forget()
    for each, receipt in zip(readers, before, strict=True):
        assert check_receipt(receipt, [SIGNER.verifier]).passed
        if each is not readers[1]:
            assert check_receipt(each.receipt(), [SIGNER.verifier]).passed
    gone = parse_receipt(before[1]).record.id
    assert in_files(tmp_path, gone.encode()) == []


def test_forget_by_a_receipt_from_another_device(reader: LedgerReader) -> None:
    """Look it up, then the form that comes back; the consent of this device stays as it is."""
    reader.choose("accept")
    receipt = reader.receipt()
    elsewhere = reader.another()
    elsewhere.choose("accept")
    held = dict(elsewhere.cookies)
    page = elsewhere.look_up(receipt)
    assert page.status == 200
    assert "Have it forgotten" in text_of(page)
    assert reader.store.find(parse_receipt(receipt).record.id) is not None
    again = html.unescape(
        page.text.partition("name=receipt hidden>")[2].partition("</textarea>")[0]
    )
    assert elsewhere.forget(receipt=again.replace("\n", "\r\n")).one("location") == DONE
    assert elsewhere.cookies == held
    assert reader.store.find(parse_receipt(receipt).record.id) is None
    assert "no longer in the ledger" in text_of(elsewhere.look_up(receipt))
    # The device that gave it still holds the consent: it is told, and offered an end.
    said = reader.get(f"{CONSENTS}?lang=en")
    assert "The record of your consent is gone" in text_of(said)
    assert reader.forget().status == 303
    assert reader.record == ""


def test_an_old_receipt_takes_what_was_before_it_and_not_what_came_after(
    reader: LedgerReader,
) -> None:
    reader.choose("grant.isso")
    first = reader.receipt()
    reader.choose("accept")
    held = dict(reader.cookies)
    reader.forget(receipt=first.decode())
    assert reader.cookies == held, "the newer consent has a record of its own"
    assert reader.receipt()
    assert len(list(reader.store.records())) == 1


def test_a_withdrawal_goes_with_the_consent_that_it_ended(reader: LedgerReader) -> None:
    """Its reader has no identifier left, and so no other way to it."""
    reader.choose("accept")
    receipt = reader.receipt()
    reader.choose("refuse")
    assert reader.record == ""
    other = reader.another()
    other.choose("accept")
    assert len(list(reader.store.records())) == 3
    assert reader.forget(receipt=receipt.decode()).one("location") == DONE
    assert [each.id for each in reader.store.records()] == [other.record]


@pytest.mark.parametrize("change", ["salt", "record", "signature"])
def test_who_does_not_have_the_receipt_erases_nothing(reader: LedgerReader, change: str) -> None:
    """The id is in the reader's cookie; the salt is in the receipt alone, and all of it counts."""
    reader.choose("accept")
    raw = reader.receipt()
    lines = raw.decode().split("\n")
    if change == "salt":
        lines[2] = "salt " + "A" * 43 + "="
    elif change == "record":
        lines[1] = lines[1].replace('"way":"notice"', '"way":"customise"')
    else:
        at = len(lines[-2]) - 20
        letter = "A" if lines[-2][at] != "A" else "B"
        lines[-2] = lines[-2][:at] + letter + lines[-2][at + 1 :]
    changed = "\n".join(lines).encode()
    other = reader.another()
    assert "Not a receipt of this log" in text_of(other.look_up(changed))
    assert other.forget(receipt=changed.decode()).status == 200
    assert len(list(reader.store.records())) == 1


def test_a_receipt_of_another_log_is_none_of_ours(
    reader: LedgerReader, tmp_path: Path, newspaper: Declaration
) -> None:
    (tmp_path / "other").mkdir()
    with ledger_site(
        tmp_path / "other", newspaper, signer=new_signer("elsewhere.example/log", b"e" * 32)
    ) as other:
        other.choose("accept")
        receipt = other.receipt()
    reader.choose("accept")
    assert "Not a receipt of this log" in text_of(reader.look_up(receipt))
    assert reader.forget(receipt=receipt.decode()).status == 200
    assert len(list(reader.store.records())) == 1


@pytest.mark.promise("B3")
def test_a_genuine_receipt_that_the_log_contradicts_is_not_called_forgotten(
    reader: LedgerReader, newspaper: Declaration, tmp_path: Path
) -> None:
    """The same key, another history: what a reader has in hand then is evidence of it."""
    (tmp_path / "before").mkdir()
    with ledger_site(tmp_path / "before", newspaper) as before:
        before.choose("accept")
        rewritten = before.receipt()
        for _ in range(3):
            later = before.another()
            later.choose("accept")
        lost = later.receipt()
    reader.choose("accept")
    mine = reader.receipt()
    for receipt in (rewritten, lost):
        for answer in (reader.look_up(receipt), reader.forget(receipt=receipt.decode())):
            assert "the log does not hold what it proves" in text_of(answer)
            assert "Forgotten" not in text_of(answer)
    assert len(list(reader.store.records())) == 1
    reader.forget()
    assert "Forgotten" in text_of(reader.look_up(mine))


@pytest.mark.parametrize(
    "receipt", [b"", b"daccord-receipt 1", b"\xff\xfe", b"<script>alert(1)</script>", b"x" * 9_000]
)
def test_what_is_no_receipt_is_said_to_be_none(reader: LedgerReader, receipt: bytes) -> None:
    answer = reader.look_up(receipt)
    assert answer.status == 200
    assert "Not a receipt" in text_of(answer)
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"do=forget",
        b"do=forget&sure=no",
        b"do=look",
        b"do=look&sure=yes&receipt=x",
        b"do=dance&sure=yes",
        b"do=forget&sure=yes&sure=yes",
        b"do=forget&sure=yes&back=/",
        b"do=forget&sure=yes&receipt=%ff",
        b"\xff",
    ],
)
def test_a_form_that_is_not_ours_changes_nothing(reader: LedgerReader, body: bytes) -> None:
    reader.choose("accept")
    held = dict(reader.cookies)
    assert reader.post(body, path=FORGET).status == 400
    assert reader.cookies == held
    assert reader.receipt()


@pytest.mark.law("FM-1")
def test_another_site_forgets_nothing(reader: LedgerReader) -> None:
    reader.choose("accept")
    for site in (b"cross-site", b"same-site", b"none"):
        assert reader.post(b"do=forget&sure=yes", path=FORGET, fetch_site=site).status == 403
    assert reader.receipt()


def test_a_store_that_cannot_erase_changes_nothing(tmp_path: Path, newspaper: Declaration) -> None:
    """The cookie still leads to the record: the reader can try again."""
    with ledger_site(tmp_path, newspaper) as reader:
        reader.choose("accept")
        held = dict(reader.cookies)
        for path in tmp_path.glob("ledger.sqlite*"):
            path.unlink()
        (tmp_path / "ledger.sqlite").write_bytes(b"no database" * 1_000)
        for answer in (reader.forget(), reader.get(CONSENTS), reader.get(RECEIPT)):
            assert answer.status == 503
            assert not answer.all("set-cookie")
            assert "cannot be reached just now" in text_of(answer)
        assert reader.cookies == held
        assert reader.get("/page").status == 200


def test_a_record_that_the_cookie_names_and_nobody_has(reader: LedgerReader) -> None:
    """A ledger that was lost: the consent cannot be proved, and can be ended."""
    reader.choose("accept")
    reader.store.forget([parse_receipt(reader.receipt()).record.id])
    assert reader.record not in {"", ANY_RECORD}
    assert "is gone" in text_of(reader.get(f"{CONSENTS}?lang=en"))
    assert reader.get(RECEIPT).status == 404
    assert reader.forget().one("location") == DONE
    assert reader.record == ""


# what the pages may load


def test_the_page_that_checks_receipts_is_the_same_for_everybody(reader: LedgerReader) -> None:
    """It says nothing of a reader, and its policy lets it send nothing."""
    empty = reader.get(VERIFY)
    reader.choose("accept")
    assert reader.get(VERIFY).messages == empty.messages
    policy = empty.one("content-security-policy") or ""
    directives = {part.split()[0]: part.split()[1:] for part in policy.split("; ")}
    assert directives["default-src"] == directives["connect-src"] == ["'none'"]
    assert directives["form-action"] == directives["frame-ancestors"] == ["'none'"]
    assert len(directives["script-src"]) == 1
    in_page = html.unescape(re.search(r"Policy content=\"([^\"]*)\"", empty.text)[1])  # type: ignore[index]
    assert in_page == policy.replace("; frame-ancestors 'none'", "")
    assert "http://" not in empty.text
    assert "https://" not in empty.text
