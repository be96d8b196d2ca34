"""Durable appends per second, beside what the disk and SQLite give at best in the same run.

    python -m bench.ledger

Every figure is the median of `REPEATS` rounds, and the rounds take turns, so that a machine that
is slow for a while is slow for all of them. The files lie in ``.run``, next to the code: ``/tmp``
may be memory, where an fsync costs nothing.
"""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import shutil
import sqlite3
import statistics
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from daccord.consent.choice import RecordId
from daccord.consent.encoding import decode_record, encode_record, encode_record_text
from daccord.consent.record import Answer, ConsentRecord, Way
from daccord.declaration.model import Language, PurposeId, ServiceId
from daccord.ledger.batches import Entry
from daccord.ledger.counts import Counts
from daccord.ledger.schema import create_file, open_writer
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.sqlite_writer import SqliteWriter

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 5
FOLDER = Path(__file__).parents[1] / ".run" / "bench-ledger"
PATH = FOLDER / "ledger.sqlite"
FSYNCS = "fsyncs of a 4 kB append"
BARE = "bare INSERT, 100 to a batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. ``ratio`` is the value over that of the row named ``against``."""

    name: str
    value: float
    unit: str
    p99_ms: float | None = None
    against: str | None = None
    ratio: float | None = None


def a_record() -> ConsentRecord:
    return ConsentRecord(
        id=RecordId(base64.urlsafe_b64encode(secrets.token_bytes(16))[:22].decode()),
        time_ms=time.time_ns() // 1_000_000,
        site="paper.example",
        declaration_version="a" * 64,
        notice_hash="b" * 64,
        code_hash="c" * 64,
        language=Language("fr"),
        way=Way.NOTICE,
        granted=tuple(
            Answer(purpose=PurposeId(purpose), service=ServiceId(service))
            for purpose, service in [("social", "isso"), ("social", "network"), ("ads", "tags")]
        ),
        refused=(),
        previous=None,
    )


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
    batches = [
        [(value.id, encode_record_text(value)) for value in (a_record() for _ in range(100))]
        for _ in range(100)
    ]
    waits = []
    create_file(PATH)
    with closing(open_writer(PATH)) as connection:
        for batch in batches:
            begin = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO record (id, body) VALUES (?, ?)", batch)
            connection.execute("COMMIT")
            waits.append(time.perf_counter() - begin)
    return _rate(100 * len(batches), sum(waits)), _p99_ms(waits)


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

    seconds = asyncio.run(append_all())
    store.close()
    return _rate(records, seconds), _p99_ms(waits)


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
            entries = [Entry(v.id, encode_record_text(v), asyncio.Future(loop=loop)) for v in batch]
            begin = time.perf_counter()
            if one_step:
                writer.write(entries)
            else:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(
                    "INSERT INTO record (id, body) VALUES (?, ?)",
                    [(entry.id, entry.text) for entry in entries],
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


def decoding() -> tuple[float, float]:
    raw, count = encode_record(a_record()), 5_000
    begin = time.perf_counter()
    for _ in range(count):
        decode_record(raw)
    return _rate(count, time.perf_counter() - begin), 0.0


MEASURES: dict[str, tuple[Callable[[], tuple[float, float]], str | None]] = {
    FSYNCS: (fsyncs, None),
    BARE: (bare_inserts, None),
    "append, 1 coroutine": (lambda: coroutines(1, 1_000), FSYNCS),
    "append, 8 coroutines": (lambda: coroutines(8, 5_000), BARE),
    "append, 64 coroutines": (lambda: coroutines(64, 20_000), BARE),
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
    "decode a record": (decoding, None),
}


def rows(repeats: int = REPEATS) -> list[Row]:
    """Measure everything and give the table. Takes about half a minute."""
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
            unit="/s",
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
