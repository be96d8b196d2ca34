"""The newspaper with daccord: the same app and one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from daccord import Daccord
from daccord.demo.paper.app import paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.applications import Starlette
    from starlette.routing import BaseRoute

    from daccord.demo.origins import Origins

DECLARATION: Final = Path(__file__).parent.parent / "daccord.toml"


def guarded_paper(
    *,
    origins: Origins,
    data: Path,
    extra: Sequence[BaseRoute] = (),
    declaration: Path = DECLARATION,
) -> Starlette:
    """Make the newspaper as `paper` does, and add daccord to it."""
    app = paper(origins=origins, data=data, extra=extra)
    app.add_middleware(Daccord, declaration=declaration, data=data)
    return app
