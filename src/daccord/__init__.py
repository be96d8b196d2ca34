"""daccord: the promises of a cookie notice, kept by the browser and provable.

Importing this package brings in no framework, driver or browser: `Daccord` is loaded when it is
first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daccord.server.asgi import Daccord as Daccord

__version__ = "0.1.0"

__all__ = ["Daccord", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Daccord":
        from daccord.server.asgi import Daccord  # noqa: PLC0415 - see the module's docstring

        return Daccord
    raise AttributeError(f"module 'daccord' has no attribute {name!r}")
