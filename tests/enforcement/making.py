"""Declarations for tests of enforcement: services with hosts, loads and cookies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from daccord.declaration.model import Cookie, Declaration, Load, Mode, ServiceId
from tests.declarations import declaration, purpose, service, text

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTS = (
    "a.example",
    "b.a.example",
    "*.a.example",
    "a.example:8443",
    "c.example:*",
    "*.d.example:*",
    "e.example:80",
    "e.example:443",
)
NAMES = ("sid", "_ga", "_ga_*", "s*d", "*", "__Host-x", "__Secure-*", "a*b*c")


def cookie(
    name: str, *, path: str = "/", domain: str | None = None, first_party: bool = True
) -> Cookie:
    return Cookie(
        name=name,
        days=1,
        path=path,
        domain=domain,
        first_party=first_party,
        about=text("Un témoin.", "A cookie."),
    )


def declaring(
    services: Sequence[tuple[str, Sequence[str], Sequence[Cookie]]], *, mode: Mode = Mode.ENFORCE
) -> Declaration:
    """Declare services by id, hosts and cookies, all of one purpose that needs consent."""
    made = [
        replace(service(name, ["p"], hosts=hosts), cookies=tuple(cookies))
        for name, hosts, cookies in services
    ]
    built = declaration([purpose("p")], made)
    return replace(built, site=replace(built.site, mode=mode))


@st.composite
def declared(
    draw: st.DrawFn, *, modes: Sequence[Mode] = (Mode.ENFORCE,)
) -> tuple[Declaration, frozenset[ServiceId]]:
    """Up to 4 services with drawn hosts, loads and cookies; and which of them are permitted."""
    services = [
        replace(
            service(f"s{index}", ["p"], hosts=draw(st.lists(st.sampled_from(HOSTS), max_size=3))),
            loads=frozenset(draw(st.sets(st.sampled_from(list(Load))))),
            cookies=tuple(
                cookie(name, first_party=draw(st.integers(0, 4)) > 0)
                for name in draw(st.lists(st.sampled_from(NAMES), max_size=3))
            ),
        )
        for index in range(draw(st.integers(0, 4)))
    ]
    built = declaration([purpose("p")], services)
    site = replace(
        built.site,
        hosts=tuple(draw(st.sampled_from(((), ("static.paper.example",))))),
        form_hosts=tuple(draw(st.sampled_from(((), ("forms.example",))))),
        mode=draw(st.sampled_from(modes)),
    )
    permitted = draw(st.sets(st.sampled_from([s.id for s in services]))) if services else set()
    return replace(built, site=site), frozenset(permitted)
