"""Key files: made once, read back, and never shown, whatever is in them."""

from __future__ import annotations

import logging
import os
import pickle
import re
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from daccord.errors import SettingsFault
from daccord.ledger.signing import load_signer, make_key, read_passphrase
from daccord.merkle.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from daccord.merkle.hashing import EMPTY_ROOT

ORIGIN = "paper.example/_daccord/log"


def test_what_was_made_signs(tmp_path: Path) -> None:
    path = tmp_path / "data" / "ledger.key"
    verifier = make_key(path, ORIGIN)
    signer = load_signer(path)
    assert signer.verifier == verifier
    assert signer.name == ORIGIN
    note = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), signer)
    assert open_checkpoint(note, [verifier]).size == 0


def test_a_passphrase_keeps_the_key_from_who_has_the_file(tmp_path: Path) -> None:
    path, plain = tmp_path / "ledger.key", tmp_path / "plain.key"
    verifier = make_key(path, ORIGIN, passphrase=b"six dull words")
    assert load_signer(path, passphrase=b"six dull words").verifier == verifier
    with pytest.raises(SettingsFault, match="is encrypted, and no passphrase was given"):
        load_signer(path)
    with pytest.raises(SettingsFault, match="wrong passphrase, or damaged"):
        load_signer(path, passphrase=b"six dull worms")
    verifier = make_key(plain, ORIGIN)
    assert load_signer(plain, passphrase=b"not needed").verifier == verifier


def test_the_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_key(tmp_path / "ledger.key", ORIGIN)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "ledger.key").stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.key"]


def test_nothing_is_ever_written_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    make_key(path, ORIGIN)
    before = path.read_bytes()
    with pytest.raises(SettingsFault, match="a key is never written over"):
        make_key(path, ORIGIN)
    assert path.read_bytes() == before
    dangling = tmp_path / "link.key"
    dangling.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsFault, match="a key is never written over"):
        make_key(dangling, ORIGIN)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb", "a\u2003b", "\ud800"])
def test_a_name_that_no_log_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsFault, match="no log can be called"):
        make_key(tmp_path / "ledger.key", name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_others_may_open_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ledger.key"
    make_key(path, ORIGIN)
    load_signer(path)
    assert not caplog.records
    path.chmod(0o640)
    load_signer(path)
    assert [record.getMessage() for record in caplog.records] == [
        f"others than its owner may open {path}: chmod 600 it"
    ]


def test_what_is_at_the_path_and_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match=r"there is no key at .*\n  hint: `daccord ledger key"):
        load_signer(tmp_path / "none")
    with pytest.raises(SettingsFault, match="expected a file with a key"):
        load_signer(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SettingsFault, match="expected a file with a key"):
        load_signer(tmp_path / "pipe")
    with pytest.raises(SettingsFault, match="expected a file with a key"):
        load_signer(Path("/dev/zero"))
    with pytest.raises(SettingsFault, match="no file with a key"):
        load_signer(Path("a\0b"))
    long = tmp_path / "long"
    long.write_bytes(b"x" * 1_000_000)
    long.chmod(0o600)
    with pytest.raises(SettingsFault, match="too long to hold a key"):
        load_signer(long)


@pytest.mark.parametrize(
    "private", [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)]
)
def test_a_key_of_another_kind(
    tmp_path: Path, private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
) -> None:
    block = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = write(tmp_path, f"origin: {ORIGIN}\n".encode() + block)
    with pytest.raises(SettingsFault, match="of another kind: a log signs with Ed25519"):
        load_signer(path)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root opens everything")
    path = write(tmp_path, b"")
    path.chmod(0)
    with pytest.raises(SettingsFault, match=r"cannot read the key in .*: Permission denied"):
        load_signer(path)
    (tmp_path / "shut").mkdir(mode=0o500)
    with pytest.raises(SettingsFault, match=r"cannot write a key to .*: Permission denied"):
        make_key(tmp_path / "shut" / "ledger.key", ORIGIN)


def test_openssl_reads_the_file(tmp_path: Path) -> None:
    """People can manage it with what they have: the line above the block is nothing to it."""
    path = tmp_path / "ledger.key"
    verifier = make_key(path, ORIGIN)
    found = subprocess.run(  # noqa: S603 - our own file
        ["openssl", "pkey", "-in", str(path), "-pubout", "-outform", "DER"],  # noqa: S607
        capture_output=True,
        check=True,
    )
    assert found.stdout[-32:] == verifier.public


SEED = bytes(range(200, 232))


def key_file() -> bytes:
    return f"origin: {ORIGIN}\n".encode() + Ed25519PrivateKey.from_private_bytes(
        SEED
    ).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


WHOLE = key_file()


@given(
    st.one_of(
        st.binary(max_size=200),
        st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)).map(
            lambda at: WHOLE[: at[0]] + bytes([at[1]]) + WHOLE[at[0] + 1 :]
        ),
        st.integers(0, len(WHOLE)).map(lambda end: WHOLE[:end]),
        st.binary(max_size=80).map(lambda raw: WHOLE[: len(ORIGIN) + 9] + raw),
    )
)
def test_whatever_is_in_the_file_it_is_a_signer_or_the_one_error_and_shows_no_key(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("key"), raw)
    try:
        signer = load_signer(path)
    except SettingsFault as error:
        shown = f"{error}{error!r}{error.__cause__!r}"
        assert not any(secret in shown for secret in secrets_of(raw))
    else:
        assert load_signer(path).verifier == signer.verifier


def test_a_key_shows_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path = write(tmp_path, WHOLE)
    path.chmod(0o644)
    signer = load_signer(path)
    shown = f"{signer!r}{signer}{[signer]}{caplog.text}"
    assert not any(secret in shown for secret in secrets_of(WHOLE))
    for secret in (SEED.hex(), repr(SEED)):
        assert secret not in shown
    with pytest.raises(TypeError):
        pickle.dumps(signer)


def test_a_passphrase_is_one_line(tmp_path: Path) -> None:
    assert read_passphrase(write(tmp_path, b"six dull words\n")) == b"six dull words"
    assert read_passphrase(write(tmp_path, b" kept as it is \r\n")) == b" kept as it is "
    for raw in (b"", b"\n", b"two\nlines\n"):
        with pytest.raises(SettingsFault, match="expected one line with the passphrase"):
            read_passphrase(write(tmp_path, raw))
    with pytest.raises(SettingsFault, match="holds no passphrase: it is not text"):
        read_passphrase(write(tmp_path, b"\xff\xfe"))
    with pytest.raises(SettingsFault, match="there is no passphrase at"):
        read_passphrase(tmp_path / "none")


def write(folder: Path, raw: bytes) -> Path:
    path = folder / "a-file"
    path.write_bytes(raw)
    path.chmod(0o600)
    return path


def secrets_of(raw: bytes) -> set[str]:
    """Every run of 12 and more characters that may be part of a key."""
    lines = raw.decode("latin-1").partition("\n")[2]
    return {
        run[at : at + 12]
        for run in re.findall(r"[A-Za-z0-9+/=]{12,}", lines)
        for at in range(len(run) - 11)
        if "PRIVATE" not in run
    }
