"""Record ids: never twice, not even by a process forked off."""

from __future__ import annotations

import subprocess
import sys

from daccord.consent.encoding import encode_record
from daccord.web.record_ids import DRAWN, new_record_id
from tests.ledger.samples import record


def test_no_id_comes_twice() -> None:
    ids = [new_record_id() for _ in range(3 * DRAWN)]
    assert len(set(ids)) == len(ids)


def test_an_id_has_its_place_in_a_record() -> None:
    new = new_record_id()
    assert new.encode() in encode_record(record(id_=new))


FORKING = """
import os
from daccord.web.record_ids import DRAWN, new_record_id
new_record_id()
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, " ".join(new_record_id() for _ in range(DRAWN)).encode())
    os._exit(0)
os.wait()
theirs = os.read(reading, 65_536).decode().split()
assert len(theirs) == DRAWN
print(len({*theirs, *(new_record_id() for _ in range(DRAWN))}))
"""


def test_a_fork_does_not_give_its_parents_ids() -> None:
    done = subprocess.run(  # noqa: S603 - ours; the process of the tests has threads
        [sys.executable, "-c", FORKING], check=True, capture_output=True, text=True
    )
    assert int(done.stdout) == 2 * DRAWN
