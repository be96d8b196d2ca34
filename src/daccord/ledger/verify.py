"""The full verification of a ledger: everything that is kept, against everything else.

Reads only, shares no code with what wrote it, and needs no quiet: a running ledger goes on, and
what came after the head that was read first is for the next time. Work on leaves is cut into
stretches, so that memory is bounded and several processes can share it.
"""

from __future__ import annotations

import signal
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from hashlib import sha256
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final, NamedTuple

from daccord.errors import Damaged, ProofRejected
from daccord.ledger.check_leaves import Stretch, check_stretch
from daccord.ledger.check_public import (
    Signed,
    check_cosignatures,
    check_roots,
    check_signatures,
    check_texts,
    read_checkpoint,
    read_checkpoints,
    read_statements,
)
from daccord.ledger.check_rows import check_acts, check_arrived, check_ids
from daccord.ledger.check_tree import Tree
from daccord.ledger.findings import Counts, Findings, Report
from daccord.ledger.reading import open_reading
from daccord.merkle.hashing import HASH_BYTES
from daccord.merkle.notes import parse_note
from daccord.merkle.tiles import TILE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cryptography import x509

    from daccord.ledger.check_rows import Acts
    from daccord.ledger.reading import Place, Reading
    from daccord.merkle.notes import VerifierKey
    from daccord.merkle.policies import Policy

STRETCH_TILES: Final = 256
"""65,536 leaves: some 0.3 s of work, and as often a word to the progress bar."""
_MISSING_TILES: Final = 1_024


def verify_ledger(  # noqa: PLR0913 - what may be held against a ledger
    place: Place,
    *,
    keys: Iterable[VerifierKey] = (),
    policy: Policy | None = None,
    tsa_roots: Sequence[x509.Certificate] | None = None,
    earlier: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    processes: int = 1,
) -> Report:
    """Verify the ledger at ``place`` and say everything that is wrong with it.

    ``keys`` are verifier keys that the caller has from elsewhere; without one, the first key that
    the log names is believed, and that is remarked. ``policy`` says which witnesses must have
    cosigned, ``tsa_roots`` by which certificates time-stamps are believed. ``earlier`` are
    checkpoints that somebody kept, by a name for each: the log must have grown from them.
    ``progress`` is told the number of leaves done and of all; it may raise, which ends the
    verification. More than one of ``processes`` needs a main module that can be imported.

    Raises `LedgerError` when there is no ledger at ``place`` or the store does not answer. What is
    merely damaged is in the report.
    """
    with closing(open_reading(place)) as reading:
        findings = Findings()
        head = _read_head(reading, findings)
        faults, stretches = _check_bulk(place, head.size, progress, processes)
        for what in faults:
            findings.add("store", "the store", what)
        for each in stretches:
            findings.extend(each.findings, count=each.found)
        tree = Tree(reading, stretches, head.size, head.root, findings)
        if tree.root and tree.root != head.root:
            what = "the leaves have another root than the head says"
            findings.add("root", "head", what)
        statements = read_statements(reading, head.size, findings)
        acts = check_acts(reading, statements, findings)
        check_ids(reading, findings)
        waiting = check_arrived(reading, findings)
        remarks = Findings()
        texts = check_texts(reading, statements, findings, remarks)
        kept = read_checkpoints(reading, findings)
        signed = [*_with_head(head, findings), *kept, *_earlier(earlier or {}, findings)]
        fitting = check_roots(signed, tree, findings)
        given = [*keys, *(policy.log_keys if policy is not None else ())]
        had_key = check_signatures(signed, fitting, statements, given, findings)
        if policy is not None:
            check_cosignatures(kept, policy, findings)
        timestamps = _check_timestamps(reading, kept, tsa_roots, findings)
        if timestamps and tsa_roots is None:
            what = "no certificate was given: only that they are of these checkpoints was verified"
            remarks.add("no-root", "timestamp", what)
        _remark_keys(remarks, head, given=bool(given), had_key=had_key)
        _remark_versions(remarks, stretches, acts)
        return Report(
            findings=tuple(findings.kept),
            remarks=tuple(remarks.kept),
            found=findings.count,
            root=tree.root,
            counts=Counts(
                size=head.size,
                records=sum(each.records for each in stretches),
                forgotten=sum(each.forgotten for each in stretches),
                statements=sum(each.leaf is not None for each in statements),
                waiting=waiting,
                acts=acts.total,
                texts=texts,
                checkpoints=len(kept),
                timestamps=timestamps,
            ),
        )


class _Head(NamedTuple):
    size: int
    root: bytes
    checkpoint: object


def _read_head(reading: Reading, findings: Findings) -> _Head:
    try:
        lines = reading.lines("head")
        counts = [
            *reading.lines("bundle_counts"),
            *(line[1:] for line in reading.lines("tile_counts")),
        ]
    except Damaged as error:
        findings.add("unreadable", "head", error.what)
        return _Head(0, b"", None)
    stored = max(count for count, *_ in counts) * TILE_WIDTH
    if len(lines) != 1:
        findings.add("head-form", "head", f"there are {len(lines)} of it, expected one")
    size, root, checkpoint = lines[0] if lines else (stored, b"", None)
    if not isinstance(root, bytes) or len(root) != HASH_BYTES:
        findings.add("head-form", "head", "its root is not 32 bytes")
        root = b""
    # A few that are missing are told by their numbers. A size out of all proportion is not walked.
    if type(size) is not int or not 0 <= size <= stored + _MISSING_TILES * TILE_WIDTH:
        what = f"its size is not that of the tiles and bundles for {stored} entries that there are"
        findings.add("head-form", "head", what)
        size = stored
    return _Head(size, root, checkpoint)


def _check_bulk(
    place: Place, size: int, progress: Callable[[int, int], None] | None, processes: int
) -> tuple[list[str], list[Stretch]]:
    """Do what takes as long as there are leaves: the store's own check, and every stretch."""
    tiles = -(-size // TILE_WIDTH)
    firsts = range(0, tiles, STRETCH_TILES)
    ends = [min(first + STRETCH_TILES, tiles) for first in firsts]
    if processes == 1 or len(firsts) == 1:
        faults = check_store(place)
        spans = zip(firsts, ends, strict=True)
        return faults, _told((check_stretch(place, *span, size) for span in spans), size, progress)
    # Started afresh: a fork would carry over connections and threads of who calls.
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_the_parent
    )
    try:
        store = pool.submit(check_store, place)  # first: it cannot be cut up
        count = len(firsts)
        found = pool.map(check_stretch, [place] * count, firsts, ends, [size] * count)
        done = _told(found, size, progress)
        return store.result(), done
    finally:
        pool.shutdown(cancel_futures=True)


def check_store(place: Place) -> list[str]:
    """Say what the store finds wrong with its own files; opens the ledger for itself."""
    with closing(open_reading(place)) as reading:
        return list(reading.check_itself())


def _told(
    stretches: Iterable[Stretch], size: int, progress: Callable[[int, int], None] | None
) -> list[Stretch]:
    done = []
    tell = progress or (lambda _done, _all: None)
    tell(0, size)
    for each in stretches:
        done.append(each)
        tell(min((each.first + STRETCH_TILES) * TILE_WIDTH, size), size)
    return done


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _with_head(head: _Head, findings: Findings) -> list[Signed]:
    if head.checkpoint is None:
        return []
    found = read_checkpoint("head", head.checkpoint, findings, size=head.size)
    if found is None:
        return []
    if found.checkpoint.root != head.root:
        findings.add("root", "head", "its checkpoint has another root than it says")
    return [found]


def _earlier(earlier: Mapping[str, str], findings: Findings) -> list[Signed]:
    found = [read_checkpoint(name, note, findings) for name, note in earlier.items()]
    return [each for each in found if each is not None]


def _check_timestamps(
    reading: Reading,
    kept: list[Signed],
    roots: Sequence[x509.Certificate] | None,
    findings: Findings,
) -> int:
    try:
        lines = reading.lines("timestamps")
    except Damaged as error:
        findings.add("unreadable", "timestamp", error.what)
        return 0
    texts = {each.checkpoint.size: parse_note(each.note).text for each in kept}
    for size, token in lines:
        fault = _fault_of_timestamp(token, texts.get(size), roots)
        if fault is not None:
            findings.add("timestamp", f"timestamp, size {size}", fault)
    return len(lines)


def _fault_of_timestamp(
    token: object, text: str | None, roots: Sequence[x509.Certificate] | None
) -> str | None:
    if text is None:
        return "the checkpoint that it stamps is not kept"
    # What is stamped stands in the token as it is: an OCTET STRING of 32 bytes (RFC 3161, 2.4.2).
    if not isinstance(token, bytes) or b"\x04\x20" + sha256(text.encode()).digest() not in token:
        return "it is not of the checkpoint of this size"
    if roots is None:
        return None
    from daccord.ledger.timestamps import verify_timestamp  # noqa: PLC0415 - an extra

    try:
        verify_timestamp(token, text, roots)
    except ProofRejected as error:
        return error.reason
    return None


def _remark_keys(remarks: Findings, head: _Head, *, given: bool, had_key: bool) -> None:
    if not head.size:
        return
    if head.checkpoint is None:
        what = "the log is not signed: who can write to the store can rewrite it unseen"
        remarks.add("unsigned", "head", what)
    elif not had_key:
        what = "no key was given and the log names none: no signature was verified"
        remarks.add("no-key", "head", what)
    elif not given:
        what = "no key was given: the first that the log names is believed"
        remarks.add("key-from-log", "head", what)


def _remark_versions(remarks: Findings, stretches: Iterable[Stretch], acts: Acts) -> None:
    used: Counter[object] = Counter()
    for each in stretches:
        used.update(each.acts)
    records = sum(count for act, count in used.items() if act in acts.unpublished)
    if records:
        what = f"the log does not hold what the readers of {records} records were shown"
        remarks.add("unpublished", "record", what)
