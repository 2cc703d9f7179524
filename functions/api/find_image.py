"""GET /images/by-key?key=…: one image by the key of its upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.caller import READ, REVIEW
from api.parameters import IF_NONE_MATCH, KEY
from api.reads import IMAGE
from api.routing import Answer, Response, Route
from image_pipeline.identity import image_id

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request


def answer(reads: Reads, request: Request) -> Answer:
    """Show the image that was uploaded under a key."""
    found = image_id(request.arguments["key"], reads.id_salt)
    return reads.answer(reads.record(found, request.caller), request)


ROUTE = Route(
    method="GET",
    path="/images/by-key",
    operation_id="get_image_by_key",
    summary="Get an image by the key of its upload",
    description="Before a verdict only its status and the words of the uploader are known.",
    responses={
        **IMAGE,
        400: Response("The key is missing."),
        404: Response("There is no image with this key."),
    },
    answer=answer,
    scopes=(READ, REVIEW),
    parameters=(KEY, IF_NONE_MATCH),
)
