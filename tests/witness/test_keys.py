"""A witness's key and memory: made together, kept together, and never told."""

from __future__ import annotations

import logging
import stat
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from daccord.cli.main import main
from daccord.errors import SettingsFault
from daccord.merkle.notes import COSIGNATURE, format_vkey, parse_vkey
from daccord.witness.keys import load_witness, make_witness
from daccord.witness.memory import open_memory
from tests.witness.logs import SIGNER

if TYPE_CHECKING:
    from pathlib import Path

LOG = format_vkey(SIGNER.verifier)


def run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["witness", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_keygen_makes_key_and_memory(tmp_path: Path) -> None:
    data = tmp_path / "witness"
    code, said, _ = run("keygen", "--name", "witness.example/daccord", "--data", data)
    assert code == 0
    vkey = parse_vkey(said.strip())
    assert (vkey.name, vkey.algorithm) == ("witness.example/daccord", COSIGNATURE)
    signer = load_witness(data / "witness.key")
    assert signer.verifier == vkey
    memory = open_memory(data / "witness.sqlite")
    assert memory.vkey == said.strip()
    memory.close()
    for name in ("witness.key", "witness.sqlite"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    secret = (data / "witness.key").read_text().splitlines()[2]
    assert secret not in said + repr(signer)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    key, memory = tmp_path / "witness.key", tmp_path / "witness.sqlite"
    make_witness(key, memory, "witness.example")
    before = key.read_bytes(), memory.read_bytes()
    with pytest.raises(SettingsFault, match="never written over"):
        make_witness(key, memory, "witness.example")
    with pytest.raises(SettingsFault, match="there is something at"):
        make_witness(tmp_path / "other.key", memory, "witness.example")
    assert (key.read_bytes(), memory.read_bytes()) == before
    assert not (tmp_path / "other.key").exists()


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb"])
def test_a_name_that_cannot_be(tmp_path: Path, name: str) -> None:
    code, _, said = run("keygen", "--name", name, "--data", tmp_path / "witness")
    assert code == 3
    assert "no witness can be called" in said
    assert not (tmp_path / "witness").exists()


def test_a_forgetful_witness_does_not_start(tmp_path: Path) -> None:
    """Without its memory it would cosign a log that went back."""
    make_witness(tmp_path / "witness.key", tmp_path / "witness.sqlite", "witness.example")
    (tmp_path / "witness.sqlite").rename(tmp_path / "lost")
    code, _, said = run("serve", "--data", tmp_path, "--log", LOG)
    assert code == 3
    assert "there is no memory of a witness at" in said
    make_witness(tmp_path / "other.key", tmp_path / "witness.sqlite", "other.example")
    code, _, said = run("serve", "--data", tmp_path, "--log", LOG)
    assert code == 3
    assert said.splitlines()[0] == "daccord witness: the memory belongs to another key"


@pytest.mark.parametrize(
    ("words", "fault", "expected"),
    [
        ((), "name at least one log", 2),
        (("--log", "nonsense"), "the key of a log is wrong", 3),
        (("--log-file", "missing"), "cannot read 'missing'", 3),
    ],
)
def test_logs_that_cannot_be_served(
    tmp_path: Path, words: tuple[str, ...], fault: str, expected: int
) -> None:
    make_witness(tmp_path / "witness.key", tmp_path / "witness.sqlite", "witness.example")
    code, _, said = run("serve", "--data", tmp_path, *words)
    assert code == expected
    assert fault in said


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\xff" * 100, b"witness: a\n", b"origin: a\n-----BEGIN PRIVATE KEY-----\n"],
)
def test_a_file_that_is_no_key(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with caplog.at_level(logging.DEBUG), pytest.raises(SettingsFault, match="is no key of a"):
        load_witness(path)
    assert not caplog.records


def test_a_damaged_key_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "witness.key"
    make_witness(path, tmp_path / "witness.sqlite", "witness.example")
    lines = path.read_text().splitlines()
    lines[2] = lines[2][:-8] + "AAAA" + "\n"
    path.write_text("\n".join(lines))
    with pytest.raises(SettingsFault) as caught:
        load_witness(path)
    assert lines[2][:16] not in str(caught.value)


def test_a_memory_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "witness.sqlite"
    for content in (b"", b"hello" * 1_000):
        path.write_bytes(content)
        with pytest.raises(SettingsFault, match="cannot use"):
            open_memory(path)
