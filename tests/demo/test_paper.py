"""The newspaper: every page whole, in both languages, and nothing of a stranger but its own."""

from __future__ import annotations

import re
from http import HTTPStatus
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from daccord.declaration.parse import parse_declaration
from daccord.demo.paper import guarded_paper, paper
from daccord.demo.paper.edition import choose_language, load_editions
from daccord.demo.paper.guarded import DECLARATION
from daccord.demo.paper.newsroom import LANGUAGES, Article, Lang, load_newsroom
from daccord.demo.paper.pages import STATIC
from tests.demo.paper_reader import ORIGINS, SITE, Page, reading, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx
    from starlette.applications import Starlette

NEWSROOM = load_newsroom()
EDITIONS = load_editions()
THIRD_PARTIES = {ORIGINS.comments, ORIGINS.social, ORIGINS.ads, ORIGINS.tags}
FORMS = {edition.session for edition in EDITIONS.values()}
STORIES = [
    pytest.param(article, lang, id=f"{article.id}-{lang}")
    for article in NEWSROOM.articles
    for lang in LANGUAGES
]
PAGES = sorted(
    path
    for edition in EDITIONS.values()
    for path in (
        edition.front,
        *(edition.article(article) for article in NEWSROOM.articles),
        *(edition.section(section) for section in edition.texts["sections"]),
        *(edition.special(page) for page in edition.texts["slugs"]),
        f"/{edition.lang}/not-there",
    )
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    """One paper for every test of this module: none of them changes anything in it."""
    return paper(origins=ORIGINS, data=tmp_path_factory.mktemp("paper"))


@pytest.fixture
async def client(site: Starlette, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with reading(tmp_path, site) as one:
        yield one


async def fetch(client: httpx.AsyncClient, path: str) -> Page:
    return Page.parse((await client.get(path)).text)


def test_there_are_six_articles_and_an_embed_in_two() -> None:
    assert len(NEWSROOM.articles) >= 6
    assert sum(article.post is not None for article in NEWSROOM.articles) >= 2


def test_both_editions_say_the_same_things() -> None:
    assert keys(EDITIONS["fr"].texts) == keys(EDITIONS["en"].texts)


def keys(value: Any) -> Any:
    """The shape of a table of texts: its keys, and how long its lists are."""
    if isinstance(value, dict):
        return {key: keys(each) for key, each in value.items() if key != "slug"}
    if isinstance(value, list):
        return [keys(each) for each in value]
    return None


@pytest.mark.promise("P13")
@pytest.mark.parametrize(("article", "lang"), STORIES)
async def test_an_article_has_every_part(
    client: httpx.AsyncClient, article: Article, lang: Lang
) -> None:
    edition, story = EDITIONS[lang], article.in_language(lang)
    page = await fetch(client, edition.article(article))

    assert page.one("html").attrib["lang"] == lang
    assert words(page.one("h1")) == words_of(story.headline)
    assert words(page.one("p", class_="standfirst")) == words_of(story.standfirst)
    assert page.one("p", class_="byline").find(".//time") is not None
    assert edition.texts["credit"] in words(page.one("span", class_="credit"))

    picture = page.one("figure", class_="story-picture")
    assert words(picture).startswith(words_of(story.caption))
    assert words_of(edition.texts["picture_credit"]) in words(picture)
    assert len(page.one("div", class_="story-text").findall("h2")) >= 3
    assert page.all("figure", class_="pull")
    assert len(page.all("article", class_="teaser")) == 3
    assert bool(page.all("iframe", class_="murmure-post")) == (article.post is not None)


@pytest.mark.promise("P13")
@pytest.mark.parametrize(("article", "lang"), STORIES)
async def test_an_article_ends_in_its_own_comment_space(
    client: httpx.AsyncClient, article: Article, lang: Lang
) -> None:
    path = EDITIONS[lang].article(article)
    page = await fetch(client, path)
    thread = page.one("section", id="isso-thread")
    script = page.one("script", src=f"{ORIGINS.comments}/js/embed.min.js")

    assert thread.attrib["data-isso-id"] == path
    assert script.attrib["data-isso"] == f"{ORIGINS.comments}/"
    assert script.attrib["data-isso-lang"] == lang


@pytest.mark.parametrize(("article", "lang"), STORIES)
def test_a_story_is_of_a_readable_length(article: Article, lang: Lang) -> None:
    assert 500 <= article.in_language(lang).words <= 800


@pytest.mark.promise("P13")
@pytest.mark.parametrize(("article", "lang"), STORIES)
async def test_share_and_follow_are_plain_links(
    client: httpx.AsyncClient, article: Article, lang: Lang
) -> None:
    page = await fetch(client, EDITIONS[lang].article(article))
    share = [link.attrib["href"] for link in page.one("section", class_="share").iter("a")]
    follow = [link.attrib["href"] for link in page.one("section", class_="foot-follow").iter("a")]

    assert [urlsplit(link).scheme for link in share] == ["mailto", "sms", "http"]
    assert [urlsplit(link).scheme for link in follow] == ["", "mailto", "http"]
    for link in page.root.iter("a"):
        if link.attrib["href"].startswith("http") and not link.attrib["href"].startswith(SITE):
            assert link.attrib["rel"] == "noopener noreferrer"


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_valid_and_accessible(client: httpx.AsyncClient, path: str) -> None:
    page = await fetch(client, path)
    ids = list(page.values("id"))
    levels = [int(one.tag[1]) for one in page.root.iter() if re.fullmatch("h[1-6]", str(one.tag))]

    assert len(ids) == len(set(ids))
    assert set(page.values("aria-labelledby")) | set(page.values("for")) <= set(ids)
    assert levels.count(1) == 1
    assert all(level <= before + 1 for before, level in pairwise(levels))
    assert page.one("a", class_="skip").attrib["href"] == "#main"
    assert page.one("main", id="main") is not None
    assert all("alt" in image.attrib for image in page.root.iter("img"))
    assert all(len(image.attrib["alt"]) > 40 for image in page.all("img", class_="picture"))
    assert all(frame.attrib["title"] for frame in page.root.iter("iframe"))
    assert words(page.one("title"))
    assert page.one("meta", name="description").attrib["content"]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_no_script_of_its_own(client: httpx.AsyncClient, path: str) -> None:
    page = await fetch(client, path)

    for script in page.root.iter("script"):
        assert not words(script)
        assert script.attrib["src"].startswith(tuple(THIRD_PARTIES))
    assert not list(page.root.iter("style"))
    assert not list(page.values("style"))
    assert not [name for one in page.root.iter() for name in one.attrib if name.startswith("on")]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_names_no_stranger(client: httpx.AsyncClient, path: str) -> None:
    page = await fetch(client, path)
    absolute = {
        f"{parts.scheme}://{parts.netloc}"
        for parts in map(urlsplit, page.addresses())
        if parts.netloc
    }

    assert absolute <= THIRD_PARTIES | {SITE}


async def test_everything_that_a_page_points_to_is_there(client: httpx.AsyncClient) -> None:
    seen: set[str] = set()
    waiting = ["/fr/", "/en/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = await client.get(path)
        assert answer.status_code == HTTPStatus.OK, path
        if "html" in answer.headers["content-type"]:
            found = {address.removeprefix(SITE) for address in Page.parse(answer.text).addresses()}
            waiting += [
                one for one in found if one.startswith("/") and not one.endswith("/session")
            ]

    reached = {path for path in PAGES if not path.endswith("/not-there")}
    assert reached <= seen


async def test_a_page_that_is_not_there_says_so_in_its_language(client: httpx.AsyncClient) -> None:
    for lang, path in (("fr", "/fr/rien"), ("en", "/en/nothing"), ("fr", "/rien")):
        answer = await client.get(path)
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert Page.parse(answer.text).one("html").attrib["lang"] == lang


@pytest.mark.law("LANG-4")
@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "fr"),
        ("en", "en"),
        ("en-GB,en;q=0.8,fr;q=0.5", "en"),
        ("de-DE, fr;q=0.4, en;q=0.7", "en"),
        ("de", "fr"),
        ("en;q=0", "fr"),
        ("en;q=x,,;;=", "fr"),
        ("EN-us", "en"),
    ],
)
def test_the_edition_is_chosen_by_the_browsers_language(header: str, expected: str) -> None:
    assert choose_language(header) == expected


async def test_the_root_redirects_to_an_edition(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"Accept-Language": "en"})
    assert answer.headers["location"] == "/en/"
    assert answer.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_light(client: httpx.AsyncClient, path: str) -> None:
    assert len((await client.get(path)).content) <= 20_000


def test_pictures_and_style_are_light() -> None:
    assert (STATIC / "paper.css").stat().st_size <= 24_000
    for article in NEWSROOM.articles:
        for width, most in ((480, 45_000), (800, 125_000), (1200, 250_000)):
            picture = STATIC / "pictures" / f"{article.id}-{width}.webp"
            assert picture.stat().st_size <= most, picture.name


def test_the_style_fetches_nothing() -> None:
    assert not re.findall(r"url\(|@import|@font-face", (STATIC / "paper.css").read_text("utf-8"))


async def test_the_papers_own_policy_is_strict(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/fr/")).headers["content-security-policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))

    assert directives["default-src"] == "'self'"
    assert "unsafe" not in directives["script-src"] + directives["style-src"]
    assert directives["form-action"] == "'self'"


def test_the_declaration_is_one() -> None:
    declaration = parse_declaration(DECLARATION.read_bytes())
    declared = {host for service in declaration.services for host in service.hosts}

    assert {f"{urlsplit(origin).hostname}:*" for origin in THIRD_PARTIES} <= declared


async def test_one_line_puts_daccord_around_it(tmp_path: Path) -> None:
    app = guarded_paper(origins=ORIGINS, data=tmp_path)
    async with reading(tmp_path, app) as client:
        answer = await client.get("/fr/la-gourmande-rallumee")

    assert answer.status_code == HTTPStatus.OK
    assert re.search(r"<[a-z]+ id=\"?daccord[\" >]", answer.text)
    assert f'src="{ORIGINS.comments}' not in answer.text
    assert "/_daccord/policy" in answer.text


def words_of(text: str) -> str:
    """The text with every kind of space made a plain one, as `words` does."""
    return " ".join(text.split())
