"""One session with the ledger's server: bounded in time, and silent about what it carried.

1. Nothing waits for ever. The server is told to give up by itself (`statement_timeout`), and so
   that a server that hangs is no excuse, the client gives up a little later: a reader's answer has
   five seconds (`daccord.web.asgi`). What timed out may have been written all the same.
2. A session that dies is noticed in seconds at either end, by keepalives: the locks of a node that
   is gone are then free. A transaction that is begun and left lying is ended by the server.
3. No message of the driver or the server is ever passed on: they quote rows, and the address with
   its password. An error says its kind (the name of its SQLSTATE) and where, and has no cause.
4. What a session is to be is said in it, not by startup options: relatives of PostgreSQL that lack
   one let it in. It is one session for all of that: settings, prepared statements and the
   sequencer's lock are lost on a pooler that shares sessions between transactions (PgBouncer's
   ``transaction``). A node needs two lasting sessions, so that there is nothing to be pooled.

psycopg is imported here and in the modules beside this one alone: ``daccord[postgres]``.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from daccord.errors import Damaged, LedgerError
from daccord.ledger.dialects import load_statements

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from psycopg.abc import PQGen

SQL: Final = load_statements("postgres")

# Seconds until a peer that is gone is taken for gone: idle 2, then 3 probes of 1.
CONNECT: Final[Mapping[str, str | int]] = {
    "application_name": "daccord",
    "client_encoding": "utf8",
    "connect_timeout": 2,
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 4_000,
}
SETTINGS: Final[Mapping[str, str]] = {
    "client_connection_check_interval": "2s",
    "client_min_messages": "warning",
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "5s",
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "5000",
    # Each statement has an index to go by. A plan made while the tables were empty would scan
    # them, and be kept when they are not.
    "enable_seqscan": "off",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    # Whatever the server thinks of other people's commits; append_records says it once more.
    "synchronous_commit": "on",
}

_T = TypeVar("_T")


class Lost(LedgerError):
    """A session that had been open is gone. The server may be back: the next one will tell."""


class Limits(NamedTuple):
    """Seconds for one statement: of waiting for a lock, of the server's, and of the client's.

    ``idle``: after so many without a statement the server ends the session; 0 for never.
    """

    lock: float
    server: float
    client: float
    idle: float = 0.0


APPENDING: Final = Limits(lock=1.5, server=2.0, client=3.0)
"""Limit: with 2 s for connecting, 5 s are what a reader waits for."""
MERGING: Final = Limits(lock=5.0, server=30.0, client=35.0, idle=5.0)
"""Limit: a merge of 1,024 entries takes some 50 ms, and a sequencer asks each second."""
READING: Final = Limits(lock=5.0, server=60.0, client=65.0)
MAINTAINING: Final = Limits(lock=1.0, server=3_600.0, client=3_660.0)
"""Limit: VACUUM of 10^8 records. Who waits for a table holds up whoever comes after."""


class Session(psycopg.Connection[Any]):
    """A connection whose every wait for the server has an end."""

    limit_seconds: float = APPENDING.client

    def wait(self, gen: PQGen[_T], *arguments: Any, **options: Any) -> _T:  # noqa: ANN401
        until = time.monotonic() + self.limit_seconds
        return super().wait(_bounded(gen, until), *arguments, **options)

    def run(self, name: str, values: Mapping[str, object] | None = None) -> psycopg.Cursor[Any]:
        """Execute the statement of that name; rows come in binary."""
        return self.execute(SQL[name], values, binary=True)


class Server:
    """Where a ledger is, by a DSN: ``postgresql://…`` or ``key=value …`` as libpq reads them.

    ``place`` names it in errors: host, port and database, no user and no password. Raises
    `LedgerError` for what is no DSN.
    """

    def __init__(self, dsn: str) -> None:
        try:
            given = conninfo_to_dict(dsn)
            self._conninfo = make_conninfo(
                dsn, **{name: value for name, value in CONNECT.items() if name not in given}
            )
        except psycopg.Error:
            raise LedgerError("the ledger's address is none that PostgreSQL reads") from None
        host = given.get("host") or given.get("hostaddr") or "localhost"
        port = f":{given['port']}" if "port" in given else ""
        database = f"/{given['dbname']}" if "dbname" in given else ""
        self.place = f"{host}{port}{database}"

    def connect(self, limits: Limits) -> Session:
        """Open a session. Raises `LedgerError`."""
        with self.errors():
            session = Session.connect(self._conninfo, autocommit=True)
            session.limit_seconds = limits.client
            try:
                wanted = {
                    **SETTINGS,
                    "lock_timeout": f"{limits.lock * 1_000:.0f}ms",
                    "statement_timeout": f"{limits.server * 1_000:.0f}ms",
                    "idle_session_timeout": f"{limits.idle * 1_000:.0f}ms",
                }
                # Not by prepared statement: a pooler may have the next statement elsewhere.
                session.execute(
                    SQL["settings"],
                    {"names": list(wanted), "values": list(wanted.values())},
                    prepare=False,
                )
            except BaseException:
                session.close()
                raise
        return session

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what the driver raises into `LedgerError`, in words of ours."""
        try:
            yield
        except psycopg.Error as error:
            raise _translated(error, self.place) from None
        except OSError as error:
            raise LedgerError(f"{self.place}: {error.strerror or type(error).__name__}") from None


class _Late(psycopg.OperationalError):
    """The client gave up waiting for the server."""


def _bounded(gen: PQGen[_T], until: float) -> Generator[Any, Any, _T]:
    """Hand ``gen`` through; raise once ``until`` is past and nothing comes from the server.

    psycopg asks ten times a second, with a "not ready", whether there is a reason to stop.
    """
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                raise _Late
            wanted = gen.send(ready)
    except StopIteration as end:
        value: _T = end.value
        return value


# What libpq says when there is no session yet, in which case there is no SQLSTATE to go by.
_REASONS: Final = {
    "password": "the user or the password is refused",
    "authentication": "the user or the password is refused",
    "pg_hba.conf": "the server lets this user not in from here",
    "does not exist": "the database or the user does not exist",
    "timeout": "the server did not answer in time",
    "refused": "nothing listens there",
    "no such file": "nothing listens there",
    "translate host": "the host's name is not known",
    "starting up": "the server is starting up",
    "shutting down": "the server is shutting down",
    "recovery": "the server is recovering",
    "too many": "the server has no connection left",
    "slots": "the server has no connection left",
    "certificate": "the server's certificate is refused",
    "ssl": "no agreement on TLS",
}
_STATES: Final = {
    "57014": "it took too long",
    "55P03": "another session held a lock for too long",
    "42P01": "there is no ledger in this schema, or a part of it is gone",
    "42501": "the user may not do that",
    "53100": "the server's disk is full",
    "25006": "the server is read-only",
}
_DAMAGED: Final = {"XX001", "XX002"}
_ENDED: Final = {"57P01", "57P02", "57P03", "57P05", "25P03"}


def _translated(error: psycopg.Error, place: str) -> LedgerError:
    if isinstance(error, _Late):
        return LedgerError(f"{place}: the server did not answer in time")
    if (state := error.sqlstate) is not None:
        if state in _ENDED or state.startswith("08"):
            return Lost(f"{place}: the server ended the session (SQLSTATE {state})")
        kind = f"{type(error).__name__}, SQLSTATE {state}"
        if state in _DAMAGED:
            return Damaged(place, f"the server found damaged data ({kind})")
        return LedgerError(f"{place}: {_STATES.get(state, 'the server refused')} ({kind})")
    said = str(error).lower()
    for word, reason in _REASONS.items():
        if word in said:
            return LedgerError(f"{place}: {reason}")
    return Lost(f"{place}: the connection was lost or could not be made")
