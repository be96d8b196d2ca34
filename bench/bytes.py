"""Bytes that the notice adds to a page: both layers, its style and its client, by part.

What is counted is what the gate puts into the page, so characters outside ASCII are references.
*In the page* is what the whole page grows by when it is compressed with the notice in it, which
is what a reader downloads.
"""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped] # it has no stubs
from tests.notice.sample import NEWSPAPER as SAMPLE

from bench.samples import newspaper, newspaper_pages
from bench.table import Aim, Row
from daccord.consent.choice import NOT_ASKED, Choice
from daccord.declaration.model import Language
from daccord.enforcement.gate.rules import ascii_markup
from daccord.notice.notice import render_notice

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration

PART = "Notice: bytes, both layers, French, four purposes"
FRENCH = Language("fr")
BACK = "/fr/la-gourmande-rallumee"
AIM = Aim(limit=3_500)

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def notice_of(declaration: Declaration, choice: Choice = NOT_ASKED) -> str:
    """What is put into a page of ``declaration``."""
    pieces = render_notice(declaration, choice, language=FRENCH, gpc=False)
    return ascii_markup(f"{pieces.before_back}{BACK}{pieces.after_back}")


def packed(raw: bytes) -> int:
    """How many bytes ``raw`` is in brotli 11."""
    return len(brotli.compress(raw, quality=11))


def rows(*, quick: bool = False) -> list[Row]:
    """Weigh everything. Takes a second."""
    del quick
    declaration = newspaper()
    whole = notice_of(declaration)
    style = "".join(_STYLE.findall(whole))
    script = "".join(_SCRIPT.findall(whole))
    html = _SCRIPT.sub("", _STYLE.sub("", whole))
    refused = notice_of(
        declaration, Choice(refused=frozenset(q.tag for q in declaration.questions))
    )
    return [
        _row("the demo's declaration", whole, aim=AIM),
        _row("… its HTML alone", html),
        _row("… its CSS alone", style),
        _row("… its client alone", script),
        _row("the sample of tests/notice", notice_of(SAMPLE), aim=AIM),
        _in_page(whole),
        _row("the strip alone, all refused", refused),
    ]


def _row(name: str, text: str, *, aim: Aim | None = None) -> Row:
    zipped = len(gzip.compress(text.encode(), 9))
    return Row(
        part=PART,
        name=name,
        unit="bytes brotli",
        value=packed(text.encode()),
        aim=aim,
        note=f"raw {len(text):,}, gzip 9 {zipped:,}",
    )


def _in_page(notice: str) -> Row:
    page = newspaper_pages()[0].decode()
    with_it = re.sub(r"<body[^>]*>", lambda found: found[0] + notice, page, count=1)
    return Row(
        part=PART,
        name="in the page: an article grows by",
        unit="bytes brotli",
        value=packed(with_it.encode()) - packed(page.encode()),
        against="the article alone",
        reference=packed(page.encode()),
    )
