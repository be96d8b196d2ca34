"""A site with a real ledger on SQLite, its log signed, and a reader before it."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

from daccord.exchange.exchange import Exchange
from daccord.ledger.sqlite import SqliteStore
from daccord.merkle.notes import new_signer
from daccord.server.ledger_desk import LedgerDesk
from daccord.web.asgi import Middleware
from tests.web.client import Browser
from tests.web.site import KEYS, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daccord.declaration.model import Declaration
    from daccord.merkle.notes import Signer
    from tests.web.client import Answer

SIGNER: Final = new_signer("site.example/_daccord/log", b"s" * 32)
COOKIE: Final = "__Host-daccord"

CONSENTS: Final = "/_daccord/consents"
RECEIPT: Final = "/_daccord/receipt"
FORGET: Final = "/_daccord/forget"
VERIFY: Final = "/_daccord/verify"


class LedgerReader(Browser):
    """A reader of that site; ``store`` is its ledger, looked at from outside."""

    def __init__(self, app: Any, store: SqliteStore) -> None:
        super().__init__(app)
        self.store = store

    def another(self) -> LedgerReader:
        """Somebody else, or the same person with another browser."""
        return LedgerReader(self.app, self.store)

    def choose(self, do: str, **fields: str) -> Answer:
        """Answer the notice."""
        shown = self.get("/_daccord/policy").form_value("shown")
        return self.post_form({"do": do, "shown": shown, "lang": "en", **fields})

    @property
    def record(self) -> str:
        """The id in the cookie; empty where there is none."""
        return self.cookies[COOKIE].split(".")[4]

    def receipt(self) -> bytes:
        """Download the receipt."""
        answer = self.get(RECEIPT)
        assert answer.status == 200
        return answer.body

    def forget(self, **fields: str) -> Answer:
        """Press the button, the box ticked."""
        return self.post_form({"do": "forget", "sure": "yes", "lang": "en", **fields}, path=FORGET)

    def look_up(self, receipt: bytes) -> Answer:
        """Paste a receipt, as a text area sends it."""
        text = receipt.decode("utf-8", "replace").replace("\n", "\r\n")
        return self.post_form({"do": "look", "receipt": text, "lang": "en"}, path=FORGET)


@contextmanager
def ledger_site(
    folder: Path, declaration: Declaration, *, signer: Signer | None = SIGNER
) -> Iterator[LedgerReader]:
    """Open a site with a ledger in ``folder``, and close it."""
    store = SqliteStore(folder / "ledger.sqlite", signer=signer)
    with closing(store):
        store.open()
        desk = LedgerDesk(store, None if signer is None else signer.verifier)
        with closing(desk):
            app = Middleware(
                Site(), exchange=Exchange(declaration, KEYS), recorder=store, ledger=desk
            )
            yield LedgerReader(app, store)
