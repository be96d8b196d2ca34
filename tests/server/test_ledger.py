"""The one line with its ledger: what is in the log from the first moment, by which setting."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from daccord import Daccord
from daccord.declaration.parse import parse_declaration
from daccord.ledger.signing import make_key
from daccord.ledger.sqlite import SqliteStore
from daccord.merkle.checkpoints import open_checkpoint
from daccord.merkle.notes import format_vkey, parse_vkey
from daccord.receipt.check import check_receipt
from daccord.receipt.receipt import parse_receipt
from daccord.receipt.statements import KeyStatement, VersionStatement, decode_entry
from daccord.server.folder import HIGH_WATER_FILE, LEDGER_FILE, LEDGER_KEY_FILE
from tests.web.client import Browser
from tests.web.site import Site

if TYPE_CHECKING:
    from daccord.merkle.notes import VerifierKey
    from tests.ledger.postgres import Database

pytest_plugins = ["tests.ledger.postgres"]

NEWSPAPER = Path(__file__).parent.parent / "declaration" / "newspaper.toml"
ORIGIN = "site.example/_daccord/log"

pytestmark = pytest.mark.promise("B3")


def live(app: Daccord, *todo: str) -> None:
    """Have the app start, stop, or both, as a server does; then leave it."""
    ended = list(todo)

    async def receive() -> dict[str, str]:
        if not ended:
            raise asyncio.CancelledError
        return {"type": f"lifespan.{ended.pop(0)}"}

    async def send(_message: Any) -> None:
        return

    async def whole() -> None:
        with suppress(asyncio.CancelledError):
            await app({"type": "lifespan", "asgi": {}}, receive, send)

    asyncio.run(whole())


def start(app: Daccord) -> None:
    live(app, "startup")


def stop(app: Daccord) -> None:
    live(app, "startup", "shutdown")


class Silent(Site):
    """A site that knows of its start and stop."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await super().__call__(scope, receive, send)
            return
        for _ in range(2):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})


def life(app: Daccord, key: VerifierKey) -> bytes:
    """Accept, take the receipt, forget; give the receipt."""
    browser = Browser(app)
    shown = browser.get().form_value("shown")
    assert browser.post_form({"do": "accept", "shown": shown}).status == 303
    receipt = browser.get("/_daccord/receipt").body
    assert check_receipt(receipt, [key]).passed
    keys = [parse_vkey(line) for line in browser.get("/_daccord/log/keys").text.splitlines()]
    assert keys == [key]
    checkpoint = open_checkpoint(browser.get("/_daccord/log/checkpoint").text, keys)
    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, 3)
    assert browser.get("/_daccord/consents").status == 200
    done = browser.post_form({"do": "forget", "sure": "yes"}, path="/_daccord/forget")
    assert done.status == 303
    assert browser.get("/_daccord/receipt").status == 404
    return receipt


@pytest.mark.law("CNIL-21")
def test_key_and_version_are_in_the_log_before_the_first_consent(tmp_path: Path) -> None:
    """A receipt leads to the very texts that its reader was shown."""
    key = make_key(tmp_path / LEDGER_KEY_FILE, ORIGIN)
    app = Daccord(Silent(), declaration=NEWSPAPER, data=tmp_path)
    start(app)
    receipt = parse_receipt(life(app, key))
    stop(app)
    assert receipt.proof.index == 2
    store = SqliteStore(tmp_path / LEDGER_FILE)
    tables = store.tables()
    statements = [decode_entry(body.encode()) for _, body in tables.statements()]
    [version] = [each for each in statements if isinstance(each, VersionStatement)]
    assert statements.count(KeyStatement(vkey=format_vkey(key))) == 1
    assert version.declaration_version == receipt.record.declaration_version
    assert version.code_hash == receipt.record.code_hash
    assert dict(version.notices)[receipt.record.language] == receipt.record.notice_hash
    for digest in (version.declaration_version, version.code_hash, *dict(version.notices).values()):
        assert tables.text(bytes.fromhex(digest)) is not None
    tables.close()
    store.close()
    assert (tmp_path / HIGH_WATER_FILE).exists()


def test_a_start_says_nothing_twice(tmp_path: Path) -> None:
    """The same declaration and key are in the log once, however often the site starts."""
    make_key(tmp_path / LEDGER_KEY_FILE, ORIGIN)
    for _ in range(3):
        stop(Daccord(Silent(), declaration=NEWSPAPER, data=tmp_path))
    changed = NEWSPAPER.read_text("utf-8").replace("Commentaires", "Courrier")
    stop(Daccord(Silent(), declaration=parse_declaration(changed.encode()), data=tmp_path))
    store = SqliteStore(tmp_path / LEDGER_FILE)
    tables = store.tables()
    assert [leaf for leaf, _ in tables.statements()] == [0, 1, 2]
    tables.close()
    store.close()


def test_without_a_key_the_site_starts_and_says_what_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing precious is created silently."""
    stop(Daccord(Silent(), declaration=NEWSPAPER, data=tmp_path))
    assert "no receipts" in caplog.text
    assert str(tmp_path / LEDGER_KEY_FILE) in caplog.text
    assert re.search(r"hint: `daccord ledger keygen", caplog.text)
    assert not (tmp_path / LEDGER_KEY_FILE).exists()
    assert Browser(Daccord(Silent(), declaration=NEWSPAPER, data=tmp_path)).get().status == 200


def test_the_same_life_on_a_database(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`DACCORD_LEDGER` is all that differs."""
    monkeypatch.setenv("DACCORD_LEDGER", database.dsn)
    key = make_key(tmp_path / LEDGER_KEY_FILE, ORIGIN)
    app = Daccord(Silent(), declaration=NEWSPAPER, data=tmp_path)
    start(app)
    life(app, key)
    stop(app)
    assert not (tmp_path / LEDGER_FILE).exists()
    assert (tmp_path / HIGH_WATER_FILE).exists()


def test_pages_find_their_way_back_to_a_database_that_was_away(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that was idle while the server went is not taken for the store."""
    monkeypatch.setenv("DACCORD_LEDGER", database.dsn)
    make_key(tmp_path / LEDGER_KEY_FILE, ORIGIN)
    app = Daccord(Silent(), declaration=NEWSPAPER, data=tmp_path)
    browser = Browser(app)
    browser.post_form({"do": "accept", "shown": browser.get().form_value("shown")})
    app.ledger.merge()
    before = browser.get("/_daccord/log/checkpoint")
    assert before.status == 200
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert browser.get("/_daccord/log/checkpoint").messages == before.messages
    assert browser.get("/_daccord/receipt").status == 200
    stop(app)
