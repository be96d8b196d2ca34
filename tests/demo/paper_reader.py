"""A reader of the newspaper for tests: fetches pages over ASGI and looks at their elements."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import html5lib  # type: ignore[import-untyped] # it ships no types
import httpx

from daccord.demo.origins import Origins
from daccord.demo.paper import paper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

ORIGINS = Origins(
    comments="http://comments.localhost:8101",
    social="http://social.localhost:8102",
    ads="http://ads.localhost:8103",
    tags="http://tags.localhost:8104",
    further=("http://cdn.ads.localhost:8103", "http://sync.bidder.localhost:8105"),
)
SITE = "http://paper.localhost:8100"


@asynccontextmanager
async def reading(
    data: Path, app: Any = None, address: str = "203.0.113.57"
) -> AsyncIterator[httpx.AsyncClient]:
    """Open a reader of a fresh paper, or of ``app``; cookies are kept as a browser would."""
    app = app or paper(origins=ORIGINS, data=data)
    transport = httpx.ASGITransport(app=app, client=(address, 50000))
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Page:
    """A page as parsed by html5lib, strictly: markup that is not valid raises."""

    root: Element

    @classmethod
    def parse(cls, text: str) -> Page:
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        return cls(parser.parse(text))

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Every element of that tag with those attributes; a class is one of its classes."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [one for one in self.root.iter(tag) if _has(one, wanted)]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only element of that tag with those attributes."""
        (found,) = self.all(tag, **attributes)
        return found

    def values(self, attribute: str) -> Iterator[str]:
        return (one.attrib[attribute] for one in self.root.iter() if attribute in one.attrib)

    def addresses(self) -> set[str]:
        """Everything that the page loads or links to."""
        found = {v for name in ("href", "src", "action") for v in self.values(name)}
        for choices in self.values("srcset"):
            found |= {choice.split()[0] for choice in choices.split(",")}
        return found


def words(element: Element) -> str:
    """The text of an element, spaces made one."""
    return " ".join("".join(element.itertext()).split())


def _has(element: Element, wanted: dict[str, str]) -> bool:
    return all(
        value in element.attrib.get(name, "").split()
        if name == "class"
        else element.attrib.get(name) == value
        for name, value in wanted.items()
    )
