"""The merging thread: it survives every fault, says it once, and leaves appends alone."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from daccord.errors import Conflict, Damaged, LedgerError
from daccord.ledger import merging
from daccord.ledger.high_water import HighWater
from daccord.ledger.merging import Merger
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.sqlite_log import SqliteTables
from tests.ledger.contract import until
from tests.ledger.log import KEY_STATEMENT, SIGNER, check_log
from tests.ledger.samples import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from daccord.consent.choice import RecordId
    from daccord.consent.record import ConsentRecord
    from daccord.ledger.tables import Merge


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


class Faults:
    """Tables that raise what is next in the list, at a commit or when a statement is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened = 0
        self.commit: list[Exception] = []
        self.publish: list[Exception] = []

    def open(self) -> SqliteTables:
        self.opened += 1
        return _FaultyTables(self)

    def merger(self, *, polls: bool = False, keep_days: int | None = None) -> Merger:
        return Merger(
            self.open,
            signer=SIGNER,
            high_water=HighWater(None),
            forget=forget_nothing,
            keep_days=keep_days,
            polls=polls,
        )


class _FaultyTables(SqliteTables):
    def __init__(self, faults: Faults) -> None:
        super().__init__(faults.path)
        self._faults = faults

    def commit(self, merge: Merge) -> None:
        if self._faults.commit:
            raise self._faults.commit.pop(0)
        super().commit(merge)

    def publish(self, statement: str, texts: Mapping[bytes, bytes]) -> None:
        if self._faults.publish:
            raise self._faults.publish.pop(0)
        super().publish(statement, texts)


def forget_nothing(ids: Sequence[RecordId]) -> int:
    return 0 * len(ids)


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """A store whose own thread merges nothing, so that the test's merger does."""
    store = SqliteStore(path, signer=SIGNER)
    store.open()
    store._writer._on_written = lambda: None
    yield store
    store.close()


def appended(store: SqliteStore, count: int = 3) -> list[ConsentRecord]:
    values = [record() for _ in range(count)]
    for future in [store.append(value) for value in values]:
        future.result()
    return values


def size(path: Path) -> int:
    with closing(SqliteTables(path)) as tables:
        return tables.head().size


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (LedgerError("database or disk is full"), "database or disk is full"),
        (Damaged("tile 0/0", "it is gone"), "tile 0/0: it is gone"),
        (MemoryError(), "MemoryError: "),
        (ValueError("a bug"), "ValueError: a bug"),
    ],
)
def test_a_fault_is_said_once_and_merging_goes_on_after_it(
    store: SqliteStore,
    path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    message: str,
) -> None:
    monkeypatch.setattr(merging, "MERGE_SECONDS", 0.01)
    monkeypatch.setattr(merging, "RETRY_SECONDS", 0.01)
    appended(store)
    faults = Faults(path)
    faults.commit += [fault] * 5
    merger = faults.merger()
    merger.soon()
    until(lambda: size(path) == 3)
    until(lambda: len(caplog.messages) == 2)
    merger.close()
    assert caplog.messages == [
        f"the ledger cannot merge, and tries again: {message}",
        "the ledger merges again",
    ]
    check_log(store)


def test_a_conflict_is_said_as_what_it_is(
    store: SqliteStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    appended(store)
    faults = Faults(path)
    merger = faults.merger()
    with pytest.MonkeyPatch.context() as patch:

        def conflict(*_: object) -> None:
            raise Conflict("another log")

        patch.setattr(merging, "merge_once", conflict)
        for _ in range(3):
            with pytest.raises(Conflict, match=r"^another log$"):
                merger.now()
    merger.close()
    assert caplog.messages[0] == (
        "the log is not continued, and nothing more is signed: another log\n"
        "  records are durable all the same, and wait for the tree"
    )
    assert [line.levelname for line in caplog.records].count("CRITICAL") == 1
    assert size(path) == 3  # closing merged them, when it could


def test_who_asks_gets_an_error_of_its_own(store: SqliteStore, path: Path) -> None:
    appended(store)
    faults = Faults(path)
    faults.commit += [Damaged("tile 0/0", "it is gone")] * 1_000
    merger = faults.merger()
    errors: list[LedgerError] = []

    def ask() -> None:
        with pytest.raises(Damaged) as caught:
            merger.now()
        errors.append(caught.value)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    merger.close()
    assert len({id(error) for error in errors}) == 8
    assert {str(error) for error in errors} == {"tile 0/0: it is gone"}
    assert {(e.where, e.what) for e in errors if isinstance(e, Damaged)} == {
        ("tile 0/0", "it is gone")
    }


def test_a_statement_is_written_when_it_can_be(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "RETRY_SECONDS", 0.01)
    faults = Faults(path)
    faults.publish += [LedgerError("no disk")] * 3
    merger = faults.merger()
    merger.publish(KEY_STATEMENT, {bytes(32): b"text"})
    until(lambda: size(path) == 1)
    merger.close()
    assert check_log(store) == [KEY_STATEMENT]


def test_nothing_is_looked_at_while_nothing_comes(store: SqliteStore, path: Path) -> None:
    faults = Faults(path)
    merger = faults.merger()
    merger.begin()
    merger.close()
    assert faults.opened == 0
    assert merger._thread is None
    assert list(store.records()) == []


def test_a_node_among_others_looks_by_itself(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MERGE_SECONDS", 0.01)
    merger = Faults(path).merger(polls=True)
    merger.begin()
    for count in (1, 2):
        appended(store, 1)
        until(lambda count=count: size(path) == count)  # type: ignore[misc] # bound at once
    merger.close()


def test_a_store_that_finds_records_waiting_merges_them(path: Path) -> None:
    store = SqliteStore(path)
    store._writer._on_written = lambda: None
    appended(store)
    store.close()
    assert size(path) == 0
    store = SqliteStore(path)
    store.open()
    until(lambda: size(path) == 3)
    store.close()


def test_a_thread_that_cannot_start_fails_who_asks_and_nobody_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SqliteStore(path).open()
    merger = Faults(path).merger()

    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        merger.soon()
        merger.publish(KEY_STATEMENT, {})
        with pytest.raises(LedgerError, match="merging thread cannot start"):
            merger.now()
    merger.now()
    merger.close()
    assert size(path) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_thread_dies_nobody_waits_for_it(store: SqliteStore, path: Path) -> None:
    value = appended(store, 1)
    merger = Faults(path).merger()
    with pytest.MonkeyPatch.context() as patch:

        def die(*_: object) -> None:
            raise SystemExit

        patch.setattr(merging, "merge_once", die)
        with pytest.raises(LedgerError, match="the ledger is closed"):
            merger.now()
    with pytest.raises(LedgerError, match="the ledger is closed"):
        merger.now()
    merger.soon()
    merger.close()
    assert list(store.records()) == value


def test_the_merging_thread_does_not_wait_for_itself(store: SqliteStore, path: Path) -> None:
    errors: list[str] = []

    def forget(ids: Sequence[RecordId]) -> int:
        try:
            merger.now()
        except LedgerError as error:
            errors.append(str(error))
        return 0 * len(ids)

    appended(store, 1)
    merger = Merger(
        lambda: SqliteTables(path),
        signer=None,
        high_water=HighWater(None),
        forget=forget,
        keep_days=1,
    )
    merger.now()
    merger.begin()
    until(lambda: len(errors) == 1)
    merger.close()
    assert errors == ["the merging thread would wait for itself"]


def test_what_is_merged_is_merged_though_the_checkpoint_cannot_be_kept(
    store: SqliteStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    appended(store)
    merger = Merger(
        lambda: SqliteTables(path),
        signer=SIGNER,
        high_water=HighWater(path.with_name("gone") / "ledger.checkpoint"),
        forget=forget_nothing,
    )
    for _ in range(3):
        merger.now()
    assert size(path) == 3
    said = "the newest checkpoint seen: No such file or directory"
    assert caplog.messages == [f"the ledger cannot merge, and tries again: {said}"]
    path.with_name("gone").mkdir()
    merger.now()
    merger.close()
    assert caplog.messages[1:] == ["the ledger merges again"]
    assert path.with_name("gone").joinpath("ledger.checkpoint").exists()
