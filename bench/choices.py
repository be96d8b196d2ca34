"""Durable choices per second on one real server, against a bare POST endpoint of the same process.

uvicorn with uvloop and httptools, the SQLite store on a real disk, an answer with a signed cookie.
wrk is the load: it is written in C, so that the server is what limits. Rounds take turns. At the
end the server is stopped and its file read from outside: every acknowledged consent must be there,
or the figures are void.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.choices_server import BARE
from bench.samples import newspaper
from bench.table import Aim, Bound, Of, Row, figure, skipped
from bench.timing import median, spread
from daccord.exchange.addresses import CHOICE_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

PART = "Choices: durable consents on one server process"
ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".run" / "bench-choices"
"""Beside the code: ``/tmp`` may be memory, where an fsync costs nothing."""
CONNECTIONS = (1, 8, 32, 64)
HOST = "paper.localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What wrk saw in one go, and what the server spent on it."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    errors: int


@dataclass(slots=True, kw_only=True)
class Server:
    """The running server, and how many choices it has acknowledged so far."""

    process: subprocess.Popen[bytes]
    port: int
    acknowledged: int = 0
    started: int = 0

    def load(self, path: str, connections: int, seconds: int) -> Load:
        """Post to ``path`` from so many connections at once."""
        before = self._cpu()
        command = [
            *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s"),
            str(Path(__file__).with_name("choices.lua")),
            f"http://127.0.0.1:{self.port}{path}",
            *("--", body(), f"{HOST}:{self.port}"),
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own
        spent = self._cpu() - before
        said = json.loads(done.stdout.partition("RESULT ")[2])
        if path == CHOICE_PATH:
            self.acknowledged += said["requests"] - said["errors"]
            self.started += said["requests"] + connections
        return Load(
            requests=said["requests"],
            per_second=said["requests"] / said["microseconds"] * 1e6,
            p50_ms=said["p50"] / 1e3,
            p99_ms=said["p99"] / 1e3,
            cpu_us=spent / said["requests"] * 1e6,
            errors=said["errors"],
        )

    def _cpu(self) -> float:
        """Seconds of CPU that the server has used so far, all of its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def body() -> str:
    """A form of the notice in which everything is accepted."""
    shown = newspaper().questions_digest
    return urlencode({"do": "accept", "shown": shown, "ask": "all", "lang": "fr", "back": "/fr/"})


@contextmanager
def serving() -> Iterator[Server]:
    """Start the server on a free port; it has stopped, and let go of its file, afterwards."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        command = [sys.executable, "-m", "bench.choices_server"]
        process = subprocess.Popen(  # noqa: S603 - our own
            [*command, str(listening.fileno()), str(FOLDER)],
            cwd=ROOT,
            pass_fds=[listening.fileno()],
            stderr=subprocess.DEVNULL,
        )
    try:
        yield Server(process=process, port=port)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def rows(*, quick: bool = False) -> list[Row]:
    """Measure everything; about a minute."""
    if shutil.which("wrk") is None:
        return [skipped(PART, "wrk is not installed: apt-get install wrk")]
    rounds, seconds = (2, 1) if quick else (5, 3)
    found: dict[tuple[str, int], list[Load]] = {}
    with serving() as server:
        _post_once(server.port)
        server.started += 1
        server.acknowledged += 1
        for path in (BARE, CHOICE_PATH):
            server.load(path, 8, 1)
        for _ in range(rounds):
            for connections in CONNECTIONS:
                for path in (BARE, CHOICE_PATH):
                    load = server.load(path, connections, seconds)
                    found.setdefault((path, connections), []).append(load)
    kept, ids = _in_the_ledger()
    table = [
        row
        for connections in CONNECTIONS
        for row in _rows_of(connections, found[CHOICE_PATH, connections], found[BARE, connections])
    ]
    errors = sum(load.errors for loads in found.values() for load in loads)
    is_whole = kept == ids and server.acknowledged <= kept <= server.started and not errors
    shutil.rmtree(FOLDER, ignore_errors=True)
    table.append(
        Row(
            part=PART,
            name="acknowledged consents that are in the ledger",
            unit="",
            value=float(kept),
            against="acknowledged",
            reference=float(server.acknowledged),
            note="all there" if is_whole else f"VOID: {errors} errors, {ids} ids in {kept} records",
        )
    )
    return table


def _rows_of(connections: int, choices: list[Load], bare: list[Load]) -> list[Row]:
    many = connections >= 32
    rate = [load.per_second for load in choices]
    p50, p99 = (median([getattr(load, name) for load in choices]) for name in ("p50_ms", "p99_ms"))
    bare_p99 = median([load.p99_ms for load in bare])
    cpu = [median([load.cpu_us for load in side]) for side in (choices, bare)]
    rate_row = Row(
        part=PART,
        name=f"choices, {connections} connection{'s' if connections > 1 else ''}",
        unit="/s",
        value=median(rate),
        spread=spread(rate),
        against="bare POST",
        reference=median([load.per_second for load in bare]),
        aim=Aim(limit=5_000, bound=Bound.AT_LEAST) if many else None,
        note=f"p50 {figure(p50)} ms; CPU {cpu[0]:.0f} µs each, bare {cpu[1]:.0f}",
    )
    latency = Row(
        part=PART,
        name="… p99",
        unit="ms",
        value=p99,
        against="bare POST",
        reference=bare_p99,
        aim=Aim(limit=10),
    )
    if not many:
        return [rate_row, latency]
    share = Row(
        part=PART,
        name="… as a share of bare",
        unit="/s",
        value=rate_row.value,
        against="bare POST",
        reference=rate_row.reference,
        aim=Aim(limit=0.20, bound=Bound.AT_LEAST, of=Of.RATIO),
    )
    return [rate_row, share, latency]


def _post_once(port: int) -> None:
    """Post one choice as a browser does; look at the answer, as wrk does not."""
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request(
                "POST",
                CHOICE_PATH,
                body(),
                {
                    "Host": f"{HOST}:{port}",
                    "Sec-Fetch-Site": "same-origin",
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
            answer = connection.getresponse()
            break
        except OSError:
            time.sleep(0.1)
    cookie = answer.getheader("set-cookie") or ""
    assert answer.status == http.HTTPStatus.SEE_OTHER, answer.status
    assert cookie.startswith("daccord=1."), "the choice came without its cookie"
    connection.close()


def _in_the_ledger() -> tuple[int, int]:
    """How many records the file holds, and how many different ids they have."""
    with closing(sqlite3.connect(FOLDER / "ledger.sqlite")) as connection:
        row = connection.execute("SELECT count(*), count(DISTINCT id) FROM record").fetchone()
    return int(row[0]), int(row[1])
