"""Everything starts together, stops together, and nobody outlives the one who started it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

from daccord.demo.addresses import Addresses
from daccord.demo.child import StageFault
from daccord.demo.parties import PAPER, PARTIES, THIRD_PARTIES
from daccord.demo.stage import open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TAGS, BIDDER = (p for p in THIRD_PARTIES if p.name in ("tags", "bidder"))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # a zombie whose parent is gone is somebody else's to bury
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - one word of it
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def await_gone(pids: list[int], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, f"still alive: {pids}"
        time.sleep(0.02)


def test_every_address_has_its_party() -> None:
    hosts = [name for party in PARTIES for name in party.hosts]
    assert sorted(hosts) == sorted(field.name for field in fields(Addresses))


def test_addresses_survive_being_handed_over() -> None:
    addresses = Addresses(**{field.name: f"http://{field.name}" for field in fields(Addresses)})
    assert Addresses.from_json(addresses.to_json()) == addresses


def test_all_start_and_none_is_left_when_the_stage_closes(tmp_path: Path) -> None:
    with open_stage(data=tmp_path, parties=(TAGS, BIDDER)) as stage:
        pids = [child.process.pid for child in stage.children.values()]
        assert all(map(is_alive, pids))
        stage.check()
    codes = [child.process.returncode for child in stage.children.values()]
    assert codes == [0, 0]
    assert "Traceback" not in "".join(p.read_text() for p in tmp_path.glob("logs/*"))


def test_a_child_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    with open_stage(data=tmp_path, parties=(TAGS, BIDDER)) as stage:
        stage.children["tags"].log_file.write_text("out of ink\n")
        stage.children["tags"].process.kill()
        stage.children["tags"].process.wait()
        with pytest.raises(StageFault, match=r"tag manager \(tags\).*status -9\n  out of ink"):
            stage.check()


def test_a_child_that_cannot_start_stops_the_rest(tmp_path: Path) -> None:
    broken = replace(BIDDER, module="daccord.demo.nothing_here")
    with (
        pytest.raises(StageFault, match=r"No module named 'daccord.demo.nothing_here'"),
        open_stage(data=tmp_path, parties=(TAGS, broken)),
    ):
        pytest.fail("it is not ready")


def test_a_wrong_declaration_stops_the_start_with_its_faults(tmp_path: Path) -> None:
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "daccord.toml").write_text("version = 2\n")
    with (
        pytest.raises(StageFault, match=r"(?s)the newspaper.*daccord\.toml.*fault"),
        open_stage(data=tmp_path, parties=(PAPER,)),
    ):
        pytest.fail("it is not ready")


def test_a_restarted_process_has_the_same_address_and_no_memory(tmp_path: Path) -> None:
    with open_stage(data=tmp_path, parties=(TAGS,)) as stage:
        before = stage.children["tags"]
        stage.restart("tags")
        after = stage.children["tags"]
        assert (after.port, after.log().requests) == (before.port, [])
        assert after.process.pid != before.process.pid


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`daccord demo`, ready, with its addresses as the first line."""
    command = [sys.executable, "-m", "daccord", "demo", "--json", "--data", str(tmp_path / "data")]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def children_of(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as children:  # noqa: PTH123 - one line
        return [int(word) for word in children.read().split()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_stops_cleanly_when_asked(
    demo: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert demo.stdout
    assert demo.stderr
    addresses = Addresses(**json.loads(demo.stdout.readline()))
    assert addresses.paper.startswith("http://paper.localhost:")
    pids = children_of(demo.pid)
    assert len(pids) == len(PARTIES)
    demo.send_signal(number)
    assert demo.wait(15) == 0
    assert demo.stderr.read() == ""
    await_gone(pids)


def test_no_process_outlives_a_demo_that_was_killed(demo: subprocess.Popen[str]) -> None:
    assert demo.stdout
    demo.stdout.readline()
    pids = children_of(demo.pid)
    demo.kill()
    await_gone(pids)


def test_a_dead_child_ends_the_demo_with_a_word_about_it(demo: subprocess.Popen[str]) -> None:
    assert demo.stdout
    assert demo.stderr
    demo.stdout.readline()
    pids = children_of(demo.pid)
    os.kill(pids[2], signal.SIGKILL)
    assert demo.wait(15) == 3
    assert "Murmure, a social network (social) ended by itself" in demo.stderr.read()
    await_gone(pids)
