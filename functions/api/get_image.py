"""GET /images/{id}: one image by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.caller import READ, REVIEW
from api.parameters import IMAGE_ID
from api.routing import Answer, Response, Route

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request


def answer(reads: Reads, request: Request) -> Answer:
    """Show the image with an id."""
    return Answer(body=reads.show(reads.record(request.arguments["id"], request.caller)))


ROUTE = Route(
    method="GET",
    path="/images/{id}",
    operation_id="get_image",
    summary="Get an image by its id",
    description="Before a verdict only its status and the words of the uploader are known.",
    responses={
        200: Response(
            "The image: its status, and once there is a verdict everything known about it.", "Image"
        ),
        400: Response("The id is malformed."),
        404: Response("There is no image with this id."),
    },
    answer=answer,
    scopes=(READ, REVIEW),
    parameters=(IMAGE_ID,),
)
