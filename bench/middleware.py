"""CPU time that daccord adds to a request, against the same app without it.

In one process, without a server: the app is called as a server calls it. A block of requests is
timed with the process's own CPU clock; the row is the median over rounds of the difference to the
bare app in the same round. ``BaseHTTPMiddleware`` is Starlette's, with nothing in it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop
from starlette.middleware.base import BaseHTTPMiddleware

from bench import django_peer
from bench.samples import answering, cookie_value, newspaper, nothing_more, page, scope_of
from bench.table import Aim, Row, skipped
from bench.timing import differences, median, spread
from daccord import Daccord
from daccord.exchange.exchange import CHOICES_KEPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.web.asgi import App, Scope

PART = "Middleware: CPU time added to a request"
JSON = b'{"articles":[{"id":1,"title":"La mer monte"},{"id":2,"title":"La digue tient"}]}'
HTML = b"text/html; charset=utf-8"
EMPTY = "an empty BaseHTTPMiddleware"
BLOCK_SECONDS = 0.03


@dataclass(slots=True, kw_only=True)
class Side:
    """An app and the requests that it gets, over and over."""

    app: App
    scopes: Iterator[Scope]
    count: int = 1

    async def seconds(self) -> float:
        """CPU time of one request, over a block of them."""
        app, scopes = self.app, self.scopes
        begin = time.process_time()
        for _ in range(self.count):
            await app(dict(next(scopes)), nothing_more, _swallow)
        return (time.process_time() - begin) / self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the table."""

    name: str
    body: bytes
    type: bytes
    cookies: tuple[bytes | None, ...] = (None,)
    aim: Aim | None = None


async def _swallow(_message: Any) -> None: ...


async def _pass_on(request: Any, call_next: Any) -> Any:
    return await call_next(request)


def cases() -> list[Case]:
    """What is measured: bodies, and cookies that were seen before or not."""
    seen = (cookie_value(0),)
    # Twice what is kept, in turn: each has been forgotten when it comes again.
    unseen = tuple(cookie_value(number) for number in range(2 * CHOICES_KEPT))
    kinds: list[tuple[str, bytes, bytes, Aim | None]] = [
        ("JSON", JSON, b"application/json", Aim(limit=8))
    ]
    kinds += [
        (f"HTML {size} kB", page(size * 1_000), HTML, Aim(limit=1_200) if size == 100 else None)
        for size in (20, 100, 200)
    ]
    states = [("not asked", (None,)), ("choice cached", seen), ("a new cookie each", unseen)]
    return [
        Case(
            name=f"{kind}, {state}",
            body=body,
            type=type_,
            cookies=cookies,
            aim=aim if state != "a new cookie each" else None,
        )
        for kind, body, type_, aim in kinds
        for state, cookies in states
        if kind in {"JSON", "HTML 100 kB"} or state != "a new cookie each"
    ]


def rows(*, quick: bool = False) -> list[Row]:
    """Measure everything. Takes about half a minute."""
    with tempfile.TemporaryDirectory() as folder:
        found = uvloop.run(_measure(Path(folder), rounds=7 if quick else 31))
    return [*found, _django(found[0].value, rounds=5 if quick else 15)]


async def _measure(folder: Path, *, rounds: int) -> list[Row]:
    return [await _row(case, folder, rounds=rounds) for case in cases()]


async def _row(case: Case, folder: Path, *, rounds: int) -> Row:
    bare = answering(case.body, case.type)
    apps: dict[str, App] = {
        "bare": bare,
        "daccord": Daccord(bare, declaration=newspaper(), data=folder),
        "empty": BaseHTTPMiddleware(bare, dispatch=_pass_on),
    }
    scopes = [scope_of(cookie) for cookie in case.cookies]
    sides = {name: Side(app=app, scopes=cycle(scopes)) for name, app in apps.items()}
    for side in sides.values():
        await side.seconds()  # what is worked out once
        side.count = max(3, int(BLOCK_SECONDS / max(await side.seconds(), 2e-6)))
    found: dict[str, list[float]] = {name: [] for name in sides}
    for at in range(rounds):
        for name in sides if at % 2 else reversed(sides):
            found[name].append(await sides[name].seconds() * 1e6)
    added = differences(found["daccord"], found["bare"])
    empty = differences(found["empty"], found["bare"])
    return Row(
        part=PART,
        name=case.name,
        unit="µs",
        value=median(added),
        spread=spread(added),
        against=EMPTY,
        reference=median(empty),
        aim=case.aim,
        note=f"app alone {statistics.median(found['bare']):.1f} µs; least added {min(added):.1f}",
    )


def _django(ours: float | None, *, rounds: int) -> Row:
    try:
        theirs = django_peer.measured(rounds=rounds)
    except django_peer.Absent as why:
        return skipped(PART, f"django-cookie-consent: {why}")
    return Row(
        part=PART,
        name="JSON, beside django-cookie-consent",
        unit="µs",
        value=ours,
        against="its CleanCookiesMiddleware",
        reference=median(theirs),
        note=f"it alone, over Django's bare handler: {spread(theirs)}",
    )
