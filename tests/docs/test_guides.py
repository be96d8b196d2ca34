"""The guides' sites run, the recipes match what daccord writes, the rules find what is there."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from daccord import Daccord
from daccord.consent.choice import Choice, RecordId
from daccord.consent.cookie import USE, encode_choice
from daccord.consent.keys import Keyring
from daccord.declaration.model import Tag
from daccord.declaration.parse import parse_declaration
from daccord.exchange.fields import FRAME_DESTINATIONS
from tests.docs.pages import DOCS, blocks, steps
from tests.web.client import Browser
from tests.web.site import Site, guard

if TYPE_CHECKING:
    from pathlib import Path

ASGI = DOCS / "guides" / "asgi.md"
CHECKED = [step for step in steps(ASGI) if step.kind == "check"]
[DECLARATION] = [step.text for step in steps(DOCS / "tutorial.md") if step.about == "daccord.toml"][
    :1
]
ACCOUNTS = blocks(ASGI, "toml")[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the tutorial's declaration and the guide's, as the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DACCORD_DATA", raising=False)
    (tmp_path / "daccord.toml").write_text(DECLARATION + "\n" + ACCOUNTS, "utf-8")
    for step in steps(ASGI):
        if step.kind == "file":
            path = tmp_path / step.about
            path.parent.mkdir(exist_ok=True)
            path.write_text(step.text, "utf-8")
    return tmp_path


def app_of(path: Path, text: str) -> Any:
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(f"guide_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Litestar looks its handlers' modules up
    spec.loader.exec_module(module)
    return module.app


@pytest.mark.parametrize("step", CHECKED, ids=lambda step: step.about)
def test_a_site_of_the_guide(folder: Path, step: Any) -> None:
    """Each loads or tells the network only once that is granted."""
    ends = [each.text for each in steps(ASGI) if each.kind == "ends" and each.about == step.about]
    for text in {step.text, _wrapped(step.text, ends)}:
        browser = Browser(app_of(folder / step.about, text))
        page = browser.get("/")
        assert page.status == 200
        assert "id=daccord-accept" in page.text
        assert "social.localhost" not in page.text
        assert "We told" not in page.text
        shown = page.form_value("shown")
        assert browser.post_form({"do": "grant.murmur", "shown": shown}).status == 303
        page = browser.get("/")
        assert "social.localhost" in page.text or "We told" in page.text


def _wrapped(text: str, ends: list[str]) -> str:
    """The site with its middleware's line replaced by what the guide gives instead."""
    return (
        re.sub(r"^app\.add_middleware\(Daccord.*\n", ends[0], text, flags=re.MULTILINE)
        if ends
        else text
    )


def test_a_page_for_an_error_needs_the_app_wrapped(folder: Path) -> None:
    """Starlette answers an uncaught error outside of all middleware that was added to it."""

    async def breaks(_request: Any) -> None:
        raise RuntimeError

    async def sorry(_request: Any, _error: Exception) -> HTMLResponse:
        return HTMLResponse("<!doctype html><html lang=en><body>Sorry", status_code=500)

    app = Starlette(routes=[Route("/", breaks)], exception_handlers={500: sorry})
    wrapped = Daccord(app, declaration=folder / "daccord.toml")
    sent = Outward(wrapped)
    with pytest.raises(RuntimeError):  # for the server's log, when the answer is out
        Browser(sent).get("/")
    assert b"content-security-policy" in dict(sent.starts[0]["headers"])
    app = Starlette(routes=[Route("/", breaks)], exception_handlers={500: sorry})
    app.add_middleware(Daccord, declaration=folder / "daccord.toml")
    sent = Outward(app)
    with pytest.raises(RuntimeError):
        Browser(sent).get("/")
    assert b"content-security-policy" not in dict(sent.starts[0]["headers"])


class Outward:
    """Remembers how answers start, for an app that then raises."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.starts: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def remembering(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.starts.append(message)
            await send(message)

        await self.app(scope, receive, remembering)


def test_the_order_keeps_the_session(folder: Path) -> None:
    [text] = [step.text for step in CHECKED if step.about == "ordered.py"]
    browser = Browser(app_of(folder / "ordered.py", text))
    answer = browser.get("/", extra=[(b"accept-encoding", b"gzip")])
    assert answer.one("content-encoding") == "gzip"
    assert "session" in browser.cookies
    plain = folder / "daccord.toml"
    plain.write_text(DECLARATION, "utf-8")
    browser = Browser(app_of(folder / "ordered.py", text))
    browser.get("/")
    assert browser.cookies == {}


@pytest.mark.parametrize("sign", ["<!doctype html>", "<html>", "<head>", "<body>", ""])
def test_what_is_a_page_and_what_a_part_of_one(sign: str) -> None:
    told = ASGI.read_text("utf-8").partition("## Parts of pages")[2].partition("##")[0]
    assert f"`{sign}`" in told or not sign
    body = f"{sign}<p><iframe src=http://social.localhost:8001/></iframe>".encode()
    declaration = parse_declaration(DECLARATION.encode())
    page = Browser(guard(Site(body=[body]), declaration)).get()
    assert ("id=daccord-accept" in page.text) is bool(sign)
    assert "social.localhost" not in page.text


def test_every_declaration_of_the_guides_is_whole() -> None:
    for text in blocks(DOCS / "guides" / "observe.md", "toml"):
        declaration = DECLARATION.replace("[site]\n", text)
        assert parse_declaration(declaration.encode()).site.mode.value == "observe"


TAGS = st.sets(st.from_regex(r"[A-Za-z0-9_-]{4}", fullmatch=True), max_size=6)
KEYS = Keyring((b"k" * 32,), use=USE)


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    granted, refused = draw(TAGS), draw(TAGS)
    return Choice(
        granted=frozenset(map(Tag, granted)),
        refused=frozenset(map(Tag, refused - granted)),
        day=draw(st.integers(1, 999_999)),
        record=RecordId("r" * 22) if granted else None,
        withdrawn=draw(st.booleans()),
    )


@given(choices(), st.sampled_from(["daccord", "__Host-daccord"]), st.sampled_from(["", "a=b; "]))
def test_the_pattern_reads_what_is_written(choice: Choice, name: str, before: str) -> None:
    [step] = [each for each in steps(DOCS / "concepts" / "cookie.md") if each.kind == "pattern"]
    found = re.search(step.text.strip(), f"{before}{name}={encode_choice(choice, KEYS)}; c=d")
    assert found is not None
    version, granted, refused = found.groups()
    assert version == ("1w" if choice.withdrawn else "1")
    assert granted == "".join(sorted(choice.granted))
    assert refused == "".join(sorted(choice.refused))


def test_the_cookie_on_the_page_is_one() -> None:
    example = blocks(DOCS / "concepts" / "cookie.md", "text")[0].splitlines()[0]
    assert re.fullmatch(
        r"1\.[1-9][0-9]{0,5}\.(?:[\w-]{4})*\.(?:[\w-]{4})*\.[\w-]{22}\.[\w-]{16}", example
    )


COOKIES = {
    "": False,
    "a=b": False,
    "daccord=": True,
    "__Host-daccord=1.20780..AAAA..x": True,
    "a=b; daccord=1": True,
    "a=b;daccord=1": True,
    "xdaccord=1": False,
    "a=daccord": False,
}


@pytest.mark.law("CACHE-1")
@pytest.mark.parametrize(("field", "is_there"), COOKIES.items())
def test_a_cache_sees_every_choice(field: str, is_there: bool) -> None:  # noqa: FBT001
    nginx = blocks(ASGI, "nginx")[-1]
    varnish = blocks(ASGI, "vcl")[-1]
    [in_nginx] = re.findall(r'"~(.*daccord=)" 1;', nginx)
    [in_varnish] = re.findall(r'Cookie ~ "(.*daccord=)"', varnish)
    for pattern in (in_nginx, in_varnish):
        assert bool(re.search(pattern, field)) is is_there


def test_a_cache_keeps_frames_apart() -> None:
    [pattern] = re.findall(r'"~(\^\(iframe.*\)\$)" frame;', blocks(ASGI, "nginx")[-1])
    assert all(re.search(pattern, each.decode()) for each in FRAME_DESTINATIONS)
    assert set(re.findall(r"\w+", pattern)) == {each.decode() for each in FRAME_DESTINATIONS}


class Ids(HTMLParser):
    """The ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found |= {value for name, value in attrs if name == "id" and value}


def test_rules_for_machines_name_what_is_there(folder: Path) -> None:
    [text] = [step.text for step in CHECKED if step.about == "plain.py"]
    page = Browser(app_of(folder / "plain.py", text)).get("/")
    ids = Ids(page.text).found
    for rule in blocks(DOCS / "guides" / "machines.md", "json"):
        json.loads(rule)
        named = set(re.findall(r"#([\w-]+)", rule))
        assert named
        assert named <= ids
