"""Policy files: https://c2sp.org/tlog-policy, strictly, and who is enough."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.errors import SettingsFault
from daccord.merkle.notes import VerifierKey, format_vkey, new_signer
from daccord.merkle.policies import LONGEST_BYTES, Policy, parse_policy
from tests.witness.logs import witness_signer

LOG = format_vkey(new_signer("paper.example/log", b"\1" * 32).verifier)
WITNESSES = [witness_signer(f"w{number}.example", number + 10).verifier for number in range(8)]
VKEYS = [format_vkey(key) for key in WITNESSES]

# The example of the specification, with keys and URLs put in.
EXAMPLE = f"""log {LOG} https://paper.example/log

witness X1 {VKEYS[0]} https://x1.example/
witness X2 {VKEYS[1]}
witness X3 {VKEYS[2]}
group X-witnesses 2 X1 X2 X3

witness Y1 {VKEYS[3]}
witness Y2 {VKEYS[4]}
  \twitness\tY3 {VKEYS[5]}\t
# a comment
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def keys(*numbers: int) -> set[VerifierKey]:
    return {WITNESSES[number] for number in numbers}


def test_the_example_of_the_specification() -> None:
    policy = parse_policy(EXAMPLE.encode())
    assert [format_vkey(key) for key in policy.log_keys] == [LOG]
    assert policy.witness_keys == tuple(WITNESSES[:6])
    assert [each.url for each in policy.witnesses[:2]] == ["https://x1.example/", None]
    assert policy.is_met(keys(0, 2, 4))
    assert not policy.is_met(keys(0, 3, 4, 5))
    assert not policy.is_met(keys(0, 1, 2))
    assert not policy.is_met(keys(0, 6, 7, 3))


def test_nobody_is_needed_for_none() -> None:
    assert parse_policy(b"quorum none\n").is_met(())


def fault_of(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(SettingsFault) as caught:
        parse_policy(raw, name="witnesses")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "1: there is no line 'quorum NAME' or 'quorum none'"),
        ("quorum none", "1: the last line does not end"),
        ("quorum none\nquorum none\n", "2: a second quorum"),
        ("quorum\n", "1: expected 'quorum NAME' or 'quorum none'"),
        ("quorum A\n", "1: 'A' is not defined on a line before"),
        ("log\nquorum none\n", "1: expected 'log VKEY [URL]'"),
        ("witness A\nquorum none\n", "1: expected 'witness NAME VKEY [URL]'"),
        (
            "Quorum none\nquorum none\n",
            "1: found 'Quorum', expected one of 'log', 'witness', 'group', 'quorum'",
        ),
        (f"log {LOG}\nlog {LOG}\nquorum none\n", "2: another log has this public key"),
        (
            f"witness A {VKEYS[0]}\nwitness B {VKEYS[0]}\nquorum none\n",
            "2: another witness has this public key",
        ),
        (
            f"witness A {VKEYS[0]}\nwitness A {VKEYS[1]}\nquorum none\n",
            "2: 'A' is defined already",
        ),
        (f"witness none {VKEYS[0]}\nquorum none\n", "1: 'none' cannot be defined"),
        (
            f"witness A {LOG}\nquorum none\n",
            "1: found a key of type 1, expected a witness's (cosignature/v1, type 4)",
        ),
        (
            f"log {VKEYS[0]}\nquorum none\n",
            "1: found a key of type 4, expected a log's (Ed25519, type 1)",
        ),
        (
            f"witness A {VKEYS[0]}\ngroup G any A A\nquorum none\n",
            "2: 'A' is named twice",
        ),
        (
            f"witness A {VKEYS[0]}\ngroup G any A\ngroup H any A\nquorum none\n",
            "3: 'A' is a member of a group already",
        ),
        ("group G any G\nquorum none\n", "1: 'G' is not defined on a line before"),
        ("group G any none\nquorum none\n", "1: 'none' is not defined on a line before"),
        ("group G any\nquorum none\n", "1: expected 'group NAME all|any|COUNT NAME…'"),
        *(
            (
                f"witness A {VKEYS[0]}\ngroup G {count} A\nquorum none\n",
                f"2: found '{count}', expected all, any or 1 to 1",
            )
            for count in ("0", "2", "01", "+1", "1.0", "ALL", "१")
        ),
        ("# a\rb\nquorum none\n", "1: found the control character 0x0d"),
        ("# \x7f\nquorum none\n", "1: found the control character 0x7f"),
    ],
)
def test_a_fault_says_its_line(text: str, fault: str) -> None:
    assert fault_of(text) == f"witnesses:{fault}"


def test_all_faults_are_told() -> None:
    assert fault_of("log x\nnonsense\n").splitlines() == [
        "witnesses:1: a verifier key is written name+id+key, the id in 8 hex digits",
        "witnesses:2: found 'nonsense', expected one of 'log', 'witness', 'group', 'quorum'",
        "witnesses:3: there is no line 'quorum NAME' or 'quorum none'",
    ]


def test_names_are_octets() -> None:
    """K and the Kelvin sign are two names, and so are octets that are no UTF-8."""
    names = (b"K", "\u212a".encode(), b"\xff\xfe", b"a\xc2\xa0b")
    text = b"".join(
        b"witness %b %b\n" % (name, vkey.encode())
        for name, vkey in zip(names, VKEYS[:4], strict=True)
    )
    policy = parse_policy(text + b"group G all K \xff\xfe \xe2\x84\xaa a\xc2\xa0b\nquorum G\n")
    assert policy.is_met(keys(0, 1, 2, 3))
    assert not policy.is_met(keys(0, 1, 2))
    assert "'\\udcff' is not" in fault_of(b"quorum \xff\n")


def test_a_policy_is_not_endless() -> None:
    assert "longer than" in fault_of(b"#" * LONGEST_BYTES + b"\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_policy_or_a_fault(raw: bytes) -> None:
    try:
        parse_policy(raw)
    except SettingsFault:
        return


lines = st.sampled_from([*EXAMPLE.splitlines(), "quorum none", "group G 1 X1", "group X1 any Y1"])


@given(st.lists(lines, max_size=12))
def test_any_lines_are_a_policy_or_a_fault(chosen: list[str]) -> None:
    try:
        policy = parse_policy("".join(f"{line}\n" for line in chosen).encode())
    except SettingsFault:
        return
    assert sum("quorum" in line for line in chosen) == 1
    assert policy.is_met(WITNESSES), "all witnesses together are always enough"


@dataclass
class Tree:
    """The same rule as a tree, to be asked by recursion."""

    threshold: int = 1
    members: list[Tree] = field(default_factory=list)
    key: VerifierKey | None = None

    def holds(self, cosigned: set[VerifierKey]) -> bool:
        if self.key is not None:
            return self.key in cosigned
        return sum(each.holds(cosigned) for each in self.members) >= self.threshold


@given(st.data())
def test_a_quorum_is_what_its_tree_says(data: st.DataObject) -> None:
    text, free, defined = "", {}, {}
    for number, vkey in enumerate(VKEYS):
        text += f"witness w{number} {vkey}\n"
        free[f"w{number}"] = defined[f"w{number}"] = Tree(key=WITNESSES[number])
    for number in range(data.draw(st.integers(0, 5))):
        if not free:
            break
        chosen = data.draw(st.lists(st.sampled_from(sorted(free)), min_size=1, unique=True))
        threshold = data.draw(st.integers(1, len(chosen)))
        text += f"group g{number} {threshold} {' '.join(chosen)}\n"
        tree = Tree(threshold, [free.pop(name) for name in chosen])
        free[f"g{number}"] = defined[f"g{number}"] = tree
    quorum = data.draw(st.sampled_from(sorted(defined)))
    policy = parse_policy(f"{text}quorum {quorum}\n".encode())
    assert isinstance(policy, Policy)
    cosigned = data.draw(st.sets(st.sampled_from(WITNESSES)))
    assert policy.is_met(cosigned) == defined[quorum].holds(cosigned)
