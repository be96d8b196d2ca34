"""A node of its own, to be killed: appends, merges, and says each id once it is durable.

    python -m tests.ledger.child_postgres DSN THREADS MERGERS

Each of the ``MERGERS`` merges without end, elected or not. Lines are written at once and by
themselves, so that whoever kills the process reads exactly what was acknowledged. Ends by itself
with its standard input, so that none outlives the tests.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

from daccord.errors import LedgerError
from daccord.ledger.high_water import HighWater
from daccord.ledger.postgres import PostgresStore
from daccord.ledger.postgres_connection import MERGING, Server
from daccord.ledger.postgres_log import PostgresLog
from daccord.ledger.sequencer import merge_once
from tests.ledger.log import SIGNER
from tests.ledger.samples import record


def main() -> None:
    dsn, threads, mergers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    store = PostgresStore(dsn, signer=SIGNER)
    store.open()

    def append() -> None:
        while True:
            value = record()
            with suppress(LedgerError):
                store.append(value).result()
                os.write(1, f"{value.id}\n".encode())

    def merge() -> None:
        tables, seen = PostgresLog(Server(dsn), MERGING), HighWater(None)
        while True:
            with suppress(LedgerError):
                merge_once(tables, SIGNER, seen)

    for work in [append] * threads + [merge] * mergers:
        threading.Thread(target=work, daemon=True).start()
    os.write(1, b"ready\n")
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
