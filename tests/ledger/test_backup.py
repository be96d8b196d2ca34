"""What is backed up comes back, what was forgotten stays away, and no log goes back unseen."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daccord.errors import Conflict, LedgerError
from daccord.ledger.backup import RestoreRefused, back_up, restore
from daccord.ledger.export import JsonLines, export_records
from daccord.ledger.forgotten import list_forgotten
from daccord.ledger.postgres import PostgresStore
from daccord.ledger.reading import open_reading
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.sqlite_log import SqliteTables
from daccord.ledger.status import status_of
from daccord.ledger.verify import verify_ledger
from daccord.merkle.notes import new_signer
from tests.ledger.built import (
    Built,
    build,
    copies,
    fill,
    key_statement,
    new_log_signer,
    published,
)
from tests.ledger.samples import record

if TYPE_CHECKING:
    from daccord.ledger.store import Store
    from daccord.merkle.notes import Signer
    from tests.ledger.postgres import Database

pytest_plugins = ["tests.ledger.postgres"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("built") / "ledger.sqlite")


def everything(store: Store) -> list[object]:
    """All that anybody can ask a store for, but for its own numbering."""
    with closing(store), closing(store.tables()) as tables:
        head = tables.head()
        return [
            [*store.records()],
            head,
            [tables.tile(level, number) for level in range(3) for number in range(4)],
            [tables.bundle(number) for number in range(4)],
            [*tables.statements()],
            [*tables.checkpoints()],
            [*tables.timestamps()],
            [row._replace(act=0) for _, row in tables.rows(0, head.size)],
            store.refusals(),
            store.reports(),
        ]


def test_a_backup_is_the_ledger(built: Built, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite"
    report = back_up(built.path, target, keys=[built.signer.verifier])
    assert report.ok
    assert report.counts == verify_ledger(built.path).counts
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["backup.sqlite"]
    assert everything(SqliteStore(target)) == everything(SqliteStore(built.path))


@pytest.mark.law("REC-4")
def test_nothing_of_what_was_forgotten_is_in_a_backup(built: Built, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite"
    back_up(built.path, target)
    raw = target.read_bytes()
    for each in built.filled.forgotten:
        assert each.id.encode() not in raw
    assert built.filled.kept[0].id.encode() in raw


class Steps:
    """What a progress bar was told."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def append(self, done: int, size: int) -> None:
        assert done <= size
        self.told.append(done)


def test_a_backup_of_a_running_ledger_stops_nobody(tmp_path: Path) -> None:
    """Appends, merges and forgetting go on; each copy verifies, and holds what was there before."""
    path = tmp_path / "ledger.sqlite"
    store = SqliteStore(path, signer=new_log_signer())
    store.open()
    for _ in range(3_000):
        last = store.append(published())
    last.result()
    store.merge()
    end, written = threading.Event(), []

    def append_on() -> None:
        while not end.is_set():
            value = published()
            store.append(value).result()
            written.append(value.id)
            if len(written) % 50 == 0:
                store.forget([written[0]])

    thread = threading.Thread(target=append_on)
    thread.start()
    try:
        for number in range(4):
            before = [*written]
            steps = Steps()
            target = tmp_path / f"backup{number}.sqlite"
            report = back_up(path, target, progress=steps.append)
            assert report.ok, report.findings
            with closing(SqliteStore(target)) as copy:
                there = {each.id for each in copy.records()}
            assert set(before) - {written[0]} <= there
            assert steps.told[0] == 0
            assert steps.told[-1] == report.counts.size
    finally:
        end.set()
        thread.join()
        store.close()
    assert verify_ledger(path).ok


def test_a_target_is_never_written_over(built: Built, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite"
    for make in (
        lambda: target.write_bytes(b""),
        target.mkdir,
        lambda: target.symlink_to(tmp_path / "elsewhere"),
    ):
        make()
        before = target.lstat()
        with pytest.raises(LedgerError, match=r"there is something at .* already"):
            back_up(built.path, target)
        with pytest.raises(LedgerError, match=r"there is something at .* already"):
            restore(built.path, target, high_water=tmp_path / "none", as_of_backup=True)
        assert target.lstat() == before
        assert [each.name for each in tmp_path.iterdir()] == ["backup.sqlite"]
        target.rmdir() if target.is_dir() and not target.is_symlink() else target.unlink()


def test_bad_places(built: Built, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger at"):
        back_up(tmp_path / "none", tmp_path / "backup.sqlite")
    with pytest.raises(LedgerError):
        back_up(built.path, Path("/proc/no-place-for-a-file/backup.sqlite"))
    with pytest.raises(LedgerError):
        back_up(built.path, Path("/dev/full/backup.sqlite"))
    text = tmp_path / "text"
    text.write_bytes(b"not a ledger, " * 100)
    with pytest.raises(LedgerError, match="file is not a database"):
        restore(text, tmp_path / "l.sqlite", high_water=tmp_path / "none")
    assert [each.name for each in tmp_path.iterdir()] == ["text"]


def test_who_is_interrupted_leaves_nothing(built: Built, tmp_path: Path) -> None:
    def interrupt(done: int, size: int) -> None:
        if done == size:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(built.path, tmp_path / "backup.sqlite", progress=interrupt)
    with pytest.raises(KeyboardInterrupt):
        back_up(built.path, tmp_path / "backup.sqlite", verifying=interrupt)
    assert list(tmp_path.iterdir()) == []


CHILD = """
import os, signal, sys
from pathlib import Path
from daccord.ledger.backup import back_up
back_up(sys.argv[1], Path(sys.argv[2]), progress=lambda *_: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_killed_backup_has_no_name(built: Built, tmp_path: Path) -> None:
    """What is left is no ledger for anybody who takes it for one, and is in nobody's way."""
    target = tmp_path / "backup.sqlite"
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", CHILD, str(built.path), str(target)], check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert not target.exists()
    for left in tmp_path.glob("*.part"):
        with pytest.raises(LedgerError):
            restore(left, tmp_path / "l.sqlite", high_water=tmp_path / "none", as_of_backup=True)
    assert back_up(built.path, target).ok


def test_a_backup_of_a_damaged_ledger_says_so(built: Built, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    shutil.copy(built.path, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE record SET time = 0 WHERE leaf = 300")
        connection.commit()
    report = back_up(path, tmp_path / "backup.sqlite")
    assert [each.id for each in report.findings] == ["row-commitment"]
    with pytest.raises(LedgerError, match="the backup is not restored: record, leaf 300"):
        restore(tmp_path / "backup.sqlite", tmp_path / "again.sqlite", high_water=tmp_path / "none")
    assert not (tmp_path / "again.sqlite").exists()


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_half_a_backup_is_refused(built: Built, tmp_path: Path, kept: float) -> None:
    target = tmp_path / "backup.sqlite"
    back_up(built.path, target)
    os.truncate(target, int(target.stat().st_size * kept))
    with pytest.raises(LedgerError):
        restore(target, tmp_path / "l.sqlite", high_water=tmp_path / "none", as_of_backup=True)
    assert not (tmp_path / "l.sqlite").exists()


class Site:
    """A signed ledger that goes on after its backup."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.sqlite"
        self.high_water = folder / "ledger.checkpoint"
        self.backup = folder / "backup.sqlite"
        self.signer = new_log_signer()
        self.store = self.open(self.path)
        self.store.publish(key_statement(self.signer), {})
        self.store.merge()
        self.values = [published(time_ms=10**12 + n) for n in range(40)]
        self.append(*self.values)
        assert back_up(self.path, self.backup).ok

    def open(self, path: Path) -> SqliteStore:
        store = SqliteStore(path, signer=self.signer, high_water=self.high_water)
        store.open()
        return store

    def append(self, *values: object) -> None:
        for value in values:
            self.store.append(value).result()  # type: ignore[arg-type]  # records
        self.store.merge()

    def lose(self) -> None:
        self.store.close()
        for each in self.path.parent.glob("ledger.sqlite*"):
            each.unlink()

    def newest(self) -> str:
        return self.high_water.read_text()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.promise("B3")
def test_the_newest_backup_goes_on_as_if_nothing_had_happened(site: Site) -> None:
    site.lose()
    restored = restore(site.backup, site.path, high_water=site.high_water)
    assert (restored.report.counts.records, restored.ahead) == (40, 0)
    site.store = site.open(site.path)
    assert [*site.store.records()] == site.values
    site.append(published())
    site.store.close()
    assert verify_ledger(site.path, keys=[site.signer.verifier]).counts.records == 41


@pytest.mark.promise("B3")
def test_an_older_backup_does_not_take_the_log_back_unseen(site: Site) -> None:
    site.append(*[published() for _ in range(7)])
    newest = site.newest()
    site.lose()
    with pytest.raises(
        RestoreRefused, match="was signed with 48 entries, and the backup ends at 41"
    ):
        restore(site.backup, site.path, high_water=site.high_water)
    assert not site.path.exists()
    restored = restore(site.backup, site.path, high_water=site.high_water, as_of_backup=True)
    assert restored.ahead == 7
    # Under its name it does not go on: its key signs nothing more, and consents wait.
    store = site.open(site.path)
    store.append(published()).result()
    with pytest.raises(Conflict, match="the log ends at 41, but was seen with 48"):
        store.merge()
    store.close()
    assert site.newest() == newest
    # Under another name it does, and holds what the backup held.
    site.high_water.unlink()
    site.signer = new_signer("paper.example/second", b"n" * 32)
    store = site.open(site.path)
    store.merge()
    with closing(store.tables()) as tables:
        assert (tables.head().checkpoint or "").startswith("paper.example/second\n42\n")
    assert store.receipt(site.values[3].id) is not None
    store.close()


def test_with_no_checkpoint_left_somebody_has_to_say_so(site: Site) -> None:
    site.append(published())
    newest = site.newest()
    site.lose()
    site.high_water.unlink()
    with pytest.raises(RestoreRefused, match="nothing here says how far the log had come"):
        restore(site.backup, site.path, high_water=site.high_water)
    with pytest.raises(RestoreRefused, match="was signed with 42 entries"):
        restore(
            site.backup, site.path, high_water=site.high_water, checkpoints={"a reader's": newest}
        )
    assert not site.path.exists()
    restored = restore(
        site.backup,
        site.path,
        high_water=site.high_water,
        checkpoints={"a reader's": newest},
        as_of_backup=True,
    )
    assert restored.ahead == 1
    assert site.newest() == newest  # so that the log does not go on under its name
    store = site.open(site.path)
    store.append(published()).result()
    with pytest.raises(Conflict):
        store.merge()
    store.close()


def test_a_checkpoint_of_another_log_proves_nothing_of_this_one(site: Site, tmp_path: Path) -> None:
    site.lose()
    (tmp_path / "other").mkdir()
    other = Site(tmp_path / "other")
    other.store.close()
    for name, note, expected in [
        ("another's", other.newest(), "another's: .*"),
        ("no checkpoint", "nothing of the kind", "no checkpoint: it is no checkpoint"),
    ]:
        with pytest.raises(LedgerError, match=f"the backup is not restored: {expected}"):
            restore(
                site.backup,
                site.path,
                high_water=site.high_water,
                checkpoints={name: note},
                as_of_backup=True,
            )
    assert not site.path.exists()


@pytest.mark.law("REC-4")
def test_what_was_forgotten_after_the_backup_stays_away(site: Site, tmp_path: Path) -> None:
    """By the list that was kept beside it: also a record that waited when the copy was made."""
    late = published()
    site.store.append(late).result()
    early = tmp_path / "early.sqlite"
    back_up(site.path, early)  # `late` may wait in it still
    site.append()
    site.store.forget([site.values[3].id, late.id])
    with closing(open_reading(site.path)) as reading:
        lines = [*list_forgotten(reading)]
    assert [line.split()[0] for line in lines] == ["4", "41"]
    site.lose()
    for backup in (site.backup, early):
        again = tmp_path / f"{backup.name}.again"
        restored = restore(
            backup, again, high_water=site.high_water, forgotten=lines, as_of_backup=True
        )
        assert restored.report.counts.forgotten in {1, 2}
        with closing(SqliteStore(again, high_water=tmp_path / "none")) as store:
            there = {each.id for each in store.records()}
        assert not there & {site.values[3].id, late.id}
        assert len(there) == 39
        raw = again.read_bytes()
        assert site.values[3].id.encode() not in raw
        assert late.id.encode() not in raw


def test_a_log_whose_key_is_lost_goes_on_under_another_name(site: Site) -> None:
    site.lose()
    restore(site.backup, site.path, high_water=site.high_water, as_of_backup=True)
    old, site.signer = site.signer, new_signer("paper.example/second", b"n" * 32)
    site.store = site.open(site.path)
    site.store.publish(key_statement(site.signer), {})
    site.append(published())
    site.store.close()
    report = verify_ledger(site.path, keys=[site.signer.verifier])
    assert report.ok, report.findings
    assert not verify_ledger(site.path, keys=[old.verifier]).ok


def test_as_of_a_backup_that_is_the_newest_the_same_key_signs_on(site: Site) -> None:
    site.lose()
    restore(site.backup, site.path, high_water=site.high_water, as_of_backup=True)
    site.store = site.open(site.path)
    site.append(published())
    site.store.close()
    assert verify_ledger(site.path, keys=[site.signer.verifier]).ok


def test_a_list_of_another_log_is_refused(site: Site, tmp_path: Path) -> None:
    for lines, expected in [
        ([f"3 {'ab' * 32}"], "is not of this log: 3"),
        (["3"], "line 1 of the list is none"),
        ([f"03 {'ab' * 32}"], "line 1 of the list is none"),
    ]:
        with pytest.raises(LedgerError, match=expected):
            restore(site.backup, tmp_path / "l.sqlite", high_water=site.high_water, forgotten=lines)
    assert not (tmp_path / "l.sqlite").exists()


def test_an_unsigned_ledger_just_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    store = SqliteStore(path)
    store.append(record()).result()
    store.close()
    back_up(path, tmp_path / "backup.sqlite")
    restored = restore(tmp_path / "backup.sqlite", tmp_path / "l.sqlite", high_water=tmp_path / "n")
    assert restored.report.counts.records + restored.report.counts.waiting == 1


def test_to_postgresql_and_back(built: Built, database: Database, tmp_path: Path) -> None:
    """A site that outgrows its file moves over by the same two steps."""
    none = tmp_path / "none"
    backup = tmp_path / "backup.sqlite"
    back_up(built.path, backup)
    newest = {"the newest": built.checkpoints[-1]}
    restored = restore(backup, database.dsn, high_water=none, checkpoints=newest)
    assert restored.report.ok
    expected = everything(SqliteStore(built.path))
    assert everything(PostgresStore(database.dsn, high_water=none)) == expected
    with pytest.raises(LedgerError, match="there is a ledger already, and not empty"):
        restore(backup, database.dsn, high_water=none, as_of_backup=True)
    again = tmp_path / "again.sqlite"
    assert back_up(database.dsn, again, keys=[built.signer.verifier]).ok
    assert everything(SqliteStore(again)) == expected
    # And it goes on: new acts get numbers of their own, the waiting row is merged.
    store = PostgresStore(database.dsn, signer=built.signer, high_water=none)
    store.open()
    store.append(record(site="moved.example")).result()
    store.merge()
    store.close()
    report = verify_ledger(database.dsn, keys=[built.signer.verifier])
    assert report.ok, report.findings
    assert report.counts.size == built.size + 2


def test_a_running_ledger_on_postgresql(database: Database, tmp_path: Path) -> None:
    def make(*, signer: Signer) -> PostgresStore:
        return PostgresStore(database.dsn, signer=signer, high_water=tmp_path / "seen")

    filled = fill(make)
    store = make(signer=filled.signer)
    end = threading.Event()

    def append_on() -> None:
        while not end.is_set():
            store.append(published()).result()

    thread = threading.Thread(target=append_on)
    thread.start()
    try:
        for number in range(2):
            report = back_up(database.dsn, tmp_path / f"backup{number}.sqlite")
            assert report.ok, report.findings
    finally:
        end.set()
        thread.join()
        store.close()


@given(at=st.integers(0, 2**30), bit=st.integers(0, 7), length=st.sampled_from([1, 1, 1, 64]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_a_damaged_file_there_is_a_copy_that_says_so_or_none(
    built: Built, tmp_path: Path, at: int, bit: int, length: int
) -> None:
    """The same for an export and a look at it: the one error, and never half a file."""
    path = next(copies(built, tmp_path))
    raw = bytearray(path.read_bytes())
    at %= len(raw) - length + 1
    for position in range(at, at + length):
        raw[position] ^= 1 << bit
    path.write_bytes(raw)
    target = tmp_path / "backup.sqlite"
    with suppress(LedgerError):
        if back_up(path, target, keys=[built.signer.verifier]).ok:
            assert verify_ledger(target).counts.size == built.size
    assert not [*tmp_path.glob(".*")]
    target.unlink(missing_ok=True)
    with suppress(LedgerError):
        export_records(path, JsonLines(io.BytesIO()))
    with suppress(LedgerError), closing(SqliteTables(path)) as tables:
        status_of(
            path,
            tables,
            high_water=tmp_path / "none",
            key=None,
            policy=None,
            keep_days=None,
            now_ms=10**12,
        )
