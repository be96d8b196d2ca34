"""HTML gating in MB/s, against reading the same bytes in other ways.

*Nothing to gate*: every service is permitted, the page is looked through and comes out as it is.
*Refused embeds*: nothing is permitted, placeholders stand where the embeds were. Figures are of
CPU time; the ratio is of speeds.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from bench.samples import HOST, KEYS, newspaper, newspaper_pages, page
from bench.table import Row
from bench.timing import median, spread, take_turns
from daccord.enforcement.gate import Insertions, gate_whole
from daccord.enforcement.url import page_at
from daccord.exchange.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daccord.enforcement.gate import PlaceholderSite

PART = "HTML gating: speed"
BLOCK_SECONDS = 0.05

_TAG = re.compile(rb"<[a-zA-Z!/?]")
_BOX = (
    '<span class="daccord-box"><span><b>Commentaires</b> Ce contenu vient d’ailleurs.</span></span>'
)


def _box(_site: PlaceholderSite) -> str:
    return _BOX


def _find(body: bytes) -> None:
    body.find(b"://elsewhere.example")


def _scan(body: bytes) -> None:
    for _ in _TAG.finditer(body):
        pass


def _parse(body: bytes) -> None:
    LexborHTMLParser(body)


def _rewriter() -> Callable[[bytes], None] | None:
    try:
        from turbohtml.rewrite import rewrite  # noqa: PLC0415 - may be absent
    except ImportError:
        return None

    def nothing(_element: object) -> None: ...

    def rewriting(body: bytes) -> None:
        rewrite(body.decode("latin-1"), elements=[("*", nothing)]).encode("latin-1")

    return rewriting


def _gates() -> dict[str, Callable[[bytes], bytes]]:
    exchange = Exchange(newspaper(), KEYS)
    at = page_at("https", HOST)
    insert = Insertions(head="", body_start="", placeholder=_box)
    every = exchange.rules(frozenset(each.id for each in newspaper().services), at)
    none = exchange.rules(exchange.closed.permitted, at)
    return {
        "nothing to gate": lambda body: gate_whole(body, every, at, insert),
        "refused embeds": lambda body: gate_whole(body, none, at, insert),
    }


def rows(*, quick: bool = False) -> list[Row]:
    """Measure everything. Takes about half a minute."""
    plain, full = page(113_000), page(113_000, embeds=True)
    gates = _gates()
    assert gates["nothing to gate"](plain) == plain
    assert gates["refused embeds"](plain) == plain
    assert gates["refused embeds"](full) != full
    rounds = 7 if quick else 31
    return [
        *_compare("113 kB page, nothing to gate", gates["nothing to gate"], [plain], rounds),
        *_compare("113 kB page, refused embeds", gates["refused embeds"], [full], rounds),
        *_compare(
            "the newspaper's articles, refused", gates["refused embeds"], newspaper_pages(), rounds
        ),
    ]


def _compare(
    name: str, gate: Callable[[bytes], bytes], pages: Sequence[bytes], rounds: int
) -> list[Row]:
    references: dict[str, Callable[[bytes], object]] = {
        "bytes.find of a host that is not there": _find,
        "re.finditer of every tag": _scan,
        "selectolax, parsing only": _parse,
    }
    if (rewriter := _rewriter()) is not None:
        references["turbohtml.rewrite, a handler that does nothing"] = rewriter
    work: dict[str, Callable[[bytes], object]] = {"gate": gate, **references}
    found = take_turns({key: _speed(each, pages) for key, each in work.items()}, rounds=rounds)
    size = sum(map(len, pages)) / len(pages) / 1e6
    return [
        Row(
            part=PART,
            name=name,
            unit="MB/s",
            value=median(found["gate"]),
            spread=spread(found["gate"]),
            against=against,
            reference=median(found[against]),
            note=f"{size / median(found['gate']) * 1e6:.0f} µs a page of {size * 1e3:.0f} kB",
        )
        for against in references
    ]


def _speed(work: Callable[[bytes], object], pages: Sequence[bytes]) -> Callable[[], float]:
    size = sum(map(len, pages))
    begin = time.process_time()
    for each in pages:
        work(each)
    count = max(1, int(BLOCK_SECONDS / max(time.process_time() - begin, 1e-6)))

    def measure() -> float:
        begin = time.process_time()
        for _ in range(count):
            for each in pages:
                work(each)
        return size * count / (time.process_time() - begin) / 1e6

    return measure
