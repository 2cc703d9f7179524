"""DELETE /reviews/{id}/lease: ends the lease of an image in review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.caller import REVIEW
from api.leases import Leases, holder_of
from api.parameters import IMAGE_ID
from api.routing import Answer, Response, Route

if TYPE_CHECKING:
    from api.routing import Request
    from api.writes import Writes


def answer(writes: Writes, request: Request) -> Answer:
    """End the lease of an image, so that others get it; without a lease nothing happens."""
    image_id = request.arguments["id"]
    writes.record(image_id, request.caller)
    leases, holder = Leases(writes.leases_table), holder_of(request.caller)
    lease = leases.own(image_id, holder)
    if lease is not None:
        leases.release(image_id, lease)
    return Answer(204)


ROUTE = Route(
    method="DELETE",
    path="/reviews/{id}/lease",
    operation_id="release_review_lease",
    summary="Leave an image to other reviewers",
    description="Ends the lease, so that the next who asks gets the image. It can be repeated.",
    responses={
        204: Response("The caller holds no lease of the image."),
        400: Response("The id is malformed."),
        404: Response("There is no image with this id."),
        409: Response("Somebody else holds the lease."),
    },
    answer=answer,
    scopes=(REVIEW,),
    parameters=(IMAGE_ID,),
)
