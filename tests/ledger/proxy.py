"""A proxy between a node and its server that can be told when to cut, and to fall silent."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from enum import Enum


class Cut(Enum):
    """What has reached the server when the connection goes."""

    BEFORE = "before"
    """Nothing of it."""
    HALF = "half"
    """The first half of its bytes."""
    AFTER = "after"
    """All of it: the server has done it and answered, and the answer is lost."""


class Proxy:
    """Listens on a port of the loopback and hands through to a Unix socket.

    ``sent`` counts what clients sent, in pieces as they came: a client that waits for its answer
    sends one for each statement. `cut` has the connection of a piece yet to come cut there.
    """

    def __init__(self, path: str) -> None:
        self.sent = 0
        self.was_cut = False
        self._path = path
        self._cut_at = 0
        self._cut = Cut.BEFORE
        self._silent = False
        self._open: set[object] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._waker, wakes = socket.socketpair()
        self._selector.register(wakes, selectors.EVENT_READ, None)
        self._wakes = wakes
        self._thread = threading.Thread(target=self._run, name="proxy")
        self._thread.start()

    def cut(self, piece: int, how: Cut) -> None:
        """Cut at the ``piece``-th from now, counted from 1."""
        self.was_cut = False
        self._cut = how
        self._cut_at = self.sent + piece

    def spare(self) -> None:
        """Cut nothing."""
        self._cut_at = 0

    def silence(self) -> None:
        """Swallow everything from now on, and close nothing: a server that hangs."""
        self._silent = True

    def speak(self) -> None:
        """Hand through again, on connections that are made from now on."""
        self._silent = False

    def close(self) -> None:
        self._waker.send(b"!")
        self._thread.join()
        for each in list(self._selector.get_map().values()):
            assert isinstance(each.fileobj, socket.socket)
            each.fileobj.close()
        self._waker.close()
        self._selector.close()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._wakes:
                    return
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj in self._open:  # its other end may have gone this very round
                    assert isinstance(key.fileobj, socket.socket)
                    self._hand_on(key.fileobj, *key.data)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self._path)
        except OSError:
            server.close()
            client.close()
            return
        self._selector.register(client, selectors.EVENT_READ, (server, True))
        self._selector.register(server, selectors.EVENT_READ, (client, False))
        self._open |= {client, server}

    def _hand_on(self, source: socket.socket, target: socket.socket, is_client: bool) -> None:  # noqa: FBT001
        try:
            piece = source.recv(1 << 20)
        except OSError:
            piece = b""
        if not piece:
            self._drop(source, target)
            return
        if self._silent:
            return
        self.sent += is_client
        with suppress(OSError):
            if not is_client or self.sent != self._cut_at:
                target.sendall(piece)
                return
            self.was_cut = True
            if self._cut is Cut.HALF:
                target.sendall(piece[: len(piece) // 2])
            elif self._cut is Cut.AFTER:
                target.sendall(piece)
                target.settimeout(5)
                target.recv(1 << 20)
        self._drop(source, target)

    def _drop(self, *ends: socket.socket) -> None:
        for each in ends:
            self._open.discard(each)
            self._selector.unregister(each)
            each.close()
