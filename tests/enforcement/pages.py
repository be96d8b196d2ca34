"""Two real sites on loopback, the paper and a third party, each with its own log."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from playwright.sync_api import sync_playwright

from tests.stage.browser import FLAGS, chromium_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

Fields = list[tuple[str, str]]


class Site:
    """A site: ``answers`` gives fields and body by path; ``log`` what was asked of it.

    An answer with a ``Location`` is a redirect.
    """

    def __init__(self, name: str) -> None:
        self.answers: dict[str, tuple[Fields, str]] = {}
        self.log: list[str] = []
        self.connections = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                site.connections += 1
                super().setup()

            def do_GET(self) -> None:
                site.log.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fields, body = site.answers.get(self.path, ([("Content-Type", "text/plain")], ""))
                raw = body.encode()
                self.send_response(302 if "Location" in dict(fields) else 200)
                for field, value in fields:
                    self.send_header(field, value)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(raw)

            do_POST = do_GET  # noqa: N815 - the name that http.server calls
            do_OPTIONS = do_GET  # noqa: N815 - likewise

            def log_message(self, *_: object) -> None:
                """Stay silent: the test has the log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"{name}.localhost:{self._server.server_address[1]}"
        self.origin = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def forget(self) -> None:
        """Empty the log."""
        self.log.clear()
        self.connections = 0


class Peer:
    """A UDP port that counts the datagrams it gets: a STUN server that never answers."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0)
        self.port: int = self._socket.getsockname()[1]

    def received(self) -> int:
        """How many datagrams came since the last call."""
        count = 0
        with suppress(BlockingIOError):
            while self._socket.recv(2048):
                count += 1
        return count

    def close(self) -> None:
        self._socket.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium for the length of a block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
