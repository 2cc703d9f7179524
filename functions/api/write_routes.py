"""The table of routes that change something, which `ApiWriteFunction` answers.

It is not in `api.routes`, so that neither function imports the routes of the other.
"""

from __future__ import annotations

from api import complete_upload, create_image, sign_parts

_ROUTES = (create_image.ROUTE, sign_parts.ROUTE, complete_upload.ROUTE)
WRITES = {route.key: route for route in _ROUTES}
