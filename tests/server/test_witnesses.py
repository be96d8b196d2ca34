"""A site with witnesses: asked beside everything from the start of the server to its end."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from daccord import Daccord
from daccord.errors import SettingsFault
from daccord.ledger.signing import make_key
from daccord.merkle.notes import format_vkey, parse_note
from daccord.merkle.policies import parse_policy
from daccord.receipt.check import check_receipt
from daccord.server.settings import read_settings
from tests.ledger.samples import record
from tests.witness.process import WitnessProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWSPAPER = Path(__file__).parent.parent / "declaration" / "newspaper.toml"
THREAD = "daccord-anchor"


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """A site of which only start and stop matter."""
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


class Served:
    """A server that starts and stops what it serves."""

    def __init__(self, app: Daccord) -> None:
        self._app = app
        self._from_server: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def __aenter__(self) -> Daccord:
        self._task = asyncio.create_task(
            self._app({"type": "lifespan"}, self._from_server.get, self._from_app.put)  # type: ignore[arg-type]
        )
        await self._from_server.put({"type": "lifespan.startup"})
        assert (await self._from_app.get())["type"] == "lifespan.startup.complete"
        return self._app

    async def __aexit__(self, *_: object) -> None:
        await self._from_server.put({"type": "lifespan.shutdown"})
        assert (await self._from_app.get())["type"] == "lifespan.shutdown.complete"
        await self._task


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == THREAD]


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[WitnessProcess]:
    log = format_vkey(make_key(tmp_path / "data" / "ledger.key", "paper.example/log"))
    made = WitnessProcess(tmp_path / "witness", log).run()
    (tmp_path / "data" / "witnesses").write_text(
        f"log {log}\nwitness w {made.vkey} {made.url}\nquorum w\n"
    )
    yield made
    made.kill()


@pytest.mark.promise("B3")
async def test_a_site_takes_its_checkpoints_to_its_witnesses(
    tmp_path: Path, witness: WitnessProcess
) -> None:
    data = tmp_path / "data"
    policy = parse_policy((data / "witnesses").read_bytes())
    async with Served(Daccord(nothing, declaration=NEWSPAPER, data=data)) as app:
        assert threads() == [THREAD]
        consent = record()
        await app.ledger.append_async(consent)
        await asyncio.to_thread(app.ledger.merge)
        assert app._anchoring is not None
        done = await asyncio.to_thread(app._anchoring.anchor)
        assert (done.is_met, done.is_kept) == (True, True)
        receipt = await asyncio.to_thread(app.ledger.receipt, consent.id)
        assert receipt is not None
        assert check_receipt(receipt, (), policy=policy).passed
        with closing(app.ledger.tables()) as tables:
            [(_, note)] = tables.checkpoints()
    assert threads() == []
    assert parse_note(note).signatures[-1].name == witness.key.name


@pytest.mark.law("REC-6")
async def test_without_witnesses_nobody_is_asked(tmp_path: Path) -> None:
    async with Served(Daccord(nothing, declaration=NEWSPAPER, data=tmp_path)) as app:
        assert app._anchoring is None
        assert threads() == []


def test_a_policy_that_is_wrong_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "witnesses").write_text("quorum some\n")
    with pytest.raises(SettingsFault, match=r"witnesses:1: 'some' is not defined on a line before"):
        read_settings(NEWSPAPER, data=tmp_path, environ={})
    with pytest.raises(SettingsFault, match="cannot read the witnesses in"):
        read_settings(NEWSPAPER, data=tmp_path, environ={"DACCORD_WITNESSES": str(tmp_path / "x")})
    named = tmp_path / "named"
    named.write_text("quorum none\n")
    settings = read_settings(NEWSPAPER, data=tmp_path, environ={"DACCORD_WITNESSES": str(named)})
    assert settings.witnesses == parse_policy(b"quorum none\n")
