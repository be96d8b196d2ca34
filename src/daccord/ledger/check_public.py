"""Verifying what anybody may know: statements, texts, the keys of the log, signed checkpoints.

Which keys are believed: those that the caller gives, or else the first one that the log names.
Every checkpoint that a believed key has signed, and whose root is that of the tree, vouches for the
keys that the log names before its end; so a rotation hands the trust on, and a key that somebody
has put in without the one before is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from daccord.errors import Damaged, NoteRejected, RecordRejected
from daccord.ledger.reading import pages
from daccord.merkle.checkpoints import open_checkpoint, parse_checkpoint
from daccord.merkle.cosignatures import verify_cosignatures
from daccord.merkle.notes import ED25519, parse_note, parse_vkey
from daccord.receipt.statements import KeyStatement, VersionStatement, decode_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from daccord.ledger.check_tree import Tree
    from daccord.ledger.findings import Findings
    from daccord.ledger.reading import Reading
    from daccord.merkle.checkpoints import Checkpoint
    from daccord.merkle.notes import VerifierKey
    from daccord.merkle.policies import Policy
    from daccord.receipt.statements import Statement

_PAGE = 100


class Placed(NamedTuple):
    """A statement and its leaf; ``None`` while it waits."""

    leaf: int | None
    statement: Statement

    @property
    def where(self) -> str:
        """Where it stands, in words."""
        return "statement, waiting" if self.leaf is None else f"statement, leaf {self.leaf}"


def read_statements(reading: Reading, size: int, findings: Findings) -> tuple[Placed, ...]:
    """Give every statement of the table that is one; tell the others.

    Those beyond ``size`` count as waiting: a log that goes on may have merged them by now.
    """
    found: dict[str, Placed] = {}
    try:
        # Waiting ones first: one that is merged in between is then seen twice, and not never.
        lines = [
            *((None, body) for (body,) in reading.lines("statements_waiting")),
            *reading.lines("statements", first=0, end=2**63 - 1),
        ]
        outside = reading.lines("statements_outside", page=_PAGE)
    except Damaged as error:
        findings.add("unreadable", "statement", error.what)
        return ()
    for leaf, body in lines:
        at = leaf if type(leaf) is int and leaf < size else None
        where = "statement, waiting" if at is None else f"statement, leaf {at}"
        try:
            decoded = decode_entry(body.encode()) if isinstance(body, str) else None
        except (RecordRejected, UnicodeEncodeError):
            decoded = None
        if isinstance(decoded, (KeyStatement, VersionStatement)):
            found[body] = Placed(at, decoded)
        else:
            findings.add("statement-form", where, "it is no statement of a log")
    for (leaf,) in outside:
        findings.add("statement-leaf", f"statement, leaf {leaf}", "the log does not go so far")
    return tuple(found.values())


def check_texts(
    reading: Reading, statements: Iterable[Placed], findings: Findings, remarks: Findings
) -> int:
    """Verify that every text is what its hash says, and that those named are there. Count them.

    A text that no statement names is remarked: it is written before its statement, and a crash in
    between leaves it.
    """
    named = {digest: each.where for each in statements for digest in _named_by(each.statement)}
    missing = dict(named)
    count = unnamed = 0
    try:
        for (digest,) in pages(reading, "text_names", start=b"", page=_PAGE):
            count += 1
            missing.pop(digest, None)
            where = f"text {digest.hex()}" if isinstance(digest, bytes) else "text without a name"
            _check_text(reading, digest, where, findings)
            unnamed += digest not in named
    except Damaged as error:
        findings.add("unreadable", "text", error.what)
        return count
    for digest, where in missing.items():
        findings.add("text-missing", where, f"the text {digest.hex()} is not there")
    if unnamed:
        remarks.add("text-unnamed", "text", f"no statement of the log names {unnamed} of them")
    return count


def _check_text(reading: Reading, digest: object, where: str, findings: Findings) -> None:
    try:
        lines = reading.lines("text", hash=digest)
    except Damaged:
        findings.add("unreadable", where, "it cannot be read")
        return
    for (body,) in lines:
        if not isinstance(body, bytes) or sha256(body).digest() != digest:
            findings.add("text-hash", where, "the text has another hash than its name")


def _named_by(statement: Statement) -> Iterator[bytes]:
    if isinstance(statement, VersionStatement):
        yield bytes.fromhex(statement.declaration_version)
        yield bytes.fromhex(statement.code_hash)
        for _, digest in statement.notices:
            yield bytes.fromhex(digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed checkpoint and where it stands. Its signatures are not verified by being here."""

    where: str
    note: str
    checkpoint: Checkpoint


def read_checkpoint(
    where: str, note: object, findings: Findings, *, size: object = None
) -> Signed | None:
    """Read a checkpoint that says to be of ``size``, if one is given; tell one that is none."""
    try:
        checkpoint = parse_checkpoint(parse_note(note).text) if isinstance(note, str) else None
    except NoteRejected as error:
        findings.add("checkpoint-form", where, f"it is no checkpoint: {error}")
        return None
    if checkpoint is None:
        findings.add("checkpoint-form", where, "it is no checkpoint: not text")
        return None
    if size is not None and checkpoint.size != size:
        findings.add("checkpoint-size", where, f"it is of size {checkpoint.size}")
    return Signed(where=where, note=str(note), checkpoint=checkpoint)


def read_checkpoints(reading: Reading, findings: Findings) -> list[Signed]:
    """Give the checkpoints that are kept, by size."""
    try:
        lines = reading.lines("checkpoints")
    except Damaged as error:
        findings.add("unreadable", "checkpoint", error.what)
        return []
    found = [
        read_checkpoint(f"checkpoint, size {size}", note, findings, size=size)
        for size, note in lines
    ]
    return [each for each in found if each is not None]


def check_roots(signed: Iterable[Signed], tree: Tree, findings: Findings) -> list[Signed]:
    """Give those whose root the tree had at their size; tell the others: it was rewritten."""
    fitting = []
    for each in signed:
        size = each.checkpoint.size
        if size > tree.size:
            what = f"it is of {size} leaves, but the log ends at {tree.size}: it went back"
            findings.add("checkpoint-ahead", each.where, what)
        elif (root := tree.root_at(size)) != each.checkpoint.root:
            what = (
                f"the root at {size} leaves is another one: what it covers was rewritten"
                if root
                else f"the root at {size} leaves cannot be worked out any more"
            )
            findings.add("checkpoint-root", each.where, what)
        else:
            fitting.append(each)
    return fitting


def check_signatures(
    signed: Sequence[Signed],
    fitting: Sequence[Signed],
    statements: Iterable[Placed],
    given: Iterable[VerifierKey],
    findings: Findings,
) -> bool:
    """Verify who signed; see the top of this module. Whether there was a key to verify with."""
    in_log = [
        (each.leaf, parse_vkey(each.statement.vkey))
        for each in statements
        if each.leaf is not None and isinstance(each.statement, KeyStatement)
    ]
    in_log = [(leaf, key) for leaf, key in in_log if key.algorithm == ED25519]
    believed = set(given) or {key for _, key in in_log[:1]}
    if not believed:
        return not signed
    while True:
        ends = [each.checkpoint.size for each in fitting if _is_signed(each, believed)]
        more = {key for leaf, key in in_log if leaf < max(ends, default=0)}
        if more <= believed:
            break
        believed |= more
    for each in signed:
        try:
            open_checkpoint(each.note, believed)
        except NoteRejected as error:
            findings.add("checkpoint-signature", each.where, str(error))
    for leaf, key in in_log:
        if key not in believed:
            what = "no checkpoint that is signed by a key before it covers it: it may be anybody's"
            findings.add("key-unvouched", f"statement, leaf {leaf}", what)
    return True


def _is_signed(signed: Signed, keys: Iterable[VerifierKey]) -> bool:
    try:
        open_checkpoint(signed.note, keys)
    except NoteRejected:
        return False
    return True


def check_cosignatures(kept: Iterable[Signed], policy: Policy, findings: Findings) -> None:
    """Verify the cosignatures of witnesses that ``policy`` knows, and that they once were enough.

    The newest checkpoint that satisfies the policy is what the publisher cannot go behind.
    """
    met = False
    for each in kept:
        try:
            cosigned = verify_cosignatures(parse_note(each.note), policy.witness_keys)
        except NoteRejected as error:
            findings.add("cosignature", each.where, str(error))
            continue
        met = met or policy.is_met(set(cosigned))
    if not met:
        what = "none has the cosignatures that the policy asks for"
        findings.add("policy-unmet", "checkpoint", what)
