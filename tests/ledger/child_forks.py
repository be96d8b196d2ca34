"""A process of its own, because it forks: the child appends to the store that its parent opened.

python -m tests.ledger.child_forks PATH
"""

from __future__ import annotations

import os
import sys
import warnings

from daccord.ledger.sqlite import SqliteStore
from tests.ledger.log import SIGNER, check_proved
from tests.ledger.samples import TODAY, VERSION, record


def main() -> None:
    store = SqliteStore(sys.argv[1], signer=SIGNER)
    store.append(record(language="fr")).result()
    store.merge()
    store.count_refusal(TODAY, VERSION)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with a thread: the point
        child = os.fork()
    if child == 0:
        value = record(language="de")
        store.append(value).result()
        check_proved(store, value)
        store.count_refusal(TODAY, VERSION)
        store.close()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise SystemExit(f"the child ended with {status}")
    value = record(language="en")
    store.append(value).result()
    check_proved(store, value)
    store.close()
    print("ok")  # noqa: T201 - its parent reads it


if __name__ == "__main__":
    main()
