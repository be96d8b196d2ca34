"""Verifying what stands beside the tree: acts, and rows that are durable and not merged yet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from daccord.errors import Damaged, RecordRejected
from daccord.ledger.reading import pages
from daccord.ledger.rejoined import fault_of_row, template_of
from daccord.receipt.statements import VersionStatement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.ledger.check_public import Placed
    from daccord.ledger.findings import Findings
    from daccord.ledger.reading import Reading

_FEW: Final = 100


class Acts(NamedTuple):
    """How many acts there are, and those whose versions no statement of the log names."""

    total: int
    unpublished: frozenset[object]


def check_acts(reading: Reading, statements: Iterable[Placed], findings: Findings) -> Acts:
    """Verify that every act is what records share, in canonical form."""
    published = {
        (each.statement.declaration_version, each.statement.code_hash, language, digest)
        for each in statements
        if isinstance(each.statement, VersionStatement)
        for language, digest in each.statement.notices
    }
    count = 0
    unpublished = set()
    try:
        for number, body in pages(reading, "acts", start=-(2**63)):
            count += 1
            try:
                template_of(body)
            except RecordRejected as error:
                findings.add("act-form", f"act {number}", str(error))
                continue
            fields = json.loads(body)
            version = tuple(fields[key] for key in ("declaration", "code", "language", "notice"))
            if version not in published:
                unpublished.add(number)
    except Damaged as error:
        findings.add("unreadable", f"act, after {count} of them", error.what)
    return Acts(count, frozenset(unpublished))


def check_arrived(reading: Reading, findings: Findings) -> int:
    """Verify the rows that are not in the tree yet. Count them, and statements that wait."""
    try:
        for seq, id_, act, time, previous, salt in pages(reading, "arrived", start=-(2**63)):
            where = f"waiting row {seq}"
            fault = fault_of_row(id_, time, previous, salt)
            if fault is not None:
                findings.add("row-form", where, fault)
            elif not _is_act(reading, act):
                findings.add("row-act", where, "the act it names is not there, or is none")
        for (seq,) in reading.lines("arrived_otherwise", page=_FEW):
            what = "another record in the tree has its id"
            findings.add("row-twice", f"waiting row {seq}", what)
        for (leaf,) in reading.lines("holes"):
            what = f"one is missing before leaf {leaf}, and the log cannot go on"
            findings.add("row-missing", "waiting rows", what)
    except Damaged as error:
        findings.add("unreadable", "waiting rows", error.what)
    try:
        return sum(reading.lines("waiting_count")[0])
    except Damaged:
        return 0


def check_ids(reading: Reading, findings: Findings) -> None:
    """Verify that no row lies beyond the log's end, and that no two have one id."""
    try:
        for (leaf,) in reading.lines("rows_outside", page=_FEW):
            findings.add("row-leaf", f"record, leaf {leaf}", "the log does not go so far")
        for (leaf,) in reading.lines("ids_twice", page=_FEW):
            what = "another row has its id"
            findings.add("row-twice", f"record, leaf {leaf}", what)
        for (leaf,) in reading.lines("rows_half_forgotten", page=_FEW):
            what = "it has no id, and yet something is left of it"
            findings.add("row-forgotten", f"record, leaf {leaf}", what)
    except Damaged as error:
        findings.add("unreadable", "record", error.what)


def _is_act(reading: Reading, number: object) -> bool:
    try:
        lines = reading.lines("act", number=number) if type(number) is int else ()
        return bool(lines) and bool(template_of(lines[0][0]))
    except (Damaged, RecordRejected):
        return False
