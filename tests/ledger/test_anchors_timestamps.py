"""RFC 3161 against a real authority (openssl), and openssl's own verdict on what is kept."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daccord.errors import AnchorFailed, ProofRejected, SettingsFault
from daccord.ledger.timestamps import ask_timestamp, read_roots, verify_timestamp
from daccord.merkle.notes import parse_note
from tests.ledger.tsa import Authority, openssl
from tests.witness.logs import SmallLog, flip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cryptography import x509

pytestmark = [pytest.mark.promise("B3"), pytest.mark.law("REC-3")]

TEXT = parse_note(SmallLog(5).note()).text


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "authority")


@pytest.fixture(scope="module")
def roots(authority: Authority) -> tuple[x509.Certificate, ...]:
    return read_roots(authority.root)


@pytest.fixture
def url(authority: Authority) -> Iterator[str]:
    with authority.served() as url:
        yield url


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Authority]:
    """Authorities with other certificates, from before anything is stamped."""
    folder = tmp_path_factory.mktemp("others")
    return {usage: Authority(folder / usage, usage=usage) for usage in USAGES}


USAGES = ("stamping", "both", "serving")


@pytest.fixture(scope="module")
def token(
    authority: Authority, roots: tuple[x509.Certificate, ...], others: dict[str, Authority]
) -> bytes:
    assert set(others) == set(USAGES)
    with authority.served() as url:
        return ask_timestamp(url, TEXT, roots)[0]


def test_a_checkpoint_is_stamped(
    authority: Authority, url: str, roots: tuple[x509.Certificate, ...], tmp_path: Path
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    token, time = ask_timestamp(url, TEXT, roots)
    assert before <= time <= datetime.now(UTC) + timedelta(seconds=1)
    assert verify_timestamp(token, TEXT, roots) == time
    (tmp_path / "token").write_bytes(token)
    (tmp_path / "text").write_text(TEXT)
    done = openssl(
        *("ts", "-verify", "-token_in", "-in", "token", "-data", "text", "-CAfile", authority.root),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    (tmp_path / "text").write_text(TEXT + "x\n")
    done = openssl(
        *("ts", "-verify", "-token_in", "-in", "token", "-data", "text", "-CAfile", authority.root),
        cwd=tmp_path,
    )
    assert done.returncode != 0


def test_each_request_has_another_nonce_and_only_a_hash(
    authority: Authority, url: str, roots: tuple[x509.Certificate, ...]
) -> None:
    authority.seen.clear()
    for _ in range(2):
        ask_timestamp(url, TEXT, roots)
    first, second = authority.seen
    assert first != second
    assert len(first) < 100
    assert b"paper.example" not in first


def test_an_answer_to_another_request_is_refused(
    authority: Authority, url: str, roots: tuple[x509.Certificate, ...]
) -> None:
    """A replay: the same text, stamped before, by the same authority."""
    ask_timestamp(url, TEXT, roots)
    old = (authority.folder / "reply").read_bytes()
    authority.alter = lambda _: old
    with pytest.raises(AnchorFailed, match="Nonce mismatch"):
        ask_timestamp(url, TEXT, roots)


def test_another_text_and_another_root(
    token: bytes, roots: tuple[x509.Certificate, ...], others: dict[str, Authority]
) -> None:
    other = parse_note(SmallLog(6).note()).text
    with pytest.raises(ProofRejected, match="of another text"):
        verify_timestamp(token, other, roots)
    with pytest.raises(ProofRejected, match="unable to get local issuer certificate"):
        verify_timestamp(token, TEXT, read_roots(others["stamping"].root))


def test_another_purpose(others: dict[str, Authority], token: bytes) -> None:
    """Signed as well as the first one, by certificates under roots that are trusted."""
    time = read_time(others["stamping"], token)
    assert time.tzinfo == UTC
    for usage in ("both", "serving"):
        with pytest.raises(ProofRejected, match="unsuitable certificate purpose"):
            read_time(others[usage], token)


def read_time(authority: Authority, token: bytes) -> datetime:
    return verify_timestamp(authority.sign_again(token), TEXT, read_roots(authority.root))


def test_statuses_and_nonsense(
    authority: Authority, url: str, roots: tuple[x509.Certificate, ...]
) -> None:
    authority.status = 500
    with pytest.raises(AnchorFailed, match="it answered 500"):
        ask_timestamp(url, TEXT, roots)
    authority.status = 200
    for nonsense in (b"", b"hello", bytes.fromhex("300730030201003000")):
        authority.alter = _always(nonsense)
        with pytest.raises(AnchorFailed, match="time-stamp"):
            ask_timestamp(url, TEXT, roots)
    authority.alter = _always(bytes.fromhex("30053003020102"))
    with pytest.raises(AnchorFailed, match=r"it refused \(status 2\)"):
        ask_timestamp(url, TEXT, roots)


def _always(reply: bytes) -> Callable[[bytes], bytes]:
    return lambda _: reply


@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bit_of_a_token_may_change(
    token: bytes, roots: tuple[x509.Certificate, ...], data: st.DataObject
) -> None:
    """Another token may say the same time of the same text, never another time or nothing."""
    time = verify_timestamp(token, TEXT, roots)
    position = data.draw(st.integers(0, len(token) * 8 - 1))
    try:
        assert verify_timestamp(flip(token, [position]), TEXT, roots) == time
    except ProofRejected:
        return


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused(roots: tuple[x509.Certificate, ...], raw: bytes) -> None:
    with pytest.raises(ProofRejected):
        verify_timestamp(raw, TEXT, roots)


def test_roots_are_a_pem_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="cannot read"):
        read_roots(tmp_path / "missing")
    (tmp_path / "empty").write_text("hello")
    with pytest.raises(SettingsFault, match="expected certificates in PEM"):
        read_roots(tmp_path / "empty")
    assert read_roots(None)


def test_without_the_extra_it_says_so() -> None:
    """In an interpreter in which nothing of that name can be found."""
    code = (
        "import sys; sys.modules['rfc3161_client'] = None\n"
        "from daccord.errors import SettingsFault\n"
        "from daccord.ledger.timestamps import verify_timestamp\n"
        "try:\n    verify_timestamp(b'', '', ())\n"
        "except SettingsFault as fault:\n    print(fault)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "time-stamps need the extra `timestamps`\n  hint: pip install 'daccord[timestamps]'\n"
    )
