"""The pages about the reader's own record, and its receipt: from what the ledger has to replies.

What is read of the ledger is read elsewhere (`daccord.web.asgi_ledger`) and comes in as values.
Nothing here changes anything (law 10), and no cache keeps any of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from daccord.declaration.model import Language, PurposeId, ServiceId, Text
from daccord.exchange.own import HTML, MAXIMUM_QUERY_FIELDS, own_policy
from daccord.exchange.reply import GUARDS, NO_STORE, Reply, reply
from daccord.merkle.checkpoints import parse_checkpoint
from daccord.merkle.notes import format_vkey, parse_note
from daccord.notice.consents import render_consents_page, render_looked_up
from daccord.notice.error import render_no_receipt, render_out_of_reach
from daccord.notice.evidence import RECEIPT_SCRIPT_HASH, VERIFY_SCRIPT_HASH
from daccord.notice.kept import Kept, Missing, Place, Titles, titles_of
from daccord.notice.verify import render_verify_page
from daccord.receipt.check import check_receipt
from daccord.receipt.receipt import parse_receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daccord.consent.record import ConsentRecord
    from daccord.exchange.exchange import Exchange
    from daccord.exchange.visit import Visit
    from daccord.merkle.notes import VerifierKey

_CONSENTS_CSP: Final = own_policy(f"script-src {RECEIPT_SCRIPT_HASH}; form-action 'self'")
_VERIFY_CSP: Final = own_policy(
    f"script-src {VERIFY_SCRIPT_HASH}; connect-src 'none'; form-action 'none'"
)
_VARY: Final = (b"vary", b"Cookie, Sec-GPC, Accept-Language")
_UNSAID_IN_A_PAGE: Final = re.compile(r"; frame-ancestors [^;]*")
_NOT_A_NAME: Final = re.compile(r"[^a-z0-9.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the ledger has of one consent: its record and, where there is one, its receipt.

    ``declaration`` is the canonical form of the declaration that the record is under, where the
    ledger has it.
    """

    record: ConsentRecord
    receipt: bytes | None
    declaration: bytes | None = None


def consents_reply(exchange: Exchange, visit: Visit, held: Held | None) -> Reply:
    """“My consents” of the reader before it; ``held`` is what their cookie's record leads to."""
    body = render_consents_page(
        exchange.declaration,
        visit.stored,
        _kept(exchange, held) if held else None,
        language=language_asked(visit),
        gpc=visit.standpoint.gpc,
        is_done=query_value(visit, "done") == "forgotten",
    )
    return _page(visit, body)


def looked_up_reply(  # noqa: PLR0913 - one page
    exchange: Exchange,
    visit: Visit,
    held: Held | None,
    *,
    raw: bytes,
    keys: Sequence[VerifierKey],
    is_in_log: bool,
    language: Language,
) -> Reply:
    """The page about a receipt, ``raw`` as it came; ``held`` is what the ledger has of it.

    ``is_in_log``: whether the log has its commitment where it says.
    """
    body = render_looked_up(
        exchange.declaration,
        visit.stored,
        _kept(exchange, held) if held else _missing(raw, keys, is_in_log=is_in_log),
        receipt=raw.decode("utf-8", "replace"),
        language=language,
        gpc=visit.standpoint.gpc,
    )
    return _page(visit, body)


def receipt_reply(exchange: Exchange, visit: Visit, held: Held | None) -> Reply:
    """The receipt as a file to keep, or a page that says that there is none (404)."""
    if held is None or held.receipt is None:
        body = render_no_receipt(exchange.declaration, language=language_asked(visit))
        return reply(404, HTML, _CONSENTS_CSP, *GUARDS, NO_STORE, body=body.encode())
    site = _NOT_A_NAME.sub("-", held.record.site)
    day = datetime.fromtimestamp(held.record.time_ms // 1000, UTC)
    name = f"receipt-{site}-{day:%Y-%m-%d}.txt"
    return reply(
        200,
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-disposition", f'attachment; filename="{name}"'.encode()),
        (b"content-security-policy", b"default-src 'none'; sandbox"),
        *GUARDS,
        NO_STORE,
        body=held.receipt,
    )


def verify_reply(exchange: Exchange, visit: Visit, keys: Sequence[VerifierKey]) -> Reply:
    """The page that checks a receipt: the same for everybody who speaks the language."""
    language = language_asked(visit)
    body = render_verify_page(
        exchange.declaration,
        [format_vkey(key) for key in keys],
        language=language,
        policy=_UNSAID_IN_A_PAGE.sub("", _VERIFY_CSP[1].decode()),
    )
    return reply(
        200,
        HTML,
        _VERIFY_CSP,
        *GUARDS,
        (b"cache-control", b"no-cache"),
        (b"vary", b"Accept-Language"),
        body=body.encode(),
    )


def out_of_reach_reply(exchange: Exchange, visit: Visit, language: Language | None = None) -> Reply:
    """Say that the ledger cannot be asked just now (503)."""
    spoken = language or language_asked(visit)
    body = render_out_of_reach(exchange.declaration, language=spoken)
    return reply(503, HTML, _CONSENTS_CSP, *GUARDS, NO_STORE, body=body.encode())


def language_asked(visit: Visit) -> Language:
    """The language of the address, else of the reader."""
    return visit.language(query_value(visit, "lang"))


def query_value(visit: Visit, name: str) -> str:
    """One value of the query, or empty; what a campaign hangs behind it is passed over."""
    fields = visit.query.split("&", MAXIMUM_QUERY_FIELDS)[:MAXIMUM_QUERY_FIELDS]
    return parse_qs("&".join(fields), errors="replace").get(name, [""])[0]


def _page(visit: Visit, body: str) -> Reply:
    return reply(
        200, HTML, _CONSENTS_CSP, *GUARDS, NO_STORE, _VARY, *visit.expiries(), body=body.encode()
    )


def _kept(exchange: Exchange, held: Held) -> Kept:
    titles = _titles(exchange, held)
    if held.receipt is None:
        return Kept(record=held.record, titles=titles, place=None)
    proof = parse_receipt(held.receipt).proof
    note = parse_note(proof.checkpoint)
    checkpoint = parse_checkpoint(note.text)
    others = [each.name for each in note.signatures if each.name != checkpoint.origin]
    place = Place(
        leaf_index=proof.index,
        tree_size=checkpoint.size,
        signer=checkpoint.origin,
        cosigners=tuple(dict.fromkeys(others)),
    )
    return Kept(record=held.record, titles=titles, place=place)


def _titles(exchange: Exchange, held: Held) -> Titles:
    """What the reader was told, which may be another version than today's (CNIL-21)."""
    today = exchange.declaration
    if held.declaration is None or held.record.declaration_version == today.version:
        return titles_of(today)
    form = json.loads(held.declaration)
    return Titles(
        purposes={PurposeId(each["id"]): _text(each["title"]) for each in form["purposes"]},
        services={ServiceId(each["id"]): _text(each["title"]) for each in form["services"]},
    )


def _text(form: Mapping[str, str]) -> Text:
    return Text(texts=tuple((Language(language), text) for language, text in form.items()))


def _missing(raw: bytes, keys: Sequence[VerifierKey], *, is_in_log: bool) -> Missing:
    verdict = check_receipt(raw, keys)
    if verdict.receipt is None:
        return Missing.UNREADABLE
    if not verdict.passed:
        return Missing.FOREIGN
    return Missing.FORGOTTEN if is_in_log else Missing.CONTRADICTED
