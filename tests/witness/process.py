"""A real witness: made by the command, served by a process of its own on loopback."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from typing import TYPE_CHECKING, NamedTuple

from daccord.merkle.notes import parse_vkey
from daccord.witness.keys import make_witness

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from daccord.merkle.notes import VerifierKey


class Answer(NamedTuple):
    """What came back over HTTP; the names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WitnessProcess:
    """Made in ``folder`` for the logs with these verifier keys; started and killed at will."""

    def __init__(self, folder: Path, *logs: str, name: str = "witness.example") -> None:
        self.folder = folder
        self.vkey = make_witness(folder / "witness.key", folder / "witness.sqlite", name)
        self._logs = logs
        self._processes: list[subprocess.Popen[str]] = []
        self.port = 0

    @property
    def key(self) -> VerifierKey:
        return parse_vkey(self.vkey)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> int:
        """Start a process; give its port once it listens. A second one shares the memory."""
        process = subprocess.Popen(  # noqa: S603 - our own command
            [
                *(sys.executable, "-m", "daccord", "witness", "serve", "--port", str(self.port)),
                *("--data", str(self.folder)),
                *(word for vkey in self._logs for word in ("--log", vkey)),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
                return int(found[1])
        raise AssertionError(f"it did not start: {said}")

    def run(self) -> WitnessProcess:
        """Start one, the one that `url` leads to."""
        self.port = self.start()
        return self

    def kill(self) -> None:
        """End every process without a word to it."""
        self._end(signal.SIGKILL)

    def stop(self) -> str:
        """End every process in order; give what they said."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> str:
        said = ""
        for process in self._processes:
            process.send_signal(number)
        for process in self._processes:
            said += process.communicate(timeout=20)[1]
        self._processes.clear()
        return said

    def ask(
        self, path: str, body: bytes | None = None, *, method: str = "", port: int = 0
    ) -> Answer:
        """Send one request."""
        connection = HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, body)
            with connection.getresponse() as response:
                headers = {name.lower(): value for name, value in response.getheaders()}
                return Answer(response.status, headers, response.read())
        finally:
            connection.close()

    def add(self, body: bytes, *, port: int = 0) -> Answer:
        return self.ask("/add-checkpoint", body, port=port)
