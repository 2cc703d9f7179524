"""The EventBridge event "Object Created", and the claim that an execution makes for it.

Shape: docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html. Unlike in S3's own
notifications, keys are not encoded: unquoting one would break a key with a `+` or a `%`.
"""

from __future__ import annotations

from typing import Any

from image_pipeline.identity import comparable_sequencer, image_id
from image_pipeline.models import Claim, S3Object, Upload


def upload_from(event: dict[str, Any]) -> Upload:
    """Read the new object from an event."""
    detail = event["detail"]
    created = detail["object"]
    return Upload(
        object=S3Object(detail["bucket"]["name"], created["key"], created.get("version-id")),
        size=created["size"],
        sequencer=created["sequencer"],
        uploaded_at=event["time"],
    )


def event_for(upload: Upload) -> dict[str, Any]:
    """Build the event of an upload, with the fields that the pipeline reads."""
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
    """Build the claim of an execution, given by its ARN, on the record of the uploaded image."""
    identifier = image_id(upload.object.key, id_salt)
    return Claim(identifier, comparable_sequencer(upload.sequencer), execution)
