"""The subscribers' space: a necessary cookie, set when it is asked for and not before."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from daccord.demo.paper.subscribers import MAX_SESSIONS, Subscribers
from daccord.demo.paper.web_form import MAX_BYTES
from tests.demo.paper_reader import Page, reading, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

SPACE = "/fr/espace-abonne"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with reading(tmp_path) as one:
        yield one


async def send(
    client: httpx.AsyncClient, headers: dict[str, str] | None = None, **form: str
) -> httpx.Response:
    return await client.post("/fr/session", data=form, headers=headers)


@pytest.mark.law("CNIL-23")
async def test_the_cookie_is_set_by_opening_the_space_only(client: httpx.AsyncClient) -> None:
    before = await client.get(SPACE)
    assert "set-cookie" not in before.headers

    answer = await send(client, do="open", name="  Odile   Kerbrac ")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer.headers["location"] == SPACE
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("session=")
    assert cookie.split("; ", 1)[1] == "HttpOnly; Path=/; SameSite=lax"
    assert "Odile Kerbrac" in words(Page.parse((await client.get(SPACE)).text).one("h1"))


async def test_an_article_is_kept_and_let_go(client: httpx.AsyncClient) -> None:
    await send(client, do="open", name="Odile")
    answer = await send(client, do="keep", article="bog")
    assert answer.headers["location"] == "/fr/la-tourbiere-boit-de-nouveau"
    assert "/fr/la-tourbiere-boit-de-nouveau" in (await client.get(SPACE)).text

    await send(client, do="keep", article="bog")
    assert "/fr/la-tourbiere-boit-de-nouveau" not in (await client.get(SPACE)).text


async def test_the_text_size_goes_with_the_reader(client: httpx.AsyncClient) -> None:
    await send(client, do="open", name="Odile")
    await send(client, do="size", size="large")
    page = Page.parse((await client.get("/en/")).text)
    assert page.one("html").attrib["data-size"] == "large"


async def test_closing_ends_the_session(client: httpx.AsyncClient) -> None:
    await send(client, do="open", name="Odile")
    key = client.cookies["session"]
    answer = await send(client, do="close")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    client.cookies.set("session", key)
    assert "Odile" not in (await client.get(SPACE)).text


@pytest.mark.parametrize(
    ("headers", "form", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, {"do": "open", "name": "x"}, HTTPStatus.FORBIDDEN),
        ({"Origin": "http://elsewhere.localhost"}, {"do": "close"}, HTTPStatus.FORBIDDEN),
        ({}, {"do": "open", "name": "  "}, HTTPStatus.BAD_REQUEST),
        ({}, {"do": "size", "size": "huge"}, HTTPStatus.BAD_REQUEST),
        ({}, {"do": "keep", "article": "nothing"}, HTTPStatus.BAD_REQUEST),
        ({}, {"do": "open", "name": "x" * MAX_BYTES}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ({}, {str(n): "x" for n in range(99)}, HTTPStatus.BAD_REQUEST),
    ],
)
async def test_a_form_that_is_not_ours_changes_nothing(
    client: httpx.AsyncClient, headers: dict[str, str], form: dict[str, str], status: HTTPStatus
) -> None:
    answer = await send(client, headers, **form)
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


def test_the_oldest_session_ends_when_there_are_too_many() -> None:
    subscribers = Subscribers()
    first = subscribers.open("first")
    for _ in range(MAX_SESSIONS):
        last = subscribers.open("another")
    assert subscribers.find(first) is None
    assert subscribers.find(last) is not None
