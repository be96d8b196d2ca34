"""Our log and real witnesses over HTTP: cosigned while it grows, refused when it goes back."""

from __future__ import annotations

import logging
import shutil
import socket
import threading
from contextlib import closing, contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import TYPE_CHECKING

import pytest

from daccord.errors import SettingsFault
from daccord.ledger.anchoring import Anchoring, Trouble
from daccord.ledger.anchors import add_signatures, keep_cosigned, read_whole_anchors
from daccord.ledger.sqlite import SqliteStore
from daccord.merkle.checkpoints import open_checkpoint
from daccord.merkle.cosignatures import cosign, verify_cosignatures
from daccord.merkle.notes import format_signature, format_vkey, new_signer, parse_note
from daccord.merkle.policies import Policy, parse_policy
from daccord.merkle.witnessing import parse_add_checkpoint
from daccord.receipt.check import check_receipt
from tests.ledger.samples import record
from tests.witness.logs import SmallLog, witness_signer
from tests.witness.process import WitnessProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from daccord.consent.choice import RecordId
    from daccord.ledger.anchoring import Round
    from daccord.ledger.tables import LogTables
    from daccord.merkle.notes import Signer

pytestmark = [pytest.mark.promise("B3"), pytest.mark.law("REC-3")]

SIGNER = new_signer("paper.example/log", b"\1" * 32)
LOG = format_vkey(SIGNER.verifier)
CHECKPOINT = f"/{sha256(SIGNER.name.encode()).hexdigest()}/checkpoint"


WITNESS = witness_signer()
VKEY = format_vkey(WITNESS.verifier)
STRANGER = witness_signer("stranger.example", 7)


class Site:
    """A store in ``folder`` that is opened, appended to, copied and put back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.store = SqliteStore(folder / "ledger.sqlite", signer=SIGNER)
        self.store.open()

    def append(self, count: int) -> list[RecordId]:
        records = [record() for _ in range(count)]
        for each in [self.store.append(each) for each in records]:
            each.result()
        self.store.merge()
        return [each.id for each in records]

    def close(self) -> None:
        self.store.close()

    def copy_to(self, folder: Path) -> None:
        """Copy the closed ledger: without what this node has seen, as a restored backup is."""
        folder.mkdir(exist_ok=True)
        shutil.copy(self.folder / "ledger.sqlite", folder / "ledger.sqlite")

    def size(self) -> int:
        with closing(self.store.tables()) as tables:
            return tables.head().size


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "site")
    yield made
    made.close()


@pytest.fixture
def witnesses(tmp_path: Path) -> Iterator[list[WitnessProcess]]:
    names = ("one.example", "two.example")
    made = [WitnessProcess(tmp_path / name, LOG, name=name) for name in names]
    yield [each.run() for each in made]
    for each in made:
        each.kill()


def policy_of(*witnesses: tuple[str, str], count: int | str = "all") -> Policy:
    """A policy that asks for ``count`` of the witnesses with these keys and URLs."""
    lines = [
        f"log {LOG}",
        *(f"witness w{at} {each[0]} {each[1]}" for at, each in enumerate(witnesses)),
    ]
    names = " ".join(f"w{at}" for at in range(len(witnesses)))
    lines += [f"group all-of-them {count} {names}", "quorum all-of-them"]
    return parse_policy("".join(f"{line}\n" for line in lines).encode())


def policy_for(witnesses: list[WitnessProcess], count: int | str = "all") -> Policy:
    return policy_of(*((each.vkey, each.url) for each in witnesses), count=count)


def anchor(site: Site, policy: Policy, *, timeout_s: float = 5.0) -> Round:
    return Anchoring(site.store.tables, policy, timeout_s=timeout_s).anchor()


def kept(site: Site) -> list[int]:
    with closing(site.store.tables()) as tables:
        return [size for size, _ in tables.checkpoints()]


def test_a_log_is_cosigned_while_it_grows(site: Site, witnesses: list[WitnessProcess]) -> None:
    policy = policy_for(witnesses)
    anchoring = Anchoring(site.store.tables, policy)
    assert anchoring.anchor().size is None
    for count in (1, 2, 300):
        ids = site.append(count)
        done = anchoring.anchor()
        assert (done.size, done.is_met, done.is_kept) == (site.size(), True, True)
        assert [(each.size, each.trouble) for each in done.standings] == [(done.size, None)] * 2
        assert kept(site) == [site.size()]
    again = anchoring.anchor()
    assert (again.size, again.is_met, again.is_kept) == (site.size(), True, True)
    with closing(site.store.tables()) as tables:
        [newest] = read_whole_anchors(tables, policy)
    assert newest.is_met
    assert set(newest.cosigners) == {each.key for each in witnesses}
    assert open_checkpoint(newest.note, [SIGNER.verifier]).size == site.size()
    receipt = site.store.receipt(ids[0])
    assert receipt is not None
    assert check_receipt(receipt, [SIGNER.verifier], policy=policy).passed
    site.append(1)
    assert kept(site) == [site.size() - 1]
    still = site.store.receipt(ids[0])
    assert still is not None
    assert check_receipt(still, [SIGNER.verifier], policy=policy).passed


def test_a_receipt_without_enough_witnesses_fails_the_policy(
    site: Site, witnesses: list[WitnessProcess]
) -> None:
    [id_] = site.append(1)
    witnesses[1].kill()
    policy = policy_for(witnesses)
    done = anchor(site, policy)
    assert (done.is_met, done.is_kept) == (False, True)  # better than nothing
    receipt = site.store.receipt(id_)
    assert receipt is not None
    assert not check_receipt(receipt, [SIGNER.verifier], policy=policy).passed
    assert check_receipt(receipt, [SIGNER.verifier], policy=policy_for(witnesses, 1)).passed
    assert check_receipt(receipt, [SIGNER.verifier]).passed


def test_what_is_better_is_not_given_up(site: Site, witnesses: list[WitnessProcess]) -> None:
    """A newer checkpoint with too few cosignatures does not replace one with enough."""
    policy = policy_for(witnesses)
    site.append(3)
    anchoring = Anchoring(site.store.tables, policy)
    assert anchoring.anchor().is_met
    met = kept(site)
    witnesses[0].kill()
    site.append(3)
    done = anchoring.anchor()
    assert (done.is_met, done.is_kept) == (False, False)
    assert done.standings[0].trouble == Trouble.UNUSABLE
    assert kept(site) == met
    witnesses[0].run()
    restarted = Anchoring(site.store.tables, policy_for(witnesses))
    done = restarted.anchor()
    assert (done.is_met, done.is_kept, kept(site)) == (True, True, [site.size()])


def test_what_was_stamped_stays(site: Site, witnesses: list[WitnessProcess]) -> None:
    policy = policy_for(witnesses)
    anchoring = Anchoring(site.store.tables, policy)
    sizes = []
    for count in (1, 2, 3):
        site.append(count)
        anchoring.anchor()
        sizes.append(site.size())
        if count == 2:
            with closing(site.store.tables()) as tables:
                tables.keep_timestamp(site.size(), b"token")
    assert kept(site) == sizes[1:]


def test_of_two_that_were_cosigned_the_newer_is_kept(site: Site) -> None:
    """Whichever comes first: nodes on one store are not in step. Enough witnesses beat a size."""
    log = SmallLog(9)
    policy = policy_of((VKEY, "http://w"), (format_vkey(STRANGER.verifier), "http://s"))

    def keep(size: int, *signers: Signer) -> bool:
        note = log.note(size)
        signatures = [cosign(parse_note(note).text, 5, each) for each in signers]
        with closing(site.store.tables()) as tables:
            return keep_cosigned(tables, size, add_signatures(note, signatures), policy)

    assert not keep(1)
    assert keep(4, WITNESS)
    assert not keep(3, STRANGER)
    assert keep(2, WITNESS, STRANGER)
    assert kept(site) == [2]
    assert keep(6, WITNESS, STRANGER)
    assert not keep(5, WITNESS, STRANGER)
    assert not keep(9, WITNESS)
    assert kept(site) == [6]


def test_a_damaged_row_does_not_end_anchoring(site: Site, witnesses: list[WitnessProcess]) -> None:
    """It stays for `daccord ledger verify` to name."""
    policy = policy_for(witnesses)
    site.append(1)
    first = anchor(site, policy).size
    assert first is not None
    with closing(site.store.tables()) as tables:
        tables.keep_checkpoint(first, "nonsense")
    site.append(1)
    assert anchor(site, policy).is_kept
    assert kept(site) == [first, site.size()]


def test_a_rollback_is_refused_and_shouted(
    site: Site,
    witnesses: list[WitnessProcess],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An old copy of the ledger is put in its place."""
    policy = policy_for(witnesses)
    site.append(3)
    site.close()
    site.copy_to(tmp_path / "old")
    site = Site(site.folder)
    site.append(4)
    newer = site.size()
    assert anchor(site, policy).is_met
    site.close()

    old = Site(tmp_path / "old")
    try:
        anchoring = Anchoring(old.store.tables, policy)
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                done = anchoring.anchor()
        assert not done.is_met
        assert [each.trouble for each in done.standings] == [Trouble.ROLLBACK] * 2
        assert (
            done.standings[0].words == f"it cosigned {newer} entries, and the log has {old.size()}"
        )
        assert [entry.levelno for entry in caplog.records] == [logging.CRITICAL] * 2
        assert caplog.messages[0].startswith("ROLLBACK: the witness 'w0' refuses the log: ")

        old.append(newer)  # and now it has more, but not the same
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            done = anchoring.anchor()
        assert [each.trouble for each in done.standings] == [Trouble.FORK] * 2
        assert caplog.messages[0].startswith("FORK: the witness 'w0' refuses the log: ")
        assert kept(old) == []
    finally:
        old.close()
    for witness in witnesses:
        assert b"\n%d\n" % newer in witness.ask(CHECKPOINT).body
        assert "FORK" in witness.stop() or newer & (newer - 1) == 0


def test_two_that_go_on_from_one_are_not_both_cosigned(
    site: Site, witnesses: list[WitnessProcess], tmp_path: Path
) -> None:
    policy = policy_for(witnesses)
    site.append(5)
    assert anchor(site, policy).is_met
    site.close()
    site.copy_to(tmp_path / "twin")
    site = Site(site.folder)
    twin = Site(tmp_path / "twin")
    try:
        site.append(2)
        twin.append(2)
        assert anchor(site, policy).is_met
        done = anchor(twin, policy)
        assert not done.is_met
        assert [each.trouble for each in done.standings] == [Trouble.FORK] * 2
        site.append(1)
        assert anchor(site, policy).is_met
    finally:
        site.close()
        twin.close()


def test_a_node_that_is_overtaken_says_nothing(
    site: Site, witnesses: list[WitnessProcess], caplog: pytest.LogCaptureFixture
) -> None:
    """Between reading the head and asking, another node merges and has the witness cosign."""
    policy = policy_for(witnesses)
    site.append(3)
    other = Anchoring(site.store.tables, policy)

    class Slow:
        """Tables whose first head is that of a moment ago."""

        def __init__(self) -> None:
            self._tables = site.store.tables()
            self._first = self._tables.head()
            site.append(2)
            assert other.anchor().is_met

        def head(self) -> object:
            first, self._first = self._first, self._tables.head()
            return first

        def __getattr__(self, name: str) -> object:
            return getattr(self._tables, name)

    with caplog.at_level(logging.WARNING):
        done = Anchoring(Slow, policy).anchor()  # type: ignore[arg-type]
    assert not done.is_met
    assert [each.trouble for each in done.standings] == [None, None]
    assert not caplog.records
    assert kept(site) == [site.size()]


@contextmanager
def answering(answer: Callable[[bytes], tuple[int, str, bytes]]) -> Iterator[str]:
    """A server that says what it likes; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, media_type, body = answer(raw)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", media_type)
            else:
                self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/prefix"
        finally:
            server.shutdown()
            thread.join()


def signing(raw: bytes, *signers: Signer) -> bytes:
    text = parse_note(parse_add_checkpoint(raw).note).text
    lines = [format_signature(cosign(text, 5, each)) for each in signers]
    return "".join(f"{line}\n" for line in lines).encode()


def bent(raw: bytes) -> bytes:
    line = signing(raw, WITNESS).decode()
    at = len(line) - 20
    return (line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1 :]).encode()


TEXT = "text/plain"
SIZE = "text/x.tlog.size"
ANSWERS: dict[str, tuple[Callable[[bytes], tuple[int, str, bytes]], str | None]] = {
    "true": (lambda raw: (200, TEXT, signing(raw, WITNESS)), None),
    "true, after a stranger": (lambda raw: (200, TEXT, signing(raw, STRANGER, WITNESS)), None),
    "bent, then true": (lambda raw: (200, TEXT, bent(raw) + signing(raw, WITNESS)), None),
    "bent": (lambda raw: (200, TEXT, bent(raw)), "it answered without a cosignature by its key"),
    "a stranger's": (
        lambda raw: (200, TEXT, signing(raw, STRANGER)),
        "it answered without a cosignature by its key",
    ),
    "nothing": (lambda _: (200, TEXT, b""), "it answered without a cosignature by its key"),
    "no text": (lambda _: (200, TEXT, b"\xff\n"), "it answered without a cosignature by its key"),
    "far too much": (
        lambda raw: (200, TEXT, signing(raw, WITNESS) * 10_000),
        "an answer of more than 262144 bytes",
    ),
    "elsewhere": (lambda _: (302, "http://127.0.0.1:9/", b""), "it answered 302"),
    "unknown log": (
        lambda _: (404, TEXT, b""),
        "it does not know the log (404): send it the log's verifier key",
    ),
    "a key refused": (
        lambda _: (403, TEXT, b""),
        "it does not take the log's key (403): send it the log's verifier key",
    ),
    "broken": (lambda _: (500, TEXT, b"\x1b[31m"), "it answered 500"),
    "a conflict about nothing": (lambda _: (409, TEXT, b"3\n"), "it answered 409 without a size"),
    "a size that is none": (lambda _: (409, SIZE, b"03\n"), "it answered 409 without a size"),
    "a size without an end": (lambda _: (409, SIZE, b"3"), "it answered 409 without a size"),
    "always the same size": (
        lambda _: (409, SIZE, b"1\n"),
        "it contradicts itself about its size",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_witness_may_say(site: Site, name: str) -> None:
    """Only a true cosignature by its own key is taken; all else is its trouble alone."""
    answer, words = ANSWERS[name]
    site.append(3)
    with answering(answer) as url:
        done = anchor(site, policy_of((VKEY, url)))
    assert done.is_met == done.is_kept == (words is None)
    assert done.standings[0].words == (words or "")
    with closing(site.store.tables()) as tables:
        for _, note in tables.checkpoints():
            assert verify_cosignatures(parse_note(note), [WITNESS.verifier])
            assert len(parse_note(note).signatures) == 2
    if words is None:
        assert done.standings[0].time_s == 5


def test_a_witness_that_hangs_costs_its_timeout_only(
    site: Site, witnesses: list[WitnessProcess]
) -> None:
    """It accepts and says nothing, or drips; the others cosign all the same."""
    site.append(1)
    with socket.create_server(("127.0.0.1", 0)) as silent, dripping() as drip:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        one = witnesses[0]
        policy = policy_of((VKEY, url), (format_vkey(STRANGER.verifier), drip), (one.vkey, one.url))
        done = anchor(site, policy, timeout_s=0.5)
    assert [each.words for each in done.standings] == [
        "no answer within 0.5 s",
        "no answer within 0.5 s",
        "",
    ]
    assert done.standings[2].size == site.size()


@contextmanager
def dripping() -> Iterator[str]:
    """A server that answers a byte at a time, for ever."""
    end = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            try:
                while not end.wait(0.05):
                    connection.sendall(b"H")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=[server])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            end.set()
            thread.join()


class Keeping:
    """Gives a site's tables, and tells which checkpoints are kept through them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sizes: Queue[int] = Queue()

    def wait(self) -> int:
        return self._sizes.get(timeout=20)

    def __call__(self) -> LogTables:
        tables, sizes = self._site.store.tables(), self._sizes
        keep = tables.keep_checkpoint

        def keep_and_tell(size: int, note: str) -> None:
            keep(size, note)
            sizes.put(size)

        tables.keep_checkpoint = keep_and_tell  # type: ignore[method-assign]
        return tables


def test_the_thread_anchors_beside_everything(site: Site, witnesses: list[WitnessProcess]) -> None:
    """Started once, it takes what comes to the witnesses; closed, it is gone."""
    policy = policy_for(witnesses)
    none = Anchoring(site.store.tables, parse_policy(b"quorum none\n"))
    none.start()
    none.close()
    keeping = Keeping(site)
    anchoring = Anchoring(keeping, policy, every_s=0.01)
    anchoring.start()
    anchoring.start()
    assert sum(each.name == "daccord-anchor" for each in threading.enumerate()) == 1
    for _ in range(3):
        site.append(2)
        while keeping.wait() != site.size():
            pass
    anchoring.close()
    assert kept(site) == [site.size()]
    anchoring.close()
    assert all(each.name != "daccord-anchor" for each in threading.enumerate())
    anchoring.start()
    assert all(each.name != "daccord-anchor" for each in threading.enumerate())


def test_a_store_that_fails_is_said_once(
    site: Site, witnesses: list[WitnessProcess], caplog: pytest.LogCaptureFixture
) -> None:
    """The thread outlives it, and goes on when the store does."""
    site.append(1)
    failing = threading.Event()
    failing.set()
    failed = threading.Semaphore(0)
    keeping = Keeping(site)

    def tables() -> LogTables:
        if failing.is_set():
            failed.release()
            raise RuntimeError("no")
        return keeping()

    anchoring = Anchoring(tables, policy_for(witnesses), every_s=0.01)
    with caplog.at_level(logging.ERROR):
        anchoring.start()
        for _ in range(3):
            failed.acquire()
        failing.clear()
        assert keeping.wait() == site.size()
        anchoring.close()
    assert caplog.messages == ["no checkpoint can be taken to the witnesses: RuntimeError: no"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://witness.example/",
        "witness.example",
        "http://",
        "http://user:secret@witness.example/",
        "https://witness.example:0/",
        "https://witness.example:x/",
        "https://witness.example/#x",
        "https://w\u00efness.example/",
        "http://[::1",
    ],
)
def test_a_url_that_cannot_be_asked_stops_the_start(site: Site, url: str) -> None:
    with pytest.raises(SettingsFault):
        Anchoring(site.store.tables, policy_of((VKEY, url)))
