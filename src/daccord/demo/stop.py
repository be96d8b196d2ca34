"""Being asked to stop, by a signal that may arrive at any moment."""

from __future__ import annotations

from contextlib import suppress
from queue import Empty, SimpleQueue


class StopRequest:
    """Not asked at first; once asked, for good. `ask` may be called in a signal handler.

    Not a `threading.Event`: a handler runs in the main thread, between any two of its steps. When
    that thread waits for the event it holds the event's lock now and then, and a handler that wants
    the same lock waits for ever. `SimpleQueue` is made for this: its ``put`` takes no lock.
    """

    def __init__(self) -> None:
        self._asked: SimpleQueue[None] = SimpleQueue()

    def ask(self) -> None:
        """Ask to stop."""
        self._asked.put(None)

    def is_asked(self) -> bool:
        """Whether somebody has asked."""
        return not self._asked.empty()

    def wait(self, seconds: float) -> bool:
        """Wait until somebody asks, no longer than ``seconds``; give whether they have."""
        with suppress(Empty):
            self._asked.get(timeout=seconds)
            self._asked.put(None)
        return self.is_asked()
