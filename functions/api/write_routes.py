"""The table of routes that change something, which `ApiWriteFunction` answers.

It is not in `api.routes`, so that neither function imports the routes of the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.routing import Route

_ROUTES: tuple[Route, ...] = ()
WRITES = {route.key: route for route in _ROUTES}
