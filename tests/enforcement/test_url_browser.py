"""Where a URL leads, against Chromium's own ``new URL(text, base)`` on thousands of texts."""

from __future__ import annotations

import random
from urllib.parse import urlsplit

import pytest

from daccord.enforcement.url import DEFAULT_PORTS, Reach, Target, origin_of, resolve
from tests.enforcement.pages import chromium

BASES = ("https://paper.example/a/b", "http://paper.localhost:8100/")
COUNT = 6_000

PIECES = (
    *("http:", "https:", "HTTPS:", "ws:", "wss:", "ftp:", "data:", "blob:", "javascript:", "x-y:"),
    *("mailto:", "about:", "file:", "ht\ttp:", "1:", "a+b.c-d:", ":", "::"),
    *("/", "//", "///", "\\", "\\\\", "/\\", "\\/", "?", "#", "@", "user@", "u:p@", "a@b@"),
    *("evil.example", "EVIL.Example", "paper.example", "a.b", "a..b", "a.", ".", "..", "-a-", "_"),
    *("xn--bcher-kva.example", "xn--a", "XN--BCHER-KVA", "b\xfccher.example", "\u3002com", "\xad"),
    *("%65vil", "%2e", "%2F", "%00", "%", "%zz", "%C3%BC", "%E2%80%8B", "a%20b"),
    *("1.2.3.4", "0x7f.1", "017.1", "1.2.3.4.5", "256", "4294967296", "0x", "1.2.3.08", "09"),
    *("[::1]", "[::ffff:1.2.3.4]", "[1:0:0:2::3]", "[::1", "[::g]", "[1:2:3:4:5:6:7:8]", "[]"),
    *("[0:0:1::]", "[1::0:0:0]", "[::1%25eth]", "[1:0:1:0:1:0:1:0]", "[fe80::1]"),
    *(":80", ":443", ":", ":0", ":65535", ":65536", ":00080", ":8x", ":8100", ":+1", ":-1"),
    *("\t", "\n", "\r", " ", "\x00", "\x1f", "\x0b", "\xa0", "\u2028", "\ufeff", "\x7f", "\x80"),
    *("path", "/path/../x", "?q=//a", "#//b", "<", ">", "^", "|", "`", "{", "}", '"', "'", "*"),
    *("!", "$", "&", "(", ")", "+", ",", ";", "=", "~", "\ud800"),
)

SCRIPT = """([texts, base]) => texts.map((text) => {
  try { const u = new URL(text, base); return [u.protocol, u.hostname, u.port]; }
  catch { return null; }
})"""


def texts(seed: int) -> list[str]:
    drawn = random.Random(seed)  # noqa: S311 - a test that must repeat
    return ["".join(drawn.choices(PIECES, k=drawn.randint(1, 6))) for _ in range(COUNT)]


def seen(answer: list[str] | None, base: str) -> Target | None:
    """What the browser says, as one of our values; nothing when it refuses the text."""
    if answer is None:
        return None
    scheme = answer[0].removesuffix(":")
    if scheme not in DEFAULT_PORTS:
        return None
    assert urlsplit(base).scheme in DEFAULT_PORTS
    return Target(Reach.HOST, scheme, answer[1], int(answer[2] or DEFAULT_PORTS[scheme]))


@pytest.mark.browser
def test_what_we_name_is_what_chromium_reaches() -> None:
    told = unknown = 0
    with chromium() as browser:
        page = browser.new_page()
        for seed, base in enumerate(BASES):
            asked = texts(seed)
            # A lone surrogate does not survive the way to the browser: it is U+FFFD there.
            sent = [text.replace("\ud800", "\ufffd") for text in asked]
            for text, answer in zip(asked, page.evaluate(SCRIPT, [sent, base]), strict=True):
                ours, theirs = resolve(text, origin_of(base)), seen(answer, base)
                if ours.reach is Reach.HOST and answer is not None:
                    assert ours == theirs, (text, base, answer)
                if ours.reach is Reach.INERT:
                    assert theirs is None, (text, base, answer)
                if theirs is not None and theirs.host.isascii():
                    told += ours.reach is Reach.HOST
                    unknown += ours.reach is Reach.UNKNOWN
    assert told > 10 * unknown, (told, unknown)
