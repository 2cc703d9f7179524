"""The tables of routes. A new route is a module and an entry here."""

from __future__ import annotations

from api import (
    find_image,
    get_health,
    get_image,
    get_openapi,
    get_rendition,
    get_review,
    get_reviews,
    get_stats,
    list_decisions,
    list_events,
    list_images,
)

_ROUTES = (
    get_health.ROUTE,
    get_openapi.ROUTE,
    list_images.ROUTE,
    find_image.ROUTE,
    get_image.ROUTE,
    get_rendition.ROUTE,
    list_events.ROUTE,
    list_decisions.ROUTE,
    get_stats.ROUTE,
    get_reviews.ROUTE,
    get_review.ROUTE,
)
READS = {route.key: route for route in _ROUTES}
"""Routes that change nothing, which `ApiFunction` answers."""
