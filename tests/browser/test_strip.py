"""The strip: green, red or split, by colour, word and shape, true at every moment (P7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.reader import LEAD, OTHER, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import NewReader

pytestmark = [pytest.mark.browser, pytest.mark.promise("P7")]

WATCH: Final = """
  window.shown = [];
  const look = () => {
    const strip = document.getElementById("daccord-strip");
    if (strip) {
      const before = getComputedStyle(strip, "::before");
      const now = [strip.textContent.trim(), strip.className, before.backgroundImage,
                   before.backgroundColor].join("|");
      if (shown.at(-1) !== now) shown.push(now);
    }
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true,
    attributes: true, characterData: true});
  const frame = () => { look(); requestAnimationFrame(frame); };
  frame();
"""
"""Notes what the strip says, at every change of the page and before every frame that is drawn."""


def _comments(reader: Reader) -> Reader:
    return reader.refuse().press(".comments .daccord-box button")


STATES: Final[dict[str, tuple[Callable[[Reader], Reader], str, str, str]]] = {
    "unasked": (lambda r: r, "not-asked", "Cookies : refusés par défaut", "d-no"),
    "refused": (Reader.refuse, "refused", "Cookies : refusés", "d-no"),
    "granted": (Reader.accept, "granted", "Cookies : acceptés", "d-yes"),
    "split": (_comments, "split", "Cookies : acceptés en partie", "d-some"),
    "withdrawn": (lambda r: r.accept().withdraw(), "refused", "Cookies : refusés", "d-no"),
}


@pytest.mark.law("A11Y-1")
@pytest.mark.parametrize("name", STATES)
def test_it_says_how_the_page_stands(reader: Reader, name: str) -> None:
    """On the page of the choice and on the next one alike, for machines and for people."""
    act, state, words, kind = STATES[name]
    act(reader.open(LEAD))
    for _ in range(2):
        assert reader.state == state
        assert reader.strip == words
        assert reader.page.locator("#daccord-strip").get_attribute("class") == kind
        reader.open(OTHER)


@pytest.mark.parametrize("name", STATES)
def test_it_never_shows_a_wrong_state(new_reader: NewReader, name: str) -> None:
    """From the first frame of a page to its last change it says one thing: what is enforced."""
    reader = new_reader()
    act, state, words, kind = STATES[name]
    act(reader.open(LEAD))
    reader.page.add_init_script(WATCH)
    reader.open(OTHER)
    reader.page.wait_for_function("() => window.shown.length")
    reader.idle_frame()
    shown = reader.page.evaluate("window.shown")
    assert len(shown) == 1, shown
    assert shown[0].split("|")[1] == kind
    assert " ".join(shown[0].split("|")[0].split()) == words
    assert reader.state == state


def test_refusing_in_place_passes_through_no_wrong_state(new_reader: NewReader) -> None:
    """*Refused by default*, then *refused*: both true, nothing in between."""
    reader = new_reader()
    reader.page.add_init_script(WATCH)
    reader.open(LEAD).refuse()
    reader.idle_frame()
    shown = [" ".join(each.split("|")[0].split()) for each in reader.page.evaluate("window.shown")]
    assert shown == ["Cookies : refusés par défaut", "Cookies : refusés"]


@pytest.mark.law("A11Y-1")
def test_no_two_states_look_alike(new_reader: NewReader) -> None:
    """Another colour, another shape and another word for each of green, red and split."""
    looks = set()
    for name in ("refused", "granted", "split"):
        reader = new_reader()
        STATES[name][0](reader.open(LEAD))
        looks.add(
            reader.page.locator("#daccord-strip").evaluate(
                """e => { const s = getComputedStyle(e, '::before');
                return [s.backgroundImage, s.backgroundColor].join() }"""
            )
        )
    assert len(looks) == 3


@pytest.mark.promise("P6")
def test_every_purpose_and_service_has_its_own(reader: Reader) -> None:
    """Inside customise, for each by itself: after opening the comments alone."""
    _comments(reader.open(LEAD)).unfold()
    found = {}
    for row in reader.page.locator("#daccord legend, #daccord li:has(label)").all():
        strip = row.locator("b").first
        name = row.inner_text().split("\n")[0].replace(strip.inner_text(), "").strip()
        found[name] = (strip.get_attribute("class"), strip.inner_text())
    assert found == {
        "Commentaires et réseaux sociaux": ("d-some", "accepté en partie"),
        "Commentaires": ("d-yes", "accepté"),
        "Murmure": ("d-no", "refusé"),
        "Publicité selon vos lectures": ("d-no", "refusé"),
        "Aiguillage": ("d-no", "refusé"),
        "Réclame": ("d-no", "refusé"),
        "Surenchère": ("d-no", "refusé"),
        "Compter les lecteurs": ("d-yes", "actif"),
        "Faire fonctionner le site": ("d-yes", "toujours actif"),
    }
