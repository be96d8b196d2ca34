"""Signed notes: https://c2sp.org/signed-note.

A note is text, an empty line, and one line per signature. What is signed is the text with its
last newline. Values of the classes here are valid as they stand, and what a note is parsed from
is what it formats to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from daccord.errors import NoteRejected
from daccord.merkle.spelling import decode_base64, encode_base64, encode_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
"""Ed25519 over a time and a checkpoint: https://c2sp.org/tlog-cosignature."""

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

MAXIMUM_SIGNATURES: Final = 64
"""The specification asks for at least 16 to be taken; an ML-DSA one is some 5 kB long."""
MAXIMUM_NOTE_BYTES: Final = 64 * 1024

_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_HEX: Final = re.compile(r"[0-9a-f]{8}", re.ASCII)
_MARK: Final = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under. ``public`` is 32 bytes (RFC 8032)."""

    name: str
    key_id: int
    algorithm: int
    public: bytes

    def __post_init__(self) -> None:
        """Raise NoteRejected for a name, algorithm or id that no key of ours can have."""
        check_name(self.name)
        if self.algorithm not in (ED25519, COSIGNATURE):
            raise NoteRejected("a key of an algorithm that daccord does not know")
        if len(self.public) != KEY_BYTES:
            raise NoteRejected("a public key that is not 32 bytes long")
        if self.key_id != compute_key_id(self.name, self.algorithm, self.public):
            raise NoteRejected("a key whose id is not that of its name and key")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who says to have signed, and with what. Nothing is verified by it.

    ``raw`` is what stands after the key id: 64 bytes for Ed25519.
    """

    name: str
    key_id: int
    raw: bytes

    def __post_init__(self) -> None:
        """Raise NoteRejected for what no signature line can hold."""
        check_name(self.name)
        if not 0 <= self.key_id < 2**32:
            raise NoteRejected("a key id that is no 32-bit number")
        if not self.raw:
            raise NoteRejected("a signature line without a signature")


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and 1 to 64 signatures in the order of their lines."""

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        """Raise NoteRejected for what would not be read back as the same note."""
        if not self.text.endswith("\n"):
            raise NoteRejected("a text that does not end in a newline")
        if _CONTROL.search(self.text):
            raise NoteRejected("a control character")
        if not 1 <= len(self.signatures) <= MAXIMUM_SIGNATURES:
            raise NoteRejected("no signature, or more than 64")
        if len(encode_utf8(_write(self))) > MAXIMUM_NOTE_BYTES:
            raise NoteRejected("longer than 64 KiB")


class Signer:
    """Signs under a name. Holds a private key: shows nothing of it, and cannot be pickled."""

    __slots__ = ("_private", "verifier")

    def __init__(self, name: str, private: Ed25519PrivateKey, *, algorithm: int = ED25519) -> None:
        """Sign as ``name``; raises NoteRejected if no key can be called that."""
        public = private.public_key().public_bytes_raw()
        self._private = private
        self.verifier = VerifierKey(
            name=name,
            key_id=compute_key_id(name, algorithm, public),
            algorithm=algorithm,
            public=public,
        )

    def __repr__(self) -> str:
        return f"<Signer {format_vkey(self.verifier)}>"

    @property
    def name(self) -> str:
        """The name it signs under."""
        return self.verifier.name

    def sign(self, text: str) -> Signature:
        """Sign the text of a note, last newline included.

        Raises NoteRejected for a cosigner's key: it signs more than the text.
        """
        if self.verifier.algorithm != ED25519:
            raise NoteRejected("a cosigner's key does not sign a text alone")
        return Signature(self.name, self.verifier.key_id, self.sign_bytes(encode_utf8(text)))

    def sign_bytes(self, message: bytes) -> bytes:
        """Sign anything: 64 bytes, for formats that sign more than the text of a note."""
        return self._private.sign(message)


def new_signer(name: str, seed32: bytes) -> Signer:
    """Make a signer from an Ed25519 seed, 32 random bytes given by the caller."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(seed32))


def compute_key_id(name: str, algorithm: int, public: bytes) -> int:
    """Compute the id that goes with a key: the first 32 bits of a hash, to find it by."""
    message = encode_utf8(name) + b"\n" + bytes([algorithm]) + public
    return int.from_bytes(sha256(message).digest()[:4])


def parse_vkey(vkey: str) -> VerifierKey:
    """Read ``name+id+key``; raises NoteRejected for anything that `format_vkey` does not write."""
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    if not _HEX.fullmatch(key_id):
        raise NoteRejected("a verifier key is written name+id+key, the id in 8 hex digits")
    raw = decode_base64(encoded)
    if not raw:
        raise NoteRejected("a verifier key without a key")
    return VerifierKey(name, int(key_id, 16), raw[0], raw[1:])


def format_vkey(key: VerifierKey) -> str:
    """Write a verifier key as it is published: ``example.com/foo+530d903a+AekyeRrm…``."""
    encoded = encode_base64(bytes([key.algorithm]) + key.public)
    return f"{key.name}+{key.key_id:08x}+{encoded}"


def parse_note(text: str) -> Note:
    """Read a whole note; raises NoteRejected. Verifies no signature: see `verify_note`."""
    if len(text) > MAXIMUM_NOTE_BYTES:
        raise NoteRejected("longer than 64 KiB")
    split = text.rfind("\n\n")
    if split < 0 or not text.endswith("\n"):
        raise NoteRejected("not a text, an empty line and signature lines")
    lines = text[split + 2 : -1].split("\n")
    if len(lines) > MAXIMUM_SIGNATURES:
        raise NoteRejected("no signature, or more than 64")
    return Note(text[: split + 1], tuple(map(parse_signature, lines)))


def format_note(note: Note) -> str:
    """Write a note: what `parse_note` reads."""
    return _write(note)


def parse_signature(line: str) -> Signature:
    """Read one signature line, without its newline; raises NoteRejected."""
    if not line.startswith(_MARK):
        raise NoteRejected("a signature line that does not begin with a dash")
    name, _, encoded = line.removeprefix(_MARK).partition(" ")
    raw = decode_base64(encoded)
    return Signature(name, int.from_bytes(raw[:4]), raw[4:])


def format_signature(signature: Signature) -> str:
    """Write one signature line, without a newline."""
    encoded = encode_base64(signature.key_id.to_bytes(4) + signature.raw)
    return f"{_MARK}{signature.name} {encoded}"


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Give those of ``keys`` that signed the note's text, in the order of their signatures.

    Signatures of other keys are passed over. Raises NoteRejected when none of ``keys`` signed, and
    when a signature claims to be by one of them and is not. Only Ed25519 keys count here; a
    cosignature signs more than the text (`daccord.merkle.cosignatures`).
    """
    known: dict[tuple[str, int], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise NoteRejected("two known keys of the same name and id")
    message = encode_utf8(note.text)
    verified: dict[VerifierKey, None] = {}
    for signature in note.signatures:
        found = known.get((signature.name, signature.key_id))
        if found is not None and found.algorithm == ED25519:
            check_signature(found, signature.raw, message)
            verified[found] = None
    if not verified:
        raise NoteRejected("signed by none of the known keys")
    return tuple(verified)


def check_signature(key: VerifierKey, raw: bytes, message: bytes) -> None:
    """Return if ``raw`` (64 bytes) is the Ed25519 signature of ``message`` by ``key``.

    Raises NoteRejected otherwise.
    """
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(raw, message)
    except (InvalidSignature, ValueError):  # ValueError: bytes that this OpenSSL takes for no key
        raise NoteRejected("a signature in the name of a known key that is not by it") from None


def check_name(name: str) -> None:
    """Raise NoteRejected for what no key can be called: empty, with a space or plus in it."""
    if not name or "+" in name or _CONTROL.search(name) or any(map(str.isspace, name)):
        raise NoteRejected("a key name that is empty or holds a space, plus or control character")
    encode_utf8(name)


def check_line(line: str) -> None:
    """Raise NoteRejected for what cannot be one line of a note's text that is not empty."""
    if not line or "\n" in line or _CONTROL.search(line):
        raise NoteRejected("a line that is empty or holds a control character")
    encode_utf8(line)


def _write(note: Note) -> str:
    lines = "".join([f"{format_signature(each)}\n" for each in note.signatures])
    return f"{note.text}\n{lines}"
