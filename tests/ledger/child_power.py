"""A process of its own with a disk of its own, whose power is cut again and again.

    python -m tests.ledger.child_power FOLDER

The disk is a file system in a file, on a loop device. What a program wrote and did not sync is in
the memory of that file system, and the file does not have it: a copy of the file is the disk as a
power cut leaves it. Exits with 77 where nobody may mount.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ledger.child_mounts import CANNOT
from tests.ledger.kills import Said, check, read_lines
from tests.ledger.test_sqlite import run

if TYPE_CHECKING:
    from collections.abc import Iterator

CUTS = 6
DISK_BYTES = 48 * 1024 * 1024


def call(*command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - tools of the system
            command, check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        raise SystemExit(CANNOT) from None
    return done.stdout.strip()


@contextmanager
def mounted(disk: Path, folder: Path) -> Iterator[None]:
    device = call("losetup", "--find", "--show", str(disk))
    try:
        call("mount", device, str(folder))
        try:
            yield
        finally:
            call("umount", str(folder))
    finally:
        call("losetup", "--detach", device)


def live_and_stop(path: Path, said: Said, chance: random.Random) -> subprocess.Popen[str]:
    """Let a process live on the ledger, and freeze it at any moment."""
    child = run("child_lives", path, chance.choice([1, 8]), chance.randrange(10**9))
    text = read_lines(child, least=chance.randrange(1, 150))
    child.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
    assert child.stdout is not None
    while select.select([child.stdout.fileno()], [], [], 0)[0]:
        text += os.read(child.stdout.fileno(), 65_536).decode()
    said.hear(text.split("\n")[:-1])
    return child


def main() -> None:
    folder = Path(sys.argv[1])
    disk, cut, top = folder / "disk", folder / "cut", folder / "top"
    path = top / "data" / "ledger.sqlite"
    top.mkdir()
    with disk.open("wb") as file:
        file.truncate(DISK_BYTES)
    call("mkfs.ext4", "-q", "-F", str(disk))
    chance, said = random.Random(), Said()  # noqa: S311 - moments, no secret
    checkpoints: dict[str, str] = {}
    for _ in range(CUTS):
        with mounted(disk, top):
            child = live_and_stop(path, said, chance)
            (top / "unsynced").write_text("nobody waited for the disk")
            shutil.copyfile(disk, cut)
            child.kill()
            child.communicate()
        shutil.move(cut, disk)
        with mounted(disk, top):
            unsynced = top / "unsynced"
            if unsynced.exists() and unsynced.read_text():
                raise AssertionError("the power was not cut")
            check(path, said, checkpoints)
    if not said.kept:
        raise AssertionError("nothing was acknowledged")
    print("ok")  # noqa: T201 - its parent reads it


if __name__ == "__main__":
    main()
