"""The choice cookie: one spelling, strictly read, and nothing of ours in a refusal."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daccord.consent.choice import Choice, RecordId
from daccord.consent.cookie import USE, decode_choice, encode_choice, find_choice, set_cookie_line
from daccord.consent.keys import Keyring
from daccord.declaration.model import Tag
from daccord.errors import CookieRejected, SettingsFault

OLD, NEW, FOREIGN = (bytes([seed]) * 32 for seed in (1, 2, 3))
KEYS = Keyring((OLD, NEW), use=USE)
TODAY = 20_780

alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
tags = st.text(alphabet, min_size=4, max_size=4).map(Tag)
records = st.binary(min_size=16, max_size=16).map(
    lambda raw: RecordId(urlsafe_b64encode(raw).decode().rstrip("="))
)


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    granted = draw(st.frozensets(tags, max_size=30))
    refused = draw(st.frozensets(tags, min_size=0 if granted else 1, max_size=30)) - granted
    return Choice(
        granted=granted,
        refused=refused,
        day=draw(st.integers(TODAY - 181, TODAY)),
        record=draw(records) if granted else None,
        withdrawn=draw(st.booleans()),
    )


def decode(value: bytes, keys: Keyring = KEYS, today: int = TODAY) -> Choice:
    return decode_choice(value, keys, today=today, choice_days=182)


@pytest.mark.law("CK-5")
@given(choices())
def test_what_is_written_is_read_back(choice: Choice) -> None:
    assert decode(encode_choice(choice, KEYS).encode()) == choice


@pytest.mark.law("CK-5")
@given(st.binary(max_size=300))
@example(b"")
@example(b"1.20780.....")
@example(b"1." + b"9" * 5000)
def test_any_bytes_are_a_choice_of_ours_or_rejected(value: bytes) -> None:
    with pytest.raises(CookieRejected):
        decode(value)


@given(choices(), st.data())
def test_any_change_of_a_value_is_rejected(choice: Choice, data: st.DataObject) -> None:
    value = bytearray(encode_choice(choice, KEYS).encode())
    at = data.draw(st.integers(0, len(value) - 1))
    value[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CookieRejected):
        decode(bytes(value))


@given(choices(), st.data())
def test_a_truncated_or_extended_value_is_rejected(choice: Choice, data: st.DataObject) -> None:
    value = encode_choice(choice, KEYS).encode()
    cut = data.draw(st.integers(0, len(value) - 1))
    tail = data.draw(st.binary(min_size=1, max_size=5))
    for bad in (value[:cut], value + tail, tail + value):
        with pytest.raises(CookieRejected):
            decode(bad)


@given(choices())
def test_a_second_spelling_is_rejected_even_with_a_true_mac(choice: Choice) -> None:
    """Unsorted, repeated or contradicting tags, signed with our own key: still not ours."""
    text = encode_choice(choice, KEYS).rpartition(".")[0]
    head, day, granted, refused, record = text.split(".")
    spellings = {
        ".".join((head, "0" + day, granted, refused, record)),
        ".".join((head, day, granted + granted, refused, record)),
        ".".join((head, day, granted, refused + refused, record)),
        ".".join((head, day, granted, granted + refused, record)),
        ".".join((head, day, granted, refused, "" if record else "A" * 22)),
        f"{head}.{day}...",
    } - {text}
    for spelling in spellings:
        mac = urlsafe_b64encode(KEYS.sign(spelling.encode())[:12]).decode()
        with pytest.raises(CookieRejected):
            decode(f"{spelling}.{mac}".encode())


def grant(day: int = TODAY) -> Choice:
    return Choice(granted=frozenset({Tag("abcd")}), day=day, record=RecordId("A" * 22))


def test_a_foreign_key_is_rejected_and_a_rotated_one_is_not() -> None:
    with pytest.raises(CookieRejected, match="known key"):
        decode(encode_choice(grant(), Keyring((FOREIGN,), use=USE)).encode())
    assert decode(encode_choice(grant(), Keyring((OLD,), use=USE)).encode()) == grant()


def test_a_key_of_another_use_does_not_verify() -> None:
    with pytest.raises(CookieRejected, match="known key"):
        decode(encode_choice(grant(), Keyring((NEW,), use=b"something else")).encode())


@pytest.mark.law("CNIL-12")
@pytest.mark.parametrize("choice", [grant(), Choice(refused=frozenset({Tag("abcd")}), day=TODAY)])
def test_a_refusal_and_a_grant_last_alike(choice: Choice) -> None:
    value = encode_choice(choice, KEYS).encode()
    assert decode(value, today=TODAY + 181) == choice
    with pytest.raises(CookieRejected, match="expired"):
        decode(value, today=TODAY + 182)
    assert "; Max-Age=15724800;" in set_cookie_line(choice, KEYS, scheme="https", choice_days=182)


def test_a_choice_from_the_future_is_rejected() -> None:
    assert decode(encode_choice(grant(TODAY + 1), KEYS).encode()) == grant(TODAY + 1)
    with pytest.raises(CookieRejected, match="future"):
        decode(encode_choice(grant(TODAY + 2), KEYS).encode())


@pytest.mark.law("REC-5")
@pytest.mark.promise("B4")
@given(st.frozensets(tags, min_size=1, max_size=30), st.booleans())
def test_two_readers_who_refuse_hold_the_same_bytes(refused: frozenset[Tag], w: bool) -> None:  # noqa: FBT001 - drawn
    first, second = (
        encode_choice(Choice(refused=refused, day=TODAY, withdrawn=w), KEYS) for _ in range(2)
    )
    assert first == second
    assert first.split(".")[4] == ""


@pytest.mark.law("CK-1")
def test_the_cookie_line_on_https_and_on_loopback_http() -> None:
    choice = Choice(refused=frozenset({Tag("abcd")}), day=TODAY)
    value = encode_choice(choice, KEYS)
    assert set_cookie_line(choice, KEYS, scheme="https", choice_days=182) == (
        f"__Host-daccord={value}; Path=/; Max-Age=15724800; HttpOnly; SameSite=Lax; Secure"
    )
    assert set_cookie_line(choice, KEYS, scheme="http", choice_days=182) == (
        f"daccord={value}; Path=/; Max-Age=15724800; HttpOnly; SameSite=Lax"
    )


@pytest.mark.law("CK-3")
@given(st.frozensets(tags, min_size=30, max_size=30), records)
def test_thirty_services_fit_in_200_bytes(granted: frozenset[Tag], record: RecordId) -> None:
    choice = Choice(granted=granted, day=TODAY, record=record, withdrawn=True)
    assert len("__Host-daccord=" + encode_choice(choice, KEYS)) <= 200


@pytest.mark.law("CK-5")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"", None),
        (b"a=b; c=d", None),
        (b"a=daccord; xdaccord=1; daccordx=2", None),
        (b"a=b; daccord=1", b"1"),
        (b"daccord=1;daccord=1 ", b"1"),
        (b"daccord=1; daccord=2", b""),
        (b"daccord", None),
        (b"daccord=", b""),
        (b" daccord = 1=2 ;a=b", b"1=2"),
    ],
)
def test_the_choice_among_other_cookies(field: bytes, value: bytes | None) -> None:
    """Two that differ are nobody's: one of them was planted."""
    assert find_choice(field, b"daccord") == value


def test_keys_are_never_shown_and_never_short() -> None:
    with pytest.raises(SettingsFault, match="at least one"):
        Keyring((), use=USE)
    with pytest.raises(SettingsFault) as caught:
        Keyring((NEW, b"secret-but-short"), use=USE)
    assert str(caught.value) == "cookie key 2 of 2 is 16 bytes long, expected 32 or more"
    assert repr(KEYS) == "<Keyring of 2>"
    assert not KEYS.verifies(b"m", KEYS.sign(b"m")[:11])


def test_a_cache_can_read_what_was_granted() -> None:
    """The documented pattern by which nginx or Varnish may key on the grants."""
    value = encode_choice(grant(), KEYS)
    found = re.match(r"^1w?\.\d+\.([\w-]*)\.", value)
    assert found is not None
    assert found[1] == "abcd"


@given(st.binary(min_size=32, max_size=100), st.binary(max_size=300))
def test_a_signature_is_the_standard_librarys_hmac(key: bytes, message: bytes) -> None:
    derived = hmac.digest(key, b"daccord/" + USE, "sha256")
    assert Keyring((key,), use=USE).sign(message) == hmac.digest(derived, message, "sha256")
