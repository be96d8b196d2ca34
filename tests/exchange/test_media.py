"""What a response may turn into decides which policy it needs."""

from __future__ import annotations

import pytest

from daccord.exchange.media import Kind, kind_of

TABLE = {
    b"text/html": Kind.HTML,
    b"Text/HTML; charset=utf-8": Kind.HTML,
    b"text/html;charset=windows-1252": Kind.HTML,
    b"text/html; charset=UTF-16LE": Kind.DOCUMENT,
    b'text/html; charset="utf-16"': Kind.DOCUMENT,
    b"text/html; charset=iso-2022-jp": Kind.DOCUMENT,
    b"text/html; charset=UTF-7": Kind.DOCUMENT,
    b"application/xhtml+xml": Kind.DOCUMENT,
    b"image/svg+xml": Kind.DOCUMENT,
    b"application/xml": Kind.DOCUMENT,
    b"application/pdf": Kind.DOCUMENT,
    b"text/plain": Kind.DOCUMENT,
    b"": Kind.DOCUMENT,
    b"nonsense": Kind.DOCUMENT,
    b"text/javascript": Kind.SCRIPT,
    b"application/javascript; charset=utf-8": Kind.SCRIPT,
    b"application/x-javascript": Kind.SCRIPT,
    b"text/jscript": Kind.SCRIPT,
    b"text/javascript1.5": Kind.SCRIPT,
    b"application/json": Kind.INERT,
    b"application/ld+json": Kind.INERT,
    b"image/webp": Kind.INERT,
    b"text/css; charset=utf-8": Kind.INERT,
    b"font/woff2": Kind.INERT,
    b"text/event-stream": Kind.INERT,
}


@pytest.mark.parametrize(("content_type", "kind"), TABLE.items())
def test_table(content_type: bytes, kind: Kind) -> None:
    assert kind_of(content_type) is kind
