"""Records to test with. Each has an id of its own unless told otherwise."""

from __future__ import annotations

import base64
import secrets

from daccord.consent.choice import RecordId
from daccord.consent.record import Answer, ConsentRecord, Way
from daccord.declaration.model import Language, PurposeId, ServiceId

TODAY = 20_415
VERSION = "a" * 64
COMMENTS = Answer(purpose=PurposeId("social"), service=ServiceId("isso"))
SHARING = Answer(purpose=PurposeId("social"), service=ServiceId("network"))
STATISTICS = Answer(purpose=PurposeId("statistics"), service=None)


def new_id() -> RecordId:
    return RecordId(base64.urlsafe_b64encode(secrets.token_bytes(16))[:22].decode())


def record(
    *,
    id_: RecordId | None = None,
    time_ms: int = 1_763_900_000_000,
    site: str = "paper.localhost:8100",
    language: str = "fr",
    way: Way = Way.CUSTOMISE,
    granted: tuple[Answer, ...] = (COMMENTS, STATISTICS),
    refused: tuple[Answer, ...] = (SHARING,),
    previous: RecordId | None = None,
) -> ConsentRecord:
    return ConsentRecord(
        id=new_id() if id_ is None else id_,
        time_ms=time_ms,
        site=site,
        declaration_version=VERSION,
        notice_hash="b" * 64,
        code_hash="c" * 64,
        language=Language(language),
        way=way,
        granted=granted,
        refused=refused,
        previous=previous,
    )
