"""What a declaration version puts into the public log: itself, its notice and its code (CNIL-21).

A record of consent names three hashes. The texts behind them are kept with the ledger, so that a
receipt leads to exactly what its reader saw, and the statement in the log fixes when they were
published.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from daccord.declaration.canonical import canonical_form
from daccord.notice.evidence import CODE_TEXT, notice_text
from daccord.receipt.statements import VersionStatement, encode_statement

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration


def version_of(declaration: Declaration) -> tuple[str, dict[bytes, bytes]]:
    """Give the statement that ``declaration`` went live, and the texts it names by SHA-256.

    Made for `Store.publish`. The same declaration shown by the same code gives the same, so a
    statement is in the log once however often a site starts.
    """
    form = canonical_form(declaration)
    shown = {
        language: notice_text(declaration, language) for language in sorted(declaration.languages)
    }
    statement = VersionStatement(
        declaration_version=declaration.version,
        code_hash=sha256(CODE_TEXT).hexdigest(),
        notices=tuple((language, sha256(text).hexdigest()) for language, text in shown.items()),
    )
    texts = {sha256(text).digest(): text for text in (form, CODE_TEXT, *shown.values())}
    return encode_statement(statement), texts
