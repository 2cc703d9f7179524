"""DELETE /images/{id}/upload: give an upload in parts up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.caller import WRITE
from api.deleting import mark_deleted
from api.errors import ConflictError
from api.parameters import IMAGE_ID
from api.routing import Answer, Response, Route
from api.upload_parts import require_upload_id

if TYPE_CHECKING:
    from api.routing import Request
    from api.writes import Writes
    from image_pipeline.current import Current

    Record = dict[str, Any]


def answer(writes: Writes, request: Request) -> Answer:
    """Abort an upload, whose image is deleted; one that is aborted already stays so."""
    image_id, caller = request.arguments["id"], request.caller
    record = mark_deleted(writes, image_id, caller, request.request_id, _require_unfinished)
    if record is not None:
        writes.settle(record)
    return Answer(204)


def _require_unfinished(record: Record, found: Current | None) -> None:
    require_upload_id(record)
    if found is not None:
        raise ConflictError("The upload is complete. DELETE /images/{id} deletes the image.")


ROUTE = Route(
    method="DELETE",
    path="/images/{id}/upload",
    operation_id="abort_upload",
    summary="Abort an upload in parts",
    description="S3 forgets the parts, and the image is deleted. Aborting an upload again changes "
    "nothing.",
    responses={
        204: Response("The upload is aborted."),
        400: Response("The id is malformed."),
        404: Response("There is no image with this id."),
        409: Response("The image has no upload in parts, or it was completed."),
    },
    answer=answer,
    scopes=(WRITE,),
    parameters=(IMAGE_ID,),
)
