"""A page, a choice, and what a second reader of HTML says would load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import turbohtml

from daccord.declaration.model import ServiceId
from daccord.enforcement.gate import Gate, Insertions, PlaceholderSite, Rules, gate_whole
from daccord.enforcement.gate.rules import NOTHING
from daccord.enforcement.url import Reach, Target, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daccord.declaration.model import Load

PAGE: Final = origin_of("https://paper.example/")


def may_load(target: Target, _load: Load | None) -> bool:
    return target.reach is Reach.HOST and target.host in {"paper.example", "ok.example"}


def service_at(target: Target) -> ServiceId | None:
    return ServiceId("social") if target.host == "evil.example" else None


SOCIAL: Final = ServiceId("social")
REFUSING: Final = Rules(may_load=may_load, service_at=service_at)
EMBEDS: Final = Rules(
    may_load=may_load,
    service_at=service_at,
    embeds={"#thread": SOCIAL, ".post": SOCIAL, "fb-post": SOCIAL},
)
ALLOWING: Final = Rules(may_load=lambda _target, _load: True, service_at=lambda _target: None)


def placeholder(site: PlaceholderSite) -> str:
    size = f" {site.width or '?'}x{site.height or '?'}"
    return f"[{site.tag} {site.service or site.host}{size}]"


BOXES: Final = Insertions(head="", body_start="", placeholder=placeholder)
NOTICE: Final = Insertions(
    head="<meta name=h>",
    body_start="<div id=daccord></div>",
    placeholder=lambda _site: "<span class=box>p</span>",
)


def gated(html: str, insert: Insertions = NOTHING, rules: Rules = REFUSING) -> str:
    """``html`` (latin-1) after the gate, which must give the same byte by byte."""
    raw = html.encode("latin-1")
    whole = gate_whole(raw, rules, PAGE, insert)
    assert in_pieces(raw, 1, insert, rules) == whole
    return whole.decode("latin-1")


def in_pieces(raw: bytes, size: int, insert: Insertions, rules: Rules) -> bytes:
    gate = Gate(rules, PAGE, insert)
    pieces = [gate.feed(raw[at : at + size]) for at in range(0, len(raw), size)]
    return b"".join([*pieces, gate.close()])


LOADS: Final = {
    "script": ("src",),
    "iframe": ("src",),
    "frame": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "body": ("background",),
    "table": ("background",),
    "td": ("background",),
    "a": ("ping",),
    "base": ("href",),
    "meta": ("content",),
}
SVG_LOADS: Final = dict.fromkeys(("image", "script", "use"), ("href", "xlink:href"))
_EVIL: Final = re.compile(r"(?:https?:)?//+evil\.example")


def reaches_evil(value: str, name: str) -> bool:
    """Whether a URL in ``value`` leads to the refused host; written apart from `url`."""
    values = [value]
    if name == "srcset":
        values = [each.split()[0] for each in value.split(",") if each.split()]
    if name == "ping":
        values = value.split()
    if name == "content":
        values = [value.partition("=")[2].strip(" '\"")]
    flat = (re.sub(r"[\t\r\n]", "", each).strip().replace("\\", "/") for each in values)
    return any(_EVIL.match(each) for each in flat)


def leaks(html: str, *, scripting: bool) -> list[tuple[str, str, str]]:
    """What a tree parser finds in ``html`` that would load from the refused host."""
    return list(_leaks(html, scripting=scripting))


def _leaks(html: str, *, scripting: bool) -> Iterator[tuple[str, str, str]]:
    document = turbohtml.parse(html, scripting=scripting, allow_declarative_shadow_roots=False)
    for element in document.iter_elements():
        is_html = element.namespace is turbohtml.Namespace.HTML
        for name in (LOADS if is_html else SVG_LOADS).get(element.tag, ()):
            value = element.attr(name)
            if value and reaches_evil(value, name) and _counts(element):
                yield element.tag, name, value
        inner = element.attr("srcdoc") if is_html and element.tag == "iframe" else None
        if inner:
            yield from _leaks(inner, scripting=scripting)


def _counts(element: turbohtml.Element) -> bool:
    if element.tag == "link":
        relations = (element.attr("rel") or "").lower().split()
        return bool({"icon", "preconnect", "stylesheet"} & set(relations))
    if element.tag == "meta":
        return (element.attr("http-equiv") or "").lower() == "refresh"
    return True
