"""What a record says, in words that a person reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from daccord.consent.record import Way

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.consent.record import Answer, ConsentRecord

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WAYS: Final = {
    Way.NOTICE: "answered all that the notice asked with one button",
    Way.CUSTOMISE: "chose purpose by purpose under customise",
    Way.PLACEHOLDER: "answered in the place of an embedded part of the page",
    Way.WITHDRAWAL: "withdrew what was granted before",
}


def tell_record(record: ConsentRecord) -> tuple[tuple[str, str], ...]:
    """Give everything that ``record`` holds, as pairs of a label and its value in English."""
    return (
        ("record", record.id),
        ("time", tell_time(record.time_ms)),
        ("site", record.site),
        ("language", record.language),
        ("way", tell_way(record.way)),
        ("granted", _tell_answers(record.granted)),
        ("refused", _tell_answers(record.refused)),
        ("declaration", record.declaration_version),
        ("notice", record.notice_hash),
        ("code", record.code_hash),
        ("follows", record.previous or "no earlier record"),
    )


def tell_way(way: Way) -> str:
    """Give how the reader said it: the record's own word, and what it means."""
    return f"{way.value}: the reader {_WAYS[way]}"


def tell_time(time_ms: int) -> str:
    """Give a time (milliseconds since 1970 UTC) as ISO 8601, also beyond the year 9999."""
    try:
        moment = _EPOCH + timedelta(milliseconds=time_ms)
    except OverflowError:
        return f"{time_ms} milliseconds after 1970-01-01T00:00:00Z"
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _tell_answers(answers: Iterable[Answer]) -> str:
    """As ``social (isso, murmure), advertising``: services in brackets behind their purpose."""
    services: dict[str, list[str]] = {}
    for answer in answers:
        services.setdefault(answer.purpose, [])
        if answer.service is not None:
            services[answer.purpose].append(answer.service)
    told = [
        f"{purpose} ({', '.join(named)})" if named else purpose
        for purpose, named in services.items()
    ]
    return ", ".join(told) or "nothing"
