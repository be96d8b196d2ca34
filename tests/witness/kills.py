"""A witness that is killed at random moments: ``python -m tests.witness.kills 1000``.

What may never happen: that it comes back with less than it signed, and so signs a fork.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path

from daccord.merkle.checkpoints import open_checkpoint
from daccord.merkle.cosignatures import verify_cosignatures
from daccord.merkle.notes import format_vkey, parse_note
from tests.witness.logs import ORIGIN, SIGNER, SmallLog
from tests.witness.process import WitnessProcess

CHECKPOINT = f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


def cosigned_size(witness: WitnessProcess) -> int:
    """The size of the checkpoint that the witness serves, verified; 0 where there is none."""
    answer = witness.ask(CHECKPOINT)
    if answer.status == 404:
        return 0
    note = answer.body.decode()
    assert verify_cosignatures(parse_note(note), [witness.key])
    return open_checkpoint(note, [SIGNER.verifier]).size


def kill_many(witness: WitnessProcess, kills: int, *, seed: int) -> int:
    """Kill it ``kills`` times, and look each time at what it remembers. Gives the last size."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    log, fork = SmallLog(), SmallLog(1)
    signed = 0
    for _ in range(kills):
        witness.run()
        size = cosigned_size(witness)
        assert signed <= size <= signed + 1
        if size > 1:
            log.grow(max(0, size - log.size))
            fork.grow(size + 5 - fork.size, name="other")
            assert witness.add(fork.request(size)).status == 422
            assert witness.add(fork.request(size - 1, size)).status == 409
        signed = _ask_until_killed(witness, log, size, dice.randint(1, 20), dice.random() * 0.01)
    witness.run()
    size = cosigned_size(witness)
    assert signed <= size <= signed + 1
    log.grow(max(0, size + 1 - log.size))
    assert witness.add(log.request(size)).status == 200
    return size


def _ask_until_killed(
    witness: WitnessProcess, log: SmallLog, size: int, count: int, seconds: float
) -> int:
    """Have one leaf after another cosigned; kill it after ``count`` of them, in mid-flight."""
    signed = size
    is_enough = threading.Event()

    def ask() -> None:
        nonlocal signed
        try:
            while True:
                log.grow(max(0, signed + 1 - log.size))
                assert witness.add(log.request(signed, signed + 1)).status == 200
                signed += 1
                if signed >= size + count:
                    is_enough.set()
        except (OSError, HTTPException):
            return
        finally:
            is_enough.set()

    asking = threading.Thread(target=ask)
    asking.start()
    is_enough.wait()
    threading.Event().wait(seconds)  # into whatever it is doing then
    witness.kill()
    asking.join()
    return signed


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    seed = random.SystemRandom().randrange(2**32)
    print(f"{kills} kills, seed {seed}")  # noqa: T201 - a command
    with tempfile.TemporaryDirectory() as folder:
        witness = WitnessProcess(Path(folder) / "witness", format_vkey(SIGNER.verifier))
        try:
            size = kill_many(witness, kills, seed=seed)
        finally:
            witness.kill()
    print(f"cosigned {size} checkpoints, none of them taken back")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
