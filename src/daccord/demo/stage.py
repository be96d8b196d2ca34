"""The whole demo as one value: a process for each party, started together, stopped together.

Order: sockets listen before any process starts, so addresses are known and final from the
first moment; processes start at once, side by side; the stage is ready when each has answered
a health check. Nobody outlives the stage: a child that loses its parent ends (see `serve`).
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daccord.demo.addresses import Addresses
from daccord.demo.child import Child, StageFault, start_child
from daccord.demo.parties import PARTIES, THIRD_PARTIES, Party
from daccord.demo.ports import listen, listen_on
from daccord.demo.stop import StopRequest

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from daccord.demo.thirdparties.log import Log

START_SECONDS = 30.0


@dataclass(slots=True, kw_only=True)
class Stage:
    """The running demo. ``moved`` are (title, preferred port, port) of those that had to move."""

    addresses: Addresses
    data: Path
    children: dict[str, Child] = field(default_factory=dict)
    moved: list[tuple[str, int, int]] = field(default_factory=list)

    def log(self, name: str) -> Log:
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

    def await_ready(self, seconds: float, stopping: StopRequest) -> None:
        """Wait until every process answers. Raises `StageFault` when one ends or is too slow."""
        deadline = time.monotonic() + seconds
        for child in self.children.values():
            while not child.health():
                self.check()
                if stopping.is_asked():
                    raise StageFault("stopped while it was starting")
                if time.monotonic() > deadline:
                    raise StageFault(
                        f"{child.party.title} is not ready after {seconds:.0f} s\n"
                        f"{child.last_words()}"
                    )

    def restart(self, name: str) -> None:
        """Stop one process and start it anew, at its address, with its data as they are now."""
        old = self.children[name]
        old.ask_to_stop()
        old.await_end()
        self.start(old.party, old.port, listen_on(old.port))
        self.await_ready(START_SECONDS, StopRequest())

    def start(self, party: Party, port: int, sockets: list[socket.socket]) -> None:
        """Start one process; `await_ready` tells when it answers."""
        child = start_child(party, self.addresses, self.data, port, sockets)
        self.children[party.name] = child

    def stop(self) -> None:
        """Stop every process, side by side."""
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.await_end()


@contextmanager
def open_stage(
    *,
    data: Path,
    port: int | None = None,
    parties: Sequence[Party] = PARTIES,
    stopping: StopRequest | None = None,
) -> Iterator[Stage]:
    """Start ``parties`` and give the stage once all are ready; stop them at the end.

    ``port`` is the preferred port of the first party, the others follow it; ``None`` takes any
    free ones. ``data`` is an existing folder. Raises `StageFault`, with nothing left running, also
    when ``stopping`` is asked before all are ready.
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
            stage.start(party, *held[party.name])
        stage.await_ready(START_SECONDS, stopping or StopRequest())
        yield stage


def _addresses(parties: Sequence[Party], ports: dict[str, int]) -> Addresses:
    known = {
        field_name: f"http://{host}:{ports[party.name]}"
        for party in parties
        for field_name, host in party.hosts.items()
    }
    fields = [name for party in PARTIES for name in party.hosts]
    return Addresses(**{name: known.get(name, "") for name in fields})
