"""A consent record as bytes: canonical JSON (RFC 8785), one spelling for each value.

1. The grammar below is the whole of what can be recorded. It is closed: every field has its own
   small alphabet, and in none of them can an IP address, a user agent, a URL path or a referrer be
   written (law 7, REC-2). Text of free form has no place in a record.
2. Every character of it is ASCII and none needs an escape, keys stand in order and numbers are
   integers below 10^15. That makes the standard library's encoder write RFC 8785, at an eighth of
   what a general canonicaliser costs; a property test holds it to the package ``rfc8785``.
3. ``format`` numbers this grammar. Another grammar gets another number; this one never changes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from daccord.consent.record import Answer, ConsentRecord, Way
from daccord.errors import RecordRejected

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT: Final = 1
RECORD_BYTES_MAX: Final = 65_536
"""Limit: some 1,000 questions at the longest names, 30 times the largest notice seen."""
SITE_WITHOUT_NAME: Final = "unnamed.invalid"
"""The site of a host that is an address or not a host at all (``.invalid``: RFC 2606, 2)."""

_HASH = "[0-9a-f]{64}"
_RECORD_ID = "[A-Za-z0-9_-]{21}[AQgw]"  # 128 bits: the last 4 of 132 are zero, or it is not one
_NAME = "[a-z][a-z0-9-]{0,30}"
_ANSWERS = rf'\[(?:\["{_NAME}",(?:null|"{_NAME}")\](?:,(?!\])|(?=\])))*\]'
_LANGUAGE = "[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}"
_WAY = "|".join(way.value for way in Way)
# A name and never an address, nor one with an address in front: the last label starts with a
# letter, which no address does in any of its spellings (1.2.3.4, 0x7f000001, [::1]).
# "_" is no host name's but is met in names of containers.
_LABEL = "[a-z0-9_][a-z0-9_-]{0,62}"
_SITE = (
    r'(?=[^"]{1,259}")(?![^"]*[0-9]\.[0-9]+\.[0-9]+\.[0-9])'
    rf"(?:{_LABEL}\.){{0,126}}(?=[a-z]){_LABEL}(?::[1-9][0-9]{{0,4}})?"
)

_GRAMMAR = re.compile(
    rf'\{{"code":"{_HASH}"'
    rf',"declaration":"{_HASH}"'
    rf',"format":{FORMAT}'
    rf',"granted":{_ANSWERS}'
    rf',"id":"{_RECORD_ID}"'
    rf',"language":"{_LANGUAGE}"'
    rf',"notice":"{_HASH}"'
    rf',"previous":(?:null|"{_RECORD_ID}")'
    rf',"refused":{_ANSWERS}'
    rf',"site":"{_SITE}"'
    r',"time":(?:0|[1-9][0-9]{0,14})'
    rf',"way":"(?:{_WAY})"\}}'
)
_SITE_ONLY = re.compile(rf'{_SITE}(?=")')
_write_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def encode_record(record: ConsentRecord) -> bytes:
    """Give the canonical bytes of ``record``: ASCII, one line, at most `RECORD_BYTES_MAX`.

    Raises `RecordRejected` for a value that the grammar has no room for, and for a question that
    is answered twice.
    """
    return encode_record_text(record).encode("ascii")


def encode_record_text(record: ConsentRecord) -> str:
    """Give what `encode_record` gives, as text, for a store that takes text."""
    granted, refused = _pairs(record.granted), _pairs(record.refused)
    if len({*granted, *refused}) != len(granted) + len(refused):
        raise RecordRejected("a question is answered twice")
    fields = {
        "code": record.code_hash,
        "declaration": record.declaration_version,
        "format": FORMAT,
        "granted": granted,
        "id": record.id,
        "language": record.language,
        "notice": record.notice_hash,
        "previous": record.previous,
        "refused": refused,
        "site": record.site,
        "time": record.time_ms,
        "way": record.way.value,
    }
    try:
        text = _write_json(fields)
    except (TypeError, ValueError):
        raise RecordRejected("a field is of a type that a record does not have") from None
    if len(text) > RECORD_BYTES_MAX:
        raise RecordRejected("a record is larger than the limit")
    if _GRAMMAR.fullmatch(text) is None:
        raise RecordRejected("a field holds what a record has no room for")
    return text


def decode_record(raw: bytes) -> ConsentRecord:
    """Read a record from its canonical bytes.

    Raises `RecordRejected` for every other sequence of bytes, a second spelling of the same
    record among them; nothing else is ever raised.
    """
    if len(raw) > RECORD_BYTES_MAX:
        raise RecordRejected("a record is larger than the limit")
    text = raw.decode("latin-1")  # never fails; the grammar then lets ASCII alone pass
    if _GRAMMAR.fullmatch(text) is None:
        raise RecordRejected("the bytes are not a record's canonical form")
    fields = json.loads(text)
    record = ConsentRecord(
        id=fields["id"],
        time_ms=fields["time"],
        site=fields["site"],
        declaration_version=fields["declaration"],
        notice_hash=fields["notice"],
        code_hash=fields["code"],
        language=fields["language"],
        way=Way(fields["way"]),
        granted=tuple(Answer(purpose=p, service=s) for p, s in fields["granted"]),
        refused=tuple(Answer(purpose=p, service=s) for p, s in fields["refused"]),
        previous=fields["previous"],
    )
    if encode_record(record) != raw:
        raise RecordRejected("the bytes are not a record's canonical form")
    return record


def site_of_host(host: str) -> str:
    """Give the site to record for the value of a request's ``Host`` field.

    Lower case, with its port. A host that is an IP address, or that is none at all, becomes
    `SITE_WITHOUT_NAME`: what the client sent as ``Host`` must not become a way to have an
    address recorded (law 7).
    """
    site = host.lower()
    # The closing quote stands for the end, as in the grammar.
    matched = _SITE_ONLY.match(site + '"')
    return site if matched is not None and matched.end() == len(site) else SITE_WITHOUT_NAME


def _pairs(answers: Iterable[Answer]) -> list[tuple[str, str | None]]:
    return [(answer.purpose, answer.service) for answer in answers]
