"""``daccord ledger`` as a person uses it: words, endings, and what is written where."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from daccord.cli.main import main
from daccord.consent.choice import RecordId
from daccord.ledger.dialects import load_migrations
from daccord.ledger.rotation import hand_over, make_or_find, waiting_file
from daccord.ledger.schema import create_file
from daccord.ledger.signing import load_signer
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.verify import verify_ledger
from daccord.merkle.notes import format_vkey
from daccord.server.folder import HIGH_WATER_FILE, LEDGER_FILE, LEDGER_KEY_FILE
from tests.ledger.built import Filled, fill, key_statement, published
from tests.ledger.samples import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

    from daccord.merkle.notes import Signer

NAME = "paper.example/_daccord/log"
NEWSPAPER = Path(__file__).parent.parent / "declaration" / "newspaper.toml"


class Site:
    """A folder of data with a ledger and its key, and the command line beside it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.path = data / LEDGER_FILE
        self.key = data / LEDGER_KEY_FILE
        self.high_water = data / HIGH_WATER_FILE
        made = self.run("keygen", "--name", NAME)
        self.vkey = made.stdout.strip()
        self.filled = self.fill()

    def fill(self) -> Filled:
        signer = self.signer()

        def make(**_: Any) -> SqliteStore:
            return SqliteStore(self.path, signer=signer)

        filled = fill(make, records=300, key=signer)
        assert filled.signer is signer
        return filled

    def signer(self) -> Signer:
        return load_signer(self.key)

    def store(self) -> SqliteStore:
        return SqliteStore(self.path, signer=self.signer())

    def run(self, *words: str | Path, code: int = 0, input_: str | None = None) -> Result:
        command = ["ledger", words[0], "--data", str(self.data), *words[1:]]
        result = CliRunner().invoke(main, [str(word) for word in command], input=input_)
        assert result.exit_code == code, result.output
        return result

    def json(self, *words: str | Path, code: int = 0) -> Any:
        first, *rest = words
        return json.loads(self.run(first, "--json", *rest, code=code).stdout)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site") / "data")


@pytest.fixture
def site(made: Site, tmp_path: Path) -> Site:
    """A copy for each test."""
    site = object.__new__(Site)
    site.__dict__ = dict(made.__dict__)
    site.data = tmp_path / "data"
    shutil.copytree(made.data, site.data)
    site.path = site.data / LEDGER_FILE
    site.key = site.data / LEDGER_KEY_FILE
    site.high_water = site.data / HIGH_WATER_FILE
    return site


def test_keygen_makes_a_key_once(tmp_path: Path) -> None:
    words = ["ledger", "keygen", "--name", NAME, "--data", str(tmp_path / "new")]
    result = CliRunner().invoke(main, words)
    key = tmp_path / "new" / "ledger.key"
    assert result.exit_code == 0
    assert result.stdout.strip() == format_vkey(load_signer(key).verifier)
    assert "publish it" in result.stderr
    assert "somewhere safe" in result.stderr
    assert "PRIVATE" not in result.output
    again = CliRunner().invoke(main, words)
    assert again.exit_code == 3
    assert "a key is never written over" in again.stderr
    named = [*words, "--out", str(tmp_path / "other.key"), "--json", "--quiet"]
    told = CliRunner().invoke(main, named)
    assert json.loads(told.output)["file"] == str(tmp_path / "other.key")
    assert CliRunner().invoke(main, ["ledger", "keygen"]).exit_code == 2
    bad = CliRunner().invoke(main, ["ledger", "keygen", "--name", "a b", "--data", str(tmp_path)])
    assert bad.exit_code == 3


def test_keygen_with_a_passphrase(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("six dull words\n")
    (tmp_path / "words").chmod(0o600)
    words = ["ledger", "keygen", "--name", NAME, "--data", str(tmp_path)]
    assert CliRunner().invoke(main, words, env={
        "DACCORD_LEDGER_PASSPHRASE_FILE": str(tmp_path / "words")
    }).exit_code == 0  # fmt: skip
    assert load_signer(tmp_path / "ledger.key", passphrase=b"six dull words").name == NAME


@pytest.mark.promise("B3")
def test_verify_ends_with_0_and_1(site: Site) -> None:
    site.run("status")
    result = site.run("verify", "--key", site.vkey)
    assert result.stdout == (
        "nothing is wrong: 302 entries, 280 records, 20 forgotten, 2 statements\n"
    )
    assert "no key was given" in site.run("verify").stderr
    told = site.json("verify", "--key", site.vkey)
    assert (told["ok"], told["findings"], told["remarks"]) == (True, [], [])
    assert told["counts"]["records"] == 280
    change(site.path, "UPDATE record SET time = 0 WHERE leaf = 200")
    result = site.run("verify", "--quiet", code=1)
    assert result.stdout.splitlines()[0] == (
        "record, leaf 200: it is not the record that the log commits to [row-commitment]"
    )
    assert site.json("verify", code=1)["findings"][0]["where"] == "record, leaf 200"


def test_verify_holds_the_log_against_what_was_seen(site: Site, tmp_path: Path) -> None:
    """A ledger exchanged for a shorter one is found by the file beside it, and by any other."""
    kept = tmp_path / "kept"
    kept.write_text(site.high_water.read_text())
    shorter = tmp_path / "shorter.sqlite"
    signer = site.signer()
    store = SqliteStore(shorter, signer=signer)
    store.publish(key_statement(signer), {})
    store.append(published()).result()
    store.merge()
    store.close()
    site.run("verify", "--ledger", str(shorter))
    told = site.run("verify", "--ledger", str(shorter), "--checkpoint", kept, code=1)
    assert "it went back [checkpoint-ahead]" in told.stdout
    store = site.store()
    receipt = tmp_path / "receipt.txt"
    receipt.write_bytes(store.receipt(site.filled.kept[50].id) or b"")
    store.close()
    site.run("verify", "--checkpoint", receipt)
    told = site.run("verify", "--ledger", str(shorter), "--checkpoint", receipt, code=1)
    assert re.search(
        rf"^checkpoint in {receipt}: .*\[checkpoint-ahead\]$", told.stdout, re.MULTILINE
    )
    receipt.write_bytes(receipt.read_bytes()[:-1])
    assert str(receipt) in site.run("verify", "--checkpoint", receipt, code=3).stderr
    for each in site.data.glob("ledger.sqlite*"):
        each.unlink()
    shutil.copy(shorter, site.path)
    assert "it went back [checkpoint-ahead]" in site.run("verify", code=1).stdout
    needs = site.json("status", code=1)["needs"]
    assert "the log is not what this node has seen of it" in needs[0]


def test_verify_with_a_wrong_key_or_policy(site: Site, tmp_path: Path) -> None:
    other = (
        CliRunner()
        .invoke(main, ["ledger", "keygen", "--name", NAME, "--data", str(tmp_path / "other")])
        .stdout.strip()
    )
    assert "checkpoint-signature" in site.run("verify", "--key", other, code=1).stdout
    site.run("verify", "--key", "no key", code=2)
    policy = tmp_path / "policy"
    policy.write_text("quorum nobody\n")
    assert "policy:1" in site.run("verify", "--policy", policy, code=3).stderr
    site.run("verify", "--policy", tmp_path / "none", code=3)
    site.run("verify", "--tsa-root", tmp_path / "none", code=3)
    site.run("verify", "--checkpoint", tmp_path / "none", code=3)
    policy.write_text("quorum none\n")
    site.run("verify", "--policy", policy)


def places(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    text, other, later = (tmp_path / name for name in ("text", "other.sqlite", "later.sqlite"))
    text.write_bytes(b"not a database at all, but long enough to have a header " * 20)
    change(other, "CREATE TABLE mine (x)")
    SqliteStore(later).open()
    change(later, "PRAGMA user_version = 99")
    yield text, "file is not a database"
    yield other, "not a ledger of daccord"
    yield later, "from a later daccord"
    yield tmp_path / "none", "there is no ledger at"
    yield tmp_path, "there is"


@pytest.mark.parametrize(
    "words",
    [
        ("verify",),
        ("status",),
        ("export",),
        ("forgotten",),
        ("forget", "A" * 22),
        ("retain", "--older-than", "1 day", "--yes"),
        ("backup", "{tmp}/target"),
        ("migrate",),
        ("rotate",),
    ],
    ids=lambda words: words[0],
)
def test_what_is_no_ledger_ends_with_3_and_is_left_alone(
    site: Site, tmp_path: Path, words: tuple[str, ...]
) -> None:
    for place, expected in places(tmp_path):
        before = place.read_bytes() if place.is_file() else None
        given = [word.replace("{tmp}", str(tmp_path)) for word in words]
        result = site.run(*given, "--ledger", str(place), code=3)
        assert re.search(expected, result.stderr), (place, result.stderr)
        assert "Traceback" not in result.stderr
        assert (place.read_bytes() if place.is_file() else None) == before
        assert not (tmp_path / "target").exists()


def test_a_password_is_never_told(site: Site) -> None:
    for name in ("verify", "status", "export", "migrate"):
        url = "postgresql://daccord:not-to-be-told@127.0.0.1:1/daccord"
        assert "not-to-be-told" not in site.run(name, "--ledger", url, code=3).output


def test_status_tells_what_needs_a_person(site: Site) -> None:
    told = site.json("status")
    assert (told["ok"], told["size"], told["records"], told["forgotten"]) == (True, 302, 280, 20)
    assert told["keys"] == [site.vkey]
    assert [each["size"] for each in told["anchors"]] == [102, 202]
    assert site.run("status", "--quiet").stdout == ""
    change(
        site.path,
        "INSERT INTO record SELECT 302, ?, act, 0, NULL, salt FROM record WHERE leaf = 2",
        new_id(),
    )
    assert "have been waiting for" in site.run("status", code=1).stdout
    site.key.unlink()
    CliRunner().invoke(main, ["ledger", "keygen", "--name", NAME, "--data", str(site.data)])
    needs = site.json("status", code=1)["needs"]
    assert any("not one that the log names" in each for each in needs)
    site.high_water.write_text("nothing of the kind")
    assert any("cannot be read" in each for each in site.json("status", code=1)["needs"])


@pytest.mark.law("REC-4")
def test_forget_by_id_and_by_receipt(site: Site, tmp_path: Path) -> None:
    first, second = site.filled.kept[50], site.filled.kept[51]
    receipt = tmp_path / "receipt.txt"
    store = site.store()
    receipt.write_bytes(store.receipt(second.id) or b"")
    store.close()
    site.run("forget", first.id, code=1, input_="n\n")  # asked, and thought better of it
    assert "1 forgotten" in site.run("forget", first.id, input_="y\n").stdout
    assert site.json("forget", receipt, "--yes") == {"forgotten": 1, "not_found": 0}
    told = site.json("forget", first.id, second.id, "--yes", code=1)
    assert told == {"forgotten": 0, "not_found": 2}
    receipt.write_text("no receipt")
    site.run("forget", receipt, "--yes", code=3)
    site.run("forget", tmp_path / "none", "--yes", code=3)
    site.run("forget", code=2)
    assert site.json("verify")["counts"]["forgotten"] == 22


def test_a_receipt_with_another_readers_id_in_it_forgets_nothing(
    site: Site, tmp_path: Path
) -> None:
    """An operator is sent files: an id that somebody got to know must not be enough."""
    store = site.store()
    mine, theirs = (store.receipt(each.id) or b"" for each in site.filled.kept[50:52])
    store.close()
    forged = tmp_path / "receipt.txt"
    forged.write_bytes(b"\n".join([*theirs.split(b"\n")[:2], *mine.split(b"\n")[2:]]))
    for words in (("forget", forged), ("forget", site.filled.kept[50].id, forged)):
        assert "this is not its receipt" in site.run(*words, "--yes", code=3).stderr
    assert site.json("verify")["counts"]["records"] == 280


@pytest.mark.parametrize("start", ["-", "--", "-h", "--yes", "-_"])
def test_an_id_may_begin_with_a_dash(site: Site, start: str) -> None:
    value = published(id_=RecordId(f"{start}{'A' * 22}"[:22]))
    store = site.store()
    store.append(value).result()
    store.close()
    assert site.json("forget", value.id, "--yes") == {"forgotten": 1, "not_found": 0}
    told = site.json("forget", "--yes", "--", value.id, code=1)
    assert told == {"forgotten": 0, "not_found": 1}


@pytest.mark.law("REC-4")
def test_forget_takes_what_came_before_on_the_device(site: Site) -> None:
    after = next(
        each
        for each in site.filled.kept
        if each.previous is not None and each.previous in {other.id for other in site.filled.kept}
    )
    assert site.json("forget", after.id, "--yes")["forgotten"] >= 2


@pytest.mark.law("REC-4")
def test_retain_counts_first(site: Site, tmp_path: Path) -> None:
    words = ("retain", "--older-than", "1 year")
    assert "280 records of more than 365 days ago would be" in site.run(*words).stdout
    assert site.json("verify")["counts"]["records"] == 280
    assert site.json(*words, "--yes") == {"days": 365, "records": 280, "forgotten": True}
    assert site.json("verify")["counts"]["records"] == 0
    for each in ("never", "", "5", "session"):
        site.run("retain", "--older-than", each, code=2)
    named = site.run("retain", "--declaration", tmp_path / "none", code=3)
    assert "cannot read the declaration" in named.stderr
    assert site.json("retain", "--declaration", NEWSPAPER)["days"] == 1_826


@pytest.mark.law("REC-4")
def test_status_says_when_nobody_forgets(site: Site) -> None:
    """A record of 2001, where five years are promised, is a task for somebody."""
    told = site.json("status", "--declaration", NEWSPAPER, code=1)
    assert told["keep_days"] == 1_826
    assert "the declaration keeps them for 1826" in told["needs"][0]
    site.run("retain", "--declaration", NEWSPAPER, "--yes")
    assert site.json("status", "--declaration", NEWSPAPER)["needs"] == []


def test_export_writes_a_new_file_for_its_owner(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    told = site.json("export", "--out", out)
    assert told == {"records": 280, "file": str(out), "format": "csv"}
    assert len(out.read_text().splitlines()) == 281
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    before = out.read_bytes()
    assert "File exists" in site.run("export", "--out", out, code=3).stderr
    assert out.read_bytes() == before
    site.run("export", "--out", tmp_path / "no" / "such", code=3)
    site.run("export", "--json", code=2)
    site.run("export", "--since", "yesterday", code=2)
    piped = site.run("export", "--format", "jsonl", "--since", "2100-01-01")
    assert (piped.stdout, piped.stderr) == ("", "0 records: personal data\n")


@pytest.mark.parametrize("words", [("export", "--quiet"), ("forgotten",)], ids=" ".join)
def test_a_full_disk_and_a_reader_who_leaves(site: Site, words: tuple[str, ...]) -> None:
    """/dev/full is a disk without room; `head` closes what it reads from."""
    command = [sys.executable, "-m", "daccord", "ledger", *words, "--data", str(site.data)]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)  # noqa: S603
    assert ended.returncode == 3
    assert b"No space left on device" in ended.stderr
    assert b"Traceback" not in ended.stderr
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as left:
        assert left.stdout is not None
        assert left.stderr is not None
        left.stdout.close()
        assert left.stderr.read() == b""


def test_an_export_that_fails_leaves_nothing(site: Site, tmp_path: Path) -> None:
    change(site.path, "UPDATE record SET id = 'x' WHERE leaf = 250")
    out = tmp_path / "out.csv"
    assert "record, leaf 250" in site.run("export", "--out", out, code=3).stderr
    assert not out.exists()


def test_backup_and_restore(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite"
    told = site.json("backup", target, "--key", site.vkey)
    assert (told["ok"], told["file"]) == (True, str(target))
    site.run("backup", target, code=3)
    listed = tmp_path / "forgotten"
    site.run("forget", site.filled.kept[100].id, "--yes")
    listed.write_text(site.run("forgotten").stdout)
    assert len(listed.read_text().splitlines()) == 21
    site.run("restore", target, code=3)  # there is one
    for each in site.data.glob("ledger.sqlite*"):
        each.unlink()
    result = site.run("restore", target, "--forgotten", listed)
    assert result.stdout == (
        "nothing is wrong: 302 entries, 279 records, 21 forgotten, 2 statements\n"
    )
    assert "forgotten after the backup" not in result.stderr
    assert site.run("status").exit_code == 0


@pytest.mark.promise("B3")
def test_an_older_backup_is_said_loudly(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite"
    site.run("backup", target)
    store = site.store()
    last = published()
    store.append(last).result()
    store.merge()
    receipt, signed = tmp_path / "receipt.txt", store.receipt(last.id) or b""
    store.close()
    for each in site.data.glob("ledger.sqlite*"):
        each.unlink()
    refused = site.run("restore", target, code=1)
    assert "was signed with 303 entries, and the backup ends at 302" in refused.stderr
    assert not site.path.exists()
    result = site.run("restore", target, "--as-of-backup")
    assert "it does not go on under its name" in result.stderr
    assert "forget them again" in result.stderr
    assert "was seen with 303" in site.run("status", code=1).stdout
    kept = tmp_path / "kept"
    shutil.move(site.high_water, kept)
    site.path.unlink()
    assert "nothing here says" in site.run("restore", target, code=1).stderr
    site.run("restore", target, "--checkpoint", kept, code=1)
    receipt.write_bytes(signed)
    refused = site.run("restore", target, "--checkpoint", receipt, code=1)
    assert "was signed with 303 entries, and the backup ends at 302" in refused.stderr
    receipt.write_bytes(signed[:-1])
    broken = site.run("restore", target, "--checkpoint", receipt, code=3)
    assert str(receipt) in broken.stderr
    assert not site.path.exists()
    assert site.json("restore", target, "--as-of-backup", "--quiet")["ahead"] == 0


@pytest.mark.parametrize("how", ["cut", "flipped", "not one", "missing"])
def test_a_backup_that_is_none(site: Site, tmp_path: Path, how: str) -> None:
    target = tmp_path / "backup.sqlite"
    site.run("backup", target)
    for each in site.data.glob("ledger.sqlite*"):
        each.unlink()
    if how == "cut":
        os.truncate(target, 50_000)
    elif how == "flipped":
        change(target, "UPDATE bundle SET entries = zeroblob(34)")
    elif how == "not one":
        target.write_text("something else")
    else:
        target.unlink()
    result = site.run("restore", target, "--as-of-backup", code=3)
    assert result.stderr.startswith("daccord: ")
    assert not site.path.exists()
    listed = tmp_path / "list"
    listed.write_bytes(b"\xff\xfe")
    site.run("restore", target, "--forgotten", listed, "--as-of-backup", code=3)
    site.run("restore", target, "--forgotten", tmp_path / "none", "--as-of-backup", code=3)


def test_rotation_from_outside(site: Site, tmp_path: Path) -> None:
    told = site.json("rotate")
    old, new = site.vkey, told["key"]
    assert new != old
    assert format_vkey(load_signer(site.key).verifier) == new
    assert format_vkey(load_signer(Path(told["old_file"])).verifier) == old
    assert Path(told["proof"]).read_text().startswith("c2sp.org/tlog-proof@v1\n")
    for key in (old, new):
        site.run("verify", "--key", key)
    assert site.json("status")["keys"] == [old, new]
    site.key.unlink()
    assert "there is no key" in site.run("rotate", code=3).stderr
    named = site.run("rotate", "--key-file", tmp_path / "none", code=3)
    assert "there is no key" in named.stderr


def test_a_refused_rotation_leaves_no_key_and_one_that_broke_off_is_told(site: Site) -> None:
    waiting = waiting_file(site.key)
    own = site.key.read_bytes()
    site.key.unlink()
    CliRunner().invoke(main, ["ledger", "keygen", "--name", NAME, "--data", str(site.data)])
    assert "does not know the key" in site.run("rotate", code=3).stderr
    assert not waiting.exists()
    site.key.write_bytes(own)
    left = make_or_find(site.key, NAME, passphrase=None)  # and broke off before the log had it
    told = site.run("rotate", "--quiet")
    assert told.stdout.strip() == format_vkey(left.verifier)
    assert str(waiting) in told.stderr
    assert "the log did not know it yet" in told.stderr
    store, old = site.store(), site.signer()
    new = make_or_find(site.key, NAME, passphrase=None)
    hand_over(store, old, new)  # and broke off after it
    store.close()
    told = site.run("rotate", "--quiet")
    assert (told.stdout.strip(), told.stderr) == (format_vkey(new.verifier), "")
    site.run("verify", "--key", site.vkey)


def test_migrate_from_the_first_version(tmp_path: Path) -> None:
    path = tmp_path / LEDGER_FILE
    create_file(path)
    with closing(sqlite3.connect(path)) as connection:
        for statement in load_migrations("sqlite")[0].statements:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    for name in ("backup", "status", "verify"):
        target = [str(tmp_path / "target")] if name == "backup" else []
        early = CliRunner().invoke(main, ["ledger", name, "--data", str(tmp_path), *target])
        assert early.exit_code == 3
        assert "of version 1 and was never opened for writing by this daccord" in early.stderr
        assert "\n  hint: copy it, then `daccord ledger migrate`" in early.stderr
    words = ["ledger", "migrate", "--data", str(tmp_path)]
    latest = len(load_migrations("sqlite"))
    told = CliRunner().invoke(main, [*words, "--json"])
    assert json.loads(told.output) == {"before": 1, "after": latest}
    again = CliRunner().invoke(main, words)
    assert again.output == f"the ledger is of version {latest}: nothing to do\n"
    assert verify_ledger(path).ok


def test_a_bar_is_drawn_on_a_terminal_and_nowhere_else(site: Site) -> None:
    command = [sys.executable, "-m", "daccord", "ledger", "verify", "--data", str(site.data)]
    master, slave = pty.openpty()
    try:
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=slave, check=False)  # noqa: S603
        drawn = os.read(master, 65_536)
    finally:
        os.close(slave)
        os.close(master)
    assert ended.returncode == 0
    assert b"verifying" in drawn
    assert b"100%" in drawn
    assert b"verifying" not in ended.stdout
    plain = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    assert b"verifying" not in plain.stderr


INTERRUPTED = """
import os, signal, sys
from daccord.cli import ledger_place
from daccord.cli.main import main
from contextlib import contextmanager

@contextmanager
def bar(label, *, quiet):
    yield lambda done, size: os.kill(os.getpid(), signal.SIGINT)

import daccord.cli.ledger_export, daccord.cli.ledger_backup, daccord.cli.ledger_verify
for module in (daccord.cli.ledger_export, daccord.cli.ledger_backup, daccord.cli.ledger_verify):
    module.progress_bar = bar
main(sys.argv[1:], prog_name="daccord")
"""


@pytest.mark.parametrize("name", ["verify", "export", "backup", "restore"])
def test_ctrl_c_in_the_middle_leaves_nothing_behind(site: Site, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    words: dict[str, list[str]] = {
        "verify": [],
        "export": ["--out", str(out)],
        "backup": [str(out)],
        "restore": [str(tmp_path / "backup"), "--ledger", str(out), "--as-of-backup"],
    }
    if name == "restore":
        site.run("backup", tmp_path / "backup")
    before = {each.name for each in tmp_path.iterdir()}
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", INTERRUPTED, "ledger", name, "--data", str(site.data), *words[name]],
        capture_output=True,
        check=False,
    )
    assert ended.returncode in {1, -signal.SIGINT}
    assert b"Aborted" in ended.stderr
    assert b"Traceback" not in ended.stderr
    assert {each.name for each in tmp_path.iterdir()} == before
    site.run("verify")


def change(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql, values)
        connection.commit()


def test_a_key_with_a_passphrase_is_rotated_with_it(tmp_path: Path) -> None:
    secret = tmp_path / "words"
    secret.write_text("six dull words\n")
    secret.chmod(0o600)
    env = {"DACCORD_LEDGER_PASSPHRASE_FILE": str(secret)}
    data = ["--data", str(tmp_path / "data")]

    def run(*words: str, code: int = 0, env: dict[str, str] | None = env) -> Result:
        result = CliRunner().invoke(main, ["ledger", *words, *data], env=env)
        assert result.exit_code == code, result.output
        return result

    old = run("keygen", "--name", NAME).stdout.strip()
    key = tmp_path / "data" / LEDGER_KEY_FILE
    signer = load_signer(key, passphrase=b"six dull words")
    path = tmp_path / "data" / LEDGER_FILE
    fill(lambda **_: SqliteStore(path, signer=signer), records=30, forget=5, key=signer)
    assert "no passphrase was given" in run("rotate", env={}, code=3).stderr
    new = run("rotate").stdout.strip()
    assert "ENCRYPTED" in key.read_text()
    for each in (old, new):
        run("verify", "--key", each)
