"""One running process of the demo: how it is started, asked and stopped."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from daccord.demo.thirdparties.log import Log
from daccord.errors import DaccordError

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from daccord.demo.addresses import Addresses
    from daccord.demo.parties import Party

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

    def log(self) -> Log:
        """What the party saw since it started or was cleared."""
        status, body = self._ask("GET", "/__log")
        if status != http.client.OK:
            raise StageFault(f"{self.party.name} does not show its log (status {status})")
        return Log.from_value(json.loads(body))

    def clear(self) -> None:
        """Make the party forget what it saw."""
        status, _ = self._ask("DELETE", "/__log")
        if status != http.client.NO_CONTENT:
            raise StageFault(f"{self.party.name} does not clear its log (status {status})")

    def ask_to_stop(self) -> None:
        """Ask it to stop, and wait for nothing."""
        self.process.terminate()

    def await_end(self) -> None:
        """Wait until it has stopped; after a while, make it."""
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def last_words(self) -> str:
        """The end of what it wrote to its output."""
        with suppress(OSError):
            lines = self.log_file.read_text("utf-8", "replace").splitlines()
            return "\n".join(f"  {line}" for line in lines[-LAST_WORDS:])
        return ""


def start_child(
    party: Party, addresses: Addresses, data: Path, port: int, sockets: list[socket.socket]
) -> Child:
    """Start ``party`` on listening ``sockets``, and close them here: its end is the port's end."""
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
    for one in sockets:
        one.close()
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
