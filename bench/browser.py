"""What the notice does to a page in Chromium, and what peers do to the same page.

4x CPU slowdown and slow 4G (1.6 Mbit/s down, 750 kbit/s up, 150 ms), a phone's viewport, a fresh
reader each time. The reference is the same article without daccord and without third parties.

- *after the first paint*: Element Timing of the notice's title less the page's first contentful
  paint, both stamped by the compositor; where there is no such entry, the first frame in which the
  notice is visible.
- *script*: CDP ``ScriptDuration`` + ``V8CompileDuration`` in thread time, less the reference's in
  the same round, on a page that nothing observes, over loopback.
- *click to next paint*: Event Timing's duration, in steps of 8 ms; below 16 there is no entry.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench import peers
from bench.bytes import notice_of, packed
from bench.pages import hits
from bench.samples import SECRET, newspaper
from bench.table import Aim, Bound, Row, skipped
from bench.timing import differences, median, spread
from bench.visits import Visit, refuse_before, selectors, visiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PART = "In Chromium: 4x CPU slowdown, slow 4G"
PEERS_PART = "Peers in the same run, their default notice on the same article"
ROOT = Path(__file__).parents[1]
UNDER_16 = 8.0
"""What counts for a click without an entry: Event Timing rounds to 8 and reports from 16 on."""


@dataclass(slots=True)
class Found:
    """Figures by name, a list with one for each round."""

    by_name: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    words: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.by_name[name].append(value)

    def median(self, name: str) -> float | None:
        return median(self.by_name[name]) if self.by_name[name] else None

    def spread(self, name: str) -> str:
        return spread(self.by_name[name]) if self.by_name[name] else ""


def rows(*, quick: bool = False) -> list[Row]:
    """Measure everything: some eight minutes, two with ``quick``."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be absent
    except ImportError:
        return [skipped(PART, "Playwright is not installed")]
    from tests.stage.browser import FLAGS, chromium_path  # noqa: PLC0415 - needs Playwright

    rounds = 2 if quick else 7
    names = peers.installed()
    found: dict[str, Found] = {guard: Found() for guard in ("none", "daccord", *names)}
    with serving() as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for guard in found:  # what is worked out once, and the browser's own first time
            with visiting(browser, port, guard, "paper") as visit:
                visit.open()
        for at in range(rounds):
            for guard, figures in found.items() if at % 2 else reversed(found.items()):
                _one_round(browser, port, guard, figures)
        for guard, figures in found.items():
            _once(browser, port, guard, figures)
        browser.close()
    ours, none = found["daccord"], found["none"]
    table = [*_rows_of_ours(ours, none), *_rows_of_clicks(ours), *_rows_of_counts(ours)]
    for name in names:
        table += _rows_of_peer(name, found[name], none, ours)
    if not names:
        table.append(skipped(PEERS_PART, "no peer could be installed: no npm, or no network"))
    return table


@contextmanager
def serving() -> Iterator[int]:
    """Start the site in a process of its own; give its port."""
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0), backlog=256) as listening,
    ):
        process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", "bench.pages", str(listening.fileno()), folder],
            cwd=ROOT,
            pass_fds=[listening.fileno()],
            env={**os.environ, "DACCORD_COOKIE_KEYS": urlsafe_b64encode(SECRET).decode()},
        )
        try:
            yield listening.getsockname()[1]
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shutil.rmtree(folder, ignore_errors=True)
            Path(folder).mkdir()


def _one_round(browser: Browser, port: int, guard: str, found: Found) -> None:
    _first_visit(browser, port, guard, found)
    for decided in (False, True) if guard == "daccord" else (False,):
        _script_time(browser, port, guard, found, decided=decided)
    if selectors(guard) is not None:
        for answer in ("accept", "refuse") if guard == "daccord" else ("accept",):
            _click(browser, port, guard, answer, found)


def _first_visit(browser: Browser, port: int, guard: str, found: Found) -> None:
    with visiting(browser, port, guard, "paper") as visit:
        visit.observe()
        visit.slow_down(network=True)
        visit.open()
        seen = visit.seen()
        found.add("first paint", seen["fcp"])
        found.add("shift", seen["shift"])
        found.add("requests", visit.own_requests())
        if guard != "none":
            shown = seen["element"] or seen["frame"]
            if shown:
                found.add("notice", shown)
                found.add("after first paint", max(0.0, shown - seen["fcp"]))
                found.words["seen by"] = "Element Timing" if seen["element"] else "frames"


def _script_time(browser: Browser, port: int, guard: str, found: Found, *, decided: bool) -> None:
    with visiting(browser, port, guard, "paper") as visit:
        if decided:
            refuse_before(visit)
        visit.cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        visit.slow_down(network=False)
        visit.open()
        metrics = visit.metrics()
        name = "decided " if decided else ""
        found.add(f"{name}script", metrics["ScriptDuration"] + metrics.get("V8CompileDuration", 0))
        found.add(f"{name}task", metrics["TaskDuration"])


def _click(browser: Browser, port: int, guard: str, answer: str, found: Found) -> None:
    at = selectors(guard)
    assert at is not None
    with visiting(browser, port, guard, "paper") as visit:
        visit.observe()
        visit.slow_down(network=True)
        visit.open()
        selector = at.accept if answer == "accept" else at.refuse
        if visit.page.locator(selector).count() == 0:
            found.words[f"focus after {answer}"] = "no such button"
            return
        visit.click(selector)
        durations = [value for kind, value in visit.told if kind == "event"]
        found.add(f"{answer} paint", max(durations, default=UNDER_16))
        found.by_name[f"{answer} frame"] += [v for kind, v in visit.told if kind == "frame"][:1]
        found.words[f"focus after {answer}"] = visit.focused()


def _once(browser: Browser, port: int, guard: str, found: Found) -> None:
    """What does not vary: the six tags, and a strict policy."""
    with visiting(browser, port, guard, "six") as visit:
        hits(port)
        visit.open()
        asked = {each.partition("/")[0] for each in hits(port)}
        six = asked & {"one", "two", "three", "four", "five", "six"}
        found.add("stopped", 6 - len(six))
    with visiting(browser, port, guard, "plain") as visit:
        visit.open()
        found.add("stored", visit.stored())
    with visiting(browser, port, guard, "strict") as visit:
        visit.observe()
        visit.open()
        if guard == "daccord":
            _use_everything(visit)
        found.add("violations", len(visit.csp_errors))


def _use_everything(visit: Visit) -> None:
    """Open customise, refuse, look again: under a strict policy all of it must stay silent."""
    visit.page.locator("#daccord-customise").click()
    visit.page.locator("#daccord-refuse").click()
    visit.page.wait_for_timeout(500)
    visit.page.reload()
    visit.page.wait_for_timeout(500)


def _rows_of_ours(ours: Found, none: Found) -> list[Row]:
    first_script = differences(ours.by_name["script"], none.by_name["script"])
    decided_script = differences(ours.by_name["decided script"], none.by_name["script"])
    task = differences(ours.by_name["task"], none.by_name["task"])
    decided_task = differences(ours.by_name["decided task"], none.by_name["task"])
    requests = differences(ours.by_name["requests"], none.by_name["requests"])
    shift = differences(ours.by_name["shift"], none.by_name["shift"])
    return [
        _row("time to notice visible", "ms", ours, "notice", none.median("first paint"),
             against="first paint without daccord", note=f"by {ours.words.get('seen by')}"),
        _row("first paint of the page", "ms", ours, "first paint", none.median("first paint"),
             against="first paint without daccord"),
        _row("notice after the page's own first paint", "ms", ours, "after first paint",
             aim=Aim(limit=0)),
        _diff("requests added", "", requests, aim=Aim(limit=0)),
        _diff("layout shift added", "", shift, aim=Aim(limit=0),
              note=f"with {ours.median('shift'):.4f}, without {none.median('shift'):.4f}"),
        _diff("script time added, first visit", "ms", first_script, aim=Aim(limit=10),
              note=f"whole main thread {median(task):+.0f} ms"),
        _diff("script time added, decided visit", "ms", decided_script, aim=Aim(limit=0),
              note=f"whole main thread {median(decided_task):+.0f} ms; the page carries "
              f"{_scripts_when_decided()} scripts of daccord"),
    ]  # fmt: skip


def _rows_of_clicks(ours: Found) -> list[Row]:
    table = []
    for answer in ("accept", "refuse"):
        frame = ours.median(f"{answer} frame")
        table.append(
            _row(f"click on {answer} to next paint", "ms", ours, f"{answer} paint",
                 aim=Aim(limit=24),
                 note="" if frame is None else f"to the end of the next frame {frame:.1f} ms")
        )  # fmt: skip
    focus = [ours.words.get(f"focus after {answer}", "?") for answer in ("accept", "refuse")]
    useful = sum(each.startswith("daccord") for each in focus)
    table.append(
        Row(
            part=PART,
            name="choices after which focus is somewhere useful",
            unit="of 2",
            value=float(useful),
            aim=Aim(limit=2, bound=Bound.AT_LEAST),
            note=f"after accept: {focus[0]}; after refuse: {focus[1]}",
        )
    )
    return table


def _rows_of_counts(ours: Found) -> list[Row]:
    return [
        _row("things stored before the choice", "", ours, "stored", aim=Aim(limit=0),
             note="on the plain page: the paper itself keeps an exempt audience cookie"),
        _row("unmarked third-party tags stopped", "of 6", ours, "stopped",
             aim=Aim(limit=6, bound=Bound.AT_LEAST)),
        _row("violations under a strict CSP", "", ours, "violations", aim=Aim(limit=0)),
    ]  # fmt: skip


def _rows_of_peer(name: str, theirs: Found, none: Found, ours: Found) -> list[Row]:
    """The peer's figures as the reference, daccord's as the value."""
    peer = peers.PEERS[name]
    label = f"{peer.package} {peers.version(peer)}"
    script = median(differences(theirs.by_name["script"], none.by_name["script"]))
    our_script = median(differences(ours.by_name["script"], none.by_name["script"]))
    task = median(differences(theirs.by_name["task"], none.by_name["task"]))
    our_task = median(differences(ours.by_name["task"], none.by_name["task"]))
    our_shift = median(differences(ours.by_name["shift"], none.by_name["shift"]))
    notice = notice_of(newspaper())
    our_extra = median(differences(ours.by_name["requests"], none.by_name["requests"]))
    extra = median(differences(theirs.by_name["requests"], none.by_name["requests"]))
    shift = median(differences(theirs.by_name["shift"], none.by_name["shift"]))
    figures: list[tuple[str, str, float | None, float | None]] = [
        ("bytes, brotli", "", float(packed(notice.encode())), float(packed(peer.raw()))),
        ("requests added", "", our_extra, extra),
        ("notice after the first paint", "ms", ours.median("after first paint"),
         theirs.median("after first paint")),
        ("script time added", "ms", our_script, script),
        ("whole main thread added", "ms", our_task, task),
        ("layout shift added", "", our_shift, shift),
        ("click on accept to next paint", "ms", ours.median("accept paint"),
         theirs.median("accept paint")),
        ("stored before the choice", "", ours.median("stored"), theirs.median("stored")),
        ("tags stopped of 6", "", ours.median("stopped"), theirs.median("stopped")),
        ("violations under a strict CSP", "", ours.median("violations"),
         theirs.median("violations")),
    ]  # fmt: skip
    focus = theirs.words.get("focus after accept", "not tried")
    return [
        Row(
            part=PEERS_PART,
            name=what,
            unit=unit,
            value=value,
            against=label,
            reference=reference,
            note=f"focus then on: {focus}" if what.startswith("click") else "",
        )
        for what, unit, value, reference in figures
        if reference is not None
    ]


def _row(  # noqa: PLR0913 - a line of the table
    name: str,
    unit: str,
    found: Found,
    key: str,
    reference: float | None = None,
    *,
    against: str = "",
    aim: Aim | None = None,
    note: str = "",
) -> Row:
    return Row(
        part=PART,
        name=name,
        unit=unit,
        value=found.median(key),
        spread=found.spread(key),
        against=against,
        reference=reference,
        aim=aim,
        note=note,
    )


def _diff(name: str, unit: str, values: list[float], *, aim: Aim, note: str = "") -> Row:
    return Row(
        part=PART,
        name=name,
        unit=unit,
        value=median(values),
        spread=spread(values),
        aim=aim,
        note=note,
    )


def _scripts_when_decided() -> int:
    from daccord.consent.choice import Choice  # noqa: PLC0415 - here alone

    tags = frozenset(each.tag for each in newspaper().questions if not each.exempt)
    return notice_of(newspaper(), Choice(refused=tags)).count("<script")
