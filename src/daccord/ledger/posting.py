"""One HTTP POST to somebody else's server, who may be slow, gone, or not what it says.

For a thread that may wait. No redirect is followed, no proxy is taken from the environment, no
cookie is kept; what comes back is bounded in bytes, and all of it in seconds.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from daccord import __version__
from daccord.errors import AnchorFailed, SettingsFault

ANSWER_BYTES_MAX: Final = 262_144
"""Limit: a time-stamp with its chain of certificates takes some 10 kB, cosignatures less."""


class Answer(NamedTuple):
    """What came back. ``media_type`` is in lower case, without parameters."""

    status: int
    media_type: str
    body: bytes


def check_url(url: str) -> SplitResult:
    """Take a URL apart. Raises SettingsFault for one that no request can go to."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsFault(f"'{ascii(url)[1:-1]}' is no URL") from None
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or port == 0
        or parts.username is not None
        or not url.isascii()
        or not url.isprintable()
        or " " in url
        or "#" in url
    ):
        raise SettingsFault(
            f"'{ascii(url)[1:-1]}' cannot be asked: expected https://HOST[:PORT]/PATH, in ASCII "
            "and without a user"
        )
    return parts


def post(url: str, body: bytes, *, media_type: str, timeout_s: float) -> Answer:
    """Send ``body`` and give the answer, whatever its status.

    Raises AnchorFailed when there is none within ``timeout_s`` seconds, or a longer one than
    `ANSWER_BYTES_MAX`; SettingsFault as `check_url`. Looking up the host's name has the system's
    own limit.
    """
    parts = check_url(url)
    connection = _connection(parts, timeout_s)
    late = threading.Event()
    timer = threading.Timer(timeout_s, _cut, [connection, late])
    timer.daemon = True
    headers = {
        "Content-Type": media_type,
        "User-Agent": f"daccord/{__version__}",
        "Connection": "close",
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        timer.start()
        connection.connect()
        if late.is_set():  # it ran out before there was anything to cut
            _cut(connection, late)
        connection.request("POST", target, body=body, headers=headers)
        with connection.getresponse() as response:
            return _read(response)
    except TimeoutError:
        raise AnchorFailed(f"no answer within {timeout_s:g} s") from None
    except (OSError, HTTPException, ValueError, RuntimeError) as error:
        # RuntimeError: no thread for the timer. Nothing of what the other side wrote is told.
        if late.is_set():
            raise AnchorFailed(f"no answer within {timeout_s:g} s") from None
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise AnchorFailed(f"no answer: {reason}") from error
    finally:
        timer.cancel()
        connection.close()


def _connection(parts: SplitResult, timeout_s: float) -> HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return HTTPSConnection(host, parts.port, timeout=timeout_s, context=context)
    return HTTPConnection(host, parts.port, timeout=timeout_s)


def _cut(connection: HTTPConnection, late: threading.Event) -> None:
    """End a conversation that goes on a byte at a time: each byte would begin a new timeout."""
    late.set()
    sock = connection.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _read(response: HTTPResponse) -> Answer:
    body = response.read(ANSWER_BYTES_MAX + 1)
    if len(body) > ANSWER_BYTES_MAX:
        raise AnchorFailed(f"an answer of more than {ANSWER_BYTES_MAX} bytes")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > len(body):
        raise AnchorFailed("an answer that breaks off")
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(response.status, media_type, body)
