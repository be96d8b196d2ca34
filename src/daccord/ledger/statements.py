"""The public statements of a log, as its tables have them: `daccord.receipt.statements`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daccord.errors import Damaged, RecordRejected
from daccord.merkle.notes import parse_vkey
from daccord.receipt.statements import Commitment, KeyStatement, decode_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.ledger.tables import LogTables
    from daccord.merkle.notes import VerifierKey
    from daccord.receipt.statements import Statement


def read_statements(tables: LogTables) -> Iterator[tuple[int, Statement]]:
    """Yield leaf and statement of those in the tree, by leaf. Raises `Damaged` at one that is none.

    The verifier has its own way (`daccord.ledger.check_public`): it goes on, and tells all of them.
    """
    for leaf, body in tables.statements():
        try:
            entry = decode_entry(body.encode())
        except RecordRejected as error:
            raise Damaged(f"statement of leaf {leaf}", error.reason) from None
        if isinstance(entry, Commitment):
            raise Damaged(f"statement of leaf {leaf}", "it is no statement of a log")
        yield leaf, entry


def keys_in_log(tables: LogTables) -> tuple[VerifierKey, ...]:
    """Give the keys that the log itself names, oldest first. Raises `Damaged` likewise."""
    return tuple(
        parse_vkey(each.vkey)
        for _, each in read_statements(tables)
        if isinstance(each, KeyStatement)
    )
