"""Listening sockets on the loopback, on the preferred port or on another that is free."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress

LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
"""Both: a browser tries ::1 first, where another program may have the same port."""


def listen(preferred: int | None, *, tries: int = 20) -> tuple[int, list[socket.socket]]:
    """Listen on ``preferred``, or where it is taken (or ``None``) on a port the system gives.

    The same port on IPv4 and IPv6, IPv6 only where the machine has it. Raises `OSError` when
    no port could be had.
    """
    if preferred is not None:
        with suppress(OSError):
            return preferred, listen_on(preferred)
    for _ in range(tries - 1):
        with suppress(OSError):
            return _listen_anywhere()
    return _listen_anywhere()


def _listen_anywhere() -> tuple[int, list[socket.socket]]:
    with _bind(socket.AF_INET, "127.0.0.1", 0) as probe:
        port: int = probe.getsockname()[1]
    return port, listen_on(port)


def listen_on(port: int) -> list[socket.socket]:
    """Listen on exactly ``port``. Raises `OSError` when it is taken."""
    bound: list[socket.socket] = []
    try:
        for family, address in LOOPBACKS:
            try:
                bound.append(_bind(family, address, port))
            except OSError as error:
                # a machine without IPv6 has no ::1; that is no reason not to start
                if family == socket.AF_INET or error.errno == errno.EADDRINUSE:
                    raise
        for one in bound:
            one.listen(128)
    except OSError:
        for one in bound:
            one.close()
        raise
    return bound


def _bind(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, port))
    except OSError:
        one.close()
        raise
    return one
