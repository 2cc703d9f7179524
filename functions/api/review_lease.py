"""POST and DELETE /reviews/{id}/lease: renews the lease of an image in review, or ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.caller import REVIEW
from api.errors import ConflictError
from api.leases import Leases, holder_of
from api.next_review import LEASE, LEASE_EXAMPLE
from api.parameters import IMAGE_ID
from api.routing import Answer, Response, Route
from api.schemas.fields import record
from image_pipeline.status import Status

if TYPE_CHECKING:
    from api.leases import Lease
    from api.routing import Request
    from api.writes import Writes

_HELD = "Somebody else reviews this image. Take the next one."


def renew(writes: Writes, request: Request) -> Answer:
    """Renew the lease of an image, or take it again if it has ended and nobody has it."""
    image_id = request.arguments["id"]
    if writes.record(image_id, request.caller)["status"] != Status.REVIEW:
        message = "The image does not wait for a review any more. Take the next one."
        raise ConflictError(message)
    leases, holder = Leases(writes.leases_table), holder_of(request.caller)
    lease = leases.take(image_id, holder, _own(leases, image_id, holder))
    if lease is None:
        raise ConflictError(_HELD)
    return Answer(body={"lease": lease.shown()})


def release(writes: Writes, request: Request) -> Answer:
    """End the lease of an image, so that others get it; without a lease nothing happens."""
    image_id = request.arguments["id"]
    writes.record(image_id, request.caller)
    leases, holder = Leases(writes.leases_table), holder_of(request.caller)
    lease = _own(leases, image_id, holder)
    if lease is not None:
        leases.release(image_id, lease)
    return Answer(204)


def _own(leases: Leases, image_id: str, holder: str) -> Lease | None:
    """Return the lease of an image, which has to be the caller's.

    Raises:
        ConflictError: it is somebody else's.
    """
    lease = leases.held([image_id]).get(image_id)
    if lease is not None and lease.holder != holder:
        raise ConflictError(_HELD)
    return lease


RENEW = Route(
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
    answer=renew,
    scopes=(REVIEW,),
    parameters=(IMAGE_ID,),
)
RELEASE = Route(
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
    answer=release,
    scopes=(REVIEW,),
    parameters=(IMAGE_ID,),
)
