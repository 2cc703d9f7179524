"""A stand-in for Rekognition's DetectModerationLabels, which looks at no picture.

It returns the labels in the metadata of the uploaded object, such as
`local-moderation: Explicit Nudity=97.5, Smoking=70`, and refuses what the real service refuses.
Bytes have no metadata; for them it uses the upload that the calling function is processing.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError
from moto.rekognition.responses import RekognitionResponse

from local.aws.clients import client_of
from local.aws.moto_patches import added
from local.aws.picture_size import picture_size
from local.aws.taxonomy import METADATA, PARENTS, parse_labels, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

MODEL_VERSION = "local-stand-in"
_DEFAULT_CONFIDENCE = 50
# docs.aws.amazon.com/rekognition/latest/dg/limits.html
_MAX_OBJECT, _MAX_BYTES = 15 * 1024 * 1024, 5 * 1024 * 1024
_MIN_SIDE, _MAX_SIDE = 80, 10_000
_ACCESS_KEY = re.compile(r"Credential=([^/]+)/")


def moderating(
    event_of: Callable[[str], Any], moderated: Callable[[Any, bytes], object]
) -> AbstractContextManager[None]:
    """Context manager in which moto answers DetectModerationLabels.

    Args:
        event_of: returns the event that the function with an access key is processing, or None.
        moderated: called with that event and each picture that is not refused.
    """
    s3 = client_of("s3")

    def detect_moderation_labels(response: Any) -> str:
        request = json.loads(response.body)
        shown = _shown(s3, request["Image"])
        _refuse_what_rekognition_refuses(shown)
        caller = _ACCESS_KEY.search(response.headers.get("Authorization", ""))
        event = event_of(caller[1]) if caller else None
        if event is not None:
            moderated(event, shown.data)
        asked_for = _asked_for(s3, shown, event)
        labels = _described(asked_for, request.get("MinConfidence", _DEFAULT_CONFIDENCE))
        answer = {"ModerationLabels": labels, "ModerationModelVersion": MODEL_VERSION}
        return json.dumps({**answer, "ContentTypes": []})

    return added(RekognitionResponse, "detect_moderation_labels", detect_moderation_labels)


@dataclass(frozen=True)
class _Shown:
    """A picture as Rekognition receives it; for one in S3, its address and metadata.

    `limit` is the largest accepted size in bytes.
    """

    data: bytes
    limit: int
    address: dict[str, str] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def _shown(s3: Any, image: dict[str, Any]) -> _Shown:
    if "Bytes" in image:
        return _Shown(base64.b64decode(image["Bytes"]), _MAX_BYTES)
    given = image["S3Object"]
    address = {"Bucket": given["Bucket"], "Key": given["Name"]}
    if "Version" in given:
        address["VersionId"] = given["Version"]
    try:
        found = s3.get_object(**address)
        return _Shown(found["Body"].read(), _MAX_OBJECT, address, found["Metadata"])
    except ClientError as error:
        code = "InvalidS3ObjectException"
        raise JsonRESTError(
            code,
            "Unable to get object metadata from S3. Check object key, region and/or access "
            "permissions.",
        ) from error


def _refuse_what_rekognition_refuses(shown: _Shown) -> None:
    if len(shown.data) > shown.limit:
        raise JsonRESTError("ImageTooLargeException", f"Image size is too large: {len(shown.data)}")
    size = picture_size(shown.data)
    if size is None:
        raise JsonRESTError("InvalidImageFormatException", "Request has invalid image format")
    width, height = size
    if max(width, height) > _MAX_SIDE:
        raise JsonRESTError("ImageTooLargeException", f"Image is too large: {width}x{height}")
    if min(width, height) < _MIN_SIDE:
        raise JsonRESTError("InvalidParameterException", f"Image is too small: {width}x{height}")


def _objects(event: Any) -> Iterator[dict[str, str]]:
    """Find every `{"bucket", "key", "version_id"?}` in an event."""
    if isinstance(event, list):
        for each in event:
            yield from _objects(each)
    if isinstance(event, dict):
        if isinstance(event.get("bucket"), str) and isinstance(event.get("key"), str):
            address = {"Bucket": event["bucket"], "Key": event["key"]}
            version = event.get("version_id")
            yield address | ({"VersionId": version} if version else {})
        for each in event.values():
            yield from _objects(each)


def _asked_for(s3: Any, shown: _Shown, event: Any) -> dict[str, float]:
    """The labels in the metadata of the picture, or else of an object named in the event."""
    if METADATA in shown.metadata:
        return parse_labels(shown.metadata[METADATA])
    seen = [shown.address]
    for address in _objects(event):
        if address in seen:
            continue
        seen.append(address)
        try:
            metadata = s3.head_object(**address)["Metadata"]
        except ClientError:
            continue  # already deleted, or not yet created
        if METADATA in metadata:
            return parse_labels(metadata[METADATA])
    return {}


def _described(labels: dict[str, float], min_confidence: float) -> list[dict[str, Any]]:
    """Add each label's parents, with the highest confidence of their children."""
    confidences: dict[str, float] = {}
    for name, confidence in labels.items():
        for each in with_ancestors(name):
            confidences[each] = max(confidence, confidences.get(each, 0.0))
    return [
        {
            "Name": name,
            "ParentName": PARENTS[name],
            "TaxonomyLevel": len(with_ancestors(name)),
            "Confidence": confidence,
        }
        for name, confidence in confidences.items()
        if confidence >= min_confidence
    ]
