"""A newspaper's page on loopback with the notice in it: a strict CSP, and choices that hold."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from daccord.consent.answer import answer, parse_form
from daccord.consent.choice import NOT_ASKED, Choice, permits
from daccord.declaration.model import Declaration, Language, Tag
from daccord.notice.error import render_error
from daccord.notice.evidence import (
    CLEAR_SCRIPT_HASH,
    PAGE_STYLE_HASH,
    SCRIPT_HASH,
    STYLE_HASH,
)
from daccord.notice.notice import render_notice
from daccord.notice.placeholder import render_blocked, render_placeholder
from daccord.notice.policy import render_policy_page
from tests.notice.sample import ISSO_SERVICE, MOUETTE_SERVICE, RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY: Final = (
    f"default-src 'none'; style-src 'self' {STYLE_HASH} {PAGE_STYLE_HASH};"
    f" script-src {SCRIPT_HASH} {CLEAR_SCRIPT_HASH}; connect-src 'self'; form-action 'self';"
    " img-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)

STYLE: Final = """
:root { color-scheme: light dark; font: 1.0625rem/1.6 "Liberation Serif", Georgia, serif }
body { max-width: 42rem; margin: auto; padding: 1rem; color: light-dark(#222, #ddd);
  background: light-dark(#fff, #111) }
h1 { font-size: 2.2rem; line-height: 1.1 }
header { border-block-end: 3px double; text-align: center; font-variant: small-caps }
"""

PARAGRAPH: Final = (
    "<p>Au petit matin, la jetée grince et le phare s’éteint. <a href=/autre>Les pêcheurs</a>"
    " rentrent, les cageots claquent sur le quai, et la criée commence sans se presser."
    " Personne ne sait combien de temps encore la digue tiendra."
)

TEXTS: Final = {
    "fr": ("La mer monte, la digue tient", "La Dépêche des Dunes"),
    "en": ("The sea is rising, the dyke holds", "The Dunes Dispatch"),
}


class Paper(ThreadingHTTPServer):
    """The page's state that a test may set: what is declared, and what the server answers."""

    declaration: Declaration
    fail_with: int | None = None
    granted_posts: list[str]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_address[1]}"


def encode(choice: Choice) -> str:
    return (
        json.dumps(
            [sorted(choice.granted), sorted(choice.refused), choice.withdrawn],
            separators=(",", ":"),
        )
        .encode()
        .hex()
    )


def decode(value: str) -> Choice:
    granted, refused, withdrawn = json.loads(bytes.fromhex(value))
    return Choice(
        granted=frozenset(map(Tag, granted)),
        refused=frozenset(map(Tag, refused)),
        record=RECORD if granted else None,
        withdrawn=withdrawn,
    )


class Handler(BaseHTTPRequestHandler):
    server: Paper

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def choice(self) -> Choice:
        morsel = SimpleCookie(self.headers.get("Cookie", "")).get("daccord")
        return decode(morsel.value) if morsel else NOT_ASKED

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        language = Language(query.get("lang", "fr"))
        if parts.path == "/paper.css":
            self.reply(200, STYLE, kind="text/css")
        elif parts.path == "/_daccord/policy":
            self.reply(
                200,
                render_policy_page(
                    self.server.declaration,
                    self.choice(),
                    language=language,
                    gpc=self.headers.get("Sec-GPC") == "1",
                    address=self.path,
                ),
            )
        elif parts.path.startswith("/error/"):
            status = int(parts.path.rpartition("/")[2])
            self.reply(
                status, render_error(self.server.declaration, status, language=language, back="/")
            )
        else:
            self.reply(200, self.article(language))

    def article(self, language: Language) -> str:
        declaration, choice = self.server.declaration, self.choice()
        pieces = render_notice(
            declaration, choice, language=language, gpc=self.headers.get("Sec-GPC") == "1"
        )
        title, paper = TEXTS[language]
        places = "".join(
            f"<p id={service.id}-live>{service.id} is live</p>"
            if permits(declaration, choice, service.id)
            else render_placeholder(declaration, service, language=language, width=w, height=h)
            for service, w, h in ((MOUETTE_SERVICE, 560, 315), (ISSO_SERVICE, None, None))
            if service.id in declaration.service_by_id
        )
        return (
            f"<!doctype html><html lang={language}><meta charset=utf-8>"
            "<meta name=viewport content='width=device-width,initial-scale=1'>"
            f"<title>{title}</title><link rel=stylesheet href=/paper.css><body>"
            f"{pieces.before_back}{escape(self.path)}{pieces.after_back}"
            f"<header><a id=skip href=#text>Skip</a> {paper}</header>"
            f"<main id=text><h1>{title}</h1>{PARAGRAPH * 6}{places}"
            f"{render_blocked('widgets.example', language=language)}{PARAGRAPH * 8}"
            "<p><a id=last href=/fin>Fin</a></p></main>"
        )

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        declaration = self.server.declaration
        if self.server.fail_with:
            status = self.server.fail_with
            self.reply(status, render_error(declaration, status, language=Language("fr")))
            return
        form = parse_form(raw)
        self.server.granted_posts.append(form.do)
        change = answer(declaration, self.choice(), form)
        back = form.back if "#" in form.back else f"{form.back}#daccord"
        self.send_response(303)
        self.send_header("Location", back)
        if change:
            value = encode(change.choice(day=20_000, record=RECORD))
            self.send_header("Set-Cookie", f"daccord={value}; HttpOnly; SameSite=Lax; Path=/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def reply(self, status: int, text: str, *, kind: str = "text/html") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Vary", "Cookie, Sec-GPC")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve(declaration: Declaration) -> Iterator[Paper]:
    """Serve on a free port of loopback until the block ends."""
    server = Paper(("127.0.0.1", 0), Handler)
    server.declaration = declaration
    server.granted_posts = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
