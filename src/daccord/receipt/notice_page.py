"""The notice that a reader saw, shown again as a page by itself.

1. The notice is the text whose SHA-256 stands in the record, whole and unchanged: two parts, with
   a NUL where the address of the reader's page stood. No record has that address; ``/`` takes its
   place.
2. The page loads nothing, sends nothing and runs nothing: its own policy lets in the two style
   sheets in it, by their hashes. A notice works without its script, so it looks as it did.
3. Two kinds of element work past such a policy (a refresh, a connection made ahead). No notice of
   daccord's has them, and one that does is not shown.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.errors import ReceiptRejected
from daccord.receipt.plain import tell_record

if TYPE_CHECKING:
    from daccord.consent.record import ConsentRecord

_STYLE: Final = Markup(
    ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.25rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem}"
    "dd{margin:0;overflow-wrap:anywhere}"
)
_ACTIVE: Final = re.compile(r"<(meta|link|base|i?frame|object|embed)\b", re.IGNORECASE)
_NOTICE_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)

_PAGE: Final = Markup(
    "<!doctype html><html lang=en><head><meta charset=utf-8>"
    '<meta http-equiv=Content-Security-Policy content="{policy}">'
    "<meta name=referrer content=no-referrer>"
    "<meta http-equiv=x-dns-prefetch-control content=off>"
    '<meta name=viewport content="width=device-width,initial-scale=1">'
    "<title>The notice of a consent</title><style>{style}</style></head><body>"
    "{notice}"
    "<main><h1>The notice of a consent</h1>"
    "<p>On this page stands the notice that the site showed to a reader who had not answered yet:"
    " the text whose SHA-256 the record of the consent names. Its buttons and links lead nowhere"
    " here.</p><dl>{facts}</dl></main></body></html>\n"
)
_FACT: Final = Markup("<dt>{}</dt><dd>{}</dd>")


def render_notice_page(record: ConsentRecord, notice: bytes) -> str:
    """Render the notice whose text is ``notice`` as a page of its own, to be encoded as UTF-8.

    Raises `ReceiptRejected` for a text that is not the one that ``record`` names, or that is no
    notice of daccord's.
    """
    if sha256(notice).hexdigest() != record.notice_hash:
        raise ReceiptRejected("the notice is not the one that the record names")
    try:
        before, after = notice.decode().split("\0")
    except ValueError:  # not UTF-8, or another number of parts
        raise ReceiptRejected("the text is not a notice") from None
    if found := _ACTIVE.search(before + after):
        raise ReceiptRejected(f"the notice holds <{found[1].lower()}>, which daccord never writes")
    styles = [_STYLE, *_NOTICE_STYLE.findall(before + after)]
    return str(
        _PAGE.format(
            policy=_policy(styles),
            style=_STYLE,
            notice=Markup(f"{before}/{after}"),  # noqa: S704 - held by the page's own policy
            facts=Markup().join(_FACT.format(what, value) for what, value in tell_record(record)),
        )
    )


def _policy(styles: list[str]) -> str:
    hashes = (f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in styles)
    return f"default-src 'none'; style-src {' '.join(hashes)}; base-uri 'none'; form-action 'none'"
