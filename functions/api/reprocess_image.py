"""POST /images/{id}/reprocess: process an image again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.caller import WRITE
from api.errors import ConflictError, UnavailableError
from api.parameters import IDEMPOTENCY_KEY, IMAGE_ID
from api.routing import Answer, Response, Route
from image_pipeline.history import event
from image_pipeline.records import ChangedError
from image_pipeline.settling import RERUN, awaiting
from image_pipeline.status import Status

if TYPE_CHECKING:
    from api.routing import Request
    from api.writes import Writes

    Record = dict[str, Any]

_ATTEMPTS = 5
_REFUSALS = {
    Status.PENDING: "Nothing has been uploaded yet; there is nothing to process.",
    Status.PROCESSING: "The image is being processed already.",
    Status.DELETED: "The image was deleted.",
}


def answer(writes: Writes, request: Request) -> Answer:
    """Have an image processed again; asked twice before that begins, it is done once."""
    record, is_new = _requested(writes, request)
    # An execution is not started twice, because its name is the same. A message would be.
    if is_new or not writes.workflow.is_queued:
        writes.settle(record)
    return Answer(202, {name: record[name] for name in ("image_id", "status")})


def _requested(writes: Writes, request: Request) -> tuple[Record, bool]:
    """Return a record that awaits another execution, and whether it has not done so before."""
    for _ in range(_ATTEMPTS):
        record = writes.record(request.arguments["id"], request.caller)
        if record["status"] in _REFUSALS:
            raise ConflictError(_REFUSALS[Status(record["status"])])
        if record.get("awaits") == RERUN:
            return record, False
        waits = awaiting(record["image_id"], RERUN)
        about = event("reprocess_requested", request.caller.name or "anybody")
        try:
            return writes.records.amend(record, waits, (), [about]), True
        except ChangedError:
            continue
    raise UnavailableError(
        "The image kept changing. Please try again.", headers={"retry-after": "1"}
    )


ROUTE = Route(
    method="POST",
    path="/images/{id}/reprocess",
    operation_id="reprocess_image",
    summary="Process an image again",
    description="Validates, converts, renders and moderates the same upload again, for example "
    "after an error, or with renditions or thresholds that have changed since. What a reviewer has "
    "decided about this upload stays in force. Renditions of an approved image stay readable "
    "meanwhile, unless the deployment says otherwise (KeepLastApproved).",
    responses={
        202: Response(
            "The image will be processed.",
            {
                "type": "object",
                "required": ["image_id", "status"],
                "properties": {"image_id": {"type": "string"}, "status": {"type": "string"}},
            },
            {"image_id": "5ckxvam4h5m3v2i7bbvu5coi3h", "status": "failed"},
        ),
        400: Response("The id is malformed."),
        404: Response("There is no image with this id."),
        409: Response("Nothing was uploaded, the image is in work, or it was deleted."),
    },
    answer=answer,
    scopes=(WRITE,),
    parameters=(IMAGE_ID, IDEMPOTENCY_KEY),
)
