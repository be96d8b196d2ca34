"""A request to stop holds, and a signal that brings it never finds a lock in its way."""

from __future__ import annotations

import subprocess
import sys

from daccord.demo.stop import StopRequest

HAMMER = """
import signal
from daccord.demo.stop import StopRequest
requests = [StopRequest() for _ in range(5_000)]
now = requests[0]
signal.signal(signal.SIGALRM, lambda *_: now.ask())
signal.setitimer(signal.ITIMER_REAL, 0.00005, 0.00005)
for now in requests:
    now.wait(0.0001)
signal.setitimer(signal.ITIMER_REAL, 0)
print(any(each.is_asked() for each in requests))
"""


def test_asked_once_is_asked_for_good() -> None:
    stop = StopRequest()
    assert (stop.is_asked(), stop.wait(0.001)) == (False, False)
    stop.ask()
    assert (stop.is_asked(), stop.wait(60), stop.wait(60), stop.is_asked()) == (True,) * 4


def test_a_signal_at_any_moment_of_the_wait_gets_through() -> None:
    """With a `threading.Event` in its place this hangs, or breaks, within a second."""
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", HAMMER], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == "True\n"
