"""Taking DER apart, whatever bytes it is; and which URLs can be asked."""

from __future__ import annotations

import http.server
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.errors import AnchorFailed, ProofRejected, SettingsFault
from daccord.ledger.posting import check_url, post
from daccord.ledger.tokens import join_response, order_certificates, split_response
from tests.ledger.tsa import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def element(tag: int, content: bytes) -> bytes:
    """One element of DER."""
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def token_of(certificates: list[bytes]) -> bytes:
    """What has the shape of a token: SignedData with these certificates."""
    sets = element(0xA0, b"".join(certificates))
    parts = element(2, b"\3") + element(0x31, b"") + element(0x30, b"x") + sets + element(0x31, b"")
    return element(0x30, element(6, b"\x2a") + element(0xA0, element(0x30, parts)))


contents = st.binary(max_size=300)
certificates = st.lists(contents.map(lambda raw: element(0x30, raw)), min_size=1, max_size=8)


@given(contents)
def test_a_response_is_taken_apart_as_it_was_joined(content: bytes) -> None:
    token = element(0x30, content)
    assert split_response(join_response(token)) == (0, token)


@given(certificates)
def test_certificates_are_put_in_order_and_nothing_else_changes(found: list[bytes]) -> None:
    ordered = order_certificates(token_of(found))
    assert ordered == token_of(sorted(found))
    assert order_certificates(ordered) == ordered


@given(st.binary(max_size=100), st.integers(-128, 127))
def test_any_bytes_are_taken_apart_or_refused(raw: bytes, status: int) -> None:
    refusal = element(0x30, element(0x30, element(2, status.to_bytes(1, signed=True))))
    assert split_response(refusal) == (status, None)
    for door in (split_response, order_certificates):
        for each in (raw, refusal + raw, token_of([b"0\0"])[:-1] + raw):
            try:
                door(each)
            except ProofRejected:
                continue


@given(st.text(max_size=60) | st.from_regex(r"https?://[^/]{0,20}(:\d+)?/.*", fullmatch=True))
def test_any_text_is_a_url_or_a_fault(url: str) -> None:
    try:
        parts = check_url(url)
    except SettingsFault:
        return
    assert parts.scheme in {"http", "https"}
    assert parts.hostname
    assert url.isascii()
    assert url.isprintable()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Something that answers over TLS with a certificate of its own CA."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None: ...  # who refuses us is what is tested

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "full.pem", folder / "tsa.key")
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}/x"
        finally:
            server.shutdown()
            thread.join()


def test_a_server_has_to_be_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the certificates of the system, and by its name."""
    authority = Authority(tmp_path / "ca", usage="serving")
    chain = [(authority.folder / name).read_text() for name in ("tsa.pem", "middle.pem")]
    (authority.folder / "full.pem").write_text("".join(chain))
    with served(authority.folder) as url:
        with pytest.raises(AnchorFailed, match="no answer: "):
            post(url, b"hello", media_type="text/plain", timeout_s=5)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
        assert post(url, b"hello", media_type="text/plain", timeout_s=5).body == b"hello"
        elsewhere = url.replace("localhost", "127.0.0.1")
        with pytest.raises(AnchorFailed, match="no answer: "):
            post(elsewhere, b"hello", media_type="text/plain", timeout_s=5)
