"""The whole demo as one value: a process for each party, started together, stopped together.

Order: sockets listen before any process starts, so addresses are known and final from the
first moment; processes start at once, side by side; the stage is ready when each has answered
a health check. Nobody outlives the stage: a child that loses its parent ends (see `serve`).
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from daccord.demo.addresses import Addresses
from daccord.demo.parties import PARTIES, THIRD_PARTIES, Party
from daccord.demo.ports import listen
from daccord.errors import DaccordError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence
    from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 5.0
LAST_WORDS = 12  # lines of a dead child's log that are worth showing


class StageFault(DaccordError):
    """A process of the demo did not start, or has ended by itself. The text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A running process, the port it serves, and the file its output goes to."""

    party: Party
    port: int
    process: subprocess.Popen[bytes]
    log_file: Path

    def health(self) -> bool:
        """Tell whether it answers; waits until it does, up to the time-out of the connection."""
        return self._ask("GET", "/__health")[0] == http.client.OK

    def _ask(self, method: str, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            host = f"{next(iter(self.party.hosts.values()))}:{self.port}"
            connection.request(method, path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def log(self) -> dict[str, Any]:
        """What the party saw since it started or was cleared: its ``connections``, ``requests``."""
        status, body = self._ask("GET", "/__log")
        if status != http.client.OK:
            raise StageFault(f"{self.party.name} does not show its log (status {status})")
        value: dict[str, Any] = json.loads(body)
        return value

    def clear(self) -> None:
        """Make the party forget what it saw."""
        status, _ = self._ask("DELETE", "/__log")
        if status != http.client.NO_CONTENT:
            raise StageFault(f"{self.party.name} does not clear its log (status {status})")

    def last_words(self) -> str:
        """The end of what it wrote to its output."""
        with suppress(OSError):
            lines = self.log_file.read_text("utf-8", "replace").splitlines()
            return "\n".join(f"  {line}" for line in lines[-LAST_WORDS:])
        return ""


@dataclass(slots=True, kw_only=True)
class Stage:
    """The running demo. ``moved`` are (title, preferred port, port) of those that had to move."""

    addresses: Addresses
    data: Path
    children: dict[str, Child] = field(default_factory=dict)
    moved: list[tuple[str, int, int]] = field(default_factory=list)

    def log(self, name: str) -> dict[str, Any]:
        """What third party ``name`` saw."""
        return self.children[name].log()

    def clear(self) -> None:
        """Make every third party forget what it saw."""
        for party in THIRD_PARTIES:
            if party.name in self.children:
                self.children[party.name].clear()

    def check(self) -> None:
        """Raise `StageFault` when a process has ended by itself."""
        for child in self.children.values():
            if (status := child.process.poll()) is not None:
                raise StageFault(
                    f"{child.party.title} ({child.party.name}) ended by itself, status {status}\n"
                    f"{child.last_words()}"
                )

    def await_ready(self, seconds: float, cancelled: threading.Event) -> None:
        """Wait until every process answers. Raises `StageFault` when one ends or is too slow."""
        deadline = time.monotonic() + seconds
        for child in self.children.values():
            while not child.health():
                self.check()
                if cancelled.is_set():
                    raise StageFault("stopped while it was starting")
                if time.monotonic() > deadline:
                    raise StageFault(
                        f"{child.party.title} is not ready after {seconds:.0f} s\n"
                        f"{child.last_words()}"
                    )

    def stop(self) -> None:
        """Stop every process: asked first, then, after a while, made to."""
        for child in self.children.values():
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            if child.process.stdin:
                child.process.stdin.close()


@contextmanager
def open_stage(
    *,
    data: Path,
    port: int | None = None,
    parties: Sequence[Party] = PARTIES,
    cancelled: threading.Event | None = None,
) -> Iterator[Stage]:
    """Start ``parties`` and give the stage once all are ready; stop them at the end.

    ``port`` is the preferred port of the first party, the others follow it; ``None`` takes any
    free ones. ``data`` is an existing folder. Raises `StageFault`, with nothing left running, also
    when ``cancelled`` is set before all are ready.
    Addresses of parties that are not started stay empty.
    """
    with ExitStack() as stack:
        held: dict[str, tuple[int, list[socket.socket]]] = {}
        moved = []
        for offset, party in enumerate(parties):
            preferred = None if port is None else port + offset
            held[party.name] = got, sockets = listen(preferred)
            for one in sockets:
                stack.callback(one.close)
            if preferred not in (None, got):
                moved.append((party.title, preferred or 0, got))
        addresses = _addresses(parties, {name: got for name, (got, _) in held.items()})
        stage = Stage(addresses=addresses, data=data, moved=moved)
        stack.callback(stage.stop)
        for party in parties:
            got, sockets = held[party.name]
            stage.children[party.name] = _start(party, addresses, data, got, sockets)
            for one in sockets:  # the child has its own copy: its end is the end of the port
                one.close()
        stage.await_ready(START_SECONDS, cancelled or threading.Event())
        yield stage


def _addresses(parties: Sequence[Party], ports: dict[str, int]) -> Addresses:
    known = {
        field_name: f"http://{host}:{ports[party.name]}"
        for party in parties
        for field_name, host in party.hosts.items()
    }
    fields = [name for party in PARTIES for name in party.hosts]
    return Addresses(**{name: known.get(name, "") for name in fields})


def _start(
    party: Party, addresses: Addresses, data: Path, port: int, sockets: list[socket.socket]
) -> Child:
    logs = data / "logs"
    logs.mkdir(exist_ok=True)
    log_file = logs / f"{party.name}.log"
    descriptors = [one.fileno() for one in sockets]
    command = [
        *(sys.executable, "-m", "daccord.demo.process", party.module),
        *("--addresses", addresses.to_json()),
        *("--data", str(data / party.name)),
        *(word for descriptor in descriptors for word in ("--socket", str(descriptor))),
    ]
    with log_file.open("wb") as output:
        process = _popen(command, descriptors, output)
    return Child(party=party, port=port, process=process, log_file=log_file)


def _popen(
    command: list[str], descriptors: list[int], output: IO[bytes]
) -> subprocess.Popen[bytes]:
    # its own session: a Ctrl-C in the terminal reaches the stage only, which stops its children
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=descriptors,
        start_new_session=True,
    )
