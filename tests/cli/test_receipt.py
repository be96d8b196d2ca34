"""``daccord receipt`` on real files: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from daccord.cli.main import main
from daccord.declaration.canonical import canonical_form
from daccord.ledger.sqlite import SqliteStore
from daccord.ledger.tokens import split_response
from daccord.merkle.notes import format_vkey, new_signer, parse_note
from daccord.receipt.receipt import format_receipt
from daccord.server.publishing import version_of
from daccord.server.settings import read_declaration
from tests.ledger.samples import record
from tests.ledger.tsa import Authority, openssl
from tests.receipt.making import (
    LOG,
    ORIGIN,
    make_raw,
    make_receipt,
    policy_text,
    witness,
    witnessed,
)
from tests.receipt.test_export import record_of

if TYPE_CHECKING:
    from click.testing import Result

    from daccord.consent.record import ConsentRecord

DEMO_FILE = "src/daccord/demo/daccord.toml"
DEMO = read_declaration(DEMO_FILE)
KEY = format_vkey(LOG.verifier)


@dataclass
class Case:
    """A folder with a receipt in it."""

    folder: Path
    record: ConsentRecord
    receipt: Path

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["receipt", *words])

    def file(self, name: str, text: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    made = record_of(DEMO, 3)
    path = tmp_path / "mine.receipt.txt"
    path.write_bytes(make_raw(made))
    return Case(tmp_path, made, path)


@pytest.mark.promise("B3")
def test_a_good_receipt(case: Case) -> None:
    result = case.run("verify", str(case.receipt), "--key", KEY)
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    heads = [line for line in lines if line and not line.startswith((" ", "No", "Every"))]
    assert heads == [
        "✓ passed      file",
        "✓ passed      record",
        "✓ passed      commitment",
        "✓ passed      inclusion",
        "✓ passed      checkpoint",
        "- not-checked witnesses",
        "✓ passed      time",
    ]
    assert f"      record       {case.record.id}" in lines
    assert "      time         2025-11-23T12:13:20.123Z" in lines
    assert f"      key          {ORIGIN} {LOG.verifier.key_id:08x}" in lines
    assert lines[-1] == "Every check passed: the log holds this record."


def test_a_changed_receipt(case: Case) -> None:
    raw = case.receipt.read_bytes().replace(b'"way":"customise"', b'"way":"withdrawal"')
    result = case.run("verify", case.file("bad", raw), "--key", KEY)
    assert result.exit_code == 1
    assert "✗ failed      inclusion" in result.stdout
    assert result.stdout.splitlines()[-1] == "This receipt proves nothing: inclusion failed."


def test_no_receipt_at_all(case: Case) -> None:
    result = case.run("verify", case.file("bad", b"\x00\xff"), "--key", KEY)
    assert result.exit_code == 1
    assert "    The file is not a receipt: the file is not UTF-8 text." in result.stdout
    assert "- not-checked checkpoint" in result.stdout


def test_json(case: Case) -> None:
    result = case.run("verify", str(case.receipt), "--key", KEY, "--json")
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert data["ok"] is True
    assert [step["id"] for step in data["steps"]][:2] == ["file", "record"]
    seen = {each["what"]: each["value"] for each in data["steps"][1]["seen"]}
    assert seen["record"] == case.record.id
    assert len(data["not_shown"]) == 5
    bad = case.run("verify", case.file("bad", b""), "--key", KEY, "--json")
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["ok"] is False


def test_keys_from_files_old_and_new(case: Case) -> None:
    other = format_vkey(new_signer(ORIGIN, bytes(32)).verifier)
    keys = case.file("keys", f"# the log's keys\n\n{other}\n{KEY}  \n")
    assert case.run("verify", str(case.receipt), "--key", keys).exit_code == 0
    assert case.run("verify", str(case.receipt), "--key", other, "--key", KEY).exit_code == 0
    assert case.run("verify", str(case.receipt), "--key", other).exit_code == 1


def test_a_policy(case: Case) -> None:
    witnesses = (witness("one.example/w"), witness("two.example/w"))
    policy = case.file("policy", policy_text(witnesses, count="all", log=LOG.verifier))
    alone = case.run("verify", str(case.receipt), "--policy", policy)
    assert alone.exit_code == 1
    assert "✗ failed      witnesses" in alone.stdout
    seen = witnessed(make_receipt(case.record), witnesses, 1_763_900_100)
    both = case.file("both", format_receipt(seen))
    result = case.run("verify", both, "--policy", policy)
    assert result.exit_code == 0
    assert "      witness w1   2025-11-23T12:15:00.000Z" in result.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name at least one public key of the log with --key"),
        (["--key", "nonsense"], "'nonsense' is neither a public key nor a file"),
        (["--key", KEY, "--tsa-root", "x"], "--tsa-root goes with --timestamp"),
    ],
)
def test_wrong_use(case: Case, words: list[str], told: str) -> None:
    result = case.run("verify", str(case.receipt), *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""


def test_what_cannot_be_read(case: Case) -> None:
    missing = str(case.folder / "missing")
    empty = case.file("empty", "# nothing\n")
    broken = case.file("broken", f"{KEY}\nnonsense\n")
    wrong = case.file("wrong", "quorum nobody\n")
    for words in (
        ["verify", missing, "--key", KEY],
        ["verify", str(case.folder), "--key", KEY],
        ["verify", str(case.receipt), "--key", empty],
        ["verify", str(case.receipt), "--key", broken],
        ["verify", str(case.receipt), "--key", KEY, "--policy", missing],
        ["verify", str(case.receipt), "--key", KEY, "--policy", wrong],
        ["verify", str(case.receipt), "--key", KEY, "--timestamp", missing],
        ["show", missing],
        ["export", missing, "--format", "kantara"],
        ["export", str(case.receipt), "--format", "kantara", "--ledger", missing],
        ["export", str(case.receipt), "--format", "kantara", "--declaration", missing],
        ["export", str(case.receipt), "--format", "kantara", "--declaration", empty],
    ):
        result = case.run(*words)
        assert result.exit_code == 3, words
        assert result.stderr.startswith("daccord: ")
        assert result.stdout == ""


def test_a_time_stamp_that_is_none(case: Case) -> None:
    token = case.file("token", b"no time-stamp")
    result = case.run("verify", str(case.receipt), "--key", KEY, "--timestamp", token)
    assert result.exit_code == 1
    assert "✗ failed      timestamp" in result.stdout


@pytest.mark.promise("B3")
def test_a_time_stamp_of_an_authority(case: Case) -> None:
    """As `openssl ts` asks for it and gets it: the whole response, or the token in it."""
    authority = Authority(case.folder / "authority")
    note = parse_note(make_receipt(case.record).proof.checkpoint)
    stamps = {}
    for name, text in {"good": note.text, "other": note.text + "x\n"}.items():
        case.file(name, text)
        query = ("ts", "-query", "-data", name, "-sha256", "-cert", "-out", "query")
        assert openssl(*query, cwd=case.folder).returncode == 0
        stamps[name] = case.file(
            f"{name}.tsr", authority.reply((case.folder / "query").read_bytes())
        )
    token = case.file("token", split_response(Path(stamps["good"]).read_bytes())[1] or b"")
    words = ["verify", str(case.receipt), "--key", KEY, "--tsa-root", str(authority.root)]
    for good in (stamps["good"], token):
        result = case.run(*words, "--timestamp", good)
        assert result.exit_code == 0, result.stdout
        assert "✓ passed      timestamp" in result.stdout
    assert case.run(*words, "--timestamp", stamps["other"]).exit_code == 1
    system = case.run("verify", str(case.receipt), "--key", KEY, "--timestamp", token)
    assert system.exit_code == 1
    assert "✗ failed      timestamp" in system.stdout


def test_show(case: Case) -> None:
    result = case.run("show", str(case.receipt))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert f"record       {case.record.id}" in lines
    assert "site         paper.example" in lines
    assert result.stderr == "nothing was checked: `daccord receipt verify` does that\n"
    data = json.loads(case.run("show", str(case.receipt), "--json").stdout)
    assert data["record"] == case.record.id
    bad = case.run("show", case.file("bad", b"\n"))
    assert bad.exit_code == 1
    assert bad.stdout == ""
    assert "the first line is not 'daccord-receipt 1'" in bad.stderr


@pytest.mark.parametrize("form", ["kantara", "iso27560"])
def test_export_with_the_declaration_from_a_file_or_the_ledger(case: Case, form: str) -> None:
    store = SqliteStore(case.folder / "ledger.sqlite")
    store.open()
    store.publish(*version_of(DEMO))
    store.merge()
    store.close()
    canonical = case.file("canonical", canonical_form(DEMO))
    words = ["export", str(case.receipt), "--format", form]
    texts = {
        case.run(*words, *more).stdout
        for more in (
            ["--declaration", DEMO_FILE],
            ["--declaration", canonical],
            ["--ledger", str(case.folder / "ledger.sqlite")],
            ["--data", str(case.folder)],
        )
    }
    (text,) = texts
    assert DEMO.controller.name in text
    assert json.loads(text)["x_daccord"]["receipt"].encode() == case.receipt.read_bytes()


def test_export_of_another_declaration(case: Case) -> None:
    other = "tests/declaration/newspaper.toml"
    result = case.run("export", str(case.receipt), "--format", "kantara", "--declaration", other)
    assert result.exit_code == 3
    assert f"the record names {DEMO.version}" in result.stderr
    store = SqliteStore(case.folder / "ledger.sqlite")
    store.open()
    store.close()
    result = case.run(
        "export", str(case.receipt), "--format", "kantara", "--data", str(case.folder)
    )
    assert result.exit_code == 3
    assert f"this ledger has no declaration {DEMO.version}" in result.stderr


def run(*words: str, text: bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-m", "daccord", "receipt", *words],
        input=text,
        capture_output=True,
        check=False,
        env={**os.environ, **environ},
    )


def test_a_process_of_its_own_reads_standard_input() -> None:
    done = run("verify", "-", "--key", KEY, text=make_raw(record()))
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout


def test_a_terminal_without_the_signs_gets_the_words() -> None:
    done = run("verify", "-", "--key", KEY, text=make_raw(record()), PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"* passed      checkpoint" in done.stdout


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colour_on_a_terminal_unless_it_is_not_wanted(no_color: str, case: Case) -> None:
    """On a terminal of its own, as a person would run it."""
    ours, theirs = os.openpty()
    with subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-m", "daccord", "receipt", "verify", str(case.receipt), "--key", KEY],
        stdout=theirs,
        env={**os.environ, "NO_COLOR": no_color},
    ) as process:
        os.close(theirs)
        shown = bytearray()
        while part := read_terminal(ours):
            shown += part
        assert process.wait() == 0
    os.close(ours)
    assert (b"\x1b[32m" in shown) is (no_color == "")
    assert "✓ passed      checkpoint".encode() in shown


def read_terminal(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # what Linux says when nobody holds the other end
        return b""


@pytest.mark.promise("B3")
def test_verifying_needs_no_store_and_no_network(case: Case) -> None:
    """Nothing that could reach either is imported, and an audited call of theirs is fatal."""
    code = (
        "import sys\n"
        "def watch(event, arguments):\n"
        "    if event.startswith(('socket.', 'sqlite3.', 'subprocess.')):\n"
        "        raise SystemExit(f'it tried {event}')\n"
        "sys.addaudithook(watch)\n"
        "from daccord.cli.main import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    heavy = {'sqlite3', 'psycopg', 'asyncio', 'http'}\n"
        "    print(*heavy & set(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", code, "receipt", "verify", str(case.receipt), "--key", KEY],
        capture_output=True,
        text=True,
        check=False,
        # what measures coverage in subprocesses would bring modules of its own
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "\n"
