"""The page on receipts: its shell commands check real ones, its tables name what is there."""

from __future__ import annotations

import base64
import re
import subprocess
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from daccord.consent.encoding import encode_record
from daccord.consent.record import ConsentRecord, Way
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import Note, format_note, format_vkey, new_signer, parse_note
from daccord.receipt.check import check_receipt
from daccord.receipt.commitment import commit
from daccord.receipt.export import iso27560, kantara
from daccord.receipt.export.iso27560 import SCHEMA
from daccord.receipt.receipt import format_receipt, order_signatures
from tests.docs.pages import DOCS, blocks
from tests.ledger.samples import record
from tests.receipt.making import (
    LOG,
    ORIGIN,
    SALT,
    make_receipt,
    receipt_in_a_large_log,
    witness,
    witnessed,
)
from tests.receipt.schemas import ISO_27560, KANTARA
from tests.receipt.test_export import fields_of

if TYPE_CHECKING:
    from pathlib import Path

    from daccord.receipt.receipt import Receipt

PAGE = DOCS / "reference" / "receipt.md"
SHELL = blocks(PAGE, "sh")
KEY = format_vkey(LOG.verifier)


def run(folder: Path, receipt: bytes, *, key: str = KEY) -> list[subprocess.CompletedProcess[str]]:
    """Run the page's blocks one after the other in ``folder``, until one fails."""
    folder.mkdir(exist_ok=True)
    (folder / "my receipt").write_bytes(receipt)
    done = []
    for block in SHELL:
        found = subprocess.run(  # noqa: S603 - our own page's commands
            ["/bin/sh", "-c", block],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "RECEIPT": "my receipt", "KEY": key},
            capture_output=True,
            text=True,
            check=False,
        )
        done.append(found)
        if found.returncode != 0:
            break
    return done


@pytest.mark.promise("B3")
@pytest.mark.parametrize(
    "receipt",
    [
        make_receipt(record(), before=0, after=0),
        make_receipt(record(), before=0, after=1),
        make_receipt(record(), before=5, after=0),
        make_receipt(record(), before=5, after=7),
        make_receipt(record(way=Way.WITHDRAWAL, granted=()), before=8, after=8),
        receipt_in_a_large_log(record(), index=7_654_321, size=10**7),
        witnessed(make_receipt(record()), [witness("one.example/w")], 1_763_900_100),
    ],
    ids=["alone", "first", "last", "middle", "withdrawal", "large", "witnessed"],
)
def test_openssl_and_the_shell_check_a_receipt(tmp_path: Path, receipt: Receipt) -> None:
    first, second, third = run(tmp_path, format_receipt(receipt))
    commitment = commit(receipt.salt, encode_record(receipt.record))
    printed = bytes.fromhex("".join(first.stdout.split()))
    assert printed == commitment + hash_leaf(commitment)
    assert second.stdout == "the log of this checkpoint holds this record\n"
    assert third.returncode == 0, third.stderr
    assert third.stdout == "Signature Verified Successfully\n"


@pytest.mark.promise("B3")
def test_and_find_what_is_changed(tmp_path: Path) -> None:
    """A bit of each line that proves something; the same is refused by daccord."""
    lines = format_receipt(make_receipt(record())).split(b"\n")
    empty = lines.index(b"")
    for number in (1, 2, 4, *range(5, empty), empty + 1, empty + 2, empty + 3, len(lines) - 2):
        broken = list(lines)
        broken[number] = changed(lines[number])
        raw = b"\n".join(broken)
        assert not check_receipt(raw, (LOG.verifier,)).passed
        done = run(tmp_path / str(number), raw)
        assert done[-1].returncode != 0, lines[number]


def changed(line: bytes) -> bytes:
    """Change one letter or digit near the end of a line."""
    end = len(line) - 4 if len(line) > 40 else len(line)  # not the last bits of base64
    at = max(found.start() for found in re.finditer(rb"[A-Za-z0-9]", line[:end]))
    new = b"7" if line[at : at + 1] != b"7" else b"8"
    return line[:at] + new + line[at + 1 :]


def test_another_key_is_another_key(tmp_path: Path) -> None:
    raw = format_receipt(make_receipt(record()))
    other = format_vkey(new_signer(ORIGIN, bytes(32)).verifier)
    assert run(tmp_path / "other", raw, key=other)[-1].returncode != 0
    named = format_vkey(new_signer("another.example", bytes(range(32))).verifier)
    assert run(tmp_path / "named", raw, key=named)[-1].returncode != 0
    assert run(tmp_path / "witness", raw, key=format_vkey(witness(ORIGIN).verifier))[-1].returncode


@pytest.mark.promise("B3")
def test_after_a_rotation_either_key_will_do(tmp_path: Path) -> None:
    """Two keys of the log have signed its checkpoint; who holds one finds the signature by it."""
    given = make_receipt(record())
    for number in range(3):  # in the one order of signatures, either may be the first
        other = new_signer(ORIGIN, bytes([number]) * 32)
        note = parse_note(given.proof.checkpoint)
        both = format_note(Note(note.text, (*note.signatures, other.sign(note.text))))
        proof = replace(given.proof, checkpoint=order_signatures(both))
        raw = format_receipt(replace(given, proof=proof))
        for key in (LOG.verifier, other.verifier):
            assert check_receipt(raw, (key,)).passed
            done = run(tmp_path / f"{number} {key.key_id}", raw, key=format_vkey(key))
            assert [each.returncode for each in done] == [0, 0, 0], done[-1].stderr
        stranger = new_signer(ORIGIN, b"s" * 32)
        assert run(tmp_path / f"{number}", raw, key=format_vkey(stranger.verifier))[-1].returncode


def table(heading: str) -> set[str]:
    """The names in the first column of the table under ``heading``."""
    text = PAGE.read_text("utf-8").split(f" {heading}\n", 1)[1].split("\n#", 1)[0]
    cells = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def last(names: set[str] | dict[str, Any]) -> set[str]:
    return {name.rpartition(".")[2] for name in names}


def test_the_table_of_the_record() -> None:
    renamed = {
        "time_ms": "time",
        "declaration_version": "declaration",
        "notice_hash": "notice",
        "code_hash": "code",
    }
    held = {renamed.get(each.name, each.name) for each in fields(ConsentRecord)}
    assert table("The record") == held | {"format"}


def test_the_table_of_the_steps() -> None:
    raw = format_receipt(make_receipt(record()))
    steps = check_receipt(raw, (), check_timestamp=lambda _: 0).steps
    assert table("What is checked") == {step.id for step in steps}


@pytest.mark.parametrize(
    ("heading", "schema", "unavailable"),
    [
        ("Kantara Consent Receipt 1.1", KANTARA, kantara.UNAVAILABLE),
        ("ISO/IEC TS 27560:2023", ISO_27560, iso27560.UNAVAILABLE),
    ],
)
def test_the_tables_of_the_exports(
    heading: str, schema: dict[str, Any], unavailable: dict[str, str]
) -> None:
    text = PAGE.read_text("utf-8").split(f" {heading}\n", 1)[1].split("\n#", 1)[0]
    told = last(table(heading)) | set(re.findall(r"`(party_\w+)`", text))
    of_lists = {
        *("pii_processing", "pii_information", "receipt_metadata"),
        *("piiControllers", "services", "purposes"),
    }
    assert last(fields_of(schema)) - of_lists <= told
    for line in text.splitlines():
        if "unavailable" in line and line.startswith("| "):
            names = re.findall(r"`([a-zA-Z_.]+)`", line.split(" | ")[0])
            named = last(set(names)) - {"party_identification"}
            assert named <= last(unavailable), line
    assert SCHEMA in text or schema is KANTARA


def test_the_sample_is_a_file_of_this_format() -> None:
    sample = blocks(PAGE, "text")[0].split("\n")
    real = (
        format_receipt(receipt_in_a_large_log(record(), index=1, size=10**7)).decode().split("\n")
    )
    assert [sample[0], sample[2], sample[3]] == [real[0], real[2], real[3]]
    assert base64.b64decode(sample[2].removeprefix("salt ")) == SALT
    assert sample[1].startswith('{"code":"')
    assert sample[7] == ""
    assert sample[11] == ""
    assert sample[12].startswith(f"— {ORIGIN} ")
