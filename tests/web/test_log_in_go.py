"""A site on a real port, its log read by Go's transparency log code (golang.org/x/mod/sumdb)."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from daccord.consent.encoding import encode_record
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import format_vkey, new_signer
from daccord.merkle.tlog_proof import format_tlog_proof
from daccord.receipt.commitment import commit
from daccord.receipt.receipt import parse_receipt
from daccord.web.record_ids import new_record_id
from tests.merkle.go_witness import GoRejected, GoWitness
from tests.web.ledger_site import SIGNER, ledger_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daccord.declaration.model import Declaration

pytestmark = pytest.mark.promise("B3")

VKEY = format_vkey(SIGNER.verifier)
RECORDS = 600


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve ``app`` on a free port of loopback, and give its address."""
    listening = socket.create_server(("127.0.0.1", 0))  # from here on, callers wait their turn
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def test_go_reads_the_log_of_a_running_site(tmp_path: Path, newspaper: Declaration) -> None:
    """Every tile, bundle and hash, while it grows; and a reader's receipt leads to its root."""
    go = GoWitness.build()
    with ledger_site(tmp_path, newspaper) as reader, serving(reader.app) as site:
        prefix = f"{site}/_daccord/log/"
        reader.choose("accept")
        [record] = reader.store.records()
        waiting = [
            reader.store.append(replace(record, id=new_record_id())) for _ in range(RECORDS - 1)
        ]
        for each in waiting:
            each.result()
        reader.store.merge()
        seen = go.check_log(prefix, VKEY)
        assert (seen.origin, seen.size) == (SIGNER.name, RECORDS)
        receipt = parse_receipt(reader.receipt())
        leaf = hash_leaf(commit(receipt.salt, encode_record(receipt.record)))
        proved = go.check_tlog_proof(format_tlog_proof(receipt.proof), leaf, VKEY)
        assert (proved.size, proved.root) == (seen.size, seen.root)
        with pytest.raises(GoRejected):
            go.check_tlog_proof(format_tlog_proof(receipt.proof), hash_leaf(leaf), VKEY)
        stranger = format_vkey(new_signer(SIGNER.name, bytes(32)).verifier)
        with pytest.raises(GoRejected, match="no verifiable signatures"):
            go.check_log(prefix, stranger)
        reader.another().choose("accept")
        reader.store.merge()
        assert go.check_log(prefix, VKEY).size == RECORDS + 1
