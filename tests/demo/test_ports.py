"""A port is the preferred one, or another that is really free; never one that is shared."""

from __future__ import annotations

import socket

import pytest

from daccord.demo.ports import listen, listen_on


def close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()


def test_the_preferred_port_is_taken_when_it_is_free() -> None:
    port, sockets = listen(None)
    close(sockets)
    again, sockets = listen(port)
    close(sockets)
    assert again == port


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "0.0.0.0"])  # noqa: S104 - to be in the way
def test_another_port_is_found_when_somebody_listens_already(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as other:
        try:
            other.bind((address, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        other.listen()
        taken = other.getsockname()[1]
        port, sockets = listen(taken)
        close(sockets)
    assert port != taken


def test_a_port_in_use_is_an_error_for_who_needs_just_that_one() -> None:
    port, sockets = listen(None)
    with pytest.raises(OSError, match="in use"):
        listen_on(port)
    close(sockets)
