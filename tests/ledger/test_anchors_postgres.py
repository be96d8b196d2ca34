"""Several nodes on one database, each with its thread: one log to the witnesses."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from daccord.ledger.anchoring import Anchoring, Trouble
from daccord.ledger.anchors import keep_stamped, read_whole_anchors
from daccord.ledger.postgres import PostgresStore
from daccord.receipt.check import check_receipt
from tests.ledger.samples import record
from tests.ledger.test_anchors import LOG, SIGNER, policy_for
from tests.witness.process import WitnessProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ledger.postgres import Database

pytest_plugins = ["tests.ledger.postgres"]
pytestmark = pytest.mark.promise("B3")

ROUNDS = 12


@pytest.fixture
def nodes(database: Database) -> Iterator[list[PostgresStore]]:
    made = [PostgresStore(database.dsn, signer=SIGNER) for _ in range(2)]
    for each in made:
        each.open()
    yield made
    for each in made:
        each.close()


def test_nodes_that_anchor_at_once_take_one_log(nodes: list[PostgresStore], tmp_path: Path) -> None:
    """Each appends, merges and anchors as fast as it can: nobody calls it a fork or a rollback."""
    witness = WitnessProcess(tmp_path / "witness", LOG).run()
    policy = policy_for([witness])
    anchorings = [Anchoring(each.tables, policy) for each in nodes]
    troubles: list[Trouble | None] = []
    failed: list[BaseException] = []

    def work(store: PostgresStore, anchoring: Anchoring) -> None:
        try:
            for _ in range(ROUNDS):
                store.append(record()).result()
                store.merge()
                troubles.extend(each.trouble for each in anchoring.anchor().standings)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [
        threading.Thread(target=work, args=each) for each in zip(nodes, anchorings, strict=True)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        assert set(troubles) == {None}
        last = record()
        nodes[0].append(last).result()
        nodes[0].merge()
        with closing(nodes[0].tables()) as tables:
            head = tables.head()
            assert head.checkpoint is not None
            keep_stamped(tables, head.size, head.checkpoint, b"token")
        done = anchorings[1].anchor()
        assert (done.size, done.is_met, done.is_kept) == (head.size, True, True)
        nodes[1].append(record()).result()
        nodes[1].merge()
        assert anchorings[0].anchor().is_met
        with closing(nodes[0].tables()) as tables:
            anchors = read_whole_anchors(tables, policy)
            newest = anchors[-1]
        assert newest.is_met
        assert [each.size for each in anchors] == [head.size, newest.size]  # stamped, and newest
        receipt = nodes[1].receipt(last.id)
        assert receipt is not None
        assert check_receipt(receipt, (), policy=policy).passed
    finally:
        witness.kill()
