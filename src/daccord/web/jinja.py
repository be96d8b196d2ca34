"""daccord in Jinja2 templates: ``{{ daccord.policy_link() }}`` and its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from daccord.exchange.view import View


class Request(Protocol):
    """A request of Starlette's kind: all that is needed of it is its scope."""

    @property
    def scope(self) -> MutableMapping[str, Any]:
        """The ASGI connection."""
        ...


def daccord_context(request: Request) -> dict[str, View]:
    """Give templates the reader's `View` under the name ``daccord``.

    For ``Jinja2Templates(…, context_processors=[daccord_context])``. Empty on paths that daccord
    leaves alone, so that a template that needs it there says so.
    """
    view: View | None = request.scope.get("daccord")
    return {} if view is None else {"daccord": view}
