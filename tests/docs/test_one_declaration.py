"""B6: notice, policy, cookies, policy page and record say the same, and nothing else (law 1)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from daccord.declaration.parse import parse_declaration
from tests.docs.pages import ROOT
from tests.web.client import Browser
from tests.web.site import Recorder, Site, guard

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration, Service

NEWSPAPER = ROOT / "tests" / "declaration" / "newspaper.toml"
TEXT = NEWSPAPER.read_text("utf-8")

pytestmark = pytest.mark.promise("B6")


def shown(text: str) -> str:
    """The words of a page: tags off, references for characters decoded."""
    return html.unescape(re.sub(r"<(?:style|script)>.*?</(?:style|script)>|<[^>]+>", " ", text))


class Life:
    """A reader of a site with one declaration, who grants one service."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.recorder = Recorder()
        self.site = Site()
        self.browser = Browser(guard(self.site, declaration, self.recorder))

    def grant(self, service: Service) -> None:
        self.browser.post_form(
            {"do": f"grant.{service.id}", "shown": self.declaration.questions_digest}
        )

    @property
    def hosts(self) -> set[str]:
        """The hosts that the browser is told it may use."""
        policy = self.browser.get().one("content-security-policy") or ""
        words = {word.removeprefix("ws://") for word in policy.replace(";", " ").split()}
        return {word for word in words if re.search(r"\w\.\w", word)}

    @property
    def policy_page(self) -> str:
        return shown(self.browser.get("/_daccord/policy").text)


def asked(declaration: Declaration) -> list[Service]:
    """The services that need consent."""
    exempt = {purpose.id for purpose in declaration.purposes if purpose.exempt}
    return [each for each in declaration.services if exempt.isdisjoint(each.purposes)]


def test_one_service_is_the_same_everywhere() -> None:
    declaration = parse_declaration(TEXT.encode())
    own = {*declaration.site.hosts, *declaration.site.form_hosts}
    for service in asked(declaration):
        life = Life(declaration)
        assert life.hosts == own
        notice = shown(life.browser.get().text)
        page = life.policy_page
        title = service.title.in_language(declaration.languages[0])
        english = service.title.texts[-1][1]
        assert english in page or title in page
        assert service.recipient.name in notice
        for cookie in service.cookies:
            assert cookie.name in page
        for key in service.storage:
            assert key.name in page
        for host in service.hosts:
            assert host.removesuffix(":*") in page
        life.grant(service)
        assert life.hosts - own == set(service.hosts)
        [record] = life.recorder.records
        assert {each.service for each in record.granted} == {service.id}
        assert record.declaration_version == declaration.version


def test_what_is_no_longer_declared_is_gone_everywhere() -> None:
    """Nothing that was said before is said again by any part."""
    before = parse_declaration(TEXT.encode())
    gone = next(each for each in reversed(asked(before)) if each.hosts)
    tables = re.split(r"(?m)^(?=\[\[services\]\])", TEXT)
    after = parse_declaration("".join(t for t in tables if f'id = "{gone.id}"' not in t).encode())
    assert len(after.services) == len(before.services) - 1
    life = Life(after)
    life.browser.post_form({"do": "accept", "shown": after.questions_digest})
    page = life.policy_page
    notice = shown(life.browser.get().text)
    assert not life.hosts & set(gone.hosts)
    assert gone.recipient.name not in page
    assert gone.recipient.name not in notice
    assert all(each.service != gone.id for each in life.recorder.records[0].granted)
    for cookie in gone.cookies:
        assert cookie.name not in page
