"""The table of routes: a new one is a module of its own and a line here."""

from __future__ import annotations

from api import find_image, get_image

ROUTES = {route.key: route for route in (get_image.ROUTE, find_image.ROUTE)}
