"""The table of routes that change something, which `ApiWriteFunction` answers.

It is not in `api.routes`, so that neither function imports the routes of the other.
"""

from __future__ import annotations

from api import (
    abort_upload,
    complete_upload,
    create_image,
    delete_image,
    delete_images,
    next_review,
    release_lease,
    renew_lease,
    reprocess_image,
    review_image,
    sign_parts,
)

_ROUTES = (
    create_image.ROUTE,
    sign_parts.ROUTE,
    complete_upload.ROUTE,
    abort_upload.ROUTE,
    delete_image.ROUTE,
    delete_images.ROUTE,
    review_image.ROUTE,
    reprocess_image.ROUTE,
    next_review.ROUTE,
    renew_lease.ROUTE,
    release_lease.ROUTE,
)
WRITES = {route.key: route for route in _ROUTES}
