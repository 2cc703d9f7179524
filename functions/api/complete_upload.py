"""POST /images/{id}/upload/complete: put the parts of an upload together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.caller import WRITE
from api.errors import ConflictError, Fault
from api.parameters import IDEMPOTENCY_KEY, IMAGE_ID
from api.routing import Answer, Body, Response, Route
from api.upload_answers import STATUS
from api.upload_parts import HIGHEST_PART, complete, part_sizes, require_upload_id
from image_pipeline.status import Status

if TYPE_CHECKING:
    from api.routing import Request
    from api.writes import Writes

    Record = dict[str, Any]


def answer(writes: Writes, request: Request) -> Answer:
    """Complete an upload; one that is complete already stays so."""
    record = writes.record(request.arguments["id"], request.caller)
    if record["status"] in {Status.PENDING, Status.DELETED}:
        upload_id = require_upload_id(record)
        etags = _etags(record, request.body["parts"])
        complete(writes.uploads_bucket, record["key"], upload_id, etags)
    return Answer(202, {name: record[name] for name in ("image_id", "status")})


def _etags(record: Record, parts: list[dict[str, Any]]) -> list[str]:
    """Return the ETags of the parts in their order.

    Raises:
        ConflictError: they are not the parts of this upload, each once.
    """
    etags = {part["part_number"]: part["etag"].strip('"') for part in parts}
    count = len(part_sizes(record["expected"]["bytes"]))
    if len(parts) != count or sorted(etags) != [*range(1, count + 1)]:
        message = f"This upload has the parts 1 to {count}; name each of them once."
        raise ConflictError(message, Fault("parts", f"are not those from 1 to {count}"))
    return [etags[number] for number in sorted(etags)]


ROUTE = Route(
    method="POST",
    path="/images/{id}/upload/complete",
    operation_id="complete_upload",
    summary="Complete an upload in parts",
    description="Once every part is uploaded. Completing an upload again changes nothing.",
    responses={
        202: Response(
            "The upload is complete, and will be processed.",
            STATUS,
            {"image_id": "5ckxvam4h5m3v2i7bbvu5coi3h", "status": "pending"},
        ),
        400: Response("The id or the body is malformed."),
        404: Response("There is no image with this id."),
        409: Response("The upload has other parts, or other ETags; or it was aborted."),
    },
    answer=answer,
    scopes=(WRITE,),
    parameters=(IMAGE_ID, IDEMPOTENCY_KEY),
    body=Body(
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["parts"],
            "properties": {
                "parts": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": HIGHEST_PART,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["part_number", "etag"],
                        "properties": {
                            "part_number": {
                                "type": "integer",
                                "minimum": 1,
                                "maximum": HIGHEST_PART,
                            },
                            "etag": {
                                "type": "string",
                                "maxLength": 66,
                                "pattern": '^"?[0-9A-Za-z-]{1,64}"?$',
                                "description": "The header ETag of the answer to the part.",
                            },
                        },
                    },
                }
            },
        },
        {"parts": [{"part_number": 1, "etag": '"9bb58f26192e4ba00f01e2e7b136bbd8"'}]},
    ),
)
