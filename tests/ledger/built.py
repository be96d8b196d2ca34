"""A small real ledger with everything in it that a ledger can hold, for tests that break it."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from daccord.ledger.sqlite import SqliteStore
from daccord.merkle.notes import Signer, format_vkey, new_signer
from daccord.receipt.statements import KeyStatement, VersionStatement, encode_statement
from tests.ledger.samples import TODAY, VERSION, new_id, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daccord.consent.record import ConsentRecord
    from daccord.declaration.model import Language
    from daccord.ledger.store import Store

ORIGIN: Final = "paper.example/_daccord/log"
TEXTS: Final = {
    name: f"{name} of the paper, as it was shown".encode()
    for name in ("declaration", "code", "notice en", "notice fr")
}
HASHES: Final = {name: sha256(text).hexdigest() for name, text in TEXTS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was put in. ``checkpoints`` are heads on the way, oldest first."""

    signer: Signer
    size: int
    kept: tuple[ConsentRecord, ...]
    forgotten: tuple[ConsentRecord, ...]
    checkpoints: tuple[str, ...]


class Built:
    """A ledger in an SQLite file, and what is in it."""

    def __init__(self, path: Path, filled: Filled) -> None:
        self.path = path
        self.filled = filled
        self.signer = filled.signer
        self.size = filled.size
        self.checkpoints = filled.checkpoints


def version_statement() -> tuple[str, dict[bytes, bytes]]:
    statement = VersionStatement(
        declaration_version=HASHES["declaration"],
        code_hash=HASHES["code"],
        notices=(
            (_language("en"), HASHES["notice en"]),
            (_language("fr"), HASHES["notice fr"]),
        ),
    )
    return encode_statement(statement), {sha256(text).digest(): text for text in TEXTS.values()}


def key_statement(signer: Signer) -> str:
    return encode_statement(KeyStatement(vkey=format_vkey(signer.verifier)))


def new_log_signer() -> Signer:
    return new_signer(ORIGIN, secrets.token_bytes(32))


def published(**fields: object) -> ConsentRecord:
    """A record of the version that the log holds."""
    return replace(
        record(**fields),  # type: ignore[arg-type]  # as the caller says
        declaration_version=HASHES["declaration"],
        code_hash=HASHES["code"],
        notice_hash=HASHES["notice fr"],
    )


class MakeStore(Protocol):
    """Makes a store for the ledger that is meant."""

    def __call__(self, *, signer: Signer) -> Store: ...


def fill(
    make: MakeStore, *, records: int = 600, forget: int = 20, key: Signer | None = None
) -> Filled:
    """Put ``records`` into a new ledger in three merges, and forget some.

    Kept checkpoints, signed, stand at a third and at two thirds.
    """
    signer = key or new_log_signer()
    store = make(signer=signer)
    store.open()
    store.publish(key_statement(signer), {})
    store.publish(*version_statement())
    store.merge()
    values: list[ConsentRecord] = []
    notes = []
    for part in range(3):
        for n in range(records // 3):
            previous = values[-1].id if n % 5 == 4 else None
            site = f"paper{n % 7}.localhost"
            values.append(published(time_ms=10**12 + len(values), site=site, previous=previous))
            last = store.append(values[-1])
        last.result()
        store.merge()
        with closing(store.tables()) as tables:
            head = tables.head()
            assert head.checkpoint is not None
            notes.append(head.checkpoint)
            if part < 2:
                tables.keep_checkpoint(head.size, head.checkpoint)
    gone = tuple(each.id for each in values[10 : 10 + forget])
    assert store.forget(gone) == forget
    store.count_refusal(TODAY, VERSION)
    store.count_report("img-src", "ads.example", TODAY)
    store.close()
    return Filled(
        signer=signer,
        size=head.size,
        kept=tuple(each for each in values if each.id not in gone),
        forgotten=tuple(each for each in values if each.id in gone),
        checkpoints=tuple(notes),
    )


def build(path: Path, *, records: int = 600) -> Built:
    """Make a ledger in an SQLite file, its last row waiting."""

    def make(*, signer: Signer) -> Store:
        return SqliteStore(path, signer=signer)

    filled = fill(make, records=records)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO record SELECT ?, ?, act, time, previous, ? FROM record WHERE leaf = 2",
            (filled.size, new_id(), secrets.token_bytes(32)),
        )
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    return Built(path, filled)


def copies(built: Built, folder: Path) -> Iterator[Path]:
    """Fresh copies of the file, one after the other."""
    raw = built.path.read_bytes()
    number = 0
    while True:
        path = folder / f"copy{number}.sqlite"
        path.write_bytes(raw)
        yield path
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        number += 1


def _language(tag: str) -> Language:
    return tag  # type: ignore[return-value]  # a tag as it stands in a declaration
