"""Hashes that tie what was shown to a record of consent, and to the page's policy (CNIL-21 a)."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from daccord.consent.choice import NOT_ASKED
from daccord.notice.assets import CLEAR_JS, NOTICE_CSS, NOTICE_JS, PAGE_CSS, RECEIPT_JS, VERIFY_JS
from daccord.notice.notice import render_notice

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration, Language


def _source(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode('ascii')).digest()).decode()}'"


STYLE_HASH: Final = _source(NOTICE_CSS)
"""The notice's style as a CSP source, quotes included; on every page."""

SCRIPT_HASH: Final = _source(NOTICE_JS)
"""The client as a CSP source; on pages that ask."""

CLEAR_SCRIPT_HASH: Final = _source(CLEAR_JS)
"""The clearing script as a CSP source; on pages after a withdrawal."""

PAGE_STYLE_HASH: Final = _source(PAGE_CSS)
"""The style of daccord's own pages as a CSP source."""

VERIFY_SCRIPT_HASH: Final = _source(VERIFY_JS)
"""The script of the page that checks a receipt, as a CSP source."""

RECEIPT_SCRIPT_HASH: Final = _source(RECEIPT_JS)
"""The script that reads a receipt from a file into a form, as a CSP source."""

CODE_TEXT: Final = f"{NOTICE_CSS}\0{NOTICE_JS}\0{CLEAR_JS}".encode()
"""The style sheet and scripts that show the notice, as the log keeps them (CNIL-21 a)."""

CODE_HASH: Final = hashlib.sha256(CODE_TEXT).hexdigest()
"""Hex SHA-256 of `CODE_TEXT`."""


def notice_text(declaration: Declaration, language: Language) -> bytes:
    """What a reader who was not asked is shown: two parts, NUL where the page's address stands.

    That is both layers with their texts and order, style and script included.
    """
    pieces = render_notice(declaration, NOT_ASKED, language=language, gpc=False)
    return f"{pieces.before_back}\0{pieces.after_back}".encode()


def notice_hash(declaration: Declaration, language: Language) -> str:
    """Hex SHA-256 of `notice_text`."""
    return hashlib.sha256(notice_text(declaration, language)).hexdigest()
