"""Somebody who follows a page of the documentation to the letter, in a folder of their own.

Ports are the only thing that differs from what the page says: those may be taken.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS: Final = 20.0
_POLL: Final = 0.05


def free_port() -> int:
    """A port that nobody has at this moment."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass(slots=True, kw_only=True)
class Server:
    """A server that was started as the page says."""

    command: str
    port: int
    output: Path
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text("utf-8")


@dataclass(slots=True, kw_only=True)
class AtWork:
    """The folder, the ports in place of those on the page, and what runs."""

    folder: Path
    ports: dict[str, int]
    servers: dict[str, Server] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """Give ``text`` with the ports of this run."""
        for written, port in self.ports.items():
            text = re.sub(rf"\b{written}\b", str(port), text)
        return text

    def file(self, name: str, text: str) -> None:
        (self.folder / name).write_text(self.here(text), "utf-8")

    def append(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(path.read_text("utf-8") + self.here(text), "utf-8")

    def replace(self, name: str, text: str) -> None:
        """Put ``text`` in the place of its own first line, which the file has once."""
        path = self.folder / name
        whole = path.read_text("utf-8")
        first = text.partition("\n")[0] + "\n"
        assert whole.count(first) == 1, f"{name} does not have this line once: {first}"
        path.write_text(whole.replace(first, self.here(text)), "utf-8")

    def run(self, text: str, *, ends_with: int = 0) -> str:
        """Run one command and give what it prints; ``ends_with`` is its exit code."""
        words = shlex.split(self.here(text))
        if words[:2] == ["curl", "-sI"]:  # not on every machine
            return self._head(words[2])
        done = subprocess.run(  # noqa: S603 - the page's own commands
            self._found(words),
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == ends_with, f"{text}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, name: str, text: str) -> None:
        """Start a server and wait until it answers; one of that name is stopped first."""
        self.stop(name)
        command = self.here(text).strip().splitlines()[-1]
        words = shlex.split(command)
        port = int(words[words.index("--port") + 1])
        output = self.folder / f"{name}.{time.monotonic_ns()}.out"
        with output.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - the page's own commands
                self._found(words),
                cwd=self.folder,
                env=self._environment(),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        server = Server(command=command, port=port, output=output, process=process)
        self.servers[name] = server
        for _ in _until(f"{command} answers"):
            assert process.poll() is None, f"{command} ended: {server.said}"
            with closing(socket.socket()) as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    return

    def restart(self, name: str) -> None:
        self.start(name, self.servers[name].command)

    def stop(self, name: str) -> None:
        server = self.servers.pop(name, None)
        if server is None:
            return
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGINT)
        server.process.wait(SECONDS)

    def await_saying(self, name: str, text: str) -> None:
        """Wait until a server has printed ``text``."""
        for _ in _until(f"{name} says {text!r}"):
            if text.strip() in self.servers[name].said:
                return

    def _head(self, url: str) -> str:
        parts = urlsplit(url)
        with closing(HTTPConnection("127.0.0.1", parts.port, timeout=SECONDS)) as connection:
            connection.request("HEAD", parts.path, headers={"Host": parts.netloc})
            answer = connection.getresponse()
            fields = [f"{name}: {value}" for name, value in answer.getheaders()]
            return "\n".join([f"HTTP/1.1 {answer.status} {answer.reason}", *fields]) + "\n"

    def _environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("DACCORD")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
        return {**kept, "PATH": path, "PYTHONUNBUFFERED": "1"}

    def _found(self, words: list[str]) -> list[str]:
        program = shutil.which(words[0], path=self._environment()["PATH"])
        assert program, f"there is no {words[0]}"
        return [program, *words[1:]]


def _until(what: str) -> Iterator[None]:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(_POLL)
    raise AssertionError(f"not after {SECONDS} s: {what}")


def is_shown(expected: str, got: str) -> bool:
    """Whether ``got`` is ``expected``, where ``…`` stands for anything, whole lines too."""
    pattern = re.escape(expected.rstrip("\n")).replace("…\\\n", "…").replace("…", "(?s:.*)")
    return re.fullmatch(pattern, got.rstrip("\n")) is not None
