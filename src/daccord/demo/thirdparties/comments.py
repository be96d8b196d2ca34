"""The comment server: Isso itself, with real comments in its own SQLite database.

Isso's metadata asks for misaka, which has to be compiled; with `renderer = mistune`, its default
since 0.14, it never imports it. So our lock leaves misaka out (`requirements/`).
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, cast

import isso  # type: ignore[import-untyped] # it ships no types
from a2wsgi import WSGIMiddleware
from isso import config

from daccord.demo.parties import Served
from daccord.demo.thirdparties.log import Log
from daccord.demo.thirdparties.seed import seed_comments

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from daccord.demo.addresses import Addresses

DATABASE = "comments.sqlite"


def make(addresses: Addresses, data: Path) -> Served:
    """Serve Isso for the paper, its database in ``data``, seeded when it is new."""
    resolve_localhost()
    conf = config.load(config.default_file())
    for section, key, value in _settings(addresses, data / DATABASE):
        conf.set(section, key, value)
    app = isso.make_app(conf, threading=True)
    seed_comments(data / DATABASE)
    # a2wsgi types ASGI's messages more finely than Starlette does; they are the same
    return Served(app=cast("ASGIApp", WSGIMiddleware(app, workers=4)), log=Log())


def _settings(addresses: Addresses, database: Path) -> tuple[tuple[str, str, str], ...]:
    return (
        ("general", "dbpath", str(database)),
        ("general", "host", addresses.paper),
        ("general", "notify", "stdout"),
        ("server", "public-endpoint", addresses.comments),
        ("moderation", "enabled", "false"),
        ("markup", "renderer", "mistune"),
        # the guard counts comments per address: here all readers have the same one
        ("guard", "enabled", "false"),
        ("guard", "reply-to-self", "true"),
    )


def resolve_localhost() -> None:
    """Let this process find ``*.localhost`` on the loopback, as browsers do (RFC 6761, 6.3).

    Isso asks the paper for the title of a thread that it does not know; few systems' resolvers
    know that name.
    """
    resolve = socket.getaddrinfo

    def resolve_local(host: str | None, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - as given
        is_local = host is not None and host.endswith(".localhost")
        return resolve("127.0.0.1" if is_local else host, *args, **more)

    socket.getaddrinfo = resolve_local  # type: ignore[assignment]
