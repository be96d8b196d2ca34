"""Time-stamps of checkpoints by an authority (RFC 3161): that a checkpoint existed at a time.

What is stamped is the SHA-256 of a checkpoint's text, without signatures. What is kept is the
token (CMS, DER), which ``openssl ts -verify -token_in`` reads as well. Needs the extra
``timestamps``, and says so when it is used without.
"""

from __future__ import annotations

import re
import ssl
import warnings
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

from daccord.errors import AnchorFailed, ProofRejected, SettingsFault
from daccord.ledger.posting import post
from daccord.ledger.tokens import join_response, order_certificates, split_response

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rfc3161_client import TimeStampResponse

TIMEOUT_SECONDS: Final = 30.0
TOKEN_BYTES_MAX: Final = 131_072
CERTIFICATES_BYTES_MAX: Final = 4_194_304

_QUERY_TYPE: Final = "application/timestamp-query"
_REPLY_TYPE: Final = "application/timestamp-reply"
_WHY: Final = re.compile(r'data: "Verify error: ([^"]*)"')
"""What OpenSSL says of a chain, in the library's dump of its error stack."""
_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def ask_timestamp(
    url: str,
    text: str,
    roots: Sequence[x509.Certificate],
    *,
    timeout_s: float = TIMEOUT_SECONDS,
) -> tuple[bytes, datetime]:
    """Have the authority at ``url`` stamp the text of a checkpoint: the token, and its time.

    The token has been verified as `verify_timestamp` does, and answers this very request (nonce).
    Raises AnchorFailed when there is no such token, SettingsFault for a URL that cannot be asked.
    """
    _require()
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - an extra

    request = (
        TimestampRequestBuilder().data(text.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    )
    answer = post(url, request.as_bytes(), media_type=_QUERY_TYPE, timeout_s=timeout_s)
    if answer.status != 200 or answer.media_type != _REPLY_TYPE:
        raise AnchorFailed(f"it answered {answer.status}, and no time-stamp")
    try:
        status, token = split_response(answer.body)
        if status != 0 or token is None:
            raise AnchorFailed(f"it refused (status {status})")
        time = _verify(_read(token), text, roots, nonce=request.nonce)
    except ProofRejected as error:
        raise AnchorFailed(f"what it answered does not verify: {error.reason}") from error
    return token, time


def verify_timestamp(token: bytes, text: str, roots: Sequence[x509.Certificate]) -> datetime:
    """Give the time (UTC) at which an authority under ``roots`` stamped the text of a checkpoint.

    Checked are the chain of certificates up to one of ``roots`` as of that time, that the
    authority's certificate is for time-stamping alone (RFC 3161, 2.3), the signature, and the
    SHA-256 of ``text``. Not checked: whether the certificate was revoked, which takes the network.
    Raises ProofRejected; SettingsFault without the extra.
    """
    _require()
    return _verify(_read(token), text, roots, nonce=None)


def read_roots(path: Path | None) -> tuple[x509.Certificate, ...]:
    """Read the certificates of a PEM file; those that the system trusts if there is no ``path``.

    Raises SettingsFault.
    """
    found = path or _system_file()
    try:
        with found.open("rb") as file:
            raw = file.read(CERTIFICATES_BYTES_MAX)
    except OSError as error:
        raise SettingsFault(f"cannot read '{found}': {error.strerror}") from error
    try:
        return tuple(x509.load_pem_x509_certificates(raw) if path else _readable(raw))
    except ValueError:
        raise SettingsFault(f"expected certificates in PEM in '{found}'") from None


def _readable(raw: bytes) -> list[x509.Certificate]:
    """Read what can be read of the system's certificates: one that is odd must not stop all."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about certificates that nobody here has chosen
        for block in _PEM.findall(raw):
            with suppress(ValueError):
                found.append(x509.load_pem_x509_certificate(block))
    return found


def _system_file() -> Path:
    named: str | None = ssl.get_default_verify_paths().cafile  # None where there is no such file
    for each in (named, "/etc/ssl/certs/ca-certificates.crt"):
        if each is not None and Path(each).is_file():
            return Path(each)
    raise SettingsFault(
        "the system names no file of certificates\n"
        "  hint: name the authority's with --tsa-root FILE"
    )


def _verify(
    response: TimeStampResponse,
    text: str,
    roots: Sequence[x509.Certificate],
    *,
    nonce: int | None,
) -> datetime:
    from rfc3161_client import VerificationError, VerifierBuilder  # noqa: PLC0415 - an extra

    builder = VerifierBuilder(roots=list(roots))
    try:
        if response.tst_info.message_imprint.message != sha256(text.encode()).digest():
            raise ProofRejected("the time-stamp is of another text")
        verifier = (builder if nonce is None else builder.nonce(nonce)).build()
        verifier.verify_message(response, text.encode())
        time = response.tst_info.gen_time
    except (VerificationError, ValueError) as error:
        found = _WHY.search(str(error))
        why = found[1] if found else str(error)
        raise ProofRejected(f"the time-stamp does not verify: {why}") from None
    return time


def _read(token: bytes) -> TimeStampResponse:
    """Read a token, in the wrapping that the library asks for."""
    from rfc3161_client import decode_timestamp_response  # noqa: PLC0415 - an extra

    if len(token) > TOKEN_BYTES_MAX:
        raise ProofRejected("a time-stamp that is too long")
    try:
        return decode_timestamp_response(join_response(order_certificates(token)))
    except ValueError:
        raise ProofRejected("not a time-stamp") from None


def _require() -> None:
    try:
        import rfc3161_client  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise SettingsFault(
            "time-stamps need the extra `timestamps`\n  hint: pip install 'daccord[timestamps]'"
        ) from None
