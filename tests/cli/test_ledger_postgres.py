"""The same commands on a ledger in PostgreSQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from daccord.cli.main import main
from daccord.ledger.dialects import load_migrations
from daccord.ledger.postgres import PostgresStore
from daccord.ledger.signing import load_signer
from tests.ledger.built import fill

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from tests.ledger.postgres import Database

pytest_plugins = ["tests.ledger.postgres"]


@pytest.mark.promise("B3")
@pytest.mark.law("REC-4")
def test_a_ledger_in_a_database_from_its_key_to_its_backup(
    database: Database, tmp_path: Path
) -> None:
    data = tmp_path / "data"

    def run(*words: str, code: int = 0, ledger: str = database.dsn) -> Result:
        first, *rest = words
        place = [] if first == "keygen" else ["--ledger", ledger]
        result = CliRunner().invoke(main, ["ledger", first, "--data", str(data), *place, *rest])
        assert result.exit_code == code, result.output
        return result

    def told(*words: str, code: int = 0) -> Any:
        return json.loads(run(words[0], "--json", *words[1:], code=code).stdout)

    assert "there is no ledger in this schema" in run("verify", code=3).stderr
    assert "there is no ledger in this schema" in run("status", code=3).stderr
    latest = len(load_migrations("postgres"))
    assert told("migrate") == {"before": 0, "after": latest}
    assert told("migrate") == {"before": latest, "after": latest}

    vkey = run("keygen", "--name", "paper.example/_daccord/log").stdout.strip()
    signer = load_signer(data / "ledger.key")

    def make(**_: Any) -> PostgresStore:
        return PostgresStore(database.dsn, signer=signer, high_water=data / "ledger.checkpoint")

    filled = fill(make, records=300, key=signer)
    status = told("status")
    assert (status["ok"], status["store"], status["records"]) == (True, "PostgreSQL", 280)
    assert "postgres" in status["place"]
    assert status["bytes"] > 100_000
    assert told("verify", "--key", vkey)["counts"]["forgotten"] == 20
    assert told("forget", "--yes", filled.kept[3].id) == {"forgotten": 1, "not_found": 0}
    assert len(run("forgotten").stdout.splitlines()) == 21
    assert told("retain", "--older-than", "1 year")["records"] == 279
    assert len(run("export", "--format", "jsonl").stdout.splitlines()) == 279
    rotated = told("rotate")["key"]
    for key in (vkey, rotated):
        assert told("verify", "--key", key)["ok"]
    assert told("backup", str(tmp_path / "backup.sqlite"))["counts"]["records"] == 279
    again = run("restore", str(tmp_path / "backup.sqlite"), code=3)
    assert "there is a ledger already, and not empty" in again.stderr
    database.execute("UPDATE record SET time = time + 1 WHERE leaf = 200")
    assert told("verify", code=1)["findings"][0]["where"] == "record, leaf 200"


def test_restore_into_an_empty_database(database: Database, tmp_path: Path) -> None:
    """A site moves from its file to a database, key and all."""
    data = tmp_path / "data"
    words = ["--data", str(data)]
    CliRunner().invoke(main, ["ledger", "keygen", "--name", "paper.example/log", *words])
    signer = load_signer(data / "ledger.key")

    from daccord.ledger.sqlite import SqliteStore  # noqa: PLC0415 - beside the other store

    fill(lambda **_: SqliteStore(data / "ledger.sqlite", signer=signer), records=300, key=signer)
    backup = str(tmp_path / "backup.sqlite")
    assert CliRunner().invoke(main, ["ledger", "backup", backup, *words]).exit_code == 0
    moved = CliRunner().invoke(
        main, ["ledger", "restore", backup, *words, "--ledger", database.dsn]
    )
    assert moved.exit_code == 0, moved.output
    assert moved.stdout.startswith("nothing is wrong: 302 entries, 280 records")
