"""A process of its own in its own name spaces: a real file system that is full, then read-only.

    python -m tests.ledger.child_mounts FOLDER

Exits with 77 where nobody may mount.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from daccord.errors import LedgerError
from daccord.ledger import merging
from daccord.ledger.sqlite import SqliteStore
from tests.ledger.log import SIGNER, check_log, check_proved
from tests.ledger.samples import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from daccord.consent.record import ConsentRecord

CANNOT = 77
INSIDE = "inside"


def mount(*arguments: str) -> None:
    if subprocess.run(["mount", *arguments], check=False, stderr=subprocess.DEVNULL).returncode:  # noqa: S603, S607
        raise SystemExit(CANNOT)


def fails(store: SqliteStore, *, match: str) -> None:
    cannot(lambda: store.append(record()).result(), match=match)


def cannot(work: Callable[[], object], *, match: str) -> None:
    try:
        work()
    except LedgerError as error:
        if match not in str(error):
            raise
        return
    raise AssertionError("something was done that nothing can hold")


def main() -> None:
    folder = Path(sys.argv[1])
    if INSIDE not in sys.argv:
        command = ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-m"]
        try:
            os.execvp(command[0], [*command, "tests.ledger.child_mounts", str(folder), INSIDE])  # noqa: S606
        except OSError:
            raise SystemExit(CANNOT) from None
    merging.MERGE_SECONDS = 3_600.0  # type: ignore[misc] # when asked: it makes room in the WAL
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder))
    path, ballast = folder / "ledger.sqlite", folder / "ballast"
    kept = [record() for _ in range(5)]
    store = SqliteStore(path, signer=SIGNER)
    for value in kept:
        store.append(value).result()
    store.merge()

    # After a fault the store closes its connection, which makes room: until none is left to make.
    before = -1
    while len(kept) > before:
        before = len(kept)
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while file.write(bytes(1024)):
                pass
        kept += fill(store)
    fails(store, match="disk")
    cannot(store.merge, match="disk")
    ballast.unlink()
    kept.append(record())
    store.append(kept[-1]).result()
    store.merge()
    check_proved(store, kept[-1])
    store.close()

    mount("-o", "remount,ro", str(folder))
    store = SqliteStore(path, signer=SIGNER)
    fails(store, match="unable to open database file")
    cannot(store.merge, match="unable to open database file")
    cannot(lambda: store.forget([kept[0].id]), match="unable to open database file")
    mount("-o", "remount,rw", str(folder))
    kept.append(record())
    store.append(kept[-1]).result()
    store.close()

    if not list(store.records()) == kept == check_log(store):
        raise AssertionError("the ledger is not what was acknowledged")
    print("ok")  # noqa: T201 - its parent reads it


def fill(store: SqliteStore) -> list[ConsentRecord]:
    """Append until the file system takes no more: its last pages may still be free."""
    kept: list[ConsentRecord] = []
    for _ in range(500):
        value = record()
        if store.append(value).exception() is not None:
            return kept
        kept.append(value)
    raise AssertionError("the file system never filled up")


if __name__ == "__main__":
    main()
