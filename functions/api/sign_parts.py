"""POST /images/{id}/upload/parts: fresh URLs for parts of an upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.caller import WRITE
from api.errors import ConflictError, Fault
from api.parameters import IDEMPOTENCY_KEY, IMAGE_ID
from api.routing import Answer, Body, Response, Route
from api.upload_answers import EXPIRES_AT, PARTS
from api.upload_parts import HIGHEST_PART, part_sizes, part_urls, require_upload_id

if TYPE_CHECKING:
    from api.routing import Request
    from api.writes import Writes


def answer(writes: Writes, request: Request) -> Answer:
    """Sign the URLs of parts again, for example because the first ones have expired."""
    record = writes.record(request.arguments["id"], request.caller)
    upload_id = require_upload_id(record)
    numbers = sorted(request.body["part_numbers"])
    size = record["expected"]["bytes"]
    count = len(part_sizes(size))
    if numbers[-1] > count:
        message = f"This upload has {count} parts."
        raise ConflictError(message, Fault("part_numbers", f"go beyond {count}"))
    place = writes.uploads_bucket, record["key"]
    lifetime = writes.upload_lifetime_seconds
    return Answer(body=part_urls(*place, upload_id, size, numbers, lifetime))


ROUTE = Route(
    method="POST",
    path="/images/{id}/upload/parts",
    operation_id="sign_parts",
    summary="Get fresh URLs for parts of an upload",
    description="For an upload that POST /images?multipart has begun, whose URLs have expired.",
    responses={
        200: Response(
            "A URL for each of the parts.",
            {
                "type": "object",
                "required": ["parts", "expires_at"],
                "properties": {"parts": PARTS, "expires_at": EXPIRES_AT},
            },
            {
                "parts": [{"part_number": 2, "bytes": 16777216, "url": "https://…"}],
                "expires_at": "2026-11-21T12:15:00Z",
            },
        ),
        400: Response("The id or the body is malformed."),
        404: Response("There is no image with this id."),
        409: Response("The upload has no such part, or it was completed or aborted."),
    },
    answer=answer,
    scopes=(WRITE,),
    parameters=(IMAGE_ID, IDEMPOTENCY_KEY),
    body=Body(
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["part_numbers"],
            "properties": {
                "part_numbers": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": HIGHEST_PART,
                    "uniqueItems": True,
                    "items": {"type": "integer", "minimum": 1, "maximum": HIGHEST_PART},
                }
            },
        },
        {"part_numbers": [2]},
    ),
)
