"""DELETE /images/{id}: delete an image with everything that was made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.caller import WRITE
from api.deleting import mark_deleted
from api.parameters import IMAGE_ID
from api.routing import Answer, Response, Route

if TYPE_CHECKING:
    from api.routing import Request
    from api.writes import Writes


def answer(writes: Writes, request: Request) -> Answer:
    """Delete an image; one that is deleted already stays so."""
    image_id = request.arguments["id"]
    record = mark_deleted(writes, image_id, request.caller, request.request_id)
    if record is not None:
        writes.settle(record)
    return Answer(202, {"image_id": image_id, "status": "deleted"})


ROUTE = Route(
    method="DELETE",
    path="/images/{id}",
    operation_id="delete_image",
    summary="Delete an image",
    description="Deletes every version of the upload and every rendition. The image has the status "
    "deleted from the answer on; the objects are gone soon after. An image that has only been "
    "announced by POST /images is deleted as well. Deleting an image again changes nothing.",
    responses={
        202: Response(
            "The image is deleted.",
            {
                "type": "object",
                "required": ["image_id", "status"],
                "properties": {
                    "image_id": {"type": "string"},
                    "status": {"const": "deleted", "type": "string"},
                },
            },
            {"image_id": "5ckxvam4h5m3v2i7bbvu5coi3h", "status": "deleted"},
        ),
        400: Response("The id is malformed."),
        404: Response("There is no image with this id."),
    },
    answer=answer,
    scopes=(WRITE,),
    parameters=(IMAGE_ID,),
)
