"""POST /images: announce an image, and get what it takes to upload it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.caller import WRITE
from api.content_types import CONTENT_TYPES
from api.errors import BadRequestError, Fault
from api.parameters import IDEMPOTENCY_KEY, Parameter
from api.routing import Answer, Body, Response, Route
from api.upload_answers import UPLOAD
from api.upload_forms import is_acceptable, upload_form
from api.upload_keys import new_key
from api.upload_parts import begin, part_sizes, part_urls
from image_pipeline.history import event, now
from image_pipeline.identity import image_id
from image_pipeline.status import Status

if TYPE_CHECKING:
    from api.caller import Caller
    from api.routing import Request
    from api.writes import Writes

    Record = dict[str, Any]

# An upload that began before its form expired may take hours, and its event as long again.
_GRACE_SECONDS = 24 * 3600
_TAG_CHARACTERS, _TAG_VALUE_CHARACTERS = 128, 256


def answer(writes: Writes, request: Request) -> Answer:
    """Make a key, write the record, and sign a form or the URLs of the parts."""
    body = request.body
    tags: dict[str, str] = body.get("tags", {})
    _check(tags)
    key = new_key(body["filename"], datetime.now(UTC).date())
    place = writes.uploads_bucket, key
    lifetime = writes.upload_lifetime_seconds
    record = _pending(writes, request.caller, key, body)
    if request.arguments["multipart"]:
        record["upload_id"] = begin(*place, body["content_type"], tags)
        numbers = range(1, len(part_sizes(body["bytes"])) + 1)
        upload = part_urls(*place, record["upload_id"], body["bytes"], numbers, lifetime)
    else:
        upload = upload_form(*place, body["content_type"], body["bytes"], tags, lifetime)
        if not is_acceptable(upload):
            fault = Fault("tags", "are too long together")
            raise BadRequestError("S3 accepts no form with tags this long.", fault)
    writes.records.replace(record, None, [event("created", request.caller.name or "anybody")])
    shown = {name: record[name] for name in ("image_id", "status", "key")}
    location = {"location": f"/images/{record['image_id']}"}
    return Answer(201, {**shown, "upload": upload}, location)


def _check(tags: dict[str, str]) -> None:
    """Refuse tags that the schema cannot tell from others: S3 counts as UTF-16 does."""
    for name, value in tags.items():
        if _length(name) > _TAG_CHARACTERS or _length(value) > _TAG_VALUE_CHARACTERS:
            fault = Fault("tags", "have a name or a value that S3 counts as too long")
            raise BadRequestError("S3 counts characters beyond U+FFFF twice.", fault)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _pending(writes: Writes, caller: Caller, key: str, body: dict[str, Any]) -> Record:
    record: Record = {
        "image_id": image_id(key, writes.id_salt),
        "status": Status.PENDING,
        "key": key,
        "created_at": now(),
        "expected": {"content_type": body["content_type"], "bytes": body["bytes"]},
        "expires": int(time.time()) + writes.upload_lifetime_seconds + _GRACE_SECONDS,
    }
    if caller.subject is not None:
        record["owner"] = caller.subject
    if body.get("tags"):
        record["upload"] = {"tags": body["tags"]}
    return record


def _body(largest: int) -> Body:
    """Describe the body, for a deployment that accepts files of at most `largest` bytes."""
    sign = r"[\w .:/=+@-]"  # S3 takes letters and digits of every script, and these
    name = rf"^(?!image-pipeline-|[Aa][Ww][Ss]:){sign}+$"
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["filename", "content_type", "bytes"],
        "properties": {
            "filename": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "pattern": r"^[^\x00-\x1f\x7f]+$",
                "description": "Name of the file; what is safe of it becomes part of the key.",
            },
            "content_type": {
                "type": "string",
                "enum": [*CONTENT_TYPES],
                "description": "Type of the file, and of the object in S3.",
            },
            "bytes": {
                "type": "integer",
                "minimum": 1,
                "maximum": largest,
                "description": "Size of the file. S3 refuses a larger one. At most MaxUploadBytes "
                "of the deployment.",
            },
            "tags": {
                "type": "object",
                "maxProperties": 9,
                "propertyNames": {"maxLength": _TAG_CHARACTERS, "pattern": name},
                "additionalProperties": {
                    "type": "string",
                    "maxLength": _TAG_VALUE_CHARACTERS,
                    "pattern": f"^{sign}*$",
                },
                "description": "Tags of the object in S3. The image shows them.",
            },
        },
    }
    return Body(schema, _EXAMPLE)


_EXAMPLE = {
    "filename": "photo.jpg",
    "content_type": "image/jpeg",
    "bytes": 2210332,
    "tags": {"shop": "north"},
}
_CREATED = {
    "image_id": "5ckxvam4h5m3v2i7bbvu5coi3h",
    "status": "pending",
    "key": "uploads/2026-11-21/0f4c5e1d9a7b42c8a1e6b3d2f7c90e58/photo.jpg",
    "upload": {
        "url": "https://…/",
        "fields": {
            "Content-Type": "image/jpeg",
            "success_action_status": "201",
            "key": "uploads/2026-11-21/0f4c5e1d9a7b42c8a1e6b3d2f7c90e58/photo.jpg",
            "policy": "eyJleHBpcmF0aW9uIjog…",
            "x-amz-signature": "36a12bc7575860c9…",
        },
        "expires_at": "2026-11-21T12:15:00Z",
    },
}
_MULTIPART = Parameter(
    name="multipart",
    place="query",
    description="Whether to upload in parts, as suits large files and slow connections.",
    refusal="multipart is true or false, or has no value, which means true.",
    schema={"type": "boolean", "default": False},
    required=False,
    example=False,
)
_DEFAULT_BYTES = 52_428_800

ROUTE = Route(
    method="POST",
    path="/images",
    operation_id="create_image",
    summary="Announce an image and get a form to upload it with",
    description="Send the fields of the answer to its URL as multipart/form-data, with the file "
    "as the last field, `file`. S3 accepts this key, this content type and these tags alone, and "
    "no more bytes than announced. With `?multipart` the answer has a URL for each part instead: "
    "PUT each part, of exactly as many bytes as it says, and then complete the upload with the "
    "ETags. The image is `pending` until the upload has arrived, and disappears if none does.",
    responses={
        201: Response(
            "The image is pending; the answer has what it takes to upload it.",
            {
                "type": "object",
                "required": ["image_id", "status", "key", "upload"],
                "properties": {
                    "image_id": {"type": "string"},
                    "status": {"type": "string", "const": "pending"},
                    "key": {"type": "string"},
                    "upload": UPLOAD,
                },
            },
            _CREATED,
            ("location",),
        ),
        400: Response("A field is missing or malformed, or more bytes than the deployment takes."),
    },
    answer=answer,
    scopes=(WRITE,),
    parameters=(_MULTIPART, IDEMPOTENCY_KEY),
    body=_body(_DEFAULT_BYTES),
)


def limited_to(largest: int) -> Route:
    """Return the route of a deployment that accepts files of at most `largest` bytes."""
    return ROUTE._replace(body=_body(largest))
