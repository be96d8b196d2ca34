"""A consent's receipt and the public log, from outside the site: files, commands, hashes."""

from __future__ import annotations

import http.client
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from daccord.merkle.bundles import decode_entries
from daccord.merkle.checkpoints import open_checkpoint
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import parse_vkey
from daccord.merkle.tiles import ENTRIES, TILE_WIDTH, Tile, tile_path
from daccord.merkle.tree import grow

if TYPE_CHECKING:
    from pathlib import Path

    from daccord.demo.stage import Stage
    from tests.browser.reader import Reader


def fetch(stage: Stage, path: str) -> bytes:
    """Something of the public log, asked for by a program."""
    address = urlsplit(stage.addresses.paper)
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=10)
    connection.request("GET", f"/_daccord/log/{path}", headers={"Host": address.netloc})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, f"{path}: {answer.status}"
    connection.close()
    return body


def check_log(stage: Stage) -> int:
    """Rebuild the tree from what anybody may read; give its size."""
    keys = [parse_vkey(line) for line in fetch(stage, "keys").decode().splitlines()]
    checkpoint = open_checkpoint(fetch(stage, "checkpoint").decode(), keys)
    leaves = []
    for start in range(0, checkpoint.size, TILE_WIDTH):
        width = min(TILE_WIDTH, checkpoint.size - start)
        path = tile_path(Tile(ENTRIES, start // TILE_WIDTH, width))
        leaves += [hash_leaf(entry) for entry in decode_entries(fetch(stage, path))]
    assert grow(0, {}, leaves).root == checkpoint.root
    return checkpoint.size


def verify_by_command(receipt: Path, key: str) -> subprocess.CompletedProcess[str]:
    """What `daccord receipt verify` says, in a process of its own."""
    return _daccord("receipt", "verify", str(receipt), "--key", key)


def verify_ledger(stage: Stage, key: str) -> subprocess.CompletedProcess[str]:
    """What `daccord ledger verify` says of the paper's ledger, while the paper runs."""
    data = stage.data / "paper"
    return _daccord("ledger", "verify", "--data", str(data), "--key", key, "--processes", "1")


def _daccord(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own interpreter and words
        [sys.executable, "-m", "daccord", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def download(reader: Reader, folder: Path) -> Path:
    """Press the button for the receipt; give the file that was saved."""
    with reader.page.expect_download() as coming:
        reader.page.locator("a[download]").click()
    name = coming.value.suggested_filename
    assert name.startswith("receipt-paper.localhost-")
    path = folder / name
    coming.value.save_as(path)
    return path


def in_files(stage: Stage, *needles: bytes) -> list[bytes]:
    """Which of ``needles`` stand in the files of the paper's ledger."""
    files = sorted((stage.data / "paper").glob("ledger.sqlite*"))
    assert files
    raw = b"\0".join(path.read_bytes() for path in files)
    return [needle for needle in needles if needle in raw]


def press(reader: Reader, selector: str) -> None:
    """Press a button that loads another page."""
    with reader.page.expect_event("load"):
        reader.page.locator(selector).click()


def forget(reader: Reader) -> None:
    """Tick the box and press the button."""
    reader.page.locator("input[name=sure]").check()
    press(reader, "button[value=forget]")
