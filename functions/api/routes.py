"""The table of routes. A new route is a module and an entry here."""

from __future__ import annotations

from api import find_image, get_image

ROUTES = {route.key: route for route in (get_image.ROUTE, find_image.ROUTE)}
