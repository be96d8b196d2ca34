"""The records of a ledger as a table: CSV, JSON Lines or Parquet, one line for each, by leaf.

Personal data leave the ledger here. What is forgotten later is forgotten in the ledger, and not
in a file that somebody has made of it.
"""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from daccord.consent.encoding import decode_record
from daccord.errors import Damaged, LedgerError, RecordRejected
from daccord.ledger.reading import open_reading, read_head
from daccord.ledger.rejoined import Template, record_of, template_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from daccord.consent.record import Answer, ConsentRecord
    from daccord.ledger.reading import Place, Reading

COLUMNS: Final = (
    "leaf",
    "id",
    "time",
    "site",
    "declaration",
    "notice",
    "code",
    "language",
    "way",
    "granted",
    "refused",
    "previous",
)
"""What a line holds. ``granted`` and ``refused`` are ``purpose`` or ``purpose/service``, in CSV
with a space between them. ``time`` is UTC to the millisecond."""

PAGE: Final = 4_096
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS: Final = 253_402_300_799_999
"""The end of the year 9999, as far as dates go."""


class Sink(Protocol):
    """Where lines go, a page at a time."""

    def write(self, page: list[dict[str, Any]]) -> None:
        """Write one page."""
        ...

    def finish(self) -> None:
        """Write what comes after the last page."""
        ...


def export_records(
    place: Place,
    sink: Sink,
    *,
    since_ms: int = 0,
    until_ms: int = 10**15,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write every record in the tree with ``since_ms <= time < until_ms``; give how many.

    Times are milliseconds since 1970 UTC. Memory holds one page. Raises `LedgerError`, `Damaged`
    at the first that cannot be read: none is left out in silence.
    """
    tell = progress or (lambda _done, _all: None)
    count = 0
    with closing(open_reading(place)) as reading:
        size = read_head(reading)[0]
        tell(0, size)
        records = _Records(reading)
        for first in range(0, size, PAGE):
            end = min(first + PAGE, size)
            page = [
                as_line(leaf, record)
                for leaf, record in records.between(first, end)
                if since_ms <= record.time_ms < until_ms
            ]
            if page:
                sink.write(page)
            count += len(page)
            tell(end, size)
    sink.finish()
    return count


class _Records:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._templates: dict[int, Template] = {}

    def between(self, first: int, end: int) -> Iterator[tuple[int, ConsentRecord]]:
        for leaf, id_, act, time, previous, _ in self._reading.lines("rows", first=first, end=end):
            try:
                raw = record_of(self._template(act), id_, time, previous)
                yield leaf, decode_record(raw)
            except RecordRejected as error:
                raise Damaged(f"record, leaf {leaf}", error.reason) from None

    def _template(self, act: int) -> Template:
        found = self._templates.get(act)
        if found is None:
            lines = self._reading.lines("act", number=act)
            if not lines:
                raise RecordRejected("the act it names is not there")
            if len(self._templates) >= PAGE:
                self._templates.clear()
            found = self._templates[act] = template_of(lines[0][0])
        return found


def as_line(leaf: int, record: ConsentRecord) -> dict[str, Any]:
    """Give one line: values by `COLUMNS`, answers as lists."""
    return {
        "leaf": leaf,
        "id": record.id,
        "time": time_text(record.time_ms),
        "site": record.site,
        "declaration": record.declaration_version,
        "notice": record.notice_hash,
        "code": record.code_hash,
        "language": record.language,
        "way": record.way.value,
        "granted": _names(record.granted),
        "refused": _names(record.refused),
        "previous": record.previous,
    }


def time_text(time_ms: int) -> str:
    """Write a time as RFC 3339 has it: ``2025-11-23T12:13:20.000Z``."""
    time = _EPOCH + timedelta(milliseconds=min(time_ms, _LAST_MS))
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1_000:03}Z"


def _names(answers: Iterable[Answer]) -> list[str]:
    return [
        answer.purpose if answer.service is None else f"{answer.purpose}/{answer.service}"
        for answer in answers
    ]


class JsonLines:
    """One JSON object a line, UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, page: list[dict[str, Any]]) -> None:
        self._file.write(b"".join([f"{json.dumps(line)}\n".encode() for line in page]))

    def finish(self) -> None: ...


class Csv:
    """RFC 4180 with a line of names, UTF-8.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it: an id may
    begin with a minus. No other field of a record can begin with what starts one.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lines([COLUMNS])

    def write(self, page: list[dict[str, Any]]) -> None:
        self._lines([[_cell(line[name]) for name in COLUMNS] for line in page])

    def finish(self) -> None: ...

    def _lines(self, lines: Iterable[Iterable[str]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(lines)
        self._file.write(text.getvalue().encode())


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


class Parquet:
    """Apache Parquet, a row group for each page or more. Needs the extra ``parquet``."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
            import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415
        except ImportError as error:
            raise LedgerError(
                "Parquet needs pyarrow\n  hint: pip install 'daccord[parquet]'"
            ) from error
        self._table = pa.Table
        texts = pa.list_(pa.string())
        kinds = {"leaf": pa.int64(), "time": pa.timestamp("ms", tz="UTC")}
        kinds |= {"granted": texts, "refused": texts}
        self._schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
        self._writer = pq.ParquetWriter(file, self._schema)

    def write(self, page: list[dict[str, Any]]) -> None:
        rows = [{**line, "time": datetime.fromisoformat(line["time"])} for line in page]
        self._writer.write_table(self._table.from_pylist(rows, schema=self._schema))

    def finish(self) -> None:
        self._writer.close()
