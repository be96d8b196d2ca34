"""To have a record forgotten: from the form to what is erased, and from there to the reply.

1. What is erased is the record of the reader's own cookie, or that of a receipt whose salt is the
   ledger's: who has the salt was given the receipt. With each go those before it on that device.
2. No consent without proof (law 5): a choice whose record is erased becomes a refusal of what it
   granted, without an identifier, and what came with it is expired as after a withdrawal.
3. When the ledger cannot erase, nothing changes: the cookie still leads to the record, and the
   reader can try again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from daccord.consent.answer import MAXIMUM_FORM_BYTES
from daccord.consent.choice import Choice
from daccord.consent.cookie import set_cookie_line
from daccord.errors import ChoiceRejected
from daccord.exchange.reply import NO_STORE, Reply, reply
from daccord.notice.addresses import CONSENTS_PATH, in_language

if TYPE_CHECKING:
    from collections.abc import Collection

    from daccord.consent.choice import RecordId
    from daccord.declaration.model import Language
    from daccord.exchange.exchange import Exchange
    from daccord.exchange.fields import Fields
    from daccord.exchange.visit import Visit

FIELDS: Final = frozenset({"do", "receipt", "sure", "lang"})


class Do(Enum):
    """What the form asks for."""

    LOOK = "look"
    FORGET = "forget"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetForm:
    """A form of “my consents”. ``receipt`` is empty where the cookie's record is meant."""

    do: Do
    receipt: bytes
    lang: str


def parse_forget_form(raw: bytes) -> ForgetForm:
    """Read an ``application/x-www-form-urlencoded`` body.

    Raises ChoiceRejected for what is not one of our two forms, and for one that asks to forget
    without the box that says so ticked: no page of ours sends that.
    """
    if len(raw) > MAXIMUM_FORM_BYTES:
        raise ChoiceRejected("the form is too large")
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=len(FIELDS),
        )
    except ValueError as error:
        raise ChoiceRejected("the form is not readable") from error
    fields = dict(pairs)
    if len(fields) != len(pairs) or not fields.keys() <= FIELDS:
        raise ChoiceRejected("the form has a field that daccord did not ask for")
    try:
        do = Do(fields.get("do", ""))
    except ValueError as error:
        raise ChoiceRejected("the form does not say what to do") from error
    if (do is Do.FORGET) is not (fields.get("sure") == "yes"):
        raise ChoiceRejected("the form asks to forget, and does not say that it is sure")
    if do is Do.LOOK and "receipt" not in fields:
        raise ChoiceRejected("the form has no receipt to look up")
    return ForgetForm(do=do, receipt=pasted(fields.get("receipt", "")), lang=fields.get("lang", ""))


def pasted(text: str) -> bytes:
    """Give a receipt as its file has it: forms change the ends of lines, and hands lose the last.

    Empty for nothing but space.
    """
    lines = text.replace("\r\n", "\n").strip()
    return f"{lines}\n".encode() if lines else b""


def reply_forgotten(
    exchange: Exchange, visit: Visit, erased: Collection[RecordId], *, language: Language
) -> Reply:
    """Lead back to “my consents”, which says that it is done (303).

    ``erased`` are the records that are gone. Where the reader's own is among them, or is not there
    any more, the choice goes too.
    """
    stored = visit.stored
    fields: Fields = []
    if stored.record is not None and stored.record in erased:
        choice = Choice(refused=stored.refused | stored.granted, day=visit.today, withdrawn=True)
        line = set_cookie_line(
            choice,
            exchange.keys,
            scheme=visit.scheme,
            choice_days=exchange.declaration.site.choice_days,
        )
        fields = [(b"set-cookie", line.encode()), *visit.expiries_after(choice, visit.address)]
    target = f"{in_language(CONSENTS_PATH, language)}&done=forgotten#done"
    return reply(303, (b"location", target.encode()), NO_STORE, *fields)
