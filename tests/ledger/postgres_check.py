"""A log in PostgreSQL looked at from outside: verified whole, and its records counted."""

from __future__ import annotations

import psycopg

from daccord.ledger.verify import verify_ledger
from tests.ledger.log import SIGNER


def check_log(dsn: str) -> list[str]:
    """Verify everything; give the ids of all records, those that wait last, none twice."""
    report = verify_ledger(dsn, keys=[SIGNER.verifier])
    assert [str(finding) for finding in report.findings] == []
    with psycopg.connect(dsn) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        merged = connection.execute("SELECT id FROM record ORDER BY leaf").fetchall()
        waiting = connection.execute("SELECT id FROM incoming ORDER BY seq").fetchall()
    ids = [id_ for (id_,) in (*merged, *waiting)]
    assert len(set(merged)) == len(merged)
    assert len(set(waiting)) == len(waiting)
    return list(dict.fromkeys(ids))
