"""A witness as others meet it: over HTTP, in a race, and killed at any moment."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from daccord.merkle.checkpoints import open_checkpoint
from daccord.merkle.cosignatures import verify_cosignatures
from daccord.merkle.notes import Note, format_vkey, parse_note, parse_signature
from tests.witness.kills import CHECKPOINT, cosigned_size, kill_many
from tests.witness.logs import ORIGIN, SIGNER, SmallLog, impossible_note
from tests.witness.process import WitnessProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.promise("B3")

LOG = format_vkey(SIGNER.verifier)
KILLS = 6
"""More of them: ``python -m tests.witness.kills 1000``."""


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[WitnessProcess]:
    made = WitnessProcess(tmp_path / "witness", LOG)
    yield made
    made.kill()


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "daccord", "witness", *words],
        capture_output=True,
        text=True,
        check=False,
    )


def status_of(witness: WitnessProcess) -> tuple[int, dict[str, list[dict[str, object]]]]:
    done = command("status", "--data", str(witness.folder), "--json")
    return done.returncode, json.loads(done.stdout)


def test_a_log_is_witnessed(witness: WitnessProcess) -> None:
    """Everything that the protocol says about one log, over HTTP."""
    witness.run()
    log = SmallLog(3)
    assert witness.ask(CHECKPOINT).status == 404
    first = witness.add(log.request(0))
    assert (first.status, first.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    text = parse_note(log.note()).text
    signature = parse_signature(first.body.decode().removesuffix("\n"))
    [time_s] = verify_cosignatures(Note(text, (signature,)), [witness.key]).values()
    assert time_s > 1_700_000_000
    assert cosigned_size(witness) == 3

    log.grow(10)
    behind = witness.add(log.request(0))
    assert (behind.status, behind.body) == (409, b"3\n")
    assert behind.headers["content-type"] == "text/x.tlog.size"
    assert witness.add(log.request(3)).status == 200
    assert witness.add(log.request(3)).status == 409
    assert witness.add(log.request(13)).status == 200
    assert witness.add(SmallLog(7).grow(9, name="other").request(13)).status == 422
    assert witness.add(b"hello").status == 400
    assert witness.add(b"old 0\n" + b"x" * 200_000).status == 400
    assert witness.add(log.request(13).replace(ORIGIN.encode(), b"other.example")).status == 404
    stranger = log.note().replace(SIGNER.name, "x.example/log").replace("x.example/log", ORIGIN, 1)
    assert witness.add(b"old 13\n\n" + stranger.encode()).status == 403
    assert cosigned_size(witness) == 13


def test_other_addresses_and_methods(witness: WitnessProcess) -> None:
    witness.run()
    assert witness.ask("/add-checkpoint").headers["allow"] == "POST"
    assert witness.ask(CHECKPOINT, b"x").headers["allow"] == "GET, HEAD"
    for path in ("/", "/checkpoint", f"{CHECKPOINT}/x", "/" + "0" * 64 + "/checkpoint", "//"):
        assert witness.ask(path).status == 404
    witness.add(SmallLog(1).request(0))
    head = witness.ask(CHECKPOINT, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(witness.ask(CHECKPOINT).body)
    assert "server" not in head.headers


def test_it_remembers_and_says_what_a_log_did(witness: WitnessProcess) -> None:
    assert status_of(witness)[0] == 0
    witness.run()
    log = SmallLog(5)
    witness.add(log.request(0))
    fork = SmallLog(2).grow(9, name="other")
    for _ in range(2):
        assert witness.add(fork.request(5)).status == 422
    assert witness.add(b"old 5\n\n" + log.grow(1).note().encode()).status == 422  # no proof
    said = witness.stop()
    assert said.count("FORK") == 1
    assert said.count("nobody has proved") == 1
    assert "127.0.0.1:" not in said.partition("running on")[2].partition("\n")[2]

    code, status = status_of(witness)
    assert code == 1
    shown = [(each["guilt"], each["size"], each["origin"]) for each in status["evidence"]]
    assert shown == [("fork", 11, ORIGIN), ("unproven", 6, ORIGIN)]
    for each in status["evidence"]:
        assert open_checkpoint(str(each["refused"]), [SIGNER.verifier]).size == each["size"]
        assert open_checkpoint(str(each["cosigned"]), [SIGNER.verifier]).size == 5
    people = command("status", "--data", str(witness.folder))
    assert people.returncode == 1
    assert "evidence 1, fork, paper.example/log" in people.stdout
    assert "the log signed two histories" in people.stdout

    witness.run()
    assert witness.add(log.request(5)).status == 200  # the log proves what nobody had proved
    assert [each["guilt"] for each in status_of(witness)[1]["evidence"]] == ["fork"]
    kept = command("status", "--data", str(witness.folder), "--dismiss", "1")
    assert kept.returncode == 3
    assert kept.stderr == "daccord witness: no evidence 1, or it shows a fork and stays\n"


def test_what_proves_nothing_can_be_dismissed(witness: WitnessProcess) -> None:
    witness.run()
    log = SmallLog(6)
    witness.add(log.request(0, 5))
    witness.add(b"old 5\n\n" + log.note().encode())
    dismissed = command("status", "--data", str(witness.folder), "--dismiss", "1")
    assert dismissed.returncode == 0
    assert f"{ORIGIN}: cosigned 5 on " in dismissed.stdout


def test_an_empty_tree_with_a_root_is_evidence(witness: WitnessProcess) -> None:
    witness.run()
    assert witness.add(b"old 0\n\n" + impossible_note().encode()).status == 422
    code, status = status_of(witness)
    assert (code, status["evidence"][0]["guilt"]) == (1, "fork")


def test_it_signs_nothing_that_it_cannot_remember(witness: WitnessProcess) -> None:
    witness.run()
    with closing(sqlite3.connect(witness.folder / "witness.sqlite")) as connection:
        connection.execute("ALTER TABLE latest RENAME TO elsewhere")
    answer = witness.add(SmallLog(3).request(0))
    assert (answer.status, answer.body) == (
        500,
        b"the witness cannot remember, so it does not sign\n",
    )
    with closing(sqlite3.connect(witness.folder / "witness.sqlite")) as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO latest")
    assert witness.add(SmallLog(3).request(0)).status == 200


def test_of_those_that_come_at_once_one_is_first(witness: WitnessProcess) -> None:
    """Two processes on one memory, and clients that race: what is signed is one chain."""
    ports = [witness.run().port]
    witness.port, first = 0, witness.port
    ports.append(witness.start())
    witness.port = first
    log = SmallLog(120)
    steps: list[tuple[int, int]] = []

    def race(number: int) -> None:
        known, dice = 0, random.Random(number)  # noqa: S311 - no secret
        while known < log.size:
            new = min(log.size, known + dice.randint(1, 5))
            answer = witness.add(log.request(known, new), port=ports[number % 2])
            if answer.status == 409:
                known = int(answer.body)
            else:
                assert answer.status == 200
                steps.append((known, new))
                known = new

    threads = [threading.Thread(target=race, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps.sort()
    assert [old for old, _ in steps] == [0, *(new for _, new in steps[:-1])]
    assert steps[-1][1] == log.size == cosigned_size(witness)


def test_a_kill_takes_back_nothing_that_was_signed(witness: WitnessProcess) -> None:
    """Killed at any moment, it comes back with at least what it signed: no fork gets through."""
    kill_many(witness, KILLS, seed=1)
