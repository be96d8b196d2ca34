"""What is put into a page, read as HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daccord.consent.answer import answer, parse_form
from daccord.consent.choice import NOT_ASKED, Choice, RecordId, permitted_services
from daccord.declaration.model import Language, Text
from daccord.notice.assets import CLEAR_JS, NOTICE_CSS, NOTICE_JS, PAGE_CSS
from daccord.notice.evidence import CODE_HASH, notice_hash
from daccord.notice.notice import render_notice
from tests.declarations import ENGLISH, FRENCH
from tests.notice.dom import Node, read
from tests.notice.sample import ALL, AUDIENCE, ISSO, MOUETTE, NEWSPAPER, RECORD, choice

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration

BUDGET = 3_500

LANGUAGES = (FRENCH, ENGLISH)
CHOICES = {
    "not asked": NOT_ASKED,
    "refused": choice(),
    "granted": choice(*ALL),
    "split": choice(ISSO),
    "in part": choice(ISSO, only={ISSO}),
    "withdrawn": choice(withdrawn=True),
    "objected": choice(only={*ALL, AUDIENCE}),
}
BANNED = {
    # CNIL-5 and DP-4: refusing must not be a riddle, accepting not a kindness.
    "fr": r"non essentiel|meilleure expérience|gâteau|continuer sans|dommage|merci|j’ai compris",
    "en": r"non.essential|best experience|yummy|sorry|miss out|thank|got it|legitimate interest",
}


def block(
    choice: Choice,
    *,
    language: Language = FRENCH,
    gpc: bool = False,
    declaration: Declaration = NEWSPAPER,
) -> str:
    pieces = render_notice(declaration, choice, language=language, gpc=gpc)
    return f"{pieces.before_back}/article?a=1&amp;b=2{pieces.after_back}"


def notice(choice: Choice, *, language: Language = FRENCH, gpc: bool = False) -> Node:
    return read(block(choice, language=language, gpc=gpc))


each_language = pytest.mark.parametrize("language", LANGUAGES)
each_choice = pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)


@each_language
def test_the_whole_block_of_both_layers_stays_in_its_budget(language: Language) -> None:
    brotli = pytest.importorskip("brotli")
    size = len(brotli.compress(block(NOT_ASKED, language=language).encode(), quality=11))
    assert size <= BUDGET


def test_styles_and_scripts_are_ascii_so_that_any_charset_carries_them() -> None:
    for asset in (NOTICE_CSS, NOTICE_JS, CLEAR_JS, PAGE_CSS):
        assert asset.isascii()
        assert "</" not in asset


@pytest.mark.law("CNIL-3")
@pytest.mark.law("CNIL-5")
@pytest.mark.law("EDPB-A")
@pytest.mark.promise("P2")
@pytest.mark.promise("P3")
@each_choice
def test_accept_and_refuse_stand_once_each_side_by_side(choice: Choice) -> None:
    page = notice(choice)
    refuse, accept = page.one(id="daccord-refuse"), page.one(id="daccord-accept")
    assert len(page.all("button", value="accept")) == 1
    # The one other refusal is on the strip, for those who granted something.
    granted = page.one(id="daccord").attributes["data-state"] in {"granted", "split"}
    withdraw = page.all(id="daccord-withdraw")
    assert len(withdraw) == (1 if granted and not page.all(class_="d-ask") else 0)
    assert len(page.all("button", value="refuse")) == 1 + len(withdraw)
    assert refuse.tag == accept.tag == "button"
    assert set(refuse.attributes) == set(accept.attributes) == {"id", "name", "value"}
    (parent,) = [node for node in page.walk() if refuse in node.children]
    assert parent.children == [refuse, accept]


@pytest.mark.law("CNIL-6")
def test_the_words_are_those_that_the_regulator_accepts() -> None:
    page = notice(NOT_ASKED)
    assert page.one(id="daccord-accept").text == "Tout accepter"
    assert page.one(id="daccord-refuse").text == "Tout refuser"
    assert page.one(id="daccord-customise").text == "Personnaliser"


@pytest.mark.law("CNIL-10")
@pytest.mark.law("EDPB-B")
@pytest.mark.promise("P6")
def test_nothing_that_needs_consent_is_chosen_in_advance() -> None:
    page = notice(NOT_ASKED)
    checked = [
        node.attributes["name"] for node in page.all("input") if "checked" in node.attributes
    ]
    assert checked == ["purpose.audience"]  # exempt: it runs until objected to
    assert not any("aria-checked" in node.attributes for node in page.walk())


@pytest.mark.law("CNIL-7")
@pytest.mark.law("CNIL-9")
@pytest.mark.promise("P1")
@each_language
def test_the_first_layer_says_who_what_and_what_for(language: Language) -> None:
    layer = notice(NOT_ASKED, language=language).one(class_="d-first")
    assert NEWSPAPER.controller.name in layer.text
    for purpose in NEWSPAPER.purposes:
        assert purpose.title.in_language(language) in layer.text
        if purpose.exempt is None:
            assert purpose.summary.in_language(language) in layer.text
            (title,) = [b for b in layer.all("b") if b.text == purpose.title.in_language(language)]
            assert len(title.text) < 40


@pytest.mark.promise("P1")
def test_the_first_layer_names_every_kind_of_data() -> None:
    layer = notice(NOT_ASKED).one(class_="d-first")
    assert layer.all("p")[0].text == (
        "Dunes Presse SAS et 4 destinataires demandent à conserver et à lire des données"
        " personnelles sur votre appareil\u00a0: adresse IP, données de navigation, interactions"
        " avec les réseaux sociaux, commentaires, géolocalisation."
    )


@pytest.mark.law("CNIL-17")
@each_language
def test_the_first_layer_says_how_to_change_ones_mind(language: Language) -> None:
    text = notice(NOT_ASKED, language=language).one(class_="d-first").text
    sentence = {
        "fr": "Vous pouvez changer d’avis à tout moment\u00a0: «\u00a0Cookies\u00a0», en bas à"
        " gauche de chaque page.",
        "en": "You can change your mind at any time: “Cookies”, at the bottom left of every page.",
    }
    assert sentence[language] in text


@pytest.mark.law("DP-4")
@pytest.mark.law("CNIL-5")
@each_language
@each_choice
def test_no_phrase_steers(choice: Choice, language: Language) -> None:
    text = notice(choice, language=language).text
    assert not re.search(BANNED[language], text, re.IGNORECASE)
    assert not re.search(r"[\U0001F000-\U0001FAFF\u2600-\u27bf!]", text)


@pytest.mark.promise("P7")
@each_choice
def test_every_purpose_and_service_has_a_strip_with_a_word(choice: Choice) -> None:
    page = notice(choice)
    strips = [node for node in page.walk() if node.attributes.get("class") in STRIPS]
    assert all(node.text.strip() for node in strips)
    groups = page.all("fieldset")
    assert len(groups) == len(NEWSPAPER.purposes)
    for group in groups:
        assert [n for n in group.one("legend").walk() if n.attributes.get("class") in STRIPS]
    assert page.one(id="daccord-strip") in strips


STRIPS = {"d-yes", "d-no", "d-some"}


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    ("choice", "gpc", "word", "shape"),
    [
        (NOT_ASKED, False, "Cookies\u00a0: refusés par défaut", "d-no"),
        (choice(), False, "Cookies\u00a0: refusés", "d-no"),
        (choice(*ALL), False, "Cookies\u00a0: acceptés", "d-yes"),
        (choice(ISSO), False, "Cookies\u00a0: acceptés en partie", "d-some"),
        (NOT_ASKED, True, "Cookies\u00a0: refusés par le signal de votre navigateur", "d-no"),
        (choice(*ALL), True, "Cookies\u00a0: acceptés", "d-yes"),
        (choice(), True, "Cookies\u00a0: refusés", "d-no"),
    ],
)
def test_the_strip_says_what_holds(choice: Choice, gpc: bool, word: str, shape: str) -> None:  # noqa: FBT001
    strip = notice(choice, gpc=gpc).one(id="daccord-strip")
    assert (strip.text, strip.attributes["class"]) == (word, shape)


@pytest.mark.law("GPC-5")
def test_with_a_signal_nothing_is_asked_and_nothing_needs_a_script() -> None:
    page = notice(NOT_ASKED, gpc=True)
    assert not page.all(role="dialog")
    assert not page.all("script")


@pytest.mark.law("CNIL-2")
@each_choice
def test_only_a_button_sends_the_form_and_the_first_one_saves(choice: Choice) -> None:
    page = notice(choice)
    forms = page.all("form")
    assert [form.attributes["method"] for form in forms] == ["post"]
    for node in page.walk():
        assert not any(name.startswith("on") or name == "style" for name in node.attributes)
    # Enter in a group presses the form's first button.
    first = forms[0].all("button")[0]
    assert first.attributes["id"] in {"daccord-save", "daccord-withdraw"}


@pytest.mark.law("CNIL-16")
@pytest.mark.law("EDPB-K")
@pytest.mark.promise("P8")
@each_choice
def test_the_control_is_on_every_page_with_the_same_name(choice: Choice) -> None:
    control = notice(choice).one(id="daccord-customise")
    assert (control.tag, control.text) == ("summary", "Personnaliser")


@pytest.mark.law("A11Y-9")
@pytest.mark.law("A11Y-16")
def test_the_notice_is_a_dialog_named_by_its_heading() -> None:
    page = notice(NOT_ASKED)
    root = page.one(id="daccord")
    heading = page.one(id=root.attributes["aria-labelledby"])
    assert (root.attributes["role"], heading.tag) == ("dialog", "h2")
    assert "aria-modal" not in root.attributes


@each_choice
def test_ids_are_unique_and_scripts_are_only_where_something_is_asked(choice: Choice) -> None:
    page = notice(choice)
    ids = [node.attributes["id"] for node in page.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    scripts = [script.children[0] for script in page.all("script")]
    asks = [NOTICE_JS] if page.all(role="dialog") else []
    assert scripts == asks + ([CLEAR_JS] if choice.withdrawn else [])


@pytest.mark.law("CNIL-11")
def test_a_new_question_is_asked_alone() -> None:
    page = notice(choice(ISSO, only={ISSO, MOUETTE}))
    layer = page.one(class_="d-first")
    assert page.one("input", name="ask").attributes["value"] == "new"
    assert "2 destinataires" in layer.text
    assert "Publicité personnalisée" in layer.text
    assert "(Régie du Large, Phare Tags)" in layer.text
    assert "Réseaux sociaux" not in layer.text
    assert "votre choix précédent est maintenu" in layer.text


@pytest.mark.law("CNIL-18")
def test_after_a_withdrawal_the_page_names_what_to_clear_and_spares_what_is_permitted() -> None:
    page = notice(choice(withdrawn=True))
    assert page.one(id="daccord-clear").attributes["data-names"] == (
        '[["cookie","_ph"],["cookie","isso-*"],["local","isso-*"]]'
    )
    page = notice(choice(ISSO, withdrawn=True))
    assert page.one(id="daccord-clear").attributes["data-names"] == '[["cookie","_ph"]]'


def test_the_block_depends_on_the_answers_alone() -> None:
    other = replace(choice(ISSO), day=1, record=RecordId("B" * 22))
    assert block(choice(ISSO)) == block(other)


@pytest.mark.law("CNIL-21")
@each_language
def test_the_hash_of_the_notice_changes_with_any_text(language: Language) -> None:
    purpose = NEWSPAPER.purposes[2]
    text = Text(texts=tuple((each, "Autrement.") for each, _ in purpose.summary.texts))
    purposes = (*NEWSPAPER.purposes[:2], replace(purpose, summary=text), *NEWSPAPER.purposes[3:])
    other = replace(NEWSPAPER, purposes=purposes)
    assert notice_hash(NEWSPAPER, language) == notice_hash(NEWSPAPER, language)
    assert notice_hash(other, language) != notice_hash(NEWSPAPER, language)
    assert re.fullmatch("[0-9a-f]{64}", CODE_HASH)


@given(text=st.text(alphabet="<>&\"'{}=/ ab\n", min_size=1, max_size=30))
def test_a_publishers_text_never_becomes_markup(text: str) -> None:
    said = Text(texts=((FRENCH, text),))
    declaration = replace(
        NEWSPAPER,
        controller=replace(NEWSPAPER.controller, name=text),
        purposes=tuple(replace(each, title=said, summary=said) for each in NEWSPAPER.purposes),
        services=tuple(replace(each, title=said) for each in NEWSPAPER.services),
    )
    plain = read(block(NOT_ASKED))
    page = read(block(NOT_ASKED, declaration=declaration))
    shape = [(node.tag, sorted(node.attributes)) for node in page.walk()]
    assert shape == [(node.tag, sorted(node.attributes)) for node in plain.walk()]
    assert text in page.one(class_="d-first").text


@pytest.mark.promise("P6")
@given(st.data())
def test_saving_the_form_as_it_stands_changes_nothing(data: st.DataObject) -> None:
    """What the form shows as chosen is what holds: a save without a change is no change."""
    tags = sorted(ALL)
    granted = data.draw(st.sets(st.sampled_from(tags)))
    before = choice(*granted)
    fields = [("do", "save"), ("shown", NEWSPAPER.questions_digest)]
    fields += [
        (node.attributes["name"], node.attributes["value"])
        for node in notice(before).all("input")
        if "checked" in node.attributes
    ]
    raw = "&".join(f"{name}={value}" for name, value in fields).encode()
    change = answer(NEWSPAPER, before, parse_form(raw))
    assert change is not None
    after = change.choice(day=20_000, record=RECORD)
    assert permitted_services(NEWSPAPER, after) == permitted_services(NEWSPAPER, before)
