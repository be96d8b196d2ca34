"""The log for anybody: checkpoint, tiles, entries, keys, texts (https://c2sp.org/tlog-tiles).

1. Public, the same for everybody, and nothing personal in it: no cookie is looked at, and a page of
   any site may read it.
2. One spelling for each address, without a query: a cache holds each thing once.
3. What can never change is kept for a year; what is not there is not kept, since it may come.
4. Nothing of it becomes a document of this site: a text of the log is the publisher's own HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from daccord.errors import NoteRejected
from daccord.exchange.addresses import CHECKPOINT_PATH, KEYS_PATH, LOG_PREFIX
from daccord.exchange.reply import NO_STORE, Reply, reply
from daccord.merkle.tiles import Tile, parse_tile_path

if TYPE_CHECKING:
    from daccord.exchange.fields import Fields


class Shelf(Enum):
    """What kind of thing is asked for."""

    CHECKPOINT = "checkpoint"
    KEYS = "keys"
    TILE = "tile"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One thing of the log: ``tile`` with `Shelf.TILE`, SHA-256 ``digest`` with `Shelf.TEXT`."""

    shelf: Shelf
    tile: Tile | None = None
    digest: bytes = b""


_TEXT: Final = re.compile(rf"{LOG_PREFIX}text/([0-9a-f]{{64}})", re.ASCII)

_OPEN: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
)
_PLAIN: Final = (b"content-type", b"text/plain; charset=utf-8")
_BYTES: Final = (b"content-type", b"application/octet-stream")
_FOR_EVER: Final = (b"cache-control", b"public, max-age=31536000, immutable")
_FOR_A_MOMENT: Final = (b"cache-control", b"public, max-age=1")
"""A checkpoint is a second behind anyway: a cache in front may take a crowd off the store."""


def read_log_address(address: str) -> Wanted | None:
    """Read path and query as the browser sent them; ``None`` for what is no address of the log."""
    if address == CHECKPOINT_PATH:
        return Wanted(shelf=Shelf.CHECKPOINT)
    if address == KEYS_PATH:
        return Wanted(shelf=Shelf.KEYS)
    if found := _TEXT.fullmatch(address):
        return Wanted(shelf=Shelf.TEXT, digest=bytes.fromhex(found[1]))
    try:
        return Wanted(shelf=Shelf.TILE, tile=parse_tile_path(address.removeprefix(LOG_PREFIX)))
    except NoteRejected:
        return None


def log_reply(wanted: Wanted, body: bytes | None) -> Reply:
    """Give what was asked for; ``None`` where there is none, or not yet."""
    if body is None:
        return log_error(404)
    match wanted.shelf:
        case Shelf.CHECKPOINT | Shelf.KEYS:
            fields = [_PLAIN, _FOR_A_MOMENT]
        case Shelf.TILE:
            fields = [_BYTES, _FOR_EVER]
        case Shelf.TEXT:
            fields = [_BYTES, _FOR_EVER, (b"content-disposition", b"attachment")]
    return reply(200, *_OPEN, *fields, body=body)


def log_error(status: int) -> Reply:
    """Say in a line why there is nothing: programs read it, so in English."""
    fields: Fields = [*_OPEN, _PLAIN, NO_STORE]
    match status:
        case 404:
            said = "there is nothing at this address, or not yet\n"
        case 405:
            said = "the log is only read: GET or HEAD\n"
            fields.append((b"allow", b"GET, HEAD"))
        case _:
            said = "the log cannot be read just now\n"
            fields.append((b"retry-after", b"1"))
    return reply(status, *fields, body=said.encode())
