"""The thread that takes each new checkpoint to the witnesses of a policy.

1. It is beside everything: no append, merge or page waits for it, and a witness that is down, slow
   or hostile costs nothing but its own cosignature.
2. A witness is asked with a proof from the size that it cosigned last. It says that size itself
   (409) when it is asked from another one; what was cosigned before is only where to begin.
3. A witness that cosigned more than the log has, or says that the log is not what it cosigned, is
   what witnesses are for. It is said once, loudly, and stands in `standings` until the witness
   cosigns again. Nothing else is done about it: the log keeps what it has.
4. Nodes on one store each have such a thread. They ask the same witnesses the same thing; what one
   kept the other may keep again.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from daccord.errors import Damaged, LedgerError, ProofRejected
from daccord.ledger.anchors import add_signatures, keep_cosigned, read_whole_anchors, text_of
from daccord.ledger.posting import check_url
from daccord.ledger.prove import tiles_of
from daccord.ledger.witness_client import (
    Cosigned,
    Elsewhere,
    Inconsistent,
    Reaction,
    Unusable,
    ask_witness,
)
from daccord.merkle.cosignatures import verify_cosignatures
from daccord.merkle.notes import parse_note
from daccord.merkle.proofs import prove_consistency
from daccord.merkle.witnessing import AddCheckpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daccord.ledger.tables import Head, LogTables
    from daccord.merkle.notes import Signature
    from daccord.merkle.policies import KnownWitness, Policy

EVERY_SECONDS: Final = 10.0
TIMEOUT_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 2.0
"""Limit: how long a site that stops waits for a witness. What is lost is one cosignature."""
ATTEMPTS: Final = 3
"""Limit: one to learn the size, one to ask from it, one more when another node was faster."""

_log = logging.getLogger("daccord.ledger")


class Trouble(StrEnum):
    """What keeps a witness from cosigning."""

    UNUSABLE = "unusable"
    FORK = "fork"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things are with one witness.

    ``size`` and ``time_s`` are of its last cosignature that this process has seen or found in the
    store; ``words`` tell the trouble to people.
    """

    name: str
    size: int | None = None
    time_s: int | None = None
    trouble: Trouble | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round came to. ``size`` is that of the checkpoint, ``None`` where there is none."""

    size: int | None
    is_met: bool
    is_kept: bool
    standings: tuple[Standing, ...]


class Anchoring:
    """Asks the witnesses of ``policy`` that have a URL; the others only count.

    ``open_tables`` gives tables that can be written, for one thread, to be closed by it. Raises
    SettingsFault for a URL that cannot be asked.
    """

    def __init__(
        self,
        open_tables: Callable[[], LogTables],
        policy: Policy,
        *,
        every_s: float = EVERY_SECONDS,
        timeout_s: float = TIMEOUT_SECONDS,
    ) -> None:
        self._open_tables = open_tables
        self._policy = policy
        self._every_s = every_s
        self._timeout_s = timeout_s
        self._asked = {each: each.url for each in policy.witnesses if each.url is not None}
        for url in self._asked.values():
            check_url(url)
        self._standings = {each: Standing(name=each.name) for each in self._asked}
        self._sizes: dict[KnownWitness, int] = {}
        self._note: str | None = None
        """The newest checkpoint with what it was cosigned with so far."""
        self._round = threading.Lock()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._fault: str | None = None

    def start(self) -> None:
        """Start the thread, once; nothing without a witness to ask, nothing after `close`."""
        if not self._asked or self._thread is not None or self._end.is_set():
            return
        # A daemon: it has nothing that is lost with it.
        thread = threading.Thread(target=self._run, name="daccord-anchor", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._note_fault(error)
            return
        self._thread = thread

    def close(self) -> None:
        """End the thread. Waits, but not for a hanging witness. May be called again."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def standings(self) -> tuple[Standing, ...]:
        """How things are with each witness that is asked, in the order of the policy."""
        return tuple(self._standings.values())

    def anchor(self) -> Round:
        """Do one round now, in the caller's thread. Raises the store's `LedgerError`."""
        with self._round:
            tables = self._open_tables()
            try:
                return self._anchor(tables)
            finally:
                tables.close()

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self.anchor()
                self._fault = None
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round begins anew
                self._note_fault(error)
            self._end.wait(self._every_s)

    def _anchor(self, tables: LogTables) -> Round:
        head = tables.head()
        if head.checkpoint is None or head.size == 0:
            return Round(size=None, is_met=False, is_kept=False, standings=self.standings())
        note = self._begin(tables, head, head.checkpoint)
        cosigners = verify_cosignatures(parse_note(note), self._policy.witness_keys)
        waiting = [each for each in self._asked if each.key not in cosigners]
        signatures = self._collect(tables, head, head.checkpoint, waiting)
        if signatures:
            note = self._note = add_signatures(note, signatures)
            cosigners = verify_cosignatures(parse_note(note), self._policy.witness_keys)
            is_kept = keep_cosigned(tables, head.size, note, self._policy)
        else:
            is_kept = any(size == head.size for size, _ in tables.checkpoints())
        return Round(
            size=head.size,
            is_met=self._policy.is_met(cosigners),
            is_kept=is_kept,
            standings=self.standings(),
        )

    def _begin(self, tables: LogTables, head: Head, checkpoint: str) -> str:
        """Give the checkpoint with the cosignatures that it has already, from here or the store."""
        first, text = self._note is None, text_of(checkpoint)
        if self._note is None or text_of(self._note) != text:
            self._note = checkpoint
        if first:
            self._remember(tables, head, checkpoint)
        return self._note

    def _remember(self, tables: LogTables, head: Head, checkpoint: str) -> None:
        """Learn from the store, at the first round, who cosigned what."""
        for anchor in read_whole_anchors(tables, self._policy):
            if anchor.size == head.size and text_of(anchor.note) == text_of(checkpoint):
                self._note = add_signatures(checkpoint, parse_note(anchor.note).signatures)
            for witness in self._asked:
                time_s = anchor.cosigners.get(witness.key)
                if time_s is not None and anchor.size <= head.size:
                    self._sizes[witness] = anchor.size
                    before = self._standings[witness]
                    self._standings[witness] = replace(before, size=anchor.size, time_s=time_s)

    def _collect(
        self, tables: LogTables, head: Head, checkpoint: str, waiting: list[KnownWitness]
    ) -> list[Signature]:
        """Ask all that wait, again those that taught where to begin. Gives what is verified."""
        signatures = []
        for _ in range(ATTEMPTS):
            requests = {each: self._request(tables, head, checkpoint, each) for each in waiting}
            waiting = []
            for witness, reaction in self._ask(requests).items():
                if isinstance(reaction, Cosigned):
                    signatures.append(reaction.signature)
                if self._take(tables, head, witness, reaction):
                    waiting.append(witness)
            if not waiting:
                break
        return signatures

    def _request(
        self, tables: LogTables, head: Head, checkpoint: str, witness: KnownWitness
    ) -> AddCheckpoint:
        old = self._sizes.get(witness, 0)
        if old > head.size:  # what was true before may be over: let the witness say it again
            old = 0
        try:
            proof = prove_consistency(old, head.size, tiles_of(tables))
        except ProofRejected as error:
            raise Damaged("tiles", f"no proof from {old} to {head.size}: {error.reason}") from None
        return AddCheckpoint(old, proof, checkpoint)

    def _ask(self, requests: Mapping[KnownWitness, AddCheckpoint]) -> dict[KnownWitness, Reaction]:
        """Ask all at once, each in a thread of its own, and wait for all."""
        reactions: dict[KnownWitness, Reaction] = {}

        def ask(witness: KnownWitness, asked: AddCheckpoint) -> None:
            url = self._asked[witness]
            reactions[witness] = ask_witness(url, witness.key, asked, timeout_s=self._timeout_s)

        threads = [
            threading.Thread(target=ask, args=each, name="daccord-witness", daemon=True)
            for each in requests.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {each: reactions.get(each, Unusable("it was not asked")) for each in requests}

    def _take(
        self, tables: LogTables, head: Head, witness: KnownWitness, reaction: Reaction
    ) -> bool:
        """Note what a witness said; say whether to ask it again now."""
        match reaction:
            case Cosigned(time_s=time_s):
                self._sizes[witness] = head.size
                self._settle(witness, Standing(name=witness.name, size=head.size, time_s=time_s))
            case Elsewhere(size=size) if size <= head.size:
                again = self._sizes.get(witness) != size
                self._sizes[witness] = size
                if not again:
                    self._be_in(witness, Trouble.UNUSABLE, "it contradicts itself about its size")
                return again
            case Elsewhere(size=size):
                if tables.head().size >= size:
                    self._sizes[witness] = size  # another node was faster: the next round's
                else:
                    self._sizes.pop(witness, None)
                    self._be_in(
                        witness,
                        Trouble.ROLLBACK,
                        f"it cosigned {size} entries, and the log has {head.size}",
                    )
            case Inconsistent(old=old):
                self._be_in(
                    witness,
                    Trouble.FORK,
                    f"to it, the log of {head.size} entries is not the one of {old} that it "
                    "cosigned",
                )
            case Unusable(reason=reason):
                self._be_in(witness, Trouble.UNUSABLE, reason)
            case _:
                assert_never(reaction)
        return False

    def _be_in(self, witness: KnownWitness, trouble: Trouble, words: str) -> None:
        self._settle(witness, replace(self._standings[witness], trouble=trouble, words=words))

    def _settle(self, witness: KnownWitness, now: Standing) -> None:
        """Keep a standing, and say what is new about it: not the same every ten seconds."""
        before, self._standings[witness] = self._standings[witness], now
        if now.trouble == before.trouble:
            return
        match now.trouble:
            case None:
                _log.warning("the witness '%s' cosigns again", now.name)
            case Trouble.UNUSABLE:
                _log.warning("the witness '%s' does not cosign: %s", now.name, now.words)
            case Trouble.FORK | Trouble.ROLLBACK:
                _log.critical(
                    "%s: the witness '%s' refuses the log: %s\n"
                    "  Was a copy of the ledger put in its place, or do two go on from one? "
                    "Receipts since then will not be believed by those who trust this witness",
                    *(now.trouble.upper(), now.name, now.words),
                )
            case _:
                assert_never(now.trouble)

    def _note_fault(self, error: Exception) -> None:
        said = str(error) if isinstance(error, LedgerError) else f"{type(error).__name__}: {error}"
        if said != self._fault:
            self._fault = said
            _log.error("no checkpoint can be taken to the witnesses: %s", said)
