"""The EventBridge event "Object Created", and the claim that an execution makes for it.

Shape: docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html. Keys in it are not encoded:
unlike in S3's own notifications, unquoting one would break a key with a `+` or a `%`.
"""

from __future__ import annotations

from typing import Any

from image_pipeline.identity import comparable_sequencer, image_id
from image_pipeline.models import Claim, S3Object, Upload


def upload_from(event: dict[str, Any]) -> Upload:
    """What the event says about the new object."""
    detail = event["detail"]
    created = detail["object"]
    return Upload(
        object=S3Object(detail["bucket"]["name"], created["key"], created.get("version-id")),
        size=created["size"],
        sequencer=created["sequencer"],
        uploaded_at=event["time"],
    )


def event_for(upload: Upload) -> dict[str, Any]:
    """The event of an upload, as far as the pipeline reads it."""
    created = {"key": upload.object.key, "size": upload.size, "sequencer": upload.sequencer}
    if upload.object.version_id:
        created["version-id"] = upload.object.version_id
    return {
        "source": "image-pipeline.sweep",
        "detail-type": "Object Created",
        "time": upload.uploaded_at,
        "detail": {"bucket": {"name": upload.object.bucket}, "object": created},
    }


def claim_for(upload: Upload, execution: str, id_salt: bytes) -> Claim:
    """The claim of an execution, named by its ARN, on the record of the uploaded image."""
    identifier = image_id(upload.object.key, id_salt)
    return Claim(identifier, comparable_sequencer(upload.sequencer), execution)
