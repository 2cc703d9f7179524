"""Calls Rekognition with an object in S3 or with bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.observability import count, stage

if TYPE_CHECKING:
    from mypy_boto3_rekognition.type_defs import ImageTypeDef

    from image_pipeline.models import S3Object

_UNREADABLE = {"InvalidImageFormatException", "ImageTooLargeException"}


def in_s3(source: S3Object) -> ImageTypeDef:
    """Name an object, which Rekognition reads with the caller's permissions."""
    version = {"Version": source.version_id} if source.version_id else {}
    return {"S3Object": {"Bucket": source.bucket, "Name": source.key, **version}}  # type: ignore[typeddict-item]


def labels_as_stored(
    picture: ImageTypeDef, min_confidence: float, adapter: str | None
) -> Any | None:
    """Return the answer about a file as it is.

    None if Rekognition does not accept the file, as happens to some that other decoders show.
    """
    try:
        return moderation_labels(picture, min_confidence, adapter)
    except ClientError as error:
        if error.response["Error"]["Code"] in _UNREADABLE:
            return None
        raise


def moderation_labels(picture: ImageTypeDef, min_confidence: float, adapter: str | None) -> Any:
    """Return the answer of DetectModerationLabels.

    Args:
        picture: as bytes or in S3.
        min_confidence: in percent; labels below it are left out.
        adapter: the ARN of a custom moderation adapter; None for the base model.
    """
    version: Any = {"ProjectVersion": adapter} if adapter else {}
    with stage("Rekognition"):
        answer = aws.rekognition().detect_moderation_labels(
            Image=picture, MinConfidence=min_confidence, **version
        )
    count("ImagesAnalyzed", 1)  # only answers are billed
    return answer
