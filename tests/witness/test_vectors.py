"""Requests of somebody else's log, made by somebody else's code.

Source: FiloSottile/torchwood, internal/witness/witness_test.go (the requests of its race test): a
log's public key, and what that log sends at the sizes 1, 3 and 5.
"""

from __future__ import annotations

import pytest

from daccord.merkle.notes import ED25519, VerifierKey, compute_key_id
from daccord.witness.judge import Latest, Refused, Verdict, known_logs, read_request, weigh
from tests.witness.logs import flip, witness_signer

ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
PUBLIC = bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f")
LOGS = known_logs([VerifierKey(ORIGIN, compute_key_id(ORIGIN, ED25519, PUBLIC), ED25519, PUBLIC)])

SIGNED_1 = (
    "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY="
)
SIGNED_3 = (
    "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go="
)
SIGNED_5 = (
    "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww="
)


def request(old: int, proof: list[str], size: int, root: str, signature: str) -> bytes:
    lines = [f"old {old}", *proof, "", ORIGIN, str(size), root, "", f"\u2014 {ORIGIN} {signature}"]
    return "".join(f"{line}\n" for line in lines).encode()


AT_1 = request(0, [], 1, "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SIGNED_1)
FROM_1_TO_3 = request(
    1,
    [
        "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
    3,
    "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
    SIGNED_3,
)
FROM_1_TO_5 = request(
    1,
    [
        "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=",
        "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
    5,
    "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
    SIGNED_5,
)


def judge(raw: bytes, latest: Latest | None) -> Verdict:
    try:
        asked = read_request(raw, LOGS)
    except Refused as refused:
        return Verdict(reply=refused.reply)
    return weigh(asked, latest, now_s=1, signer=witness_signer())


@pytest.mark.parametrize("second", [FROM_1_TO_3, FROM_1_TO_5])
def test_another_log_is_witnessed(second: bytes) -> None:
    first = judge(AT_1, None)
    assert first.reply.status == 200
    verdict = judge(second, first.latest)
    assert verdict.reply.status == 200
    assert judge(FROM_1_TO_3, verdict.latest).reply.status == 409
    assert judge(AT_1, verdict.latest).reply.status == 409


def test_none_of_its_bits_may_change() -> None:
    first = judge(AT_1, None)
    for position in range(len(FROM_1_TO_3) * 8):
        verdict = judge(flip(FROM_1_TO_3, [position]), first.latest)
        assert verdict.reply.status in {400, 403, 404, 409, 422}
