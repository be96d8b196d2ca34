"""Durable appends and merges per second, beside what the disk and SQLite give at best in one run.

    python -m bench.ledger

Every figure is the median of `REPEATS` rounds, and the rounds take turns, so that a machine that
is slow for a while is slow for all of them. The files lie in ``.run``, next to the code: ``/tmp``
may be memory, where an fsync costs nothing.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
import secrets
import shutil
import sqlite3
import statistics
import threading
import time
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from daccord.consent.choice import RecordId
from daccord.consent.encoding import decode_record, encode_record
from daccord.consent.record import Answer, ConsentRecord, Way
from daccord.declaration.model import Language, PurposeId, ServiceId
from daccord.ledger import merging
from daccord.ledger.acts import parts_of
from daccord.ledger.batches import Entry
from daccord.ledger.counts import Counts
from daccord.ledger.schema import create_file, open_writer
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.sqlite_writer import SqliteWriter
from daccord.merkle.notes import new_signer

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 5
FOLDER = Path(__file__).parents[1] / ".run" / "bench-ledger"
PATH = FOLDER / "ledger.sqlite"
FSYNCS = "fsyncs of a 4 kB append"
BARE = "bare INSERT of the same rows, 100 to a batch"
SUSTAINED = "append, 64 coroutines, merging and signing"
BYTES = "file of 50,000 consents, each"
SIGNER = new_signer("paper.example/_daccord/log", secrets.token_bytes(32))
CONSENTS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. ``ratio`` is the value over that of the row named ``against``."""

    name: str
    value: float
    unit: str
    p99_ms: float | None = None
    against: str | None = None
    ratio: float | None = None


def a_record(chance: random.Random | None = None) -> ConsentRecord:
    """A consent to everything; with ``chance`` one of many, as a site's readers give them."""
    choices = [("social", "isso"), ("social", "network"), ("ads", "tags")]
    granted = choices if chance is None else [each for each in choices if chance.random() < 0.6]
    answers = [Answer(purpose=PurposeId(p), service=ServiceId(s)) for p, s in choices]
    is_first = chance is None or chance.random() < 0.8
    return ConsentRecord(
        id=_new_id(),
        time_ms=time.time_ns() // 1_000_000,
        site="paper.example",
        declaration_version="a" * 64,
        notice_hash="b" * 64,
        code_hash="c" * 64,
        language=Language("fr" if chance is None else chance.choice(["fr", "en"])),
        way=Way.NOTICE if chance is None else chance.choice([Way.NOTICE, Way.CUSTOMISE]),
        granted=tuple(each for each in answers if (each.purpose, each.service) in granted),
        refused=tuple(each for each in answers if (each.purpose, each.service) not in granted),
        previous=None if is_first else _new_id(),
    )


def _new_id() -> RecordId:
    return RecordId(base64.urlsafe_b64encode(secrets.token_bytes(16))[:22].decode())


def fsyncs() -> tuple[float, float]:
    page, waits = bytes(4096), []
    with (FOLDER / "fsync").open("wb", buffering=0) as file:
        for _ in range(500):
            begin = time.perf_counter()
            file.write(page)
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - begin)
    return _rate(len(waits), sum(waits)), _p99_ms(waits)


def bare_inserts() -> tuple[float, float]:
    """INSERT what `append` writes, into the same table, with nothing around it."""
    values = [a_record() for _ in range(10_000)]
    rows = [(value.id, value.time_ms, value.previous, os.urandom(32)) for value in values]
    waits = []
    create_file(PATH)
    with closing(open_writer(PATH)) as connection:
        for start in range(0, len(rows), 100):
            batch = rows[start : start + 100]
            begin = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO record (id, act, time, previous, salt) VALUES (?, 1, ?, ?, ?)", batch
            )
            connection.execute("COMMIT")
            waits.append(time.perf_counter() - begin)
    return _rate(len(rows), sum(waits)), _p99_ms(waits)


def batches() -> tuple[float, float]:
    """What `append` and the writing thread do for 100 records, with nobody waiting for them."""
    values = [a_record() for _ in range(10_000)]
    create_file(PATH)
    writer = SqliteWriter(PATH, Counts(), may_create=True)
    writer.open()
    waits = []
    for start in range(0, len(values), 100):
        begin = time.perf_counter()
        done: Future[None] = Future()
        batch = [Entry(parts_of(value), done) for value in values[start : start + 100]]
        writer.write(batch)
        waits.append(time.perf_counter() - begin)
    writer.release()
    return _rate(len(values), sum(waits)), _p99_ms(waits)


def coroutines(waiters: int, records: int, *, wrapped: bool = False) -> tuple[float, float]:
    """Append from so many coroutines at once, each waiting for its own."""
    store = SqliteStore(PATH)
    store.open()
    values = iter([a_record() for _ in range(records)])
    waits: list[float] = []

    async def append() -> None:
        for value in values:
            begin = time.perf_counter()
            if wrapped:
                await asyncio.wrap_future(store.append(value))
            else:
                await store.append_async(value)
            waits.append(time.perf_counter() - begin)

    async def append_all() -> float:
        begin = time.perf_counter()
        await asyncio.gather(*(append() for _ in range(waiters)))
        return time.perf_counter() - begin

    store.append(a_record()).result()  # the thread and its connection are there
    seconds = asyncio.run(append_all())
    store.close()
    return _rate(records, seconds), _p99_ms(waits)


def sustained(waiters: int, seconds: float, *, rate: float | None) -> tuple[float, float]:
    """Append for so long, merging and signing all the while, until all of it is in the tree.

    ``rate`` is what readers ask for in a second; ``None`` is as much as can be.
    """
    store = SqliteStore(PATH, signer=SIGNER)
    store.open()
    store.append(a_record()).result()
    waits: list[float] = []

    async def append(end: float) -> None:
        due = time.perf_counter()
        while (now := time.perf_counter()) < end:
            if rate is not None and due > now:
                await asyncio.sleep(due - now)
            due += waiters / rate if rate is not None else 0
            value = a_record()
            begin = time.perf_counter()
            await store.append_async(value)
            waits.append(time.perf_counter() - begin)

    async def append_all() -> None:
        end = time.perf_counter() + seconds
        await asyncio.gather(*(append(end) for _ in range(waiters)))

    begin = time.perf_counter()
    asyncio.run(append_all())
    store.merge()
    taken = time.perf_counter() - begin
    store.close()
    return _rate(len(waits), taken), _p99_ms(waits)


def merges() -> tuple[float, float]:
    """Merge and sign what waits: the whole way from a table's rows to a checkpoint."""
    store = SqliteStore(PATH, signer=SIGNER)
    later, merging.MERGE_SECONDS = merging.MERGE_SECONDS, 3_600.0  # type: ignore[misc] # by hand
    for _ in range(10):
        for future in [store.append(a_record()) for _ in range(2_000)]:
            future.result()
    begin = time.perf_counter()
    store.merge()
    taken = time.perf_counter() - begin
    merging.MERGE_SECONDS = later  # type: ignore[misc]
    store.close()
    return _rate(20_000, taken), 0.0


def bytes_of_a_consent() -> tuple[float, float]:
    """The closed file over the number of consents in it: rows, index, tree and all."""
    chance = random.Random(7)  # noqa: S311 - who answers how, no secret
    store = SqliteStore(PATH, signer=SIGNER)
    for _ in range(CONSENTS // 2_000):
        for future in [store.append(a_record(chance)) for _ in range(2_000)]:
            future.result()
    store.close()
    return PATH.stat().st_size / CONSENTS, 0.0


def threads(waiters: int, records: int) -> tuple[float, float]:
    """Append from so many threads at once."""
    store = SqliteStore(PATH)
    store.open()
    values = [[a_record() for _ in range(records // waiters)] for _ in range(waiters)]
    waits: list[float] = []

    def append(mine: list[ConsentRecord]) -> None:
        for value in mine:
            begin = time.perf_counter()
            store.append(value).result()
            waits.append(time.perf_counter() - begin)

    workers = [threading.Thread(target=append, args=(mine,)) for mine in values]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - begin
    store.close()
    return _rate(len(waits), seconds), _p99_ms(waits)


def beside_a_busy_thread(*, one_step: bool) -> tuple[float, float]:
    """Write batches of 32 while another thread computes: what a busy event loop does to them."""
    batches = [[a_record() for _ in range(32)] for _ in range(30)]
    waits: list[float] = []

    def write() -> None:
        create_file(PATH)
        writer = SqliteWriter(PATH, Counts(), may_create=True)
        connection = writer.open()
        for batch in batches:
            entries = [Entry(parts_of(v), asyncio.Future(loop=loop)) for v in batch]
            rows = [(v.id, v.time_ms, v.previous, os.urandom(32)) for v in batch]
            begin = time.perf_counter()
            if one_step:
                writer.write(entries)
            else:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(
                    "INSERT INTO record (id, act, time, previous, salt) VALUES (?, 1, ?, ?, ?)",
                    rows,
                )
                connection.execute("COMMIT")
            waits.append(time.perf_counter() - begin)
        writer.release()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=write)
    thread.start()
    while thread.is_alive():
        sum(n for n in range(1_000))
    loop.close()
    return _rate(32 * len(batches), sum(waits)), _p99_ms(waits)


def encoding() -> tuple[float, float]:
    value, count = a_record(), 5_000
    begin = time.perf_counter()
    for _ in range(count):
        encode_record(value)
    return _rate(count, time.perf_counter() - begin), 0.0


def splitting() -> tuple[float, float]:
    value, count = a_record(), 5_000
    begin = time.perf_counter()
    for _ in range(count):
        parts_of(value)
    return _rate(count, time.perf_counter() - begin), 0.0


def decoding() -> tuple[float, float]:
    raw, count = encode_record(a_record()), 5_000
    begin = time.perf_counter()
    for _ in range(count):
        decode_record(raw)
    return _rate(count, time.perf_counter() - begin), 0.0


MEASURES: dict[str, tuple[Callable[[], tuple[float, float]], str | None]] = {
    FSYNCS: (fsyncs, None),
    BARE: (bare_inserts, None),
    "append, 100 to a batch, nobody waiting": (batches, BARE),
    "append, 1 coroutine": (lambda: coroutines(1, 1_000), FSYNCS),
    "append, 8 coroutines": (lambda: coroutines(8, 5_000), BARE),
    "append, 64 coroutines": (lambda: coroutines(64, 20_000), BARE),
    "append, 256 coroutines": (lambda: coroutines(256, 30_000), BARE),
    SUSTAINED: (lambda: sustained(64, 3.0, rate=None), None),
    "5,000 appends/s asked for, merging and signing": (
        lambda: sustained(64, 3.0, rate=5_000.0),
        None,
    ),
    "merge and sign": (merges, None),
    BYTES: (bytes_of_a_consent, None),
    "append, 64 coroutines, wrapped futures": (
        lambda: coroutines(64, 20_000, wrapped=True),
        "append, 64 coroutines",
    ),
    "append, 8 threads": (lambda: threads(8, 4_000), BARE),
    "append, 64 threads": (lambda: threads(64, 10_000), BARE),
    "32 to a batch, beside a busy thread, one step": (
        lambda: beside_a_busy_thread(one_step=True),
        None,
    ),
    "32 to a batch, beside a busy thread, INSERT each": (
        lambda: beside_a_busy_thread(one_step=False),
        "32 to a batch, beside a busy thread, one step",
    ),
    "encode a record": (encoding, None),
    "encode a record whose act is known": (splitting, None),
    "decode a record": (decoding, None),
}


def rows(repeats: int = REPEATS) -> list[Row]:
    """Measure everything and give the table. Takes a minute or two."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in MEASURES}
    for _ in range(repeats):
        for name, (measure, _) in MEASURES.items():
            shutil.rmtree(FOLDER, ignore_errors=True)
            FOLDER.mkdir(parents=True)
            found[name].append(measure())
    shutil.rmtree(FOLDER)
    table = {
        name: Row(
            name=name,
            value=statistics.median(value for value, _ in rounds),
            unit="B" if name == BYTES else "/s",
            p99_ms=statistics.median(p99 for _, p99 in rounds) or None,
        )
        for name, rounds in found.items()
    }
    return [
        row
        if (against := MEASURES[name][1]) is None
        else replace(row, against=against, ratio=row.value / table[against].value)
        for name, row in table.items()
    ]


def _rate(count: int, seconds: float) -> float:
    return count / seconds


def _p99_ms(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)] * 1_000


def main() -> None:
    print(f"SQLite {sqlite3.sqlite_version}, {REPEATS} rounds, medians")
    for row in rows():
        p99 = f"p99 {row.p99_ms:7.2f} ms" if row.p99_ms else ""
        ratio = f"{row.ratio:6.0%} of {row.against}" if row.ratio else ""
        print(f"{row.name:50} {row.value:10,.0f} {row.unit}  {p99:15} {ratio}")


if __name__ == "__main__":
    main()
