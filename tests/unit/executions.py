"""Steps of one execution, for tests that end it in every way: claim, publish, store, reject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline.models import Claim, Upload, to_dict
from image_pipeline.object_keys import CONVERTED_FILES
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import NewObject, key_prefix, publish

from .claims import claim_for
from .conftest import EXECUTION, RENDITIONS, TABLE, UPLOADS

if TYPE_CHECKING:
    from .conftest import Account, Context

KEY = "uploads/a.jpg"
records = Records(TABLE)


def claimed(
    account: Account, sequencer: str = "0A", execution: str = EXECUTION
) -> tuple[dict[str, Any], Upload, Claim]:
    """Upload an object and claim its record. The event, the upload and the claim."""
    event = account.created(account.upload(KEY, b"data"), 4, sequencer)
    return event, *claim_for(event, execution)


def image_of(upload: Upload, claim: Claim) -> dict[str, Any]:
    """The output of ValidateImage for a JPEG."""
    return {
        "claim": to_dict(claim),
        "upload": to_dict(upload),
        "facts": {"format": "JPEG", "content_type": "image/jpeg", "width": 8, "height": 6},
        "picture": {"object": to_dict(upload.object), "format": "JPEG", "bytes": 4},
    }


def results(prefix: str, verdict: dict[str, Any]) -> dict[str, Any]:
    """The output of ProcessInParallel."""
    rendition = {"name": "large", "key": f"{prefix}large.webp", "content_type": "image/webp"}
    return {
        "renditions": [{**rendition, "width": 8, "height": 6, "bytes": 2}],
        "placeholder": {"blurhash": "L0M^#RfQ", "difference_hash": "0" * 16},
        "source": {"sha256": "ab", "width": 8, "height": 6},
        "verdict": verdict,
    }


def publish_one(upload: Upload, claim: Claim) -> str:
    """Publish a rendition and a converted picture. Their prefix."""
    prefix = key_prefix(claim, upload)
    objects = [
        NewObject(f"{prefix}large.webp", "image/webp", b"12"),
        NewObject(f"{prefix}{CONVERTED_FILES['JPEG']}", "image/jpeg", b"12"),
    ]
    publish(records, claim, RENDITIONS, objects)
    return prefix


def store(image: dict[str, Any], found: dict[str, Any], context: Context) -> dict[str, Any]:
    """Run StoreResults."""
    from store.handler import handler

    return handler({"image": image, "results": found}, context)  # type: ignore[arg-type]


def reject(event: dict[str, Any], execution: str, context: Context, **fault: str) -> dict[str, Any]:
    """Run RejectImage or, with `fault="pipeline"`, RecordFailure."""
    from reject.handler import handler

    payload = {"event": event, "execution": execution, **fault}
    return handler(payload, context)  # type: ignore[arg-type]


def tags(account: Account, upload: Upload) -> dict[str, str]:
    """The tags of the uploaded version."""
    answer = account.s3.get_object_tagging(
        Bucket=UPLOADS, Key=upload.object.key, VersionId=upload.object.version_id or ""
    )
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}
