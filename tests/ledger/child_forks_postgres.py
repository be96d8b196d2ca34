"""A process of its own, because it forks: the child appends to the store that its parent opened.

python -m tests.ledger.child_forks_postgres DSN
"""

from __future__ import annotations

import os
import sys
import warnings

from daccord.ledger.postgres import PostgresStore
from tests.ledger.samples import TODAY, VERSION, record


def main() -> None:
    store = PostgresStore(sys.argv[1])
    store.append(record(language="fr")).result()
    store.count_refusal(TODAY, VERSION)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with a thread: the point
        child = os.fork()
    if child == 0:
        store.append(record(language="de")).result()
        store.count_refusal(TODAY, VERSION)
        store.close()
        sys.exit(0)  # not os._exit: what was inherited must survive the collector, too
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise SystemExit(f"the child ended with {status}")
    store.append(record(language="en")).result()
    store.close()
    print("ok")  # noqa: T201 - its parent reads it


if __name__ == "__main__":
    main()
