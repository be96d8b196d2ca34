"""``daccord ledger cosign`` and ``daccord ledger timestamp``, on a real ledger."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from daccord.cli.anchor import cosign, timestamp
from daccord.ledger.timestamps import read_roots, verify_timestamp
from daccord.merkle.notes import parse_note
from tests.ledger.test_anchors import LOG, Site, policy_for
from tests.ledger.tsa import Authority
from tests.witness.process import WitnessProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import click

pytestmark = pytest.mark.promise("B3")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "site")
    yield made
    made.close()


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[WitnessProcess]:
    made = WitnessProcess(tmp_path / "witness", LOG).run()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "authority")


def run(command: click.Command, site: Site, *words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, ["--data", str(site.folder), *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def write_policy(site: Site, *lines: str) -> None:
    text = "".join(f"{line}\n" for line in lines)
    (site.folder / "witnesses").write_text(text, "utf-8")


def test_cosign(site: Site, witness: WitnessProcess) -> None:
    write_policy(site, f"log {LOG}", f"witness w {witness.vkey} {witness.url}", "quorum w")
    assert policy_for([witness]).witness_keys == (witness.key,)
    assert run(cosign, site) == (3, "", "daccord: the log has no signed checkpoint yet\n")
    site.append(3)
    code, said, _ = run(cosign, site)
    assert code == 0
    first, second = said.splitlines()
    assert first == f"checkpoint {site.size()}: cosigned as the policy asks, kept"
    assert second.startswith(f"  w: cosigned {site.size()} on 20")
    site.append(1)
    witness.kill()
    code, said, _ = run(cosign, site, "--json")
    assert code == 1
    data = json.loads(said)
    [one] = data.pop("witnesses")
    assert data == {"size": site.size(), "is_met": False, "is_kept": False}
    assert (one["name"], one["size"], one["trouble"], one["words"]) == (
        "w",
        site.size() - 1,
        "unusable",
        "no answer: Connection refused",
    )
    code, said, _ = run(cosign, site)
    assert (code, said.splitlines()[0]) == (
        1,
        f"checkpoint {site.size()}: cosigned by fewer than the policy asks for, not kept",
    )
    assert "  w: UNUSABLE: no answer: Connection refused (cosigned " in said


def test_cosign_without_whom_to_ask(site: Site, witness: WitnessProcess) -> None:
    path = site.folder / "witnesses"
    assert run(cosign, site)[2] == f"daccord: cannot read {path}: No such file or directory\n"
    write_policy(site, "quorum some")
    assert run(cosign, site)[2] == f"daccord: {path}:1: 'some' is not defined on a line before\n"
    write_policy(site, f"witness w {witness.vkey}", "quorum w")
    assert run(cosign, site)[2] == f"daccord: {path} names no witness with an address to ask\n"
    write_policy(site, f"witness w {witness.vkey} ftp://w", "quorum w")
    assert run(cosign, site)[0] == 3


def test_timestamp(site: Site, authority: Authority, tmp_path: Path) -> None:
    """The token is kept, verifies, and comes out as a file; once more adds another one."""
    saved = tmp_path / "token.tst"
    with authority.served() as url:
        nothing = run(timestamp, site, "--tsa", url, "--tsa-root", authority.root)
        assert nothing == (3, "", "daccord: the log has no signed checkpoint yet\n")
        site.append(2)
        words = ("--tsa", url, "--tsa-root", authority.root)
        code, said, _ = run(timestamp, site, *words, "--out", saved)
        assert code == 0
        assert said.startswith(f"checkpoint {site.size()} existed at 20")
        with closing(site.store.tables()) as tables:
            [(size, token)] = tables.timestamps()
            [(kept_size, note)] = tables.checkpoints()
            head = tables.head()
        assert (size, kept_size, note) == (head.size, head.size, head.checkpoint)
        assert saved.read_bytes() == token
        time = verify_timestamp(token, parse_note(note).text, read_roots(authority.root))
        assert time.isoformat().replace("+00:00", "Z") in said
        code, said, _ = run(timestamp, site, *words, "--json")
        assert (code, json.loads(said)["size"]) == (0, head.size)
        with closing(site.store.tables()) as tables:
            assert len(tables.timestamps()) == 2
        refused = run(timestamp, site, *words, "--out", saved)
        assert refused[2] == (
            f"daccord: the token is kept, but not written to '{saved}': File exists\n"
        )


def test_a_stamped_checkpoint_keeps_its_cosignatures(
    site: Site, witness: WitnessProcess, authority: Authority
) -> None:
    write_policy(site, f"witness w {witness.vkey} {witness.url}", "quorum w")
    site.append(2)
    assert run(cosign, site)[0] == 0
    with closing(site.store.tables()) as tables:
        before = tables.checkpoints()
    with authority.served() as url:
        assert run(timestamp, site, "--tsa", url, "--tsa-root", authority.root)[0] == 0
    with closing(site.store.tables()) as tables:
        assert tables.checkpoints() == before


def test_an_authority_that_is_not_believed_leaves_nothing(
    site: Site, authority: Authority, tmp_path: Path
) -> None:
    site.append(1)
    other = Authority(tmp_path / "other")
    with authority.served() as url:
        code, _, said = run(timestamp, site, "--tsa", url, "--tsa-root", other.root)
        assert code == 3
        assert said.startswith(f"daccord: no time-stamp from {url}: what it answered does not")
        assert run(timestamp, site, "--tsa", url, "--tsa-root", tmp_path / "none")[0] == 3
        assert run(timestamp, site, "--tsa", "tsa.example")[0] == 3
    assert run(timestamp, site, "--tsa", url, "--tsa-root", authority.root)[0] == 3
    with closing(site.store.tables()) as tables:
        assert (tables.timestamps(), tables.checkpoints()) == ([], [])


def test_a_damaged_ledger_is_said(site: Site, witness: WitnessProcess) -> None:
    write_policy(site, f"witness w {witness.vkey} {witness.url}", "quorum w")
    site.append(1)
    with closing(sqlite3.connect(site.folder / "ledger.sqlite")) as connection:
        connection.execute("UPDATE head SET checkpoint = 'nonsense'")
        connection.commit()
    assert run(cosign, site)[::2] == (
        3,
        "daccord: head: the checkpoint: not a text, an empty line and signature lines\n",
    )
