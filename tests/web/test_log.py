"""The public log over HTTP: what is signed, and nothing else, for anybody (C2SP tlog-tiles)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from daccord.declaration.canonical import canonical_form
from daccord.merkle.bundles import decode_entries
from daccord.merkle.checkpoints import open_checkpoint
from daccord.merkle.hashing import hash_leaf
from daccord.merkle.notes import format_vkey, parse_vkey
from daccord.merkle.tiles import TILE_WIDTH
from daccord.merkle.tree import grow
from daccord.receipt.receipt import parse_receipt
from daccord.receipt.statements import Commitment, KeyStatement, decode_entry, encode_statement
from daccord.server.publishing import version_of
from daccord.web.record_ids import new_record_id
from tests.web.ledger_site import SIGNER, ledger_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daccord.declaration.model import Declaration
    from tests.web.ledger_site import LedgerReader

LOG = "/_daccord/log/"
CHECKPOINT = f"{LOG}checkpoint"

pytestmark = pytest.mark.promise("B3")


@pytest.fixture
def reader(tmp_path: Path, newspaper: Declaration) -> Iterator[LedgerReader]:
    """A reader of a site that has said who it is, and has three consents."""
    with ledger_site(tmp_path, newspaper) as reader:
        key = KeyStatement(vkey=format_vkey(SIGNER.verifier))
        reader.store.publish(encode_statement(key), {})
        reader.store.publish(*version_of(newspaper))
        for _ in range(3):
            reader.another().choose("accept")
        reader.store.merge()
        yield reader


def test_anybody_can_rebuild_the_tree_that_was_signed(reader: LedgerReader) -> None:
    """From keys and entries alone; and every hash that is served is one of that tree."""
    keys = [parse_vkey(line) for line in reader.get(f"{LOG}keys").text.splitlines()]
    assert keys == [SIGNER.verifier]
    checkpoint = open_checkpoint(reader.get(CHECKPOINT).text, keys)
    assert checkpoint.origin == "site.example/_daccord/log"
    assert checkpoint.size == 5
    entries = decode_entries(reader.get(f"{LOG}tile/entries/000.p/5").body)
    leaves = [hash_leaf(entry) for entry in entries]
    assert grow(0, {}, leaves).root == checkpoint.root
    assert reader.get(f"{LOG}tile/0/000.p/5").body == b"".join(leaves)
    assert [type(decode_entry(entry)) for entry in entries].count(Commitment) == 3


def test_a_part_of_a_tile_is_its_beginning(reader: LedgerReader) -> None:
    whole = reader.get(f"{LOG}tile/0/000.p/5").body
    entries = decode_entries(reader.get(f"{LOG}tile/entries/000.p/5").body)
    for width in range(1, 5):
        assert reader.get(f"{LOG}tile/0/000.p/{width}").body == whole[: 32 * width]
        assert (
            decode_entries(reader.get(f"{LOG}tile/entries/000.p/{width}").body) == entries[:width]
        )


def test_full_tiles_and_the_level_above(tmp_path: Path, newspaper: Declaration) -> None:
    with ledger_site(tmp_path, newspaper) as reader:
        reader.choose("accept")
        [record] = reader.store.records()
        for _ in range(TILE_WIDTH):
            reader.store.append(replace(record, id=new_record_id()))
        reader.store.close()  # waits for them
    with ledger_site(tmp_path, newspaper) as reader:
        tile = reader.get(f"{LOG}tile/0/000")
        assert len(tile.body) == 32 * TILE_WIDTH
        assert len(reader.get(f"{LOG}tile/0/001.p/1").body) == 32
        assert len(reader.get(f"{LOG}tile/1/000.p/1").body) == 32
        assert len(decode_entries(reader.get(f"{LOG}tile/entries/000").body)) == TILE_WIDTH
        for path in ("tile/0/000.p/256", "tile/0/001", "tile/1/000", "tile/2/000.p/1"):
            assert reader.get(LOG + path).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/000.p/6",
        "tile/entries/000.p/6",
        "tile/1/000.p/1",
        "tile/0/001.p/1",
        "tile/0/000.p/05",
        "tile/0/x000/000.p/5",
        "tile/00/000.p/5",
        "tile/0/000.p/5/",
        "tile/0/000.p/5?a=b",
        "tile/-1/000.p/5",
        "tile/0/" + "x999/" * 50 + "000",
        "checkpoint/",
        "checkpoint?lang=en",
        "keys?x",
        "text/" + "0" * 64,
        "text/" + "0" * 63,
        "text/../keys",
        "",
        "nothing",
    ],
)
def test_what_is_not_there(reader: LedgerReader, path: str) -> None:
    """A tile beyond the checkpoint, another spelling, a query: not found, and not kept."""
    answer = reader.get(LOG + path)
    assert answer.status == 404
    assert answer.one("cache-control") == "no-store"
    assert answer.one("access-control-allow-origin") == "*"


def test_a_second_spelling_in_percents_is_not_found(reader: LedgerReader) -> None:
    """Servers decode the path; caches in front of them do not."""
    scope = {"raw_path": b"/_daccord/log/%63heckpoint"}
    assert reader.get(CHECKPOINT, scope=scope).status == 404


def test_the_texts_that_a_version_names(reader: LedgerReader, newspaper: Declaration) -> None:
    """CNIL-21: declaration, notices and code, each by its hash, and never run by a browser."""
    answer = reader.get(f"{LOG}text/{newspaper.version}")
    assert answer.body == canonical_form(newspaper)
    shown = reader.choose("accept")
    assert shown.status == 303
    record = parse_receipt(reader.receipt()).record
    for digest in (record.notice_hash, record.code_hash):
        text = reader.get(f"{LOG}text/{digest}")
        assert hashlib.sha256(text.body).hexdigest() == digest
        assert text.one("content-type") == "application/octet-stream"
        assert text.one("x-content-type-options") == "nosniff"
        assert text.one("content-disposition") == "attachment"
        assert "sandbox" in (text.one("content-security-policy") or "")


@pytest.mark.parametrize(
    ("path", "kind", "caching"),
    [
        ("checkpoint", "text/plain; charset=utf-8", "public, max-age=1"),
        ("keys", "text/plain; charset=utf-8", "public, max-age=1"),
        ("tile/0/000.p/5", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("tile/entries/000.p/5", "application/octet-stream", "public, max-age=31536000, immutable"),
    ],
)
def test_fields_and_methods(reader: LedgerReader, path: str, kind: str, caching: str) -> None:
    """Open to every site, the same for everybody: no cookie is set, none makes a difference."""
    answer = reader.get(LOG + path)
    assert (answer.one("content-type"), answer.one("cache-control")) == (kind, caching)
    assert answer.one("access-control-allow-origin") == "*"
    assert answer.one("access-control-allow-credentials") is None
    assert answer.one("vary") is None
    assert not answer.all("set-cookie")
    other = reader.another()
    other.choose("accept")
    if path != "checkpoint":
        assert other.get(LOG + path).messages == answer.messages
    head = reader.request("HEAD", LOG + path)
    assert (head.status, head.body) == (200, b"")
    refused = reader.request("POST", LOG + path)
    assert (refused.status, refused.one("allow")) == (405, "GET, HEAD")


def test_a_log_without_a_key_publishes_nothing(tmp_path: Path, newspaper: Declaration) -> None:
    """What nobody has signed is nobody's word."""
    with ledger_site(tmp_path, newspaper, signer=None) as reader:
        reader.choose("accept")
        reader.store.merge()
        for path in ("checkpoint", "keys", "tile/0/000.p/1", "tile/entries/000.p/1"):
            assert reader.get(LOG + path).status == 404


def test_a_store_that_cannot_be_read_is_a_503(tmp_path: Path, newspaper: Declaration) -> None:
    """And never an exception; the page of the site goes out all the same (law 11)."""
    with ledger_site(tmp_path, newspaper) as reader:
        reader.choose("accept")
        reader.store.merge()
        for file in tmp_path.glob("ledger.sqlite*"):
            file.unlink()
        (tmp_path / "ledger.sqlite").write_bytes(b"no database" * 1_000)
        for path in ("checkpoint", "keys", "tile/0/000.p/1", f"text/{'0' * 64}"):
            answer = reader.get(LOG + path)
            assert answer.status == 503
            assert answer.one("cache-control") == "no-store"
        assert reader.get("/page").status == 200
