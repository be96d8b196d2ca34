"""A process of its own that lives as a ledger does: appends, merges, publishes and forgets.

    python -m tests.ledger.child_lives PATH THREADS SEED

Prints, each line at once and by itself: ``+ID`` once a record is durable, ``?ID`` before it is
forgotten, ``-ID`` after. Goes on until it is killed, or until ``stop`` comes in.
"""

from __future__ import annotations

import os
import random
import sys
import threading

from daccord.ledger import merging
from daccord.ledger.sqlite import SqliteStore
from tests.ledger.log import KEY_STATEMENT, SIGNER
from tests.ledger.samples import record


def main() -> None:
    path, threads, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    merging.MERGE_SECONDS = 0.01  # type: ignore[misc] # as often as can be: it is to be hit
    store = SqliteStore(path, signer=SIGNER)
    store.publish(KEY_STATEMENT, {})
    ended = threading.Event()

    def say(sign: str, record_id: str) -> None:
        os.write(1, f"{sign}{record_id}\n".encode())

    def live(number: int) -> None:
        chance = random.Random(seed + number)  # noqa: S311 - an order of steps, no secret
        while not ended.is_set():
            values = [record() for _ in range(chance.choice([1, 1, 1, 8, 64]))]
            for value, future in [(value, store.append(value)) for value in values]:
                future.result()
                say("+", value.id)
            if chance.random() < 0.05:
                gone = chance.choice(values).id
                say("?", gone)
                store.forget([gone])
                say("-", gone)

    workers = [threading.Thread(target=live, args=(n,), daemon=True) for n in range(threads)]
    for worker in workers:
        worker.start()
    sys.stdin.readline()
    ended.set()
    for worker in workers:
        worker.join()
    store.close()


if __name__ == "__main__":
    main()
