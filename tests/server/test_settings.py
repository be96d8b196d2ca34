"""Settings: a wrong one stops the start, with what to do; none shows a key."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from daccord.errors import DeclarationFaults, SettingsFault
from daccord.server.cookie_keys import new_key
from daccord.server.folder import KEY_FILE
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
