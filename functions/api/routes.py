"""The tables of routes. A new route is a module and an entry here."""

from __future__ import annotations

from api import find_image, get_health, get_image, get_openapi

READS = {
    route.key: route
    for route in (get_health.ROUTE, get_openapi.ROUTE, get_image.ROUTE, find_image.ROUTE)
}
"""Routes that change nothing, which `ApiFunction` answers."""
