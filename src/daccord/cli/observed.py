"""``daccord observed``: what browsers reported while the site was in observe mode."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from daccord.cli.endings import FOUND
from daccord.cli.ledger_place import ledger_options, whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from daccord.ledger.store import ReportCount

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedHost:
    """One host that pages wanted and nobody declared, over all days that are kept."""

    host: str
    directives: tuple[str, ...]
    count: int
    last_day: str


@click.command()
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def observed(ledger: str | None, data: Path, *, as_json: bool) -> None:
    """List the third parties that pages loaded from and no service declares.

    Reports come in while the declaration says mode = "observe". Declare what you want to keep,
    drop the rest, and go over to mode = "enforce". Exit code 1 when there is anything to declare.
    """
    with whereabouts(ledger, data).store() as store:
        hosts = sum_up(store.reports())
    if as_json:
        click.echo(json.dumps([asdict(each) for each in hosts], indent=2))
    else:
        for each in hosts:
            what = ", ".join(each.directives)
            click.echo(f"{each.count:>8}  {each.last_day}  {each.host}  ({what})")
        if not hosts:
            click.echo("nothing undeclared was reported")
    raise SystemExit(FOUND if hosts else 0)


def sum_up(reports: Iterable[ReportCount]) -> tuple[ObservedHost, ...]:
    """Give one row for each host, the most frequent first."""
    from daccord.ledger.store import EVERYTHING_ELSE  # noqa: PLC0415 - slow to load

    by_host: dict[str, list[ReportCount]] = defaultdict(list)
    for report in reports:
        by_host[report.host].append(report)
    rows = [
        ObservedHost(
            host="(others)" if host == EVERYTHING_ELSE else host,
            directives=tuple(sorted({each.directive for each in counts})),
            count=sum(each.count for each in counts),
            last_day=(_EPOCH + timedelta(days=max(each.day for each in counts))).date().isoformat(),
        )
        for host, counts in by_host.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.host)))
