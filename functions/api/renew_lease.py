"""POST /reviews/{id}/lease: renews the lease of an image in review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.caller import REVIEW
from api.errors import ConflictError
from api.leases import HELD, Leases, holder_of
from api.next_review import LEASE, LEASE_EXAMPLE
from api.parameters import IDEMPOTENCY_KEY, IMAGE_ID
from api.routing import Answer, Response, Route
from api.schemas.fields import record
from image_pipeline.status import Status

if TYPE_CHECKING:
    from api.routing import Request
    from api.writes import Writes


def answer(writes: Writes, request: Request) -> Answer:
    """Renew the lease of an image, or take it again if it has ended and nobody has it."""
    image_id = request.arguments["id"]
    if writes.record(image_id, request.caller)["status"] != Status.REVIEW:
        message = "The image does not wait for a review any more. Take the next one."
        raise ConflictError(message)
    leases, holder = Leases(writes.leases_table), holder_of(request.caller)
    lease = leases.take(image_id, holder, leases.own(image_id, holder))
    if lease is None:
        raise ConflictError(HELD)
    return Answer(body={"lease": lease.shown()})


ROUTE = Route(
    method="POST",
    path="/reviews/{id}/lease",
    operation_id="renew_review_lease",
    summary="Keep an image to review",
    description="Renews the lease that `POST /reviews/next` gave, while the image is looked at.",
    responses={
        200: Response(
            "The lease.", record("A lease.", "lease", lease=LEASE), {"lease": LEASE_EXAMPLE}
        ),
        400: Response("The id is malformed."),
        404: Response("There is no image with this id."),
        409: Response("Somebody else holds the lease, or the image is not in review."),
    },
    answer=answer,
    scopes=(REVIEW,),
    parameters=(IMAGE_ID, IDEMPOTENCY_KEY),
)
