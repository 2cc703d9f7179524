"""GET /images/{id}/renditions/{name}: where to read a rendition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.caller import READ, REVIEW
from api.errors import NotFoundError
from api.parameters import IMAGE_ID, Parameter
from api.routing import Answer, Response, Route
from api.view import shown_renditions

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request

NAME = Parameter(
    name="name",
    place="path",
    description="Name of the rendition, as the image lists it.",
    refusal="The name of a rendition has letters, digits, - and _.",
    schema={"type": "string", "pattern": "^[A-Za-z0-9_-]{1,80}$"},
    example="large",
)


def answer(reads: Reads, request: Request) -> Answer:
    """Redirect to a fresh URL of a rendition of the approved version."""
    record = reads.record(request.arguments["id"], request.caller)
    wanted = request.arguments["name"]
    found = [each for each in shown_renditions(record) if each["name"] == wanted]
    if not found:
        raise NotFoundError("There is no such rendition, or none that is approved.")
    (link,) = reads.delivery.links(found)
    # The answer must not be kept: the URL expires, and a deletion has to take effect at once.
    return Answer(307, headers={"location": link.url, "cache-control": "no-store"})


ROUTE = Route(
    method="GET",
    path="/images/{id}/renditions/{name}",
    operation_id="get_rendition",
    summary="Get a rendition of an image",
    description="Redirects to a URL that is valid for a short time, whatever credentials the next "
    "request has. Send none: S3 refuses a signed URL along with an Authorization header.",
    responses={
        307: Response("Where the rendition is.", headers=("Location", "Cache-Control")),
        400: Response("The id or the name is malformed."),
        404: Response("There is no such rendition, or none that is approved."),
    },
    answer=answer,
    scopes=(READ, REVIEW),
    parameters=(IMAGE_ID, NAME),
)
