"""A posted choice: from the request to what must be recorded, and from there to the reply.

1. Refused before the body is read: another method (405), another site (403, FM-1), another
   content type (415), more than a form can hold (413).
2. A grant reaches the browser only through `reply_recorded`, with the id of a record that is
   durable by then; `reply_unrecorded` is for a ledger that could not write (law 5).
3. The reply is a redirect (303) to a page of this site, and no cache keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from daccord.consent.answer import (
    MAXIMUM_FORM_BYTES,
    Change,
    unrecorded,
)
from daccord.consent.cookie import set_cookie_line
from daccord.consent.encoding import site_of_host
from daccord.consent.record import ConsentRecord
from daccord.declaration.model import ServiceId
from daccord.errors import ChoiceRejected
from daccord.exchange.back import FOCUS, location, safe_back
from daccord.exchange.fields import first, values
from daccord.exchange.origin import is_same_origin
from daccord.exchange.own import error_reply
from daccord.exchange.reply import NO_STORE, Reply, reply
from daccord.notice.evidence import CODE_HASH

if TYPE_CHECKING:
    from daccord.consent.choice import Choice, RecordId
    from daccord.declaration.model import Language
    from daccord.exchange.exchange import Exchange
    from daccord.exchange.fields import Fields
    from daccord.exchange.visit import Visit

FORM_TYPE: Final = b"application/x-www-form-urlencoded"


class Unwelcome(Exception):
    """A request that gets an error page, with its status; nothing is changed by it.

    ``allow`` are the methods that would have been welcome, for a 405.
    """

    def __init__(self, status: int, *, allow: bytes = b"") -> None:
        self.status = status
        self.allow = allow
        super().__init__(status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A form that was understood. ``change`` is ``None`` where the reader is asked again.

    ``place`` is the id of what was opened on the page, or of the strip.
    """

    visit: Visit
    before: Choice
    change: Change | None
    back: str
    place: str
    language: Language


def check_post(method: str, scheme: str, headers: Fields) -> None:
    """Look at all that can be known before the body is read. Raises Unwelcome (rule 1)."""
    if method != "POST":
        raise Unwelcome(405, allow=b"POST")
    if not is_same_origin(
        scheme=scheme,
        host=first(headers, b"host"),
        fetch_site=values(headers, b"sec-fetch-site"),
        origin=values(headers, b"origin"),
        referer=values(headers, b"referer"),
    ):
        raise Unwelcome(403)
    kinds = values(headers, b"content-type")
    if len(kinds) != 1 or kinds[0].lower().partition(b";")[0].strip() != FORM_TYPE:
        raise Unwelcome(415)
    length = first(headers, b"content-length")
    if length.isdigit() and int(length[:20]) > MAXIMUM_FORM_BYTES:
        raise Unwelcome(413)


def read_post(exchange: Exchange, visit: Visit, raw: bytes) -> Posted:
    """Read the body of a checked post. Raises Unwelcome for what is not our form (400)."""
    try:
        # What a signal refuses is not an answer of the reader's own: it is not kept as one.
        form, change = exchange.answer(visit.stored, raw)
    except ChoiceRejected as error:
        raise Unwelcome(400) from error
    return Posted(
        visit=visit,
        before=visit.stored,
        change=change,
        back=safe_back(form.back),
        place=_place(exchange, form.do),
        language=visit.language(form.lang),
    )


def _place(exchange: Exchange, do: str) -> str:
    """Where the reader looks next: at the comments just opened, or else at the strip."""
    verb, _, name = do.partition(".")
    service = exchange.declaration.service_by_id.get(ServiceId(name))
    if verb == "grant" and service is not None:
        return next((e.selector[1:] for e in service.embeds if e.selector[0] == "#"), FOCUS)
    return FOCUS


def record_of(
    exchange: Exchange, posted: Posted, change: Change, *, id_: RecordId, time_ms: int
) -> ConsentRecord:
    """Write down one consent or withdrawal: all that REC-1 asks, nothing that REC-2 forbids."""
    granted, refused = exchange.answers(change.granted, change.refused)
    return ConsentRecord(
        id=id_,
        time_ms=time_ms,
        site=site_of_host(posted.visit.host.decode("latin-1")),
        declaration_version=exchange.declaration.version,
        notice_hash=exchange.notice_hash(posted.language),
        code_hash=CODE_HASH,
        language=posted.language,
        way=change.way,
        granted=granted,
        refused=refused,
        previous=posted.before.record,
    )


def reply_unchanged(posted: Posted) -> Reply:
    """Send the reader back to be asked again: the form was of another declaration (CNIL-11)."""
    return _redirect(posted, [])


def reply_recorded(
    exchange: Exchange, posted: Posted, change: Change, *, record: RecordId | None
) -> Reply:
    """Give the browser its choice. ``record`` is durable, or ``None`` where none is needed."""
    choice = change.choice(day=posted.visit.today, record=record)
    return _redirect(posted, _cookie_fields(exchange, posted, choice))


def reply_unrecorded(exchange: Exchange, posted: Posted, change: Change) -> Reply:
    """Say that the ledger could not write: what was refused holds, what was granted does not.

    A change that only refuses goes the same way as ever; a grant gets an error page (503).
    """
    choice = unrecorded(posted.before, change, day=posted.visit.today)
    fields = [] if choice is None else _cookie_fields(exchange, posted, choice)
    if choice is not None and change.granted <= choice.granted:
        return _redirect(posted, fields)
    return error_reply(
        exchange, posted.visit, 503, language=posted.language, back=posted.back, extra=fields
    )


def _cookie_fields(exchange: Exchange, posted: Posted, choice: Choice) -> Fields:
    line = set_cookie_line(
        choice,
        exchange.keys,
        scheme=posted.visit.scheme,
        choice_days=exchange.declaration.site.choice_days,
    )
    expiries = posted.visit.expiries_after(choice, posted.back)
    return [(b"set-cookie", line.encode()), *expiries]


def _redirect(posted: Posted, fields: Fields) -> Reply:
    target = location(posted.back, posted.place)
    return reply(303, (b"location", target.encode()), NO_STORE, *fields)
