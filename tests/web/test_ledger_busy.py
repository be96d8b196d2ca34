"""A store that hangs costs its own pages and nothing else: told in time, and never a queue."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from daccord.exchange.exchange import Exchange
from daccord.web import asgi_ledger
from daccord.web.asgi import Middleware
from tests.web.client import Browser
from tests.web.site import KEYS, Recorder, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.consent.choice import RecordId
    from daccord.declaration.model import Declaration
    from daccord.exchange.consents import Held
    from daccord.exchange.log import Wanted
    from daccord.merkle.notes import VerifierKey

CHECKPOINT = "/_daccord/log/checkpoint"


class Hanging:
    """A ledger whose disk does not answer until ``answers`` is set."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked = threading.Semaphore(0)

    def fetch(self, wanted: Wanted) -> bytes:
        del wanted
        self.asked.release()
        self.answers.wait()
        return b"here"

    def keys(self) -> tuple[VerifierKey, ...]:
        raise NotImplementedError

    def held(self, record_id: RecordId) -> Held | None:
        raise NotImplementedError

    def held_by(self, receipt: bytes) -> Held | None:
        raise NotImplementedError

    def is_in_log(self, receipt: bytes) -> bool:
        raise NotImplementedError

    def forget(self, record_id: RecordId) -> frozenset[RecordId]:
        self.asked.release()
        self.answers.wait()
        return frozenset({record_id})


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    ledger = Hanging()
    yield ledger
    ledger.answers.set()


def site(declaration: Declaration, ledger: Hanging) -> Middleware:
    return Middleware(
        Site(), exchange=Exchange(declaration, KEYS), recorder=Recorder(), ledger=ledger
    )


def test_a_reader_is_told_in_time(
    newspaper: Declaration, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi_ledger, "READ_SECONDS", 0.05)
    browser = Browser(site(newspaper, hanging))
    assert browser.get(CHECKPOINT).status == 503
    assert browser.get("/page").status == 200
    hanging.answers.set()
    assert browser.get(CHECKPOINT).body == b"here"


def test_no_more_wait_than_there_is_room_for(newspaper: Declaration, hanging: Hanging) -> None:
    """Further ones are told at once; the site's pages come as ever; afterwards there is room."""
    app = site(newspaper, hanging)
    browser = Browser(app)

    async def crowd() -> list[int]:
        def get(path: str) -> asyncio.Task[Any]:
            scope = {
                "type": "http",
                "method": "GET",
                "scheme": "https",
                "path": path,
                "headers": [(b"host", browser.host)],
            }
            return asyncio.create_task(browser._exchange(scope, [b""]))

        waiting = [get(CHECKPOINT) for _ in range(asgi_ledger.MAXIMUM_WAITING)]
        for _ in range(asgi_ledger.THREADS):
            await asyncio.to_thread(hanging.asked.acquire)
        assert (await get(CHECKPOINT)).status == 503
        assert (await get("/page")).status == 200
        assert not any(each.done() for each in waiting)
        hanging.answers.set()
        return [answer.status for answer in await asyncio.gather(*waiting)]

    assert asyncio.run(crowd()) == [200] * asgi_ledger.MAXIMUM_WAITING
    assert browser.get(CHECKPOINT).status == 200


def test_nobody_who_reads_waits_behind_who_erases(
    newspaper: Declaration, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who erases is told in time; meanwhile the log is read and consents are taken."""
    monkeypatch.setattr(hanging, "fetch", lambda _: b"here")
    monkeypatch.setattr(asgi_ledger, "ERASE_SECONDS", 0.05)
    app = site(newspaper, hanging)
    browser, other = Browser(app), Browser(app)
    for each in (browser, other):
        shown = each.get().form_value("shown")
        assert each.post_form({"do": "accept", "shown": shown}).status == 303
    before = dict(browser.cookies)
    for _ in range(asgi_ledger.THREADS + 1):
        answer = browser.post_form({"do": "forget", "sure": "yes"}, path="/_daccord/forget")
        assert answer.status == 503
        assert browser.cookies == before, "the reader can try again"
    assert hanging.asked.acquire(timeout=60)
    assert browser.get(CHECKPOINT).body == b"here"
    assert other.post_form({"do": "refuse", "shown": shown}).status == 303
    assert not hanging.asked.acquire(blocking=False), "who was told to try again is not served too"


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(newspaper: Declaration, hanging: Hanging) -> None:
    """Those of its parent are not there: waiting for one would be waiting for ever."""
    hanging.answers.set()
    browser = Browser(site(newspaper, hanging))
    assert browser.get(CHECKPOINT).status == 200
    child = os.fork()
    if not child:
        os._exit(0 if browser.get(CHECKPOINT).status == 200 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
