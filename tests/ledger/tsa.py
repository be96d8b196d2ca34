"""A time-stamping authority for tests: openssl behind a small server, under a CA of its own."""

from __future__ import annotations

import shutil
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = one
[one]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/chain.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[req]
distinguished_name = dn
prompt = no
[dn]
CN = nobody
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[intermediate]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamping]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[serving]
extendedKeyUsage = critical, serverAuth
subjectAltName = DNS:localhost
[both]
extendedKeyUsage = critical, timeStamping, serverAuth
"""


def openssl(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run it; the caller looks at what came of it."""
    program = shutil.which("openssl")
    assert program is not None, "needs openssl"
    return subprocess.run(  # noqa: S603 - the openssl of this machine
        [program, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


class Authority:
    """A root, an intermediate and a stamping certificate in ``folder``; serves what ``alter`` lets.

    ``usage`` names the section of extensions of the stamping certificate.
    """

    def __init__(self, folder: Path, *, usage: str = "stamping", days: int = 30) -> None:
        folder.mkdir()
        self.folder = folder
        self.root = folder / "root.pem"
        self.alter: Callable[[bytes], bytes] = bytes
        self.status = 200
        self.seen: list[bytes] = []
        self._lock = threading.Lock()
        (folder / "config").write_text(_CONFIG.format(folder=folder))
        self._make("root", "root", by=None, days=3_650)
        self._make("middle", "intermediate", by="root", days=3_650)
        self._make("tsa", usage, by="middle", days=days)
        (folder / "chain.pem").write_text((folder / "middle.pem").read_text())

    def reply(self, request: bytes) -> bytes:
        """Stamp. openssl keeps a serial number in a file, so one at a time."""
        with self._lock:
            (self.folder / "query").write_bytes(request)
            done = openssl(
                *("ts", "-reply", "-config", "config", "-queryfile", "query", "-out", "reply"),
                cwd=self.folder,
            )
            assert done.returncode == 0, done.stderr
            return (self.folder / "reply").read_bytes()

    def sign_again(self, token: bytes) -> bytes:
        """Sign what another authority's token says, also with what openssl would not stamp with."""
        (self.folder / "token").write_bytes(token)
        content_type = "1.2.840.113549.1.9.16.1.4"
        for arguments in (
            ("-verify", "-noverify", "-inform", "DER", "-in", "token", "-out", "info"),
            (
                *("-sign", "-binary", "-nodetach", "-in", "info", "-econtent_type", content_type),
                *("-signer", "tsa.pem", "-inkey", "tsa.key", "-certfile", "chain.pem"),
                *("-md", "sha256", "-outform", "DER", "-out", "again"),
            ),
        ):
            done = openssl("cms", *arguments, cwd=self.folder)
            assert done.returncode == 0, done.stderr
        return (self.folder / "again").read_bytes()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Give its URL while it is served on loopback, at first without any alteration."""
        authority = self
        self.status, self.alter = 200, bytes

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                authority.seen.append(request)
                reply = authority.alter(authority.reply(request))
                self.send_response(authority.status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: object) -> None: ...

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=[0.01])
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/tsa"
            finally:
                server.shutdown()
                thread.join()

    def _make(self, name: str, section: str, *, by: str | None, days: int) -> None:
        done = openssl(
            *("req", "-new", "-config", "config", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN=Test {name}"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr"),
            cwd=self.folder,
        )
        assert done.returncode == 0, done.stderr
        signing = (
            ("-signkey", f"{name}.key")
            if by is None
            else ("-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial")
        )
        done = openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", "-days", str(days)),
            *("-extfile", "config", "-extensions", section, *signing),
            cwd=self.folder,
        )
        assert done.returncode == 0, done.stderr
