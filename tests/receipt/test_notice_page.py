"""A notice shown again: exactly the text of the record's hash, in a page that sends nothing."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.errors import ReceiptRejected
from daccord.notice.assets import NOTICE_CSS
from daccord.notice.evidence import notice_text
from daccord.receipt.notice_page import render_notice_page
from daccord.server.settings import read_declaration
from tests.ledger.samples import record

DEMO = read_declaration("src/daccord/demo/daccord.toml")


def shown(text: bytes) -> str:
    return render_notice_page(replace(record(), notice_hash=sha256(text).hexdigest()), text)


@pytest.mark.parametrize("language", DEMO.languages)
def test_the_notice_stands_in_it_unchanged_and_its_style_alone_is_let_in(language: str) -> None:
    text = notice_text(DEMO, next(each for each in DEMO.languages if each == language))
    page = shown(text)
    assert text.decode().replace("\0", "/") in page
    [policy] = re.findall(r"Content-Security-Policy content=\"(.*?)\"", page)
    own, theirs = (
        f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'"
        for each in (page.split("<style>")[1].split("</style>")[0], NOTICE_CSS)
    )
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; style-src {own} {theirs}; base-uri 'none'; form-action 'none'"
    )


def test_a_text_with_another_hash_is_not_shown() -> None:
    with pytest.raises(ReceiptRejected, match="not the one that the record names"):
        render_notice_page(record(), notice_text(DEMO, DEMO.languages[0]))


@pytest.mark.parametrize(
    "active",
    [
        "<meta http-equiv=refresh content='0;url=https://example.org/'>",
        "<LINK rel=preconnect href=https://example.org/>",
        "<base href=https://example.org/>",
        "<iframe src=https://example.org/></iframe>",
    ],
)
def test_what_works_past_a_policy_is_not_shown(active: str) -> None:
    text = notice_text(DEMO, DEMO.languages[0]) + active.encode()
    with pytest.raises(ReceiptRejected, match="which daccord never writes"):
        shown(text)


@given(st.binary() | st.text().map(lambda text: f"{text}\0".encode()))
def test_whatever_was_logged_is_shown_or_refused(text: bytes) -> None:
    """A publisher may have logged the hash of anything at all."""
    try:
        page = shown(text)
    except ReceiptRejected:
        return
    assert text.decode().replace("\0", "/") in page
    assert page.index("Content-Security-Policy") < page.index("<body>")
