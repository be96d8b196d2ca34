"""Placeholders, the policy page and the error pages, read as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daccord.consent.choice import NOT_ASKED, Choice
from daccord.notice.error import render_error
from daccord.notice.notice import render_notice
from daccord.notice.placeholder import MAXIMUM_SIDE, render_blocked, render_placeholder
from daccord.notice.policy import render_policy_page
from tests.declarations import ENGLISH, FRENCH
from tests.notice.dom import Node, read
from tests.notice.sample import ISSO, ISSO_SERVICE, MOUETTE_SERVICE, NEWSPAPER, choice

if TYPE_CHECKING:
    from daccord.declaration.model import Language

each_language = pytest.mark.parametrize("language", [FRENCH, ENGLISH])


def policy(choice: Choice, *, language: Language = FRENCH, gpc: bool = False) -> Node:
    html = render_policy_page(
        NEWSPAPER,
        choice,
        language=language,
        gpc=gpc,
        address="/_daccord/policy?lang=fr",
        back="/une",
    )
    return read(html.removeprefix("<!doctype html>"))


@pytest.mark.promise("P4")
@pytest.mark.promise("P5")
def test_a_placeholder_says_what_it_is_and_who_would_receive_what() -> None:
    box = read(render_placeholder(NEWSPAPER, MOUETTE_SERVICE, language=FRENCH)).one(
        class_="daccord-box"
    )
    assert box.text == (
        "Publications de Mouette refusé Mouette Social Inc. (États-Unis) recevrait\u00a0:"
        " adresse IP, données de navigation, interactions avec les réseaux sociaux."
        " Accepter et afficher «\u00a0Publications de Mouette\u00a0» Personnaliser"
    )
    button = box.one("button")
    assert button.attributes == {"form": "daccord-form", "name": "do", "value": "grant.mouette"}


def test_a_placeholder_may_stand_in_a_paragraph_and_in_a_form() -> None:
    box = read(render_placeholder(NEWSPAPER, ISSO_SERVICE, language=FRENCH, width=300, height=200))
    assert {node.tag for node in box.walk()} <= {"", "span", "b", "a", "svg", "button"}


def test_a_placeholder_holds_the_place_without_inline_style() -> None:
    box = read(render_placeholder(NEWSPAPER, ISSO_SERVICE, language=FRENCH, width=560, height=315))
    spacer = box.one("svg")
    assert (spacer.attributes["width"], spacer.attributes["height"]) == ("560", "315")
    assert not any("style" in node.attributes for node in box.walk())
    huge = render_placeholder(
        NEWSPAPER, ISSO_SERVICE, language=FRENCH, width=MAXIMUM_SIDE + 1, height=1
    )
    assert not read(huge).all("svg")


def test_what_is_not_declared_has_a_box_and_no_button() -> None:
    box = read(render_blocked("evil.example:8080<b>", language=ENGLISH))
    assert "Blocked: evil.example:8080<b>" in box.text
    assert not box.all("button")
    assert not box.all("a")


@pytest.mark.law("CNIL-8")
@each_language
def test_the_count_on_the_first_layer_is_the_length_of_the_list(language: Language) -> None:
    pieces = render_notice(NEWSPAPER, NOT_ASKED, language=language, gpc=False)
    link = read(pieces.before_back + pieces.after_back).one(class_="d-first").one("a")
    page = policy(NOT_ASKED, language=language)
    assert link.attributes["href"] == f"/_daccord/policy?lang={language}#recipients"
    listed = page.one(id="recipients").all(class_="d-recipients")[0].all("li")
    assert link.text.split()[0] == str(len(listed))
    for entry in listed:
        assert entry.one("a").attributes["href"].startswith("https://")


@pytest.mark.promise("P10")
@pytest.mark.law("GDPR-3")
@each_language
def test_the_policy_says_everything_that_is_declared(language: Language) -> None:
    text = policy(NOT_ASKED, language=language).text
    controller = NEWSPAPER.controller
    for said in (controller.name, controller.address, controller.email, controller.privacy_officer):
        assert said is not None
        assert said in text
    assert controller.authority_name in text
    for purpose in NEWSPAPER.purposes:
        assert purpose.title.in_language(language) in text
        assert purpose.summary.in_language(language) in text
    for service in NEWSPAPER.services:
        assert service.title.in_language(language) in text
        assert service.recipient.name in text
        for host in service.hosts:
            assert host in text
        for cookie in service.cookies:
            assert cookie.name in text
            assert cookie.about.in_language(language) in text
        for key in service.storage:
            assert key.name in text
        if service.transfer:
            assert service.transfer.in_language(language) in text


@pytest.mark.law("CNIL-27")
@pytest.mark.law("EDPB-I")
def test_the_policy_gives_the_reason_of_whatever_needs_no_consent() -> None:
    text = policy(NOT_ASKED).one(id="purposes").text
    assert "Sans accord nécessaire\u00a0: connexion et sécurité du compte." in text
    assert "Sans accord nécessaire\u00a0: mesure d’audience pour ce seul site." in text


@pytest.mark.law("GPC-4")
def test_the_policy_says_how_the_signal_is_treated() -> None:
    assert "Global Privacy Control" in policy(NOT_ASKED).text


@pytest.mark.promise("P8")
def test_the_policy_carries_the_choice_itself() -> None:
    page = policy(choice(ISSO))
    form = page.one("form")
    back = form.one("input", name="back").attributes["value"]
    assert (form.attributes["action"], back) == ("/_daccord/choice", "/_daccord/policy?lang=fr")
    assert [button.attributes["value"] for button in form.all("button")] == [
        "save",
        "refuse",
        "accept",
    ]
    assert page.one(id="daccord-strip").text == "Cookies\u00a0: acceptés en partie"
    ids = [node.attributes["id"] for node in page.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 415, 503])
@each_language
def test_an_error_page_says_what_holds_and_leads_back(status: int, language: Language) -> None:
    html = render_error(NEWSPAPER, status, language=language, back="/une?a=1&b=2")
    page = read(html.removeprefix("<!doctype html>"))
    assert page.one("html").attributes["lang"] == language
    assert page.one("main").one("a").attributes["href"] == "/une?a=1&b=2"
    nothing = {"fr": "Rien n’a changé.", "en": "Nothing has changed."}[language]
    assert (nothing in page.text) is (status not in {404, 503})


def test_a_consent_that_is_not_recorded_is_said_not_to_hold() -> None:
    assert "so nothing new is accepted. What you refuse is refused." in render_error(
        NEWSPAPER, 503, language=ENGLISH
    )
