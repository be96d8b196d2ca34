"""Comments only: closed, with the reason and the key in their place; one press, nothing else."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from tests.browser.evidence import NO_TRACE
from tests.browser.reader import LEAD, OTHER, OWN, Reader

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration
    from daccord.demo.stage import Stage
    from tests.browser.conftest import NewReader

pytestmark = pytest.mark.browser

BOX = ".comments .daccord-box"
GRANT = f"{BOX} button"
THREAD = "#isso-root"


@pytest.mark.promise("P4")
def test_closed_comments_say_why_and_what_opens_them(reader: Reader) -> None:
    """In their place: what it is, that it is refused, who would receive what, one button."""
    reader.open(LEAD).refuse().open(LEAD)
    box = reader.page.locator(BOX)
    words = " ".join(box.inner_text().split())
    for part in ("Commentaires", "refusé", "Embruns Hébergement", "France", "adresse IP"):
        assert part in words
    button = reader.page.locator(GRANT)
    assert button.inner_text() == "Accepter et afficher «\xa0Commentaires\xa0»"
    assert not reader.page.locator("#isso-thread").is_visible()


@pytest.mark.promise("P5")
@pytest.mark.promise("B1")
def test_one_press_opens_the_comments_and_nothing_else(
    reader: Reader, declaration: Declaration
) -> None:
    """Only the comment server is let in; every other answer stays as it was."""
    reader.open(LEAD).refuse().forget().press(GRANT)
    if reader.js:
        reader.page.locator(f"{THREAD} .isso-comment").first.wait_for()
    else:
        # the comment server needs a script: its place is free for the paper's own word on that
        assert "JavaScript" in reader.page.locator("#isso-thread").inner_text()
    assert reader.page.locator(BOX).count() == 0
    assert reader.state == "split"
    reader.open(OTHER)
    reader.leave()
    seen = reader.evidence()
    assert seen.parties == ({"comments"} if reader.js else set())
    assert seen.cookies == OWN
    granted = {q.tag for q in declaration.questions if q.service == "isso"}
    asked = {q.tag for q in declaration.questions if not q.exempt}
    assert reader.choice.granted == granted
    assert reader.choice.refused == asked - granted
    assert reader.records() == 1


@pytest.mark.promise("P5")
def test_opened_before_any_answer_the_rest_is_still_asked(
    reader: Reader, declaration: Declaration
) -> None:
    """The one press answers that one question: nothing else is granted, nothing else refused."""
    reader.open(LEAD).press(GRANT)
    assert reader.is_asked
    assert reader.choice.granted == {q.tag for q in declaration.questions if q.service == "isso"}
    assert reader.choice.refused == frozenset()


@pytest.mark.promise("P5")
@pytest.mark.promise("P13")
def test_a_comment_is_really_posted_and_can_be_read_by_others(new_reader: NewReader) -> None:
    """Written in the browser, kept by the comment server, read back from there."""
    reader = new_reader().open(LEAD).press(GRANT)
    text = "Le feu se voit de ma cuisine, trois éclats."
    box = reader.page.locator("#isso-thread .isso-postbox").first
    box.locator("textarea").fill(text)
    box.locator("[name=author]").fill("Une lectrice")
    with reader.page.expect_response("**/new?*") as posted:
        box.locator("[type=submit]").click()
    assert posted.value.status == 201
    assert text in [
        each["text"].removeprefix("<p>").removesuffix("</p>") for each in _read(reader.stage)
    ]
    other = new_reader().open(LEAD).refuse().press(GRANT)
    other.page.locator(THREAD).get_by_text(text).wait_for()


def _read(stage: Stage) -> list[dict[str, str]]:
    address = urlsplit(stage.addresses.comments)
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=5)
    connection.request("GET", f"/?uri={quote(LEAD)}", headers={"Host": address.netloc})
    replies: list[dict[str, str]] = json.loads(connection.getresponse().read())["replies"]
    connection.close()
    return replies


# what does not open them


@pytest.mark.promise("P4")
@pytest.mark.law("FM-2")
def test_no_address_opens_them(reader: Reader) -> None:
    """GET changes nothing, whatever it asks for (law 10)."""
    reader.open(LEAD).refuse()
    held = reader.cookie
    for path in (
        "/_daccord/choice",
        "/_daccord/choice?do=grant.isso&back=/",
        "/_daccord/choice/grant.isso",
        f"{LEAD}?do=grant.isso&daccord=1",
        f"{LEAD}#daccord",
    ):
        reader.open(path)
        assert reader.cookie == held
    reader.open(LEAD)
    assert reader.page.locator(BOX).is_visible()
    assert reader.evidence().parties == set()


@pytest.mark.promise("P4")
@pytest.mark.law("FM-1")
def test_no_other_site_opens_them(new_reader: NewReader) -> None:
    """The same form, sent from the network's page: refused with 403, nothing changed."""
    reader = new_reader().open(LEAD).refuse()
    held = reader.cookie
    address = f"{reader.paper}/_daccord/choice"
    form = f'<form method=post action="{address}"><input name=do value=grant.isso>'
    reader.page.goto(f"{reader.stage.addresses.social}/@dunes")
    with reader.page.expect_response("**/_daccord/choice") as answer:
        reader.page.evaluate(
            "html => { document.body.innerHTML = html; document.forms[0].submit() }", form
        )
    assert answer.value.status == 403
    assert reader.cookie == held


@pytest.mark.promise("P4")
@pytest.mark.promise("B1")
def test_no_script_opens_them(new_reader: NewReader) -> None:
    """The comment server's script, put in by hand where it would have stood, does not load."""
    reader = new_reader().open(LEAD).refuse().open(LEAD).forget()
    with reader.page.expect_event("requestfailed"):
        reader.page.evaluate(
            """at => {
              const script = document.createElement("script");
              script.src = at + "/js/embed.min.js";
              script.dataset.isso = at + "/";
              document.querySelector("#isso-thread").hidden = false;
              document.body.append(script);
            }""",
            reader.stage.addresses.comments,
        )
    reader.leave()
    seen = reader.evidence()
    assert seen.trace[1:] == NO_TRACE[1:]


@pytest.mark.promise("P4")
@pytest.mark.law("CK-5")
def test_no_forged_cookie_opens_them(reader: Reader, declaration: Declaration) -> None:
    """A choice that the paper did not sign is no choice: the reader is asked anew."""
    reader.open(LEAD).refuse()
    day, tags = reader.today, "".join(sorted(q.tag for q in declaration.questions if not q.exempt))
    assert reader.cookie
    mac = reader.cookie.rpartition(".")[2]
    for value in (
        f"1.{day}.{tags}..{'A' * 22}.{mac}",
        f"1.{day}.{tags}..{'A' * 22}.{'A' * 16}",
        "1",
    ):
        reader.context.add_cookies([{"name": "daccord", "value": value, "url": reader.paper}])
        seen = reader.visit([LEAD])
        assert seen.trace[1:] == NO_TRACE[1:]
        reader.open(LEAD)
        assert (reader.is_asked, reader.state) == (True, "not-asked")


@pytest.mark.promise("P4")
@pytest.mark.promise("P8")
@pytest.mark.law("CACHE-1")
def test_the_back_button_does_not_open_them_again(resident: Reader) -> None:
    """Opened, left for another page, withdrawn there, and back: closed, and nobody is told."""
    resident.open(LEAD).refuse().press(GRANT)
    resident.page.locator(f"{THREAD} .isso-comment").first.wait_for()
    resident.open(OTHER).withdraw()
    resident.forget()
    for _ in range(2):
        resident.page.go_back()
    assert resident.page.url.startswith(resident.paper + LEAD)
    resident.page.locator(BOX).wait_for()
    assert resident.state == "refused"
    assert resident.page.locator(f"{THREAD} .isso-comment").count() == 0
    resident.leave()
    seen = resident.evidence()
    assert seen.trace[1:] == NO_TRACE[1:]


def test_a_choice_that_is_malformed_is_none(new_reader: NewReader) -> None:
    """Law 9, seen from the browser: asked anew, and the page as good as ever."""
    reader = new_reader()
    reader.context.add_cookies([{"name": "daccord", "value": "x" * 3000, "url": reader.paper}])
    reader.open(LEAD)
    assert reader.is_asked
    assert reader.page.locator("h1").is_visible()
