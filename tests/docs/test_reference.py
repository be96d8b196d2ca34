"""Every command, setting, error, address, field, method, id and property has its place."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import TYPE_CHECKING, Any

import click
import pytest

import daccord.errors as errors_module
from daccord import Daccord
from daccord.cli.main import main
from daccord.consent import answer as answer_module
from daccord.consent.answer import Part
from daccord.consent.choice import Standing
from daccord.consent.cookie import PLAIN_NAME, SECURE_NAME
from daccord.declaration.parse import parse_declaration
from daccord.enforcement.headers import RULES
from daccord.errors import Fault
from daccord.exchange import addresses
from daccord.exchange import forget as forget_module
from daccord.exchange.document import _SPOILED as SPOILED
from daccord.exchange.view import View
from daccord.ledger.dialects import load_migrations
from tests.docs.pages import DOCS, ROOT, blocks, headings, prose
from tests.web.client import Browser
from tests.web.site import Site, guard

if TYPE_CHECKING:
    from pathlib import Path

    from daccord.declaration.model import Declaration

REFERENCE = DOCS / "reference"
GUIDES = DOCS / "guides"
SOURCES = sorted((ROOT / "src").rglob("*.py"))
STYLES = sorted((ROOT / "client" / "src").glob("*.css"))
SCRIPTS = sorted((ROOT / "client" / "src").glob("*.ts"))
NEWSPAPER = ROOT / "tests" / "declaration" / "newspaper.toml"


def section(page: Path, heading: str) -> str:
    """The text below one heading, as far as the next of its level or above."""
    text = page.read_text("utf-8")
    found = re.search(
        rf"^(#+) {re.escape(heading)}\n(.*?)(?=^\1 |^#{{1,2}} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"{page.name} has no heading {heading}"
    return found[2]


def commands_of(group: click.Group, above: str = "") -> dict[str, click.Command]:
    """Every command by its words, those below a group in the group's place."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands_of(command, f"{above}{name} ")
        else:
            found[above + name] = command
    return found


COMMANDS = commands_of(main)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_its_options(name: str) -> None:
    text = section(REFERENCE / "cli.md", f"`daccord {name}`")
    options = {
        option
        for each in COMMANDS[name].params
        if isinstance(each, click.Option)
        for option in each.opts
        if option.startswith("--") and option != "--help"
    }
    assert set(re.findall(r"^\| `(--[a-z-]+)`", text, re.MULTILINE)) == options


def test_no_command_that_is_not_there() -> None:
    named = set(re.findall(r"^##+ `daccord ([a-z -]+)`", prose(REFERENCE / "cli.md"), re.MULTILINE))
    assert named == set(COMMANDS)


def test_settings() -> None:
    used = {name for path in SOURCES for name in re.findall(r"DACCORD_[A-Z_]+", path.read_text())}
    told = set(
        re.findall(r"^### `(DACCORD_[A-Z_]+)`", prose(REFERENCE / "settings.md"), re.MULTILINE)
    )
    assert told == used


def test_arguments() -> None:
    text = section(REFERENCE / "settings.md", "Arguments of `Daccord`")
    arguments = list(inspect.signature(Daccord).parameters)
    assert re.findall(r"^\| `([a-z]+)`", text, re.MULTILINE) == arguments


def test_settings_of_the_run_script() -> None:
    used = set(re.findall(r"DACCORD_[A-Z_]+", (ROOT / "run").read_text()))
    told = set(re.findall(r"`(DACCORD_[A-Z_]+)`", section(REFERENCE / "settings.md", TESTING)))
    assert told == used


TESTING = "For `./run` and the tests"


def test_errors() -> None:
    classes = {
        name
        for name, each in vars(errors_module).items()
        if inspect.isclass(each) and each.__module__ == errors_module.__name__
    }
    told = set(headings(REFERENCE / "errors.md")) - {"Errors"}
    assert told == classes
    fault = section(REFERENCE / "errors.md", "`Fault`")
    assert all(f"`{each.name}`" in fault for each in dataclasses.fields(Fault))


def test_the_view() -> None:
    public = {name for name in vars(View) if not name.startswith("_")}
    assert set(headings(REFERENCE / "view.md")) == {"The view", *public}
    for name in public:
        parameters = [
            each
            for each in inspect.signature(getattr(View, name)).parameters
            if each not in {"self", "caller"}
        ] if inspect.isfunction(vars(View)[name]) else []  # fmt: skip
        text = section(REFERENCE / "view.md", f"`{name}`")
        call = re.search(rf"`{name}\((.*?)\)", text)
        told = re.findall(r"(?:^|, )(\w+)", call[1]) if call else []
        assert told == parameters


def test_standings() -> None:
    text = section(REFERENCE / "view.md", "`standing`")
    assert set(re.findall(r"\b[A-Z_]{5,}\b", text)) == {each.name for each in Standing}
    script = section(GUIDES / "style.md", "JavaScript")
    assert all(f"`{each.value}`" in script for each in Standing)


@pytest.fixture
def newspaper() -> Declaration:
    return parse_declaration(NEWSPAPER.read_bytes())


def test_addresses(newspaper: Declaration) -> None:
    told = re.findall(r"^### `(\w+) (/\S+)`", prose(REFERENCE / "http.md"), re.MULTILINE)
    own = {text for name, text in vars(addresses).items() if name.endswith("_PATH")}
    assert {path for _, path in told} == own
    browser = Browser(guard(Site(), newspaper))
    for method, path in told:
        other = "GET" if method == "POST" else "POST"
        expected = 404 if path == addresses.REPORT_PATH else 405  # it does not observe
        assert browser.request(other, path).status == expected
    assert browser.get("/_daccord/elsewhere").status == 404


def test_fields_of_the_form() -> None:
    text = section(REFERENCE / "http.md", f"`POST {addresses.CHOICE_PATH}`")
    told = set(re.findall(r"^\| `([a-z]+)", text, re.MULTILINE))
    assert told == {*answer_module._SINGLE, "purpose", "service"}
    assert all(f"`{each.value}`" in text for each in Part)


def test_statuses(newspaper: Declaration) -> None:
    """Every status is one that the code gives, and the one that it gives."""
    text = section(REFERENCE / "http.md", f"`POST {addresses.CHOICE_PATH}`")
    told = set(map(int, re.findall(r"^\| (\d{3}) \|", text, re.MULTILINE)))
    code = "".join((ROOT / "src/daccord" / each).read_text() for each in GIVING)
    given = set(map(int, re.findall(r"(?:Unwelcome\(|visit, |reply\()(\d{3})", code)))
    assert told == given - {200, 204, 404}
    browser = Browser(guard(Site(), newspaper))
    shown = browser.get().form_value("shown")
    assert browser.post_form({"do": "refuse", "shown": shown}).status == 303
    assert browser.post(b"do=dance").status == 400
    assert browser.post(b"do=refuse", fetch_site=b"cross-site").status == 403
    assert browser.post(b"do=refuse", content_type=b"text/plain").status == 415
    assert browser.post(b"do=" + b"x" * 20_000).status == 413


def test_fields_and_statuses_of_forgetting(newspaper: Declaration) -> None:
    text = section(REFERENCE / "http.md", f"`POST {addresses.FORGET_PATH}`")
    assert set(re.findall(r"^\| `([a-z]+)`", text, re.MULTILINE)) == forget_module.FIELDS
    assert all(f"`{each.value}`" in text for each in forget_module.Do)
    told = set(map(int, re.findall(r"^\| (\d{3}) \|", text, re.MULTILINE)))
    browser = Browser(guard(Site(), newspaper))
    form: dict[str, Any] = {"path": addresses.FORGET_PATH}
    assert told == {
        200,
        browser.post(b"do=forget&sure=yes", **form).status,
        browser.post(b"do=forget", **form).status,
        browser.post(b"do=forget&sure=yes", fetch_site=b"cross-site", **form).status,
        browser.request("PUT", addresses.FORGET_PATH).status,
        browser.post(b"do=look&receipt=" + b"x" * 20_000, **form).status,
        browser.post(b"do=look", content_type=b"text/plain", **form).status,
        browser.post(b"do=look&receipt=x", **form).status,  # this site has no ledger
    }


GIVING = ("exchange/post.py", "exchange/own.py", "web/asgi.py")


def test_response_fields() -> None:
    text = section(REFERENCE / "http.md", "What is written into a response").lower()
    names = {*RULES, *SPOILED} | {b"vary", b"cache-control", b"permissions-policy"}
    missing = {name for name in names if f"`{name.decode()}`" not in text}
    assert not missing


def test_the_cookie() -> None:
    text = section(DOCS / "concepts" / "cookie.md", "Attributes")
    assert f"`{SECURE_NAME}` | `{PLAIN_NAME}`" in text


def test_tables_of_the_ledger() -> None:
    sql = "\n".join(text for each in load_migrations("sqlite") for text in each.statements)
    tables = set(re.findall(r"CREATE TABLE (\w+)", sql))
    text = section(DOCS / "concepts" / "stores.md", "`ledger.sqlite`")
    assert tables <= set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))


def test_custom_properties() -> None:
    used = {
        name for path in STYLES for name in re.findall(r"--daccord-[a-z]+", path.read_text("utf-8"))
    }
    text = section(GUIDES / "style.md", "Custom properties")
    assert set(re.findall(r"^\| `(--[a-z-]+)`", text, re.MULTILINE)) == used
    theme = (ROOT / "client/src/theme.css").read_text("utf-8")
    for name, default in re.findall(r"^\| `(--[\w-]+)`.*\| `([^`]+)` \|$", text, re.MULTILINE):
        assert f"{name}: {default};" in theme


def test_ids() -> None:
    notice = "".join(path.read_text("utf-8") for path in sorted(NOTICE.glob("*.py")))
    made = set(re.findall(r"\bid=\"?(daccord[a-z-]*)", notice))
    text = section(GUIDES / "style.md", "Elements")
    assert set(re.findall(r"^\| `(daccord[a-z-]*)`", text, re.MULTILINE)) == made


NOTICE = ROOT / "src/daccord/notice"


def test_the_scripts_interface() -> None:
    text = section(GUIDES / "style.md", "JavaScript")
    publish = (ROOT / "client/src/publish.ts").read_text("utf-8")
    made = re.findall(r"^      (\w+)\(\)", publish, re.MULTILINE)
    assert re.findall(r"^\| `daccord\.(\w+)\(\)`", text, re.MULTILINE) == made
    events = {
        name for path in SCRIPTS for name in re.findall(r'"(daccord:\w+)"', path.read_text("utf-8"))
    }
    assert set(re.findall(r'"(daccord:\w+)"', blocks(GUIDES / "style.md", "js")[0])) == events


def test_rows_of_law() -> None:
    """Every row that a test, the code or a page names is on the page of rows."""
    told: set[str] = set()
    for row in re.findall(r"^\| ([A-Z0-9]+-[A-Z0-9/]+)", prose(REFERENCE / "law.md"), re.MULTILINE):
        family, _, numbers = row.partition("-")
        told |= {row, *(f"{family}-{number}" for number in numbers.split("/"))}
    families = "|".join({row.partition("-")[0] for row in told})
    marked = {
        row
        for path in (ROOT / "tests").rglob("*.py")
        for row in re.findall(r"mark\.law\(\"([^\"]+)\"\)", path.read_text("utf-8"))
    }
    named = {
        row
        for path in [*SOURCES, *DOCS.rglob("*.md")]
        for row in re.findall(rf"\b(?:{families})-[0-9A-Z]+\b(?!-)", path.read_text("utf-8"))
    }
    assert marked | named <= told
