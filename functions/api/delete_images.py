"""POST /images/bulk-delete: delete up to a hundred images."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from api.caller import WRITE
from api.deleting import mark_deleted
from api.errors import ApiError, UnavailableError
from api.parameters import IDEMPOTENCY_KEY, IMAGE_ID
from api.routing import Answer, Body, Response, Route
from image_pipeline.throttling import is_throttle

if TYPE_CHECKING:
    from api.routing import Request
    from api.writes import Writes

    Record = dict[str, Any]

# Waits for AWS, not for the processor.
_THREADS = 10
# What is not deleted by then, the sweep deletes.
_SECONDS = 8


def answer(writes: Writes, request: Request) -> Answer:
    """Delete images: first all of their records, then, as far as time permits, their objects."""
    image_ids = dict.fromkeys(request.body["image_ids"])
    until = time.monotonic() + _SECONDS
    with ThreadPoolExecutor(_THREADS) as pool:
        marked = [*pool.map(partial(_mark, writes, request), image_ids)]
        unfinished = [record for _, record in marked if record is not None]
        for _ in pool.map(partial(_settle, writes, until), unfinished):
            pass
    return Answer(202, {"results": [result for result, _ in marked]})


def _mark(writes: Writes, request: Request, image_id: str) -> tuple[Record, Record | None]:
    """Return the result for one image, and its record if that is left to settle."""
    try:
        record = mark_deleted(writes, image_id, request.caller, request.request_id)
    except ApiError as error:
        return {"image_id": image_id, "code": error.code, "detail": error.detail}, None
    except ClientError as error:
        # What is marked already has to be settled, so that one throttle must not end the request.
        if not is_throttle(error):
            raise
        busy = UnavailableError("Please try again in a few seconds.")
        return {"image_id": image_id, "code": busy.code, "detail": busy.detail}, None
    return {"image_id": image_id, "status": "deleted"}, record


def _settle(writes: Writes, until: float, record: Record) -> None:
    if time.monotonic() < until:
        writes.settle(record)


ROUTE = Route(
    method="POST",
    path="/images/bulk-delete",
    operation_id="delete_images",
    summary="Delete up to a hundred images",
    description="Deletes each image as DELETE /images/{id} does. The answer has a result for each "
    "id, in the order of the request: a status, or why the image was not deleted.",
    responses={
        202: Response(
            "A result for each id.",
            {
                "type": "object",
                "required": ["results"],
                "properties": {
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["image_id"],
                            "properties": {
                                "image_id": {"type": "string"},
                                "status": {"const": "deleted", "type": "string"},
                                "code": {"type": "string"},
                                "detail": {"type": "string"},
                            },
                        },
                    }
                },
            },
            {
                "results": [
                    {"image_id": "5ckxvam4h5m3v2i7bbvu5coi3h", "status": "deleted"},
                    {
                        "image_id": "aaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "code": "not_found",
                        "detail": "There is no image with this id.",
                    },
                ]
            },
        ),
        400: Response("The body does not list 1 to 100 ids."),
    },
    answer=answer,
    scopes=(WRITE,),
    parameters=(IDEMPOTENCY_KEY,),
    body=Body(
        {
            "type": "object",
            "required": ["image_ids"],
            "additionalProperties": False,
            "properties": {
                "image_ids": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 100,
                    "items": IMAGE_ID.schema,
                }
            },
        },
        {"image_ids": ["5ckxvam4h5m3v2i7bbvu5coi3h", "aaaaaaaaaaaaaaaaaaaaaaaaaa"]},
    ),
)
