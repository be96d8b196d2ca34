"""The page that checks receipts: as strict as the command, alone with the file, and offline."""

from __future__ import annotations

import time
from base64 import b64encode
from typing import TYPE_CHECKING, Final

import pytest

from daccord.consent.choice import RecordId
from daccord.consent.encoding import encode_record
from daccord.consent.record import Answer, ConsentRecord, Way
from daccord.declaration.model import Language, PurposeId, ServiceId
from daccord.merkle.checkpoints import Checkpoint, format_checkpoint
from daccord.merkle.cosignatures import cosign
from daccord.merkle.hashing import hash_children, hash_leaf
from daccord.merkle.notes import COSIGNATURE, Note, Signer, format_note, format_vkey, new_signer
from daccord.merkle.tlog_proof import TlogProof
from daccord.receipt.check import check_receipt
from daccord.receipt.commitment import commit
from daccord.receipt.receipt import Receipt, format_receipt, order_signatures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import NewReader
    from tests.browser.reader import Reader

pytestmark = [pytest.mark.browser, pytest.mark.promise("B3"), pytest.mark.law("REC-3")]

LOG: Final = new_signer("paper.example/_daccord/log", b"l" * 32)
OTHER: Final = new_signer("paper.example/_daccord/log", b"o" * 32)


def new_witness(name: str, seed: bytes) -> Signer:
    """A signer of the kind that cosigns."""
    return Signer(name, new_signer(name, seed)._private, algorithm=COSIGNATURE)


WITNESS: Final = new_witness("witness.example/w", b"w" * 32)
STRANGER: Final = new_witness("stranger.example/w", b"x" * 32)

VERIFY: Final = "/_daccord/verify?lang=en"
NO_ED25519: Final = (
    "crypto.subtle.importKey = async () => { throw new DOMException('', 'NotSupportedError') }"
)
NO_CRYPTOGRAPHY: Final = "Object.defineProperty(crypto, 'subtle', {value: undefined})"
MARKS: Final = {"d-yes": "passed", "d-no": "failed", "d-open": "not-checked"}


def make_receipt(
    *, size: int = 5, index: int = 3, time_s: int | None = None, cosigners: tuple[Signer, ...] = ()
) -> bytes:
    """A receipt of a log with made-up neighbours; its record is from ``time_s``, else just now."""
    now = int(time.time())
    record = ConsentRecord(
        id=RecordId("A" * 22),
        time_ms=1000 * (now - 60 if time_s is None else time_s),
        site="paper.example",
        declaration_version="d" * 64,
        notice_hash="e" * 64,
        code_hash="f" * 64,
        language=Language("fr"),
        way=Way.CUSTOMISE,
        granted=(Answer(purpose=PurposeId("social"), service=ServiceId("isso")),),
        refused=(Answer(purpose=PurposeId("ads"), service=None),),
        previous=None,
    )
    salt = bytes(range(32))
    leaves = [hash_leaf(each.to_bytes(2) * 16) for each in range(size)]
    leaves[index] = hash_leaf(commit(salt, encode_record(record)))
    root, hashes = path_of(leaves, index)
    text = format_checkpoint(Checkpoint(LOG.name, size, root))
    signatures = [LOG.sign(text), *(cosign(text, now, each) for each in cosigners)]
    note = order_signatures(format_note(Note(text, tuple(signatures))))
    proof = TlogProof(index=index, hashes=tuple(hashes), checkpoint=note, extra=None)
    return format_receipt(Receipt(record=record, salt=salt, proof=proof))


def path_of(leaves: list[bytes], index: int) -> tuple[bytes, list[bytes]]:
    """Root and inclusion proof, by the recursive definition of RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return leaves[0], []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = leaves[:half], leaves[half:]
    if index < half:
        near, path = path_of(left, index)
        far, _ = path_of(right, 0)
        return hash_children(near, far), [*path, far]
    near, path = path_of(right, index - half)
    far, _ = path_of(left, 0)
    return hash_children(far, near), [*path, far]


def variants() -> Iterator[bytes]:
    """Receipts that are good, and everything near one that is not."""
    good = make_receipt()
    yield good
    for size, index in ((1, 0), (2, 1), (7, 6), (8, 0), (300, 299), (300, 17)):
        yield make_receipt(size=size, index=index)
    yield make_receipt(cosigners=(WITNESS,))
    yield make_receipt(cosigners=(STRANGER,))
    yield make_receipt(cosigners=(WITNESS, STRANGER))
    yield make_receipt(time_s=int(time.time()) + 7_200)
    yield make_receipt(time_s=int(time.time()) + 7_200, cosigners=(WITNESS,))
    yield from changed_lines(make_receipt(cosigners=(WITNESS,)))
    yield from (good + b"\n", good[:-1], b"\xef\xbb\xbf" + good, good.replace(b"\n", b"\r\n"))
    yield from (b"", b"\xff\xfe", good.replace(b"fr", b"fr\x00"), good * 2, b" " + good)
    yield good.replace(b"index 3", b"index 4")
    yield good.replace(b"index 3", b"index 03")
    yield good.replace(b"index 3", b"index 9223372036854775808")
    yield good.replace(b"tlog-proof@v1\n", b"tlog-proof@v1\nextra AA==\n")
    yield good.replace(b"\n5\n", b"\n6\n")
    yield good.replace(b"salt AAEC", b"salt AAED")
    yield good.replace(b'"refused":[["ads",null]]', b'"refused":[["social","isso"]]')
    yield good.replace(b'"site":"paper.example"', b'"site":"192.0.2.7"')
    yield good.replace(b'"format":1', b'"format":2')
    lines = good.split(b"\n")
    yield b"\n".join([*lines[:5], b64encode(b"\0" * 32), *lines[5:]])
    yield b"\n".join([*lines[:5], *lines[6:]])
    yield b"\n".join([*lines[:-1], lines[-2], b""])


def changed_lines(good: bytes) -> Iterator[bytes]:
    """One character of each line after the other's: every line of a receipt is looked at."""
    lines = good.split(b"\n")
    for number, line in enumerate(lines[:-1]):
        for at in {0, len(line) // 2, max(0, len(line) - 12)}:
            if line:
                other = b"B" if line[at : at + 1] == b"A" else b"A"
                yield b"\n".join(
                    [*lines[:number], line[:at] + other + line[at + 1 :], *lines[number + 1 :]]
                )
        yield b"\n".join(lines[:number] + lines[number + 1 :])


def check_in(page: Page, raw: bytes) -> dict[str, str]:
    """Give the file to the page; give how each step ended there, and the whole."""
    page.evaluate("document.querySelector('#step-summary b').textContent = ''")
    page.locator("#file").set_input_files(
        {"name": "r.txt", "mimeType": "text/plain", "buffer": raw}
    )
    page.wait_for_function("() => document.querySelector('#step-summary b').textContent")
    found: dict[str, str] = page.evaluate(
        "() => Object.fromEntries(Array.from(document.querySelectorAll('[id^=step-]'),"
        " each => [each.id.slice(5), each.querySelector('b').className]))"
    )
    return {name: MARKS[mark] for name, mark in found.items()}


def open_page(reader: Reader, *keys: Signer) -> Page:
    """Open the page, and put other keys in the place of the site's."""
    page = reader.open(VERIFY).page
    page.locator("summary").click()
    page.locator("#keys").fill("\n".join(format_vkey(key.verifier) for key in keys))
    return page


def test_the_page_says_what_the_command_says(new_reader: NewReader) -> None:
    """Step by step, for receipts that are good and for everything near one that is not."""
    page = open_page(new_reader(language="en"), LOG)
    outcomes = set()
    for raw in variants():
        verdict = check_receipt(raw, [LOG.verifier], now_s=int(time.time()))
        seen = check_in(page, raw)
        whole = seen.pop("summary")
        assert seen == {step.id: step.outcome.value for step in verdict.steps}, raw
        assert whole == ("passed" if verdict.passed else "failed"), raw
        outcomes.add(whole)
    assert outcomes == {"passed", "failed"}


def test_which_keys_count(new_reader: NewReader) -> None:
    """The log's own, old ones too; another's of the same name does not, and none is no key."""
    page = open_page(new_reader(language="en"), OTHER)
    assert check_in(page, make_receipt())["checkpoint"] == "failed"
    for keys in ((OTHER, LOG), (LOG, OTHER)):
        page = open_page(new_reader(language="en"), *keys)
        assert check_in(page, make_receipt())["summary"] == "passed"
    for text in ("", "nonsense", format_vkey(LOG.verifier).replace("+A", "+B")):
        page.locator("#keys").fill(text)
        assert check_in(page, make_receipt())["checkpoint"] == "failed"


def test_witnesses_whose_keys_are_given(new_reader: NewReader) -> None:
    """Their cosignatures are checked, and their time is held against the record's."""
    page = open_page(new_reader(language="en"), LOG, WITNESS)
    seen = check_in(page, make_receipt(cosigners=(WITNESS, STRANGER)))
    assert (seen["witnesses"], seen["summary"]) == ("passed", "passed")
    assert "witness.example/w" in page.locator("#step-witnesses").inner_text()
    assert "stranger" not in page.locator("#step-witnesses").inner_text()
    assert check_in(page, make_receipt(cosigners=(STRANGER,)))["witnesses"] == "not-checked"
    good = make_receipt(cosigners=(WITNESS,))
    name = b"witness.example/w "
    at = good.index(name) + len(name) + 40
    other = b"B" if good[at : at + 1] == b"A" else b"A"
    seen = check_in(page, good[:at] + other + good[at + 1 :])
    assert (seen["witnesses"], seen["summary"]) == ("failed", "failed")


def test_nothing_leaves_the_browser_and_nothing_stays(new_reader: NewReader) -> None:
    """By the network's own log, from the opening of the page to its end, and by every store."""
    reader = new_reader(language="en").open(VERIFY)
    held = reader.context.cookies()
    requests: list[str] = []
    reader.context.on("request", lambda request: requests.append(request.url))
    page = reader.page
    page.locator("#text").fill(make_receipt().decode().strip())
    page.locator("#check").click()
    page.locator("#step-summary").wait_for()
    check_in(page, make_receipt(size=9))
    assert reader.evidence().storage == frozenset()
    assert reader.context.cookies() == held
    stolen = page.evaluate(
        """async () => {
          const ways = [
            () => fetch("/_daccord/policy"),
            () => new Promise((y, n) => { const i = new Image(); i.onload = y; i.onerror = n;
              i.src = "/static/icon.svg" }),
            () => new Promise((y, n) => { const s = new WebSocket("ws://" + location.host);
              s.onopen = y; s.onerror = n }),
          ];
          const ended = await Promise.allSettled(ways.map(way => (async () => way())()));
          return ended.filter(each => each.status == "fulfilled").length;
        }"""
    )
    assert stolen == 0, "the page's own policy would stop even a changed script"
    page.goto("about:blank")
    sent = [url for url in requests if not url.startswith("about:")]
    assert [url for url in sent if "/_daccord/policy" not in url and "/static/" not in url] == []


def test_a_file_may_be_dropped_anywhere_on_the_page(new_reader: NewReader) -> None:
    page = open_page(new_reader(language="en"), LOG)
    page.evaluate(
        """raw => {
          const held = new DataTransfer();
          held.items.add(new File([raw], "r.txt"));
          document.querySelector("h1").dispatchEvent(
            new DragEvent("drop", {dataTransfer: held, bubbles: true, cancelable: true}));
        }""",
        make_receipt().decode(),
    )
    page.locator("#step-summary b.d-yes").wait_for()
    assert page.evaluate("document.activeElement.id") == "step-summary"


@pytest.mark.parametrize("saved", ["as it was sent", "as the browser had it"])
def test_a_saved_page_works_without_a_network(
    new_reader: NewReader, tmp_path: Path, saved: str
) -> None:
    """Opened from a file, with the site out of reach, under the policy that it carries."""
    reader = new_reader(language="en")
    answer = reader.page.goto(reader.paper + VERIFY)
    assert answer is not None
    sent = answer.body()
    raw = sent if saved == "as it was sent" else reader.page.content().encode()
    path = tmp_path / "verify.html"
    path.write_bytes(raw)
    reader.context.set_offline(True)
    page = reader.page
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text))
    page.goto(path.as_uri())
    page.locator("summary").click()
    page.locator("#keys").fill(format_vkey(LOG.verifier))
    assert check_in(page, make_receipt())["summary"] == "passed"
    assert check_in(page, make_receipt() + b"\n")["summary"] == "failed"
    assert faults == []
    assert page.evaluate("fetch('https://paper.example/').then(() => 1, () => 0)") == 0


@pytest.mark.parametrize(
    ("script", "outcome", "says"),
    [
        (
            NO_ED25519,
            {"inclusion": "passed", "checkpoint": "not-checked", "summary": "not-checked"},
            "This browser cannot check signatures of this kind",
        ),
        (
            NO_CRYPTOGRAPHY,
            {"inclusion": "not-checked", "checkpoint": "not-checked", "summary": "not-checked"},
            "This browser computes no hashes for a page that came without encryption",
        ),
    ],
    ids=["no Ed25519", "no cryptography"],
)
def test_a_browser_that_cannot_says_so(
    new_reader: NewReader, script: str, outcome: dict[str, str], says: str
) -> None:
    """It never calls genuine what it could not look at, and never false either."""
    reader = new_reader(language="en")
    reader.context.add_init_script(script)
    page = open_page(reader, LOG)
    seen = check_in(page, make_receipt())
    assert {name: seen[name] for name in outcome} == outcome
    assert says in page.locator("main").inner_text()
    assert check_in(page, b"no receipt")["summary"] == "failed"


@pytest.mark.law("NOJS-1")
def test_without_a_script_it_says_how_else(new_reader: NewReader) -> None:
    page = new_reader(js=False, language="en").open(VERIFY).page
    assert page.locator("#tool").is_hidden()
    said = page.locator("main").inner_text()
    assert "This page needs JavaScript to check anything." in said
    assert "daccord receipt verify receipt.txt" in said
