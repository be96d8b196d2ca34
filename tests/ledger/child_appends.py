"""A process of its own: appends from several threads and prints each id once it is durable.

    python -m tests.ledger.child_appends PATH THREADS RECORDS

Each line is written at once and by itself, so that whoever kills the process reads exactly what
was acknowledged.
"""

from __future__ import annotations

import os
import sys
import threading

from daccord.ledger.sqlite import SqliteStore
from tests.ledger.samples import record


def main() -> None:
    path, threads, records = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    store = SqliteStore(path)

    def append() -> None:
        for _ in range(records):
            value = record()
            store.append(value).result()
            os.write(1, f"{value.id}\n".encode())

    workers = [threading.Thread(target=append, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    store.close()


if __name__ == "__main__":
    main()
