"""Go's own transparency log code (golang.org/x/mod/sumdb) as a witness of what daccord writes.

`GoWitness.build` compiles `go/main.go` with the library that Debian and Ubuntu ship, once for all
tests; every method asks the program and raises `GoRejected` with its words when Go says no.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = Path(__file__).parent / "go" / "main.go"
BUILT = Path(__file__).parents[2] / ".run" / "go-witness"
GOPATH = "/usr/share/gocode"
NEEDED = "needs Go and golang.org/x/mod: apt-get install golang-go golang-golang-x-mod-dev"


class GoRejected(Exception):
    """What Go says is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A checkpoint that Go has verified; ``signers`` as ``name+id``."""

    origin: str
    size: int
    root: bytes
    signers: tuple[str, ...]


class GoWitness:
    """The program, built."""

    def __init__(self, program: Path) -> None:
        self._program = program

    @classmethod
    def build(cls) -> GoWitness:
        """Compile it, or take what was compiled from the same text before.

        The test fails when there is no Go, and says what to install.
        """
        go = shutil.which("go")
        if go is None or not Path(GOPATH, "src/golang.org/x/mod/sumdb/tlog").is_dir():
            pytest.fail(NEEDED)
        # a module of the network can never be meant: what Debian ships, or nothing
        offline = {
            "GO111MODULE": "off",
            "GOPATH": GOPATH,
            "GOFLAGS": "",
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0",
            "GOCACHE": str(BUILT / "cache"),
        }
        version = subprocess.run(  # noqa: S603 - the go of this machine
            [go, "version"], capture_output=True, check=True, env={**os.environ, **offline}
        ).stdout
        name = sha256(SOURCE.read_bytes() + version).hexdigest()[:16]
        program = BUILT / name
        if not program.exists():
            BUILT.mkdir(parents=True, exist_ok=True)
            folder = Path(mkdtemp(dir=BUILT))  # two workers may build at once: the last one stays
            done = subprocess.run(  # noqa: S603 - our own program
                [go, "build", "-o", folder / name, SOURCE],
                check=False,
                capture_output=True,
                text=True,
                env={**os.environ, **offline},
            )
            assert done.returncode == 0, done.stderr
            (folder / name).replace(program)
            folder.rmdir()
        return cls(program)

    def ask(self, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        """Put all requests to one run of the program, and give the answers as they stand.

        ``error`` is empty in the answer to what Go accepts. Hashes are base64 both ways.
        """
        done = subprocess.run(  # noqa: S603 - our own program
            [self._program],
            input="\n".join(json.dumps(request) for request in requests),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(requests)
        return answers

    def check_log(self, prefix: str | Path, *vkeys: str) -> Seen:
        """Read a whole log: checkpoint, every tile, every entry; each against all others.

        ``prefix`` is a folder laid out as tlog-tiles has it, or ``http://…`` where one is served.
        """
        return self._seen({"op": "log", "prefix": str(prefix), "keys": vkeys})

    def open_checkpoint(self, note: str, *vkeys: str) -> Seen:
        """Verify a signed checkpoint; cosigners' keys may be among ``vkeys``."""
        return self._seen({"op": "checkpoint", "text": note, "keys": vkeys})

    def open_note(self, note: str, *vkeys: str) -> tuple[str, ...]:
        """Verify a signed note, and give who signed it."""
        return tuple(self._one({"op": "note", "text": note, "keys": vkeys})["signers"])

    def check_tlog_proof(self, text: str, leaf_hash: bytes, *vkeys: str) -> Seen:
        """Verify a tlog-proof and its checkpoint."""
        leaf = _base64(leaf_hash)
        return self._seen({"op": "tlog_proof", "text": text, "leaf": leaf, "keys": vkeys})

    def check_inclusion(
        self, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
    ) -> None:
        """Verify an inclusion proof."""
        self._one(inclusion(leaf_hash, index, size, proof, root))

    def check_consistency(
        self, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
    ) -> None:
        """Verify a consistency proof; Go wants an old size of 1 or more."""
        self._one(consistency(old_size, old_root, size, root, proof))

    def _one(self, request: dict[str, Any]) -> dict[str, Any]:
        [answer] = self.ask(request)
        if answer["error"]:
            raise GoRejected(answer["error"])
        return answer

    def _seen(self, request: dict[str, Any]) -> Seen:
        answer = self._one(request)
        return Seen(
            origin=answer["origin"],
            size=answer["size"],
            root=b64decode(answer["root"]),
            signers=tuple(answer["signers"]),
        )


def inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> dict[str, Any]:
    """Ask for `check_inclusion`, for `GoWitness.ask`."""
    return {
        "op": "inclusion",
        "leaf": _base64(leaf_hash),
        "index": index,
        "size": size,
        "proof": [_base64(hashed) for hashed in proof],
        "root": _base64(root),
    }


def consistency(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> dict[str, Any]:
    """Ask for `check_consistency`, for `GoWitness.ask`."""
    return {
        "op": "consistency",
        "old_size": old_size,
        "old_root": _base64(old_root),
        "size": size,
        "root": _base64(root),
        "proof": [_base64(hashed) for hashed in proof],
    }


def _base64(hashed: bytes) -> str:
    return b64encode(hashed).decode()
