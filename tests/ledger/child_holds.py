"""A process of its own that has a ledger open: appends one record, and waits to be let go.

python -m tests.ledger.child_holds PATH
"""

from __future__ import annotations

import sys

from daccord.ledger.sqlite import SqliteStore
from tests.ledger.samples import record


def main() -> None:
    store = SqliteStore(sys.argv[1])
    store.open()
    store.append(record()).result()
    print("ready", flush=True)  # noqa: T201 - its parent reads it
    sys.stdin.readline()
    store.close()


if __name__ == "__main__":
    main()
