"""Settings: a wrong one stops the start, with what to do; none shows a key."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from daccord.errors import DeclarationFaults, SettingsFault
from daccord.ledger.signing import make_key
from daccord.ledger.sqlite import SqliteStore
from daccord.server.cookie_keys import new_key
from daccord.server.folder import KEY_FILE, LEDGER_FILE, LEDGER_KEY_FILE
from daccord.server.ledgers import ledger_at
from daccord.server.settings import read_settings

NEWSPAPER = Path(__file__).parent.parent / "declaration" / "newspaper.toml"


def test_a_key_is_made_once_and_said_aloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data"
    first = read_settings(NEWSPAPER, data=folder, environ={})
    assert str(folder / KEY_FILE) in caplog.text
    caplog.clear()
    assert read_settings(NEWSPAPER, data=folder, environ={}).keys == first.keys
    assert caplog.text == ""
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_keys_from_the_environment_leave_no_file(tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    environ = {"DACCORD_COOKIE_KEYS": f"{old}, {new}", "DACCORD_DATA": str(tmp_path / "data")}
    settings = read_settings(NEWSPAPER, environ=environ)
    assert [len(key) for key in settings.keys] == [32, 32]
    assert settings.data == tmp_path / "data"
    assert not settings.data.exists()
    assert new not in repr(settings)


@pytest.mark.parametrize("text", ["short", "a" * 42, "é" * 43, "a" * 43 + ",", "a" * 43 + "=" * 5])
def test_a_key_that_is_none_stops_the_start_and_is_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsFault) as caught:
        read_settings(NEWSPAPER, data=tmp_path, environ={"DACCORD_COOKIE_KEYS": text})
    assert "is not base64url of 32 bytes or more\n  hint: `daccord keygen`" in str(caught.value)
    assert text.split(",", maxsplit=1)[0] not in str(caught.value)


@pytest.mark.parametrize("raw", [b"spoilt\n", b"", b"\xff" * 43])
def test_a_key_file_that_was_spoilt_stops_the_start(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(raw)
    with pytest.raises(SettingsFault, match=r"key 1 of .*cookie\.key is not base64url"):
        read_settings(NEWSPAPER, data=tmp_path, environ={})


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsFault, match="cannot keep a cookie key in"):
        read_settings(NEWSPAPER, data=tmp_path / "file", environ={})


def test_a_declaration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match=r"cannot read the declaration '.*none\.toml': No such"):
        read_settings(tmp_path / "none.toml", data=tmp_path, environ={})


def test_a_declaration_with_faults_stops_the_start_with_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "daccord.toml"
    text = NEWSPAPER.read_text().replace("exempt =", "exemt =").replace("6 months", "6 moons")
    path.write_text(text)
    with pytest.raises(DeclarationFaults) as caught:
        read_settings(path, data=tmp_path, environ={})
    assert len(caught.value.faults) > 2
    assert not (tmp_path / KEY_FILE).exists()


# the ledger


def test_by_default_the_ledger_is_a_file_and_nobody_signs(tmp_path: Path) -> None:
    """Nothing precious is created silently: no key is made."""
    settings = read_settings(NEWSPAPER, data=tmp_path, environ={})
    assert (settings.ledger, settings.signer) == (str(tmp_path / LEDGER_FILE), None)
    assert {path.name for path in tmp_path.iterdir()} == {KEY_FILE}


def test_a_key_in_the_folder_signs(tmp_path: Path) -> None:
    key = make_key(tmp_path / LEDGER_KEY_FILE, "paper.example/_daccord/log")
    settings = read_settings(NEWSPAPER, data=tmp_path, environ={})
    assert settings.signer is not None
    assert settings.signer.verifier == key


def test_a_key_elsewhere_with_a_passphrase(tmp_path: Path) -> None:
    path, secret = tmp_path / "keys" / "log.pem", tmp_path / "passphrase"
    key = make_key(path, "paper.example/_daccord/log", passphrase=b"open sesame")
    secret.write_text("open sesame\n")
    secret.chmod(0o600)
    environ = {"DACCORD_LEDGER_KEY": str(path), "DACCORD_LEDGER_PASSPHRASE_FILE": str(secret)}
    settings = read_settings(NEWSPAPER, data=tmp_path, environ=environ)
    assert settings.signer is not None
    assert settings.signer.verifier == key
    assert "sesame" not in repr(settings)


def test_a_key_that_is_named_and_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match=r"there is no key at '.*none\.key'"):
        read_settings(
            NEWSPAPER,
            data=tmp_path,
            environ={"DACCORD_LEDGER_KEY": str(tmp_path / "none.key")},
        )


def test_a_key_file_with_something_else_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / LEDGER_KEY_FILE).write_text("spoilt\n")
    with pytest.raises(SettingsFault, match="is no key of a log"):
        read_settings(NEWSPAPER, data=tmp_path, environ={})


def test_a_ledger_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.sqlite"
    settings = read_settings(NEWSPAPER, data=tmp_path, environ={"DACCORD_LEDGER": str(path)})
    assert isinstance(ledger_at(settings.ledger, data=tmp_path), SqliteStore)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_ledger_in_a_database(tmp_path: Path, scheme: str) -> None:
    """Nothing is connected to yet, and the password is shown by nothing."""
    environ = {"DACCORD_LEDGER": f"{scheme}://me:hunter2@db.example/consents"}
    settings = read_settings(NEWSPAPER, data=tmp_path, environ=environ)
    store = ledger_at(settings.ledger, data=tmp_path)
    assert type(store).__name__ == "PostgresStore"
    assert "hunter2" not in repr(settings)
    store.close()


def test_an_address_that_is_none_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="no address of a PostgreSQL database") as caught:
        ledger_at("postgresql://me:hunter2@:::/?nonsense=1", data=tmp_path)
    assert "hunter2" not in str(caught.value)
