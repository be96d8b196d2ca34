"""What is measured on: declarations, requests, and pages of a newspaper's make and size."""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daccord.consent.choice import Choice, RecordId
from daccord.consent.cookie import USE, encode_choice
from daccord.consent.keys import Keyring
from daccord.declaration.parse import parse_declaration
from daccord.demo.origins import Origins
from daccord.demo.paper import paper
from daccord.demo.paper.guarded import DECLARATION

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from daccord.web.asgi import App, Message, Scope

SECRET = b"bench " * 8
KEYS = Keyring((SECRET,), use=USE)
HOST = b"paper.example"

ORIGINS = Origins(
    comments="http://comments.localhost:8101",
    social="http://social.localhost:8102",
    ads="http://ads.localhost:8103",
    tags="http://tags.localhost:8104",
)

# What Chromium sends with a navigation, as uvicorn hands it on.
REQUEST_FIELDS: list[tuple[bytes, bytes]] = [
    (b"host", HOST),
    (b"connection", b"keep-alive"),
    (b"cache-control", b"max-age=0"),
    (b"sec-ch-ua", b'"Chromium";v="156", "Not)A;Brand";v="24"'),
    (b"sec-ch-ua-mobile", b"?0"),
    (b"sec-ch-ua-platform", b'"Linux"'),
    (b"upgrade-insecure-requests", b"1"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36"),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    (b"sec-fetch-site", b"none"),
    (b"sec-fetch-mode", b"navigate"),
    (b"sec-fetch-dest", b"document"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"accept-language", b"fr-FR,fr;q=0.9,en;q=0.8"),
]


@cache
def newspaper() -> Declaration:
    """The demo's declaration: four purposes, six services, French and English."""
    return parse_declaration(DECLARATION.read_bytes(), name=DECLARATION.name)


def cookie_value(number: int) -> bytes:
    """A choice cookie that grants everything; another record, so another value, for each number."""
    declaration = newspaper()
    tags = frozenset(each.tag for each in declaration.questions if not each.exempt)
    choice = Choice(
        granted=tags,
        day=int(time.time()) // 86_400,
        record=RecordId(f"{number:021d}A"),
    )
    return b"__Host-daccord=" + encode_choice(choice, KEYS).encode()


def scope_of(cookie: bytes | None = None, path: str = "/fr/article") -> Scope:
    """An ASGI scope for a page of the paper."""
    fields = [*REQUEST_FIELDS, (b"cookie", cookie)] if cookie is not None else REQUEST_FIELDS
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": fields,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 443),
        "state": {},
    }


async def nothing_more() -> Message:
    """A request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}


def answering(body: bytes, content_type: bytes) -> App:
    """An ASGI app that answers everything with ``body``, as lean as one can be."""
    length = str(len(body)).encode()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        fields = [(b"content-type", content_type), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    return app


# Pages

TEXT = """la mer le phare une digue les dunes matin le port des barques un quai sous le vent du
large marée haute et basse criée pêcheurs rentrent à l’aube conseil municipal vote budget école
travaux pont bus ligne été hiver neige sable tourbe huître marché lampe nuit fête"""
WORDS = TEXT.split()


def page(size: int, *, embeds: bool = False, seed: int = 7) -> bytes:
    """A newspaper's page of about ``size`` bytes, a tag for every 75 bytes as on real ones.

    With ``embeds`` it has what a reader may refuse: scripts, frames, pixels, comments.
    """
    chance = random.Random(seed)  # noqa: S311 - text, not a key
    parts, length = [HEAD], len(HEAD)
    while length < size - 2_000:
        part = _section(chance, len(parts))
        if embeds and len(parts) % 6 == 1:
            part += EMBEDS[len(parts) // 6 % len(EMBEDS)]
        parts.append(part)
        length += len(part.encode())
    return "".join([*parts, FOOT]).encode()


def _text(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count)).capitalize()


def _section(chance: random.Random, number: int) -> str:
    name = f"sujet-{number}"
    lines = [
        f'<section class="story story--{number % 4}" id="{name}" aria-labelledby="{name}-t">',
        f'<h2 id="{name}-t" class="story__title"><a href="/fr/{name}">{_text(chance, 8)}</a></h2>',
        (
            f'<figure class="story__figure"><img src="/static/{name}-480.webp" '
            f'srcset="/static/{name}-480.webp 480w, /static/{name}-800.webp 800w" sizes="50vw" '
            f'width="480" height="320" alt="{_text(chance, 5)}" loading="lazy">'
            f"<figcaption>{_text(chance, 9)} <span>Photo: le Journal</span></figcaption></figure>"
        ),
    ]
    lines += [
        f"<p>{_text(chance, 22)} <em>{_text(chance, 2)}</em>, "
        f'<a href="/fr/{name}/{at}">{_text(chance, 3)}</a>. {_text(chance, 18)}.</p>'
        for at in range(4)
    ]
    lines.append(
        '<ul class="story__links">'
        + "".join(f'<li><a href="/fr/suite-{at}">{_text(chance, 4)}</a></li>' for at in range(4))
        + f'</ul><p class="story__meta"><time datetime="2026-11-21">21 novembre</time> · '
        f'<span class="story__author">{_text(chance, 2)}</span></p></section>'
    )
    return "\n".join(lines) + "\n"


HEAD = (
    """<!doctype html>
<html lang="fr" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Le Journal des Dunes</title>
<meta name="description" content="Le journal de la côte">
<link rel="stylesheet" href="/static/paper.css">
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="canonical" href="https://paper.example/fr/article">
<style>.story{margin:1rem 0}.story__title{font-size:1.5rem}.story__figure{margin:0}</style>
<script>document.documentElement.classList.add("js");var page={section:"une"};</script>
<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle"}</script>
</head>
<body class="front">
<header><nav aria-label="Rubriques"><ul>"""
    + "".join(f'<li><a href="/fr/rubrique-{at}">Rubrique {at}</a></li>' for at in range(12))
    + '</ul></nav></header>\n<main id="main">\n'
)
FOOT = (
    '</main>\n<footer><ul class="links">'
    + "".join(f'<li><a href="/fr/page-{at}">Page {at}</a></li>' for at in range(16))
    + '</ul><p>© Le Journal</p></footer>\n<script src="/static/paper.js" defer></script>\n'
    "</body>\n</html>\n"
)
EMBEDS = (
    f'<script src="{ORIGINS.tags}/manager.js" async></script>\n',
    f'<iframe src="{ORIGINS.social}/embed/1" width="550" height="300" title="post"></iframe>\n',
    f'<img src="{ORIGINS.social}/pixel.gif?page=1" width="1" height="1" alt="">\n',
    (
        '<section id="isso-thread" data-title="Commentaires"></section>\n'
        f'<script src="{ORIGINS.comments}/js/embed.min.js" async></script>\n'
    ),
    f'<link rel="preconnect" href="{ORIGINS.ads}">\n<video src="{ORIGINS.ads}/spot.mp4"></video>\n',
)


LINK = re.compile(r'href="(/[a-z]{2}/[a-z-]+)"')


@cache
def newspaper_pages() -> tuple[bytes, ...]:
    """The demo's own pages in French and English, as it sends them without daccord."""
    with tempfile.TemporaryDirectory() as folder:
        app = paper(origins=ORIGINS, data=Path(folder))
        fronts = [asyncio.run(body_of(app, scope_of(path=f"/{lang}/"))) for lang in ("fr", "en")]
        paths = sorted({each for front in fronts for each in LINK.findall(front.decode())})
        bodies = [asyncio.run(body_of(app, scope_of(path=path))) for path in paths]
    return tuple(body for body in bodies if b'<article class="story"' in body)


async def body_of(app: Any, scope: Any) -> bytes:
    """The body of what ``app`` answers."""
    parts: list[bytes] = []

    async def send(message: Any) -> None:
        parts.append(message.get("body", b""))

    await app(scope, nothing_more, send)
    return b"".join(parts)
